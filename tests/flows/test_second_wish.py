"""A second wish for a field that a change waits for already: it amends, replaces, waits for its turn, or is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from console.errors import AlreadyWaiting
from console.flows import review
from console.models import About, Change, Customer, Event, Line, LineState, Notice, Status, Wait
from tests.cast import connect, person, sample
from tests.deciding import policy
from tests.flows.helpers import fresh, wish

if TYPE_CHECKING:
    from console.models import User

KYC = {"occupation": "OCC10", "address": "Jl. Thamrin No. 88, Jakarta"}
PHONE = {"phone": "+6281299887766"}
OTHER = {"address": "Jl. Melati 5, Bandung"}


@pytest.fixture
def adi(db: None) -> Customer:
    policy("KYC fields", "occupation", "address")
    return sample(connect("sqril"))


def states(change: Change) -> dict[str, LineState]:
    return {line.field: line.state for line in Line.objects.filter(change=change)}


def asked(change: Change) -> dict[str, Any]:
    return dict(fresh(change).wishes)


def waiting(customer: Customer) -> dict[str, int]:
    """Which change waits for each field."""
    return dict(Line.objects.filter(customer=customer, waiting=True).values_list("field", "change"))


def over(change: Change, *fields: str) -> dict[str, int]:
    """What a form posts whose person saw that this change waits for these fields."""
    return dict.fromkeys(fields or [line.field for line in change.lines.all()], change.pk)


def told(who: User) -> list[tuple[int, str]]:
    return list(Notice.objects.filter(user=who).order_by("pk").values_list("change", "about"))


def verbs(change: Change) -> list[str]:
    return list(Event.objects.filter(change=change).order_by("pk").values_list("verb", flat=True))


# Nobody agreed to it.


def test_a_wish_whose_person_did_not_see_the_other_one_changes_nothing(adi: Customer) -> None:
    first, events = wish(adi, person("ed"), KYC), Event.objects.count()
    for agreed in ({}, {"address": first.pk + 1}, {"phone": first.pk}):
        with pytest.raises(AlreadyWaiting) as refusal:
            wish(adi, person("jo"), OTHER, replacing=agreed, why="Called.")
        assert refusal.value.changes == {"address": first.pk}
    assert (asked(first), Event.objects.count(), Notice.objects.count()) == (KYC, events, 0)


# Own, still proposed: amended.


def test_ones_own_wish_that_nobody_approved_yet_is_amended_by_the_whole_form(adi: Customer) -> None:
    ed = person("ed")
    first = wish(adi, ed, KYC, why="Called.", reference="SUP-1")
    second = wish(adi, ed, {**OTHER, **PHONE}, replacing=over(first, "address"))
    assert second.pk == first.pk
    assert asked(first) == {"occupation": "OCC10", **OTHER, **PHONE}
    assert (fresh(first).why, fresh(first).reference) == ("Called.", "SUP-1")
    assert Change.objects.count() == 1
    assert not Notice.objects.exists()


# Another's, still proposed: replaced.


def test_anothers_wish_is_replaced_for_a_reason_and_its_author_is_told(adi: Customer) -> None:
    ed, jo = person("ed"), person("jo")
    first = wish(adi, ed, KYC)
    second = wish(adi, jo, OTHER, replacing=over(first), why="The customer called again.")
    assert states(first) == {"occupation": LineState.OPEN, "address": LineState.DROPPED}
    assert waiting(adi) == {"occupation": first.pk, "address": second.pk}
    assert told(ed) == [(first.pk, About.REPLACED)]
    assert told(jo) == []
    event = Event.objects.get(verb="change.line_replaced")
    assert (event.change, event.actor) == (first, jo)
    assert event.details == {"fields": ["address"], "because of": second.pk}
    assert event.values == {}


def test_what_is_replaced_as_a_whole_ends(adi: Customer) -> None:
    ed, jo = person("ed"), person("jo")
    first = wish(adi, ed, KYC)
    review.claim(first.pk, by=person("ann"))
    second = wish(adi, jo, {**OTHER, "occupation": "OCC2"}, replacing=over(first), why="The customer called again.")
    first = fresh(first)
    assert (first.state, first.superseded_by) == (Status.SUPERSEDED, second)
    assert (first.wait, first.expires_at, first.claimed_by, first.next_attempt_at) == (Wait.NOTHING, None, None, None)
    assert first.ended_at is not None
    assert verbs(first)[-1] == "change.superseded"
    assert told(ed) == [(first.pk, About.REPLACED)]
