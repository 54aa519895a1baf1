"""Blind compare: what a caller says is the value or is not, and nothing else is learnt by it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.utils import timezone

from console.errors import NotFit, NotPermitted, StepNotPossible, TooMany
from console.flows.compare import MOST_MISSES, compare
from console.models import Customer, Event, Reveal, Status, User
from console.sentences import event_sentence
from tests.cast import connect, person, sample
from tests.flows.helpers import fresh
from tests.hidden import SSN, WRONG, comparing, shown
from tests.views.standing import standing

pytestmark = pytest.mark.django_db


@pytest.fixture
def lena() -> Customer:
    return sample(connect("finosu"), ssnLastFour=SSN)


@pytest.fixture
def ed() -> User:
    """Ed, who may compare and not be shown."""
    return comparing("ed")


def ask(customer: Customer, by: User, said: str, name: str = "ssnLastFour", **about: Any) -> bool:
    return compare(fresh(customer), name, said, by=by, **about)


@pytest.mark.parametrize(("said", "is_it"), [(SSN, True), (WRONG, False), ("44 71", True), ("44-72", False)])
def test_it_tells_whether_it_matches_and_keeps_that_it_was_asked_without_what_was_said(
    lena: Customer, ed: User, said: str, *, is_it: bool
) -> None:
    assert ask(lena, ed, said) is is_it
    [kept], event = Reveal.objects.all(), Event.objects.get(verb="customer.compared")
    assert (kept.user, kept.field, kept.matched, kept.sealed_reason) == (ed, "ssnLastFour", is_it, None)
    assert (event.actor, event.details) == (ed, {"field": "ssnLastFour", "matched": is_it})
    assert event.sealed_values is None
    told = "it matches" if is_it else "it does not match"
    assert event_sentence(event, lena.provider.fields) == (
        f"Ed Kowalski compared SSN, last four digits with what was said to them: {told}"
    )


@pytest.mark.parametrize(
    ("name", "said", "is_it"),
    [
        ("ic_number", "3174 0123 4567 8901", True),
        ("ic_number", "3174-0123-4567-8902", False),
        ("dob", "1990-02-01", True),
        ("dob", "1 Feb 1990", True),
        ("dob", "1990-01-02", False),
    ],
)
def test_a_document_and_a_birth_date_are_compared_as_they_are_said(
    ed: User, name: str, said: str, *, is_it: bool
) -> None:
    assert ask(sample(connect("sqril")), ed, said, name) is is_it


@pytest.mark.parametrize(
    ("name", "said"), [("ssnLastFour", ""), ("ssnLastFour", "447"), ("ssnLastFour", "abcd"), ("birthday", "15/06/85")]
)
def test_what_cannot_be_such_a_value_is_said_to_be_so_and_counts_as_no_try(
    lena: Customer, ed: User, settings: LazySettings, name: str, said: str
) -> None:
    settings.STEWARD_COMPARES = 1
    for _ in range(2):
        with pytest.raises(NotFit) as refused:
            ask(lena, ed, said, name)
        assert set(refused.value.wanted) == {"said"}
    assert not Reveal.objects.exists()
    assert ask(lena, ed, SSN)


@pytest.mark.parametrize("who", ["jo", "ann", "ops", "rae", "max", "vic"])
def test_no_other_role_carries_the_right(lena: Customer, who: str) -> None:
    with pytest.raises(NotPermitted, match="You may not compare sensitive values with what a caller says at Finosu"):
        ask(lena, person(who), SSN)
    assert not Reveal.objects.exists()


def test_who_may_be_shown_a_value_may_compare_it(lena: Customer) -> None:
    assert ask(lena, shown("jo"), SSN)


def test_the_right_at_another_connection_compares_nothing_here(lena: Customer) -> None:
    with pytest.raises(NotPermitted):
        ask(lena, comparing("ed", connect("sqril")), SSN)


def test_a_person_compares_so_often_in_an_hour_and_no_more(lena: Customer, ed: User, settings: LazySettings) -> None:
    settings.STEWARD_COMPARES = 2
    assert [ask(lena, ed, SSN), ask(lena, ed, "1985-06-15", "birthday")] == [True, True]
    with pytest.raises(TooMany):
        ask(lena, ed, SSN)
    assert Reveal.objects.count() == 2
    assert ask(lena, comparing("ann"), SSN)


def test_who_guesses_at_one_value_is_stopped_before_it_can_be_found(lena: Customer, ed: User) -> None:
    for guess in range(MOST_MISSES):
        assert not ask(lena, ed, f"100{guess}")
    with pytest.raises(TooMany, match=r"has not shown who they are\. It works again in") as stopped:
        ask(lena, ed, SSN)
    assert 0 < stopped.value.seconds <= 3600
    assert ask(lena, ed, "1985-06-15", "birthday")
    assert ask(lena, comparing("ann"), SSN)


def test_an_hour_later_they_may_try_again(lena: Customer, ed: User) -> None:
    for guess in range(MOST_MISSES):
        at = timezone.now() - timedelta(minutes=61, seconds=guess)
        Reveal.objects.create(user=ed, customer=lena, field="ssnLastFour", matched=False, at=at)
    assert ask(lena, ed, SSN)


def test_of_a_change_it_compares_with_what_is_asked_for(lena: Customer) -> None:
    ann = comparing("ann")
    change = standing(lena, person("ed"), Status.PROPOSED, wishes={"ssnLastFour": "8812"})
    assert ask(lena, ann, "8812", change=change.pk)
    assert not ask(lena, ann, SSN, change=change.pk)
    told = event_sentence(Event.objects.filter(verb="customer.compared").latest("pk"), lena.provider.fields)
    assert told.startswith("Ann Mwangi compared SSN, last four digits as asked for with")


@pytest.mark.parametrize("name", ["firstName", "nobody"])
def test_what_is_not_hidden_is_not_compared(lena: Customer, ed: User, name: str) -> None:
    with pytest.raises(StepNotPossible, match="not hidden"):
        ask(lena, ed, SSN, name)


def test_what_is_not_known_matches_nothing(ed: User) -> None:
    with pytest.raises(StepNotPossible, match="nothing to compare with"):
        ask(sample(connect("finosu"), ssnLastFour=...), ed, SSN)
    assert not Reveal.objects.exists()
