"""Changes that left their batch, and what was being sent when a batch was told to wait: neither goes on by its word."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from console.flows import batches
from console.flows.batches.feeding import connections_to_feed, feed
from console.flows.claims import Claim
from console.flows.deliver import claim, drain
from console.flows.expire import expire
from console.flows.propose import Proposal, propose_one
from console.flows.record import database_now
from console.flows.send import send
from console.flows.settle import settle
from console.models import About, Batch, BatchStatus, Change, Connection, Notice, Status, Wait
from providers.sandbox import Sandbox
from tests.cast import person
from tests.deciding import approve as approve_change
from tests.deciding import reject as reject_change
from tests.flows.batching import approve, asked, fresh, go, members, people, reject, states, watched
from tests.flows.helpers import pushes

pytestmark = pytest.mark.django_db

NEW = {"phone": "+6281299887766"}
OTHER = {"phone": "+6281355555555"}


@pytest.fixture
def sqril(sandbox: Sandbox) -> Connection:
    return watched(sandbox)


def taken_out(change: Change) -> Change:
    """Its author asks for something else of this one, so that it is decided on alone."""
    item = Proposal(change.customer_id, OTHER, f"edit {change.pk}")
    propose_one(replace(item, replacing={"phone": change.pk}), by=person("ed"))
    return Change.objects.get(pk=change.pk)


def edited(change: Change) -> Change:
    """Its author asks for something else of this one, and somebody approves it alone."""
    return approve_change(taken_out(change), person("ann"))


def told(username: str) -> list[tuple[int | None, int | None, str]]:
    """What this person was told: of which change or of which batch, and what."""
    return list(Notice.objects.filter(user=person(username)).order_by("pk").values_list("change", "batch", "about"))


def sent(connection: Connection) -> None:
    """What is due there, and nothing that a feeder would let go after that."""
    drain(connection.pk, stopping=threading.Event())


class TestWhatLeftIt:
    def test_stopping_a_batch_leaves_alone_what_somebody_approved_alone(
        self, sandbox: Sandbox, sqril: Connection
    ) -> None:
        batch = asked(people(sqril, 7, sandbox), person("ed"), NEW)
        edited(members(batch)[6])
        approve(batch, person("ann"))
        batches.stop(batch.pk, by=person("ops"))
        assert fresh(batch).released == 0
        go(sqril)
        assert states(batch) == [Status.WITHDRAWN] * 6 + [Status.APPLIED]

    def test_pausing_a_batch_leaves_alone_what_somebody_approved_alone(
        self, sandbox: Sandbox, sqril: Connection
    ) -> None:
        batch = asked(people(sqril, 7, sandbox), person("ed"), NEW)
        edited(members(batch)[6])
        approve(batch, person("ann"))
        feed(sqril.pk)
        batches.pause(batch.pk, by=person("ops"))
        assert (fresh(batch).released, fresh(batch).reached) == (0, 0)
        assert states(batch) == [Status.PROPOSED] * 6 + [Status.APPROVED]
        go(sqril)
        assert states(batch) == [Status.PROPOSED] * 6 + [Status.APPLIED]

    def test_what_was_called_back_and_then_edited_is_not_called_back_again(
        self, sandbox: Sandbox, sqril: Connection
    ) -> None:
        batch = approve(asked(people(sqril, 6, sandbox), person("ed"), NEW), person("ann"))
        feed(sqril.pk)
        batches.pause(batch.pk, by=person("ed"))
        edited(members(batch)[0])
        batches.stop(batch.pk, by=person("ed"))
        assert (states(batch)[0], fresh(batch).released) == (Status.APPROVED, 0)

    def test_the_others_wait_for_five_that_were_let_go_whatever_arrived_alone(
        self, sandbox: Sandbox, sqril: Connection
    ) -> None:
        batch = asked(people(sqril, 15, sandbox), person("ed"), NEW)
        for change in members(batch)[:5]:
            edited(change)
        sent(sqril)
        approve(batch, person("ann"))
        feed(sqril.pk)
        assert states(batch) == [Status.APPLIED] * 5 + [Status.APPROVED] * 5 + [Status.PROPOSED] * 5
        assert fresh(batch).state is BatchStatus.CANARY
        assert fresh(batch).canary_passed_at is None
        go(sqril)
        assert (fresh(batch).state, states(batch)) == (BatchStatus.DONE, [Status.APPLIED] * 15)


class TestWhoAskedIsTold:
    def test_what_became_of_one_that_was_decided_on_alone(self, sandbox: Sandbox, sqril: Connection) -> None:
        batch = asked(people(sqril, 3, sandbox), person("ed"), NEW)
        first, second, third = map(taken_out, members(batch))
        reject_change(first, person("ann"))
        approve_change(second, person("ann"))
        Change.objects.filter(pk=third.pk).update(expires_at=database_now())
        assert expire() == 1
        assert told("ed") == [
            (first.pk, None, About.REJECTED),
            (second.pk, None, About.APPROVED),
            (third.pk, None, About.EXPIRED),
        ]

    def test_once_of_a_batch_that_was_decided_on_as_one(self, sandbox: Sandbox, sqril: Connection) -> None:
        six = people(sqril, 6, sandbox)
        approved, rejected = (asked(some, person("ed"), NEW) for some in (six[:3], six[3:]))
        approve(approved, person("ann"))
        reject(rejected, person("ann"))
        go(sqril)
        assert [states(each) for each in (approved, rejected)] == [[Status.APPLIED] * 3, [Status.REJECTED] * 3]
        assert told("ed") == [
            (None, approved.pk, About.APPROVED),
            (None, rejected.pk, About.REJECTED),
            (None, approved.pk, About.ENDED),
        ]


class TestToldToWait:
    def test_what_was_being_sent_and_is_to_go_again_waits_with_the_others(
        self, sandbox: Sandbox, sqril: Connection
    ) -> None:
        batch = approve(asked(people(sqril, 9, sandbox), person("ed"), NEW), person("ann"))
        feed(sqril.pk)
        one = put_off_while(batch, sandbox, batches.pause)
        assert Change.objects.get(pk=one).state is Status.APPROVED
        assert connections_to_feed() == [sqril.pk]
        feed(sqril.pk)
        assert Change.objects.get(pk=one).wait == Wait.BATCH
        assert (states(batch), fresh(batch).released) == ([Status.PROPOSED] * 9, 0)
        assert connections_to_feed() == []
        sent = len(pushes(sandbox, "sqril"))
        go(sqril)
        assert len(pushes(sandbox, "sqril")) == sent

    def test_let_go_on_it_leaves_with_them(self, sandbox: Sandbox, sqril: Connection) -> None:
        batch = approve(asked(people(sqril, 9, sandbox), person("ed"), NEW), person("ann"))
        feed(sqril.pk)
        put_off_while(batch, sandbox, batches.pause)
        feed(sqril.pk)
        batches.go_on(batch.pk, by=person("ann"))
        go(sqril)
        assert (fresh(batch).state, fresh(batch).released) == (BatchStatus.DONE, 9)
        assert states(batch) == [Status.APPLIED] * 9

    def test_stopped_it_counts_no_longer_as_let_go(self, sandbox: Sandbox, sqril: Connection) -> None:
        batch = approve(asked(people(sqril, 9, sandbox), person("ed"), NEW), person("ann"))
        feed(sqril.pk)
        put_off_while(batch, sandbox, batches.stop)
        go(sqril)
        assert (states(batch), fresh(batch).released) == ([Status.WITHDRAWN] * 9, 0)
        assert "Nothing of this batch has left" in batches.why_not_undo(fresh(batch))


class TestPausedAmongTheFirst:
    def test_let_go_on_no_more_than_five_go_before_the_others(self, sandbox: Sandbox, sqril: Connection) -> None:
        batch = approve(asked(people(sqril, 20, sandbox), person("ed"), NEW), person("ann"))
        feed(sqril.pk)
        taken_in_an_hour(members(batch)[0])
        sent(sqril)
        batches.pause(batch.pk, by=person("ed"))
        assert states(batch)[:6] == [Status.PROPOSED, *[Status.APPLIED] * 4, Status.PROPOSED]
        batches.go_on(batch.pk, by=person("ed"))
        feed(sqril.pk)
        assert states(batch).count(Status.APPROVED) == 1

    def test_what_did_not_arrive_behind_one_that_was_called_back_is_seen_by_who_lets_it_go_on(
        self, sandbox: Sandbox, sqril: Connection
    ) -> None:
        batch = approve(asked(people(sqril, 20, sandbox), person("ed"), NEW), person("ann"))
        sandbox.edit("sqril", "cus_3", {"phone": "+6281200000000"})
        feed(sqril.pk)
        taken_in_an_hour(members(batch)[0])
        sent(sqril)
        batches.pause(batch.pk, by=person("ed"))
        assert states(batch)[2] == Status.CONFLICT
        batches.go_on(batch.pk, by=person("ed"))
        assert fresh(batch).looked_from == 5
        go(sqril)
        assert fresh(batch).state is BatchStatus.DONE


def put_off_while(batch: Batch, sandbox: Sandbox, step: Callable[..., Batch]) -> int:
    """One of them is being sent while Olu takes a step, and then the provider says later; gives its number."""
    claimed = claim(batch.connection_id)
    assert isinstance(claimed, Claim)
    step(batch.pk, by=person("ops"))
    sandbox.fault("sqril", "429", retry_after="120")
    settle(claimed, send(claimed))
    return claimed.change_id


def taken_in_an_hour(change: Change) -> None:
    """No worker takes it before that."""
    Change.objects.filter(pk=change.pk).update(next_attempt_at=database_now() + timedelta(hours=1))
