"""What the database itself refuses about batches, tried by SQL; and what altered rows come to."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import ProgrammingError, transaction
from django.db import connection as database

from console.errors import StepNotPossible
from console.flows import batches
from console.flows.batch_steps import locked, take
from console.flows.batches.feeding import feed
from console.flows.batches.members import digest_of
from console.flows.record import database_now
from console.models import Batch, BatchDecision, BatchStatus, Change, Connection, Line, Origin, Status, Wait
from console.models.batches import BATCH_STEPS
from console.models.judging import APPROVAL_LASTS
from providers.sandbox import Sandbox
from tests.cast import connect, person
from tests.deciding import policy
from tests.flows.batching import PHONE, approve, asked, at_caibo, build, fresh, go, members, people, states
from tests.flows.helpers import fresh as fresh_row
from tests.flows.test_guards_decisions import refused
from tests.forcing import force
from tests.processes import wait_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def caibo() -> Connection:
    policy("Everything")
    return at_caibo()


@pytest.fixture
def batch(caibo: Connection) -> Batch:
    return asked(people(caibo, 3), person("ed"))


def put(batch: Batch, **columns: Any) -> None:
    Batch.objects.filter(pk=batch.pk).update(**columns)


def test_the_steps_in_code_and_in_the_database_are_the_same(batch: Batch) -> None:
    with database.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = 'console_batch_takes_a_step'")
        [source] = cursor.fetchone()
    for source_status in BatchStatus:
        for target in BatchStatus:
            is_step = target in BATCH_STEPS.get(source_status, ())
            assert (f"('{source_status}', '{target}')" in source) == is_step, (source_status, target)


def test_no_batch_is_approved_without_a_word_on_exactly_what_it_is(batch: Batch) -> None:
    with refused("a batch lacks an approval"):
        put(batch, status="canary", approved_at=database_now())
    with refused("what is decided on is what was put together"):
        put(batch, digest=b"another")
    with refused("a decision is about the batch as it stands"):
        BatchDecision.objects.create(batch=batch, user=person("ann"), act="approve", digest=b"another")
    with refused("nobody decides on their own batch"):
        BatchDecision.objects.create(batch=batch, user=person("ed"), act="approve", digest=batch.digest)
    with refused("a batch keeps its connection, its author"):
        put(batch, requester=person("jo"))
    with refused("a batch cannot go from waiting to building"):
        put(batch, status="building")


def test_a_word_is_given_once_and_never_altered(batch: Batch) -> None:
    policy("Two", approvals=2)
    approve(batch, person("ann"))
    with refused("a person decides once on a batch"):
        BatchDecision.objects.create(batch=batch, user=person("ann"), act="approve", digest=batch.digest)
    with refused("a decision on a batch is never altered"):
        BatchDecision.objects.update(act="reject")
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        BatchDecision.objects.all()._raw_delete("default")
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        Batch.objects.all()._raw_delete("default")


def test_each_step_has_its_event(batch: Batch) -> None:
    with refused("each step of a batch has exactly one event"):
        put(batch, status="withdrawn")
        with database.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_change_comes_into_a_batch_while_it_is_put_together_and_stays_there(batch: Batch, caibo: Connection) -> None:
    first, second, _ = members(batch)
    with refused("a change keeps its batch"):
        Change.objects.filter(pk=first.pk).update(batch_place=9)
    with refused("a change keeps its batch"):
        Change.objects.filter(pk=first.pk).update(batch=None)
    with refused("a change keeps its batch"):
        Change.objects.filter(pk=first.pk).update(batch_digest=second.batch_digest)
    columns = {field.attname: getattr(first, field.attname) for field in Change._meta.concrete_fields}
    another = {**columns, "id": None, "idempotency_key": "k", "place": 9, "batch_place": 9}
    with refused("a batch takes changes while it is being put together"):
        Change.objects.create(**another)


def test_no_member_leaves_before_its_batch(batch: Batch) -> None:
    [change, *_] = members(batch)
    Line.objects.filter(change=change).update(decision="approved", needs=0)
    with refused("a change leaves when its batch may"):
        force(change, Status.APPROVED, approved_place=1, next_attempt_at=database_now(), wait="turn")


def test_a_member_altered_by_sql_leaves_the_batch_and_nothing_of_it_is_sent(sandbox: Sandbox) -> None:
    policy("Everything")
    sqril = connect("sqril", sandbox)
    batch = asked(people(sqril, 4, sandbox), person("ed"), {"phone": "+6281299887766"})
    first, second, third, _ = members(batch)
    key = second.customer.key
    Line.objects.filter(change=second).update(sealed_after=key.seal("line after", "phone", "+6281311111111"))
    Line.objects.filter(change=third).update(sealed_after=b"rubbish that opens with no key at all")
    approve(batch, person("ann"))
    go(sqril)
    assert states(batch) == [Status.APPLIED, Status.PROPOSED, Status.PROPOSED, Status.APPLIED]
    assert {fresh_row(one).wait for one in (second, third)} == {Wait.AUTHOR}
    assert fresh_row(first).state is Status.APPLIED


def test_a_line_with_a_digest_of_its_own_is_not_what_the_batch_holds(sandbox: Sandbox) -> None:
    """Whoever has the customer's key could make a line that is true to itself: the member's own digest is not."""
    policy("Everything")
    sqril = connect("sqril", sandbox)
    batch = asked(people(sqril, 2, sandbox), person("ed"), {"phone": "+6281299887766"})
    [change, _] = members(batch)
    [line] = change.lines.all()
    line.change = change
    line.seal(line.before, "+6281311111111")
    line.digest = line.current_digest()
    line.save()
    approve(batch, person("ann"))
    go(sqril)
    assert states(batch) == [Status.PROPOSED, Status.APPLIED]


def test_a_member_that_was_never_put_in_shows_in_the_digest(caibo: Connection) -> None:
    ed, customers = person("ed"), people(caibo, 3)
    batch, _ = build(customers[:2], ed)
    before = digest_of(batch)
    batches.add(batch, [batches.Item(3, customers[2].pk, {"phone": PHONE})])
    assert digest_of(batch) != before


def test_before_the_first_leaves_the_whole_is_compared_with_what_was_decided_on(caibo: Connection) -> None:
    """As if a batch had been closed over less than it holds."""
    ed, customers = person("ed"), people(caibo, 2)
    batch, _ = build(customers, ed)
    with transaction.atomic():
        batch = locked(batch.pk)
        batch.size, batch.digest = 2, b"of something else"
        take(
            batch, BatchStatus.WAITING, by=ed, size=2, digest=batch.digest, needs={"phone": 1},
            expires_at=database_now() + timedelta(hours=1),
        )  # fmt: skip
    with pytest.raises(StepNotPossible, match="no longer what was put together"):
        approve(batch, person("ann"))
    BatchDecision.objects.create(batch=batch, user=person("ann"), act="approve", digest=b"of something else")
    with transaction.atomic():
        take(
            locked(batch.pk), BatchStatus.CANARY, by=None, origin=Origin.WORKER, approved_at=database_now(),
            expires_at=None,
        )  # fmt: skip
    assert feed(caibo.pk) == 0
    assert (fresh(batch).state, states(batch)) == (BatchStatus.PAUSED, [Status.PROPOSED] * 2)
    assert "no longer what was decided on" in fresh(batch).note


def test_an_approval_older_than_seven_days_lets_nothing_leave(caibo: Connection) -> None:
    batch = asked(people(caibo, 2), person("ed"))
    ann, said = person("ann"), database_now() - APPROVAL_LASTS + timedelta(seconds=1)
    BatchDecision.objects.bulk_create([
        BatchDecision(batch=batch, user=ann, act="approve", digest=batch.digest, at=said)
    ])  # fmt: skip
    with transaction.atomic():
        now = database_now()
        take(locked(batch.pk), BatchStatus.CANARY, by=ann, origin=Origin.PAGE, approved_at=now, expires_at=None)
    wait_for(lambda: database_now() - said > APPROVAL_LASTS)
    assert feed(caibo.pk) == 0
    waits = fresh(batch)
    assert (waits.state, waits.approved_at) == (BatchStatus.WAITING, None)
    assert states(batch) == [Status.PROPOSED] * 2
    assert approve(batch, ann).state is BatchStatus.CANARY  # asked again, since the word of before holds no longer
    assert feed(caibo.pk) == 2
