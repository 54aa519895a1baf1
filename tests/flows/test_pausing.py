"""A pause by a person: nothing leaves until somebody resumes; both are kept with who and why."""

from __future__ import annotations

import pytest
from django.utils import timezone

from console.errors import NotPermitted, StepNotPossible
from console.flows.pausing import LONGEST_REASON, pause, resume
from console.models import Connection, Event, Pause, Status
from providers.sandbox import Sandbox
from tests.cast import connect, person, sample
from tests.flows.helpers import fresh, push, pushes, wish
from tests.views.standing import asked

pytestmark = pytest.mark.django_db


def interrupted(connection: Connection) -> Connection:
    connection.failures, connection.interrupted_at, connection.probe_at = 5, timezone.now(), timezone.now()
    connection.save()
    return connection


def woken() -> int:
    from procrastinate.contrib.django.models import ProcrastinateJob

    return ProcrastinateJob.objects.filter(status="todo").count()


def test_nothing_leaves_while_a_person_paused_it_and_all_of_it_after(sandbox: Sandbox) -> None:
    caibo, ops = connect("caibo", sandbox), person("ops")
    change = wish(sample(caibo, sandbox), person("ed"))
    pause(caibo, by=ops, reason="Caibo moves to another data centre.")
    push(change.customer)
    assert pushes(sandbox, "caibo") == []
    assert fresh(change).state is Status.APPROVED
    resume(caibo, by=ops, reason="They are done.")
    push(change.customer)
    assert len(pushes(sandbox, "caibo")) == 1
    assert fresh(change).state is Status.APPLIED


def test_a_pause_says_who_when_and_why_and_so_does_the_history() -> None:
    sqril, ops = connect("sqril"), person("ops")
    pause(sqril, by=ops, reason="  Maintenance\nuntil noon. ")
    row = fresh(sqril)
    assert (row.pause, row.paused_by, row.pause_reason) == (Pause.BY_A_PERSON, ops, "Maintenance until noon.")
    event = Event.objects.get(verb="connection.paused")
    assert (event.actor, event.subject) == (ops, f"connection:{sqril.pk}")
    assert event.details == {"cause": "person", "reason": "Maintenance until noon."}


def test_resuming_says_what_it_ended_and_why_and_wakes_the_workers() -> None:
    sqril, ops = connect("sqril"), person("ops")
    pause(sqril, by=ops, reason="Maintenance.")
    before = woken()
    resume(sqril, by=ops, reason="Done.")
    assert woken() == before + 1
    event = Event.objects.get(verb="connection.resumed")
    assert (event.actor, event.details) == (ops, {"was": "person", "reason": "Done."})


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_a_pause_without_a_reason_is_refused(reason: str) -> None:
    sqril = connect("sqril")
    with pytest.raises(StepNotPossible, match="Say in a sentence why"):
        pause(sqril, by=person("ops"), reason=reason)
    assert not fresh(sqril).is_paused


def test_a_reason_is_as_long_as_a_page_shows_and_no_longer() -> None:
    sqril, ops = connect("sqril"), person("ops")
    with pytest.raises(StepNotPossible, match="it may have 300 characters, not 301"):
        pause(sqril, by=ops, reason="x" * (LONGEST_REASON + 1))
    pause(sqril, by=ops, reason="x" * LONGEST_REASON)
    with pytest.raises(StepNotPossible, match="it may have 300 characters, not 400"):
        resume(sqril, by=ops, reason="x" * 400)
    assert fresh(sqril).is_paused


@pytest.mark.parametrize("who", ["ed", "ann", "rae", "max"])
def test_only_an_operator_pauses_and_resumes(who: str) -> None:
    sqril, somebody = connect("sqril"), person(who)
    with pytest.raises(NotPermitted, match="it takes the role Operator"):
        pause(sqril, by=somebody, reason="Because.")
    pause(sqril, by=person("ops"), reason="Because.")
    with pytest.raises(NotPermitted, match="it takes the role Operator"):
        resume(sqril, by=somebody, reason="Because.")
    assert Event.objects.filter(subject__startswith="connection").count() == 1


def test_who_operates_elsewhere_pauses_nothing_here() -> None:
    sqril, caibo = connect("sqril"), connect("caibo")
    with pytest.raises(NotPermitted):
        pause(sqril, by=person("ops", caibo), reason="Because.")


def test_what_is_paused_is_not_paused_again_and_keeps_its_reason() -> None:
    sqril, ops = connect("sqril"), person("ops")
    pause(sqril, by=ops, reason="The first reason.")
    with pytest.raises(StepNotPossible, match="Sqril is paused already"):
        pause(sqril, by=ops, reason="Another.")
    assert fresh(sqril).pause_reason == "The first reason."


def test_what_goes_on_is_not_resumed() -> None:
    with pytest.raises(StepNotPossible, match="Sqril is not paused"):
        resume(connect("sqril"), by=person("ops"), reason="Because.")


def test_resuming_closes_the_circuit_breaker_and_a_pause_leaves_it_as_it_is() -> None:
    sqril, ops = interrupted(connect("sqril")), person("ops")
    pause(sqril, by=ops, reason="They asked us to.")
    assert fresh(sqril).is_interrupted
    resume(sqril, by=ops, reason="They are back.")
    row = fresh(sqril)
    assert (row.failures, row.interrupted_at, row.probe_at) == (0, None, None)


def test_an_interruption_alone_is_ended_by_a_person_who_says_try_now() -> None:
    sqril, ops = interrupted(connect("sqril")), person("ops")
    resume(sqril, by=ops, reason="They say that it works again.")
    assert not fresh(sqril).is_interrupted
    assert Event.objects.get(verb="connection.resumed").details["was"] == "interrupted"


def test_the_rate_limit_goes_on_where_it_was() -> None:
    sqril, ops = connect("sqril"), person("ops")
    asked(sample(sqril), person("ed"))
    Connection.objects.filter(pk=sqril.pk).update(tokens=0.25)
    pause(sqril, by=ops, reason="Because.")
    resume(sqril, by=ops, reason="Because.")
    assert fresh(sqril).tokens == 0.25
