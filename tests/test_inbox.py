"""What waits is counted and listed by statements of their own, which have to say what the models say."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db.models import Q

from console.inbox import Waiting, listed, visible, waiting
from console.models import Change, Grant, Status, User, Wait
from console.models.changes import ChangeQuerySet
from console.permissions import Right, connections_where
from tests import cast
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
