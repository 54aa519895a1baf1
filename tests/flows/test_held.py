"""What a restored backup left held is sent, withdrawn or tried again by a person, each change for itself."""

from __future__ import annotations

from datetime import timedelta

import pytest

from console.errors import AlreadyWaiting, NotPermitted, StepNotPossible
from console.flows import propose
from console.flows.held import release, withdraw
from console.flows.record import database_now
from console.flows.resolve import try_again
from console.flows.said import LONGEST_REASON
from console.flows.together import release_many, retry_many, withdraw_many
from console.models import Change, Confirmation, Connection, Event, Status, Wait
from providers.sandbox import Sandbox
from tests.cast import connect, person, sample
from tests.flows.helpers import fresh, push, pushes, wish
from tests.forcing import force
from tests.views.standing import asked, standing

pytestmark = pytest.mark.django_db


def held(sandbox: Sandbox, slug: str = "sqril") -> Change:
    """A change of Ed's that may have been sent before the backup was restored."""
    customer = sample(connect(slug, sandbox), sandbox)
    return standing(customer, person("ed"), Status.PROPOSED, wait=Wait.RESTORED, maybe_applied=True)


def test_what_is_released_and_not_there_yet_is_sent(sandbox: Sandbox) -> None:
    change = held(sandbox)
    release(change.pk, by=person("ops"), reason="Not there yet.")
    push(change.customer)
    assert len(pushes(sandbox, "sqril")) == 1
    assert fresh(change).state is Status.APPLIED


def test_what_is_released_and_there_already_is_not_sent_again(sandbox: Sandbox) -> None:
    change = held(sandbox)
    sandbox.edit("sqril", change.customer.external_id, {line.field: line.after for line in change.lines.all()})
    release(change.pk, by=person("ops"), reason="It looks as if it were there.")
    push(change.customer)
    assert pushes(sandbox, "sqril") == []
    assert (fresh(change).state, fresh(change).confirmation) == (Status.APPLIED, Confirmation.ALREADY)


def test_what_is_released_waits_again_unless_another_wish_for_its_field_does(sandbox: Sandbox) -> None:
    change = held(sandbox)
    change.lines.update(waiting=False)
    field = min(change.wishes)
    newer = wish(change.customer, person("jo"), {field: f"{change.wishes[field]} 2"})
    with pytest.raises(AlreadyWaiting):
        release(change.pk, by=person("ops"), reason="Not there yet.")
    force(newer, Status.WITHDRAWN, next_attempt_at=None)
    newer.lines.update(waiting=False)
    release(change.pk, by=person("ops"), reason="Not there yet.")
    assert all(line.waiting for line in change.lines.all())


def test_what_is_withdrawn_is_never_sent(sandbox: Sandbox) -> None:
    change = held(sandbox, "timepay")
    withdraw(change.pk, by=person("ops"), reason="It was sent in the morning.")
    push(change.customer)
    assert pushes(sandbox, "timepay") == []
    assert (fresh(change).state, fresh(change).maybe_applied) == (Status.WITHDRAWN, True)
    event = Event.objects.get(verb="change.withdrawn")
    assert (event.actor, event.values) == (person("ops"), {"reason": "It was sent in the morning."})


@pytest.mark.parametrize("step", [release, withdraw])
def test_only_an_operator_decides_and_only_with_a_reason(sandbox: Sandbox, step: type) -> None:
    change = held(sandbox)
    with pytest.raises(NotPermitted, match="it takes the role Operator"):
        step(change.pk, by=person("ed"), reason="Because.")
    with pytest.raises(StepNotPossible, match="Say in a sentence how you know"):
        step(change.pk, by=person("ops"), reason=" ")
    with pytest.raises(StepNotPossible, match="it may have 500 characters"):
        step(change.pk, by=person("ops"), reason="x" * (LONGEST_REASON + 1))
    assert fresh(change).state is Status.PROPOSED


@pytest.mark.parametrize("step", [release, withdraw])
def test_what_waits_for_its_author_or_is_decided_already_is_not_held(sandbox: Sandbox, step: type) -> None:
    others = standing(sample(connect("caibo", sandbox), sandbox), person("ed"), Status.PROPOSED, wait=Wait.AUTHOR)
    change = held(sandbox)
    release(change.pk, by=person("ops"), reason="Because.")
    for number in (others.pk, change.pk):
        with pytest.raises(StepNotPossible, match="is not held any more"):
            step(number, by=person("ops"), reason="Because.")


def test_what_waits_for_its_author_and_may_be_applied_an_operator_withdraws(sandbox: Sandbox) -> None:
    """Its author can't, since something of it may be there; a field that nobody can free would be held for ever."""
    change = standing(sample(connect("timepay", sandbox), sandbox), person("ed"), Status.UNKNOWN, maybe_applied=True)
    try_again(change.pk, by=person("ops"), reason="Not there yet.")
    Change.objects.filter(pk=change.pk).update(approved_at=database_now() - timedelta(days=8))
    push(change.customer)
    assert (fresh(change).wait, fresh(change).maybe_applied) == (Wait.AUTHOR, True)
    with pytest.raises(StepNotPossible, match="may have reached the provider"):
        propose.withdraw(change.pk, by=person("ed"))
    with pytest.raises(NotPermitted, match="it takes the role Operator"):
        withdraw(change.pk, by=person("ed"), reason="It is mine.")
    withdraw(change.pk, by=person("ops"), reason="Ed has left, and it is not wanted any more.")
    assert fresh(change).state is Status.WITHDRAWN
    assert wish(change.customer, person("jo"), change.wishes).state is Status.APPROVED


def test_what_stands_in_the_way_of_one_leaves_the_others_to_be_done() -> None:
    sqril, ed, ops = connect("sqril"), person("ed"), person("ops")
    customers = [sample(sqril, customer_id=f"cus_{number}") for number in range(3)]
    failed = [standing(customer, ed, Status.FAILED) for customer in customers]
    asked(customers[1], ed)
    done = retry_many([change.pk for change in reversed(failed)], by=ops, reason="They mended it.")
    assert list(done) == [change.pk for change in failed]
    assert isinstance(done[failed[1].pk], AlreadyWaiting)
    assert [fresh(change).state for change in failed] == [Status.APPROVED, Status.FAILED, Status.APPROVED]


def test_settings_that_do_not_fit_stand_in_the_way_of_each_and_break_off_nothing(sandbox: Sandbox) -> None:
    finosu, ed, ops = connect("finosu", sandbox), person("ed"), person("ops")
    customers = [sample(finosu, id=f"FN-{number}") for number in range(2)]
    failed = [standing(customer, ed, Status.FAILED) for customer in customers]
    Connection.objects.filter(pk=finosu.pk).update(options={"loan_ids": "no such choice"})
    done = retry_many([change.pk for change in failed], by=ops, reason="They mended it.")
    assert [str(problem) for problem in done.values()] == [
        "The settings of this connection do not fit the provider's rules any more."
    ] * 2
    assert [fresh(change).state for change in failed] == [Status.FAILED] * 2


def test_all_that_is_held_is_decided_on_each_with_an_event_of_its_own() -> None:
    sqril, ed, ops = connect("sqril"), person("ed"), person("ops")
    about = {"wait": Wait.RESTORED, "maybe_applied": True}
    changes = [
        standing(sample(sqril, customer_id=f"cus_{number}"), ed, Status.PROPOSED, **about) for number in range(4)
    ]
    numbers = [change.pk for change in changes]
    release_many(numbers[:2], by=ops, reason="Not there yet.")
    withdraw_many(numbers, by=ops, reason="There already.")
    states = [fresh(change).state for change in changes]
    assert states == [Status.APPROVED, Status.APPROVED, Status.WITHDRAWN, Status.WITHDRAWN]
    assert Event.objects.filter(actor=ops).count() == 4
