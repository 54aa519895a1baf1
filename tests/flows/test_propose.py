"""What a person saves becomes a change, whole and once, or a sentence that says why not."""

from __future__ import annotations

import json
import re

import pytest
from django.db import connection

from console.errors import (
    AlreadySaved,
    AlreadyWaiting,
    NothingChanged,
    NotPermitted,
    RulesBroken,
    StepNotPossible,
    ValuesMoved,
)
from console.flows.propose import Proposal, propose, propose_one, withdraw
from console.flows.refresh import take_over
from console.models import Change, Customer, Event, Status
from tests.cast import SLUGS, connect, person, sample
from tests.flows.helpers import WISH, fresh, wish

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("slug", SLUGS)
def test_ed_saves_a_wish_and_it_is_on_its_way_with_its_lines_event_and_wake_up(slug: str) -> None:
    customer, ed = sample(connect(slug)), person("ed")
    change = wish(customer, ed, why="Called", reference="SUP-48121")
    assert change.state is Status.APPROVED
    assert {line.field: line.after for line in change.lines.all()} == WISH[slug]
    assert [event.verb for event in change.events.order_by("pk")] == ["change.proposed", "change.approved"]
    assert (fresh(change).why, change.reference) == ("Called", "SUP-48121")
    assert _jobs() == [{"connection_id": customer.connection_id}]


# Bytes and parts of seconds, which hold any four digits sooner or later.
CHANCE = re.compile(r"\\+x[0-9a-f]+|\.\d{3,6}")


def test_what_was_asked_is_not_plain_in_any_table() -> None:
    customer = sample(connect("finosu"))
    wish(customer, person("ed"), {"ssnLastFour": "9876"}, why="Verified by call-back")
    with connection.cursor() as cursor:
        for table in ("customer", "change", "line", "event", "searchterm"):
            cursor.execute(f"SELECT coalesce(string_agg(t::text, ' '), '') FROM console_{table} t")  # noqa: S608 our tables
            [text] = cursor.fetchone()
            words = CHANCE.sub("", text)
            for secret in ("9876", "1985-06-15", "Verified by call-back"):
                assert secret not in words, table
                assert secret.encode().hex() not in text, table


def test_saving_twice_with_one_key_makes_one_change() -> None:
    customer, ed = sample(connect("caibo")), person("ed")
    first = wish(customer, ed, key="form-1")
    assert wish(customer, ed, key="form-1") == first
    assert Change.objects.count() == 1
    assert len(_jobs()) == 1


def test_the_same_key_with_other_content_is_refused_and_named() -> None:
    customer, ed = sample(connect("caibo")), person("ed")
    first = wish(customer, ed, key="form-1")
    with pytest.raises(AlreadySaved, match=f"change {first.pk}"):
        wish(customer, ed, {"phone": "+441632960000"}, key="form-1")
    assert Change.objects.count() == 1


def test_a_save_without_a_difference_is_refused_kindly_and_changes_nothing() -> None:
    customer, ed = sample(connect("caibo")), person("ed")
    events = Event.objects.count()
    with pytest.raises(NothingChanged):
        wish(customer, ed, {"phone": "+44 20 7946 0958"})
    assert (Change.objects.count(), Event.objects.count(), _jobs()) == (0, events, [])


@pytest.mark.parametrize(
    ("slug", "wishes", "field"),
    [
        ("sqril", {"address": None}, "address"),
        ("sqril", {"name_first": "Budi"}, "name_first"),
        ("sqril", {"email": "adi.wijaya@example"}, "email"),
        ("caibo", {"name": "x" * 101}, "name"),
        ("timepay", {"language": "klingon"}, "language"),
        ("timepay", {"campaignId": "camp_other"}, "campaignId"),
        ("flowwise", {"scope": "GLOBAL"}, "scope"),
        ("caibo", {"ownerId": "7"}, "ownerId"),
        ("finosu", {"id": "FN-1"}, "id"),
    ],
)
def test_what_the_provider_forbids_is_refused_at_its_field(slug: str, wishes: dict[str, object], field: str) -> None:
    with pytest.raises(RulesBroken) as refusal:
        wish(sample(connect(slug)), person("ed"), wishes)
    assert field in {violation.field for violation in refusal.value.violations}
    assert not Change.objects.exists()


def test_a_value_that_the_provider_requires_and_we_lack_is_asked_for() -> None:
    customer = sample(connect("sqril"), occupation=...)
    with pytest.raises(RulesBroken) as refusal:
        wish(customer, person("ed"))
    assert {violation.field for violation in refusal.value.violations} == {"occupation"}
    assert wish(customer, person("ed"), {**WISH["sqril"], "occupation": "OCC4"}).state is Status.APPROVED


def test_the_same_field_moved_meanwhile_asks_and_another_field_merges() -> None:
    customer, ed = sample(connect("flowwise")), person("ed")
    shown = {name: customer.shown_digest(name, value) for name, value in customer.record.items()}
    take_over(customer, {"phone": "+919000000000"}, by=None)
    with pytest.raises(ValuesMoved) as refusal:
        wish(customer, ed, {"phone": "+918888888888"}, shown=shown)
    assert refusal.value.moves["phone"].theirs == "+919000000000"
    assert wish(customer, ed, {"email": "priya@example.com"}, shown=shown).state is Status.APPROVED


def test_two_wishes_for_one_field_cannot_both_wait() -> None:
    customer = sample(connect("caibo"))
    first = wish(customer, person("ed"))
    with pytest.raises(AlreadyWaiting) as refusal:
        wish(customer, person("jo"), {"phone": "+441632960000", "address": "2 Low Street"})
    assert refusal.value.changes == {"phone": first.pk}
    assert wish(customer, person("jo"), {"address": "2 Low Street"}).state is Status.APPROVED


def test_a_stranger_and_a_reviewer_may_not_propose() -> None:
    customer = sample(connect("caibo"))
    for name in ("vic", "rae", "max", "ann"):
        with pytest.raises(NotPermitted):
            wish(customer, person(name))


def test_a_grant_at_one_connection_is_none_at_another() -> None:
    caibo, sqril = connect("caibo"), connect("sqril")
    ed = person("ed", caibo)
    wish(sample(caibo), ed)
    with pytest.raises(NotPermitted, match="Sqril"):
        wish(sample(sqril), ed)


def test_one_refused_item_of_a_batch_leaves_the_others_whole() -> None:
    customer, ed = sample(connect("caibo")), person("ed")
    good = Proposal(customer.pk, {"phone": "+441632960961"}, "a")
    bad = Proposal(customer.pk, {"email": "nonsense"}, "b")
    saved, refused = propose([good, bad], by=ed)
    assert isinstance(saved, Change)
    assert isinstance(refused, RulesBroken)


def test_ed_takes_back_what_was_not_sent_and_the_field_is_free_again() -> None:
    customer, ed = sample(connect("caibo")), person("ed")
    change = withdraw(wish(customer, ed).pk, by=ed)
    assert change.state is Status.WITHDRAWN
    assert wish(customer, person("jo")).state is Status.APPROVED
    with pytest.raises(StepNotPossible):
        withdraw(change.pk, by=ed)


def test_nobody_withdraws_what_another_asked() -> None:
    change = wish(sample(connect("caibo")), person("ed"))
    with pytest.raises(NotPermitted, match="Ed Kowalski"):
        withdraw(change.pk, by=person("jo"))


def test_saving_for_a_customer_takes_places_in_order() -> None:
    customer, ed = sample(connect("caibo")), person("ed")
    first = propose_one(Proposal(customer.pk, {"phone": "+441632960961"}, "a"), by=ed)
    second = propose_one(Proposal(customer.pk, {"address": "2 Low Street"}, "b"), by=ed)
    assert first.place < second.place
    assert (first.approved_place or 0) < (second.approved_place or 0)
    assert Customer.objects.get(pk=customer.pk).places == second.approved_place


def _jobs() -> list[dict[str, int]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT args FROM procrastinate_jobs WHERE status = 'todo'")
        return [json.loads(args) for (args,) in cursor.fetchall()]
