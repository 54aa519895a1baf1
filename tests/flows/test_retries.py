"""Trying again: only where it helps, as late as the provider asks, spread, and not for ever."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from django.db.models import Max

from console.flows.again import MOST_TRIES, backoff, pause_before_next
from console.flows.deliver import claim
from console.flows.record import database_now
from console.flows.send import send
from console.flows.settle import Claim, lose, settle
from console.models import Attempt, Change, Connection, Outcome, Pause, Status, Wait
from providers.sandbox import Sandbox
from tests.cast import connect, person, sample
from tests.flows.helpers import fresh, make_due, push, pushes, wish

pytestmark = pytest.mark.usefixtures("live_db", "quick")

AN_HOUR = 3600.0
SPREAD = 2.5


@pytest.mark.parametrize(
    ("said", "least", "most"),
    [
        ("120", 118, 120 + SPREAD),
        ("0.5", 0, 0.5 + SPREAD),
        ("0", 0, SPREAD),
        ("-30", 0, SPREAD),
        ("86400", AN_HOUR - 2, AN_HOUR + SPREAD),
        ("9" * 400, AN_HOUR - 2, AN_HOUR + SPREAD),
        ("soon", 0, SPREAD),
        ("nan", 0, SPREAD),
        ("inf", 0, SPREAD),
        ("12 seconds", 0, SPREAD),
        ("Wed, 31 Feb 2026 25:61:00 GMT", 0, SPREAD),
        ("Mon, 01 Jan 1990 00:00:00 GMT", 0, SPREAD),
        ("Fri, 01 Jan 2999 00:00:00 GMT", AN_HOUR - 2, AN_HOUR + SPREAD),
    ],
)
@pytest.mark.parametrize("kind", ["429", "425"])
def test_invariant_10_retry_after_is_obeyed_and_clamped(
    kind: str, said: str, least: float, most: float, sandbox: Sandbox
) -> None:
    change = _after(sandbox, kind, retry_after=said)
    pause = (_due(change) - database_now()).total_seconds()
    assert (change.state, change.wait, change.maybe_applied) == (Status.APPROVED, Wait.TRY_AGAIN, False)
    assert least - 1 <= pause <= most


def test_retry_after_as_a_date_is_obeyed(sandbox: Sandbox) -> None:
    moment = datetime.now(UTC) + timedelta(minutes=5)
    change = _after(sandbox, "429", retry_after=format_datetime(moment, usegmt=True))
    assert moment - timedelta(seconds=1) <= _due(change) <= moment + timedelta(seconds=SPREAD)


@pytest.mark.parametrize("kind", ["408", "5xx"])
def test_what_is_ambiguous_is_never_just_tried_again(kind: str, sandbox: Sandbox) -> None:
    change = _after(sandbox, kind, retry_after="1")
    assert (change.state, change.maybe_applied) == (Status.UNKNOWN, True)


@pytest.mark.parametrize(
    "status", [400, 402, 403, 405, 406, 410, 411, 412, 413, 415, 418, 422, 423, 424, 426, 428, 451]
)
def test_no_other_4xx_is_tried_again(status: int, sandbox: Sandbox) -> None:
    change = _after(sandbox, "status", status=status, retry_after="1")
    assert (change.state, change.next_attempt_at) == (Status.REFUSED, None)
    push(change.customer)
    assert len(pushes(sandbox, "caibo")) == 1


def test_used_up_tries_end_failed_where_nothing_can_have_been_applied(sandbox: Sandbox) -> None:
    change = _after(sandbox, "429", count=99)
    for _ in range(MOST_TRIES + 3):
        _goes_on(change)
    ended = fresh(change)
    assert (ended.state, ended.maybe_applied, ended.tries) == (Status.FAILED, False, MOST_TRIES)
    assert ended.attempts.count() == len(pushes(sandbox, "caibo")) == MOST_TRIES


def test_used_up_tries_end_unknown_where_one_of_them_may_have_been_applied(sandbox: Sandbox) -> None:
    change = _after(sandbox, "apply-drop")
    sandbox.fault("caibo", "429", count=99)
    for _ in range(MOST_TRIES + 3):
        _goes_on(change)
    ended = fresh(change)
    assert (ended.state, ended.wait, ended.maybe_applied) == (Status.UNKNOWN, Wait.PERSON, True)


def test_invariant_13_tries_are_counted_by_what_was_begun_not_by_what_ended(sandbox: Sandbox) -> None:
    """A worker that dies at each try settles nothing, and the change ends all the same."""
    change = wish(sample(connect("caibo", sandbox), sandbox), person("ed"))
    for _ in range(MOST_TRIES + 3):
        claim(change.connection_id)
        Change.objects.filter(pk=change.pk).update(lease_until=database_now() - timedelta(seconds=60))
        lose(change.pk)
        if fresh(change).next_attempt_at:
            make_due(change)
    ended = fresh(change)
    assert (ended.state, ended.wait, ended.next_attempt_at) == (Status.UNKNOWN, Wait.PERSON, None)
    assert ended.attempts.count() == ended.tries <= MOST_TRIES
    assert set(ended.attempts.values_list("outcome", flat=True)) == {Outcome.INTENT}


def test_invariant_10_pauses_have_full_jitter_and_are_capped() -> None:
    for tries, bound in [(1, 2), (2, 4), (4, 16), (8, 256), (9, 300), (60, 300)]:
        pauses = [backoff(tries).total_seconds() for _ in range(400)]
        assert 0 <= min(pauses) < bound / 8
        assert bound * 7 / 8 < max(pauses) <= bound


def test_what_was_asked_is_spread_but_never_shortened() -> None:
    pauses = {pause_before_next(1, 60.0).total_seconds() for _ in range(100)}
    assert min(pauses) >= 60
    assert len(pauses) > 50


def test_invariant_9_every_waiting_change_has_a_next_moment_or_needs_a_person(sandbox: Sandbox) -> None:
    kinds = ["429", "5xx", "drop", "408", "409", "html", "malformed"]
    connection = connect("flowwise", sandbox)
    for number, kind in enumerate(kinds):
        sandbox.fault("flowwise", kind)
        push(wish(sample(connection, sandbox, customer_id=f"cust_{number}"), person("ed")).customer)
        Connection.objects.filter(pk=connection.pk).update(failures=0)
    for change in Change.objects.unfinished():
        assert change.next_attempt_at or change.needs_a_person, change.state
    assert Change.objects.count() == len(kinds)


def test_settings_that_no_longer_fit_pause_the_connection_and_say_so(sandbox: Sandbox) -> None:
    customer = sample(connect("finosu", sandbox), sandbox)
    change = wish(customer, person("ed"))
    Connection.objects.filter(pk=customer.connection_id).update(options={"loan_ids": "no such choice"})
    assert push(customer) == 0
    connection = fresh(customer.connection)
    assert (connection.is_paused, connection.pause) == (True, Pause.BAD_OPTIONS)
    assert fresh(change).state is Status.APPROVED
    assert push(customer) == 0
    assert pushes(sandbox, "finosu") == []


@pytest.mark.parametrize("slug", ["caibo", "sqril"])
def test_a_customer_found_gone_by_a_push_leaves_an_event(slug: str, sandbox: Sandbox) -> None:
    customer = sample(connect(slug, sandbox), sandbox)
    sandbox.delete(slug, customer.external_id)
    change = wish(customer, person("ed"))
    push(customer)
    assert fresh(change).state is Status.REFUSED
    [event] = fresh(customer).events.filter(verb="customer.gone")
    assert (event.actor, event.change_id) == (None, change.pk)
    assert event.number < fresh(customer).events.aggregate(last=Max("number"))["last"]


def _after(sandbox: Sandbox, kind: str, **about: Any) -> Change:
    """The change after one try, however soon the next is due: a drain would go on with it."""
    customer = sample(connect("caibo", sandbox), sandbox)
    sandbox.fault("caibo", kind, **about)
    change = wish(customer, person("ed"))
    claimed = claim(customer.connection_id)
    assert isinstance(claimed, Claim)
    settle(claimed, send(claimed))
    assert Attempt.objects.count() == 1
    return Change.objects.get(pk=change.pk)


def _due(change: Change) -> datetime:
    assert change.next_attempt_at
    return change.next_attempt_at


def _goes_on(change: Change) -> None:
    if fresh(change).next_attempt_at:
        make_due(change)
    push(change.customer)
