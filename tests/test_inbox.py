"""What waits is counted and listed by statements of their own, which have to say what the models say."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db.models import Q
from django.db.models.functions import Now

from console.flows import review
from console.flows.record import database_now
from console.inbox import SOON, Place, Waiting, Wanted, Whose, listed, next_to_decide, to_decide, visible, waiting
from console.models import Change, Grant, Role, Status, User, Wait
from console.models.changes import ChangeQuerySet
from console.permissions import Right, connections_where
from tests import cast
from tests.deciding import approve, policy
from tests.flows.helpers import wish
from tests.views.standing import standing

APPLIED, REJECTED = Status.APPLIED, Status.REJECTED

pytestmark = pytest.mark.django_db


@pytest.fixture
def changes() -> list[Change]:
    """One in every status that there is, by Ed at one connection and by Jo at another."""
    found = []
    for slug, field, username in (("caibo", "id", "ed"), ("sqril", "customer_id", "jo")):
        connection, by = cast.connect(slug), cast.person(username)
        for number, status in enumerate(Status, 1000):
            identity: dict[str, Any] = {field: str(number)}
            found.append(standing(cast.sample(connection, **identity), by, status))
    return found


def to_fix(reader: User) -> ChangeQuerySet:
    """Those that wait for a person: the reader's own; for an operator all there, but those that wait for authors."""
    resolvable = Q(connection__in=connections_where(reader, Right.RESOLVE))
    resolvable &= ~Q(status=Status.PROPOSED, wait=Wait.AUTHOR) & ~Q(status=Status.RETURNED)
    return visible(reader).needing_a_person().filter(Q(requester=reader) | resolvable)


def done(reader: User, since: datetime) -> ChangeQuerySet:
    """The reader's own that ended for good since then."""
    final = [status for status in Status if status.is_final]
    return visible(reader).filter(requester=reader, status__in=final, ended_at__gte=since)


@pytest.mark.parametrize("held", [Wait.AUTHOR, Wait.RESTORED])
@pytest.mark.parametrize("wait", [Wait.PERSON, Wait.READ_BACK])
def test_they_say_what_the_models_say(changes: list[Change], wait: Wait, held: Wait) -> None:
    Change.objects.filter(status=Status.PROPOSED).update(wait=held)
    Change.objects.filter(status=Status.UNKNOWN).update(wait=wait, next_attempt_at=changes[0].created_at)
    since = changes[0].created_at
    people = ["ed", "jo", "ann", "ops", "max", "vic"]
    for change, username, own in itertools.product([None, changes[0], changes[-1]], people, [True, False]):
        Grant.objects.all().delete()
        reader = cast.person(username, *([change.connection] if change else []))
        going = visible(reader).going_on()
        assert waiting(reader, 100) == Waiting(to_fix(reader).count(), going.count(), 0, 0, 0), (username, change)
        shown = to_fix(reader), going.filter(requester=reader) if own else going, done(reader, since)
        numbers = tuple(list(each.order_by("-pk").values_list("pk", flat=True)) for each in shown)
        found = listed(reader, 100, own=own, since=since)
        assert tuple(sorted(each, reverse=True) for each in found) == numbers, (username, change, own)


def test_what_ended_last_is_first(changes: list[Change]) -> None:
    """By when it ended, whatever its number."""
    ed = cast.person("ed")
    applied, rejected = (next(each for each in changes if each.state is status) for status in (APPLIED, REJECTED))
    for change, day in ((applied, 2), (rejected, 1)):
        Change.objects.filter(pk=change.pk).update(ended_at=datetime(2025, 11, day, tzinfo=UTC))
    done_then = listed(ed, 100, own=True, since=datetime(2025, 11, 1, tzinfo=UTC))[2]
    order = [number for number in done_then if number in {applied.pk, rejected.pk}]
    assert order == [applied.pk, rejected.pk]


def test_nothing_is_counted_further_than_asked(changes: list[Change]) -> None:
    ops = cast.person("ops")
    assert waiting(ops, 2) == Waiting(2, 2, 0, 0, 0)
    assert [len(each) for each in listed(ops, 2, own=False, since=changes[0].created_at)] == [2, 2, 0]


# What waits for a decision.


@pytest.fixture
def requests() -> list[Change]:
    """Of Ed and Jo at two connections: alone and with others, ending at different times, some taken, some approved."""
    policy("Two", approvals=2)
    found = []
    for slug, field, wishes in (
        ("caibo", "id", {"phone": "+442079460000"}),
        ("sqril", "customer_id", {"occupation": "OCC10", "phone": "+6281299887766"}),
    ):
        connection = cast.connect(slug)
        for number in range(8):
            identity: dict[str, Any] = {field: str(number + 1000)}
            change = wish(cast.sample(connection, **identity), cast.person("ed" if number % 3 else "jo"), wishes)
            ends = database_now() + timedelta(hours=3 * (number % 4) + 1)
            Change.objects.filter(pk=change.pk).update(size=1 + 9 * (number % 2), expires_at=ends)
            found.append(change)
    sam, ann = cast.person("sam"), cast.person("ann")
    review.claim(found[1].pk, by=sam)
    review.claim(found[2].pk, by=ann)
    review.claim(found[3].pk, by=sam)
    Change.objects.filter(pk=found[3].pk).update(claimed_at=database_now() - timedelta(minutes=31))
    approve(found[4], ann)
    approve(found[9], ann, "phone")
    approve(found[10], ann)
    Change.objects.filter(pk=found[11].pk).update(expires_at=database_now() - timedelta(seconds=1))
    return found


def in_order(reader: User, wanted: Wanted) -> list[int]:
    """The same in the words of the models, one condition after the other."""
    right = Right.SEE if wanted.whose is Whose.ALL else Right.DECIDE
    found = Change.objects.at(connections_where(reader, right)).to_decide().filter(expires_at__gt=Now())
    if wanted.whose is not Whose.ALL:
        found = found.exclude(requester=reader)
    chosen = [change for change in found.order_by("expires_at", "pk") if _passes(change, reader, wanted)]
    return [change.pk for change in chosen]


def _passes(change: Change, reader: User, wanted: Wanted) -> bool:
    now = database_now()
    assert change.expires_at
    held = change.claimed_by_id not in {None, reader.pk} and now - (change.claimed_at or now) < review.CLAIM_LASTS
    mine = not held and not _has_approved(change, reader)
    return (
        (mine or wanted.whose is not Whose.MINE)
        and wanted.connection in {None, change.connection_id}
        and wanted.author in {None, change.requester_id}
        and (not wanted.soon or change.expires_at <= now + SOON)
        and wanted.together in {None, change.size > 1}
    )


def _has_approved(change: Change, reader: User) -> bool:
    lines = change.lines.filter(decision="open", needs__gt=0)
    return all(line.decisions.filter(by=reader, act="approve", digest=line.digest).exists() for line in lines)


@pytest.mark.parametrize("whose", list(Whose))
def test_the_requests_are_those_of_the_models_in_the_order_in_which_they_end(
    requests: list[Change], whose: Whose
) -> None:
    here, ed = requests[-1].connection_id, cast.person("ed")
    narrowed: list[dict[str, Any]] = [
        {},
        {"connection": here},
        {"author": ed.pk},
        {"soon": True},
        {"together": True},
        {"together": False, "soon": True, "connection": here},
    ]
    for username, at in (("ann", None), ("ann", requests[0]), ("ann", requests[-1]), ("ed", None), ("max", None)):
        Grant.objects.all().delete()
        reader = cast.person(username, *([at.connection] if at else []))
        Grant.objects.get_or_create(user=reader, role=Role.APPROVER, connection=requests[0].connection)
        for more in narrowed:
            wanted = Wanted(whose, **more)
            assert list(to_decide(reader, wanted, 100)) == in_order(reader, wanted), (username, at, more)
        assert waiting(reader, 100).deciding == len(in_order(reader, Wanted()))


def test_whoever_has_approved_all_of_it_is_told_so(requests: list[Change]) -> None:
    approved = {
        number for number, is_given in to_decide(cast.person("ann"), Wanted(Whose.TEAM), 100).items() if is_given
    }
    assert approved == {requests[4].pk, requests[10].pk}


def test_a_line_that_was_edited_is_asked_anew(requests: list[Change]) -> None:
    ann, change = cast.person("ann"), requests[4]
    assert change.pk not in to_decide(ann, Wanted(), 100)
    change.lines.update(digest=b"another")
    assert change.pk in to_decide(ann, Wanted(), 100)


def test_pages_lead_there_and_back(requests: list[Change]) -> None:
    ann = cast.person("ann")
    whole = list(to_decide(ann, Wanted(Whose.ALL), 100))
    fourth = Place.of(Change.objects.get(pk=whole[3]))
    assert list(to_decide(ann, Wanted(Whose.ALL, after=fourth), 3)) == whole[4:7]
    assert list(to_decide(ann, Wanted(Whose.ALL, before=fourth), 2)) == whole[1:3]


def test_the_next_one_is_that_which_ends_next_and_after_the_last_the_first(requests: list[Change]) -> None:
    ann = cast.person("ann")
    mine = [Change.objects.get(pk=number) for number in to_decide(ann, Wanted(), 100)]
    for change, following in zip(mine, [*mine[1:], mine[0]], strict=True):
        assert next_to_decide(ann, after=change) == following.pk
    mine[0].expires_at = None  # as it is once it was decided on
    assert next_to_decide(ann, after=mine[0]) == mine[1].pk
    Change.objects.exclude(pk=mine[2].pk).update(expires_at=database_now() - timedelta(seconds=1))
    assert next_to_decide(ann, after=Change.objects.get(pk=mine[2].pk)) is None
    assert next_to_decide(cast.person("ed"), after=mine[2]) is None


def test_ones_own_that_wait_for_others_count_as_sent(requests: list[Change]) -> None:
    ed = cast.person("ed")
    sent = listed(ed, 100, own=True, since=database_now())[1]
    assert sent == sorted((change.pk for change in requests if change.requester_id == ed.pk), reverse=True)
