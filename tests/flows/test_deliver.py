"""Changes leave once, in order, within their limits, and as they were saved; people take over what ended badly."""

from __future__ import annotations

import json
import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection as database

from console.errors import AlreadyWaiting
from console.flows import sweep as sweeping
from console.flows.again import backoff
from console.flows.decide import confirm
from console.flows.deliver import claim
from console.flows.propose import withdraw
from console.flows.record import database_now
from console.flows.refresh import take_over
from console.flows.resolve import close, try_again
from console.flows.send import send
from console.flows.settle import Claim, settle
from console.models import Attempt, Change, Confirmation, Connection, Kind, Line, Outcome, Status, Verdict, Wait
from providers.http import clock
from providers.sandbox import Sandbox
from tests.cast import SLUGS, connect, person, sample
from tests.flows.helpers import WISH, fresh, make_due, push, pushes, wish

pytestmark = pytest.mark.usefixtures("live_db", "quick")


@pytest.mark.parametrize("slug", SLUGS)
def test_a_change_arrives_once_and_is_applied(slug: str, sandbox: Sandbox) -> None:
    customer = sample(connect(slug, sandbox), sandbox)
    change = wish(customer, person("ed"))
    assert push(customer) == 1
    change = fresh(change)
    assert change.state is Status.APPLIED
    [entry] = pushes(sandbox, slug)
    assert entry["applied"]
    after = fresh(customer)
    assert {name: after.record[name] for name in WISH[slug]} == WISH[slug]
    assert after.version > customer.version


@pytest.mark.parametrize("slug", SLUGS)
def test_what_arrives_is_exactly_what_the_page_had_shown(slug: str, sandbox: Sandbox) -> None:
    customer = sample(connect(slug, sandbox), sandbox)
    shown = customer.provider.preview(customer.connection.base_url, customer.record, WISH[slug])
    wish(customer, person("ed"))
    push(customer)
    [entry] = pushes(sandbox, slug)
    assert entry["body"] == json.loads("".join(span.text for span in shown.body))


def test_an_answer_that_echoes_nothing_is_accepted_not_confirmed(sandbox: Sandbox) -> None:
    customer = sample(connect("timepay", sandbox), sandbox)
    change = wish(customer, person("ed"))
    push(customer)
    assert fresh(change).confirmation == Confirmation.ACCEPTED
    assert fresh(customer).known["payment_status"]["how"] == "sent"


def test_an_echo_confirms(sandbox: Sandbox) -> None:
    customer = sample(connect("flowwise", sandbox), sandbox)
    change = wish(customer, person("ed"))
    push(customer)
    assert fresh(change).confirmation == Confirmation.ECHOED
    assert fresh(customer).known["address"] == {
        "how": "echoed",
        "at": fresh(customer).known["address"]["at"],
        "change": change.pk,
    }


def test_changes_of_one_customer_leave_in_the_order_they_became_approved(sandbox: Sandbox) -> None:
    customer, ed = sample(connect("caibo", sandbox), sandbox), person("ed")
    wishes: list[dict[str, Any]] = [{"phone": "+441632960961"}, {"address": "2 Low Street"}, {"memberId": "M-78"}]
    for each in wishes:
        wish(customer, ed, each)
    assert push(customer) == 3
    arrived = [entry["body"] for entry in pushes(sandbox, "caibo")]
    assert [next(name for name in each if name in body) for each, body in zip(wishes, arrived, strict=True)]
    assert [set(body) - {"name", "email"} for body in arrived] == [{"phone"}, {"address"}, {"memberId"}]


def test_a_later_change_waits_while_an_earlier_one_is_tried_again(sandbox: Sandbox) -> None:
    customer, ed = sample(connect("caibo", sandbox), sandbox), person("ed")
    sandbox.fault("caibo", "429", retry_after="60")
    first, second = wish(customer, ed), wish(customer, ed, {"address": "2 Low Street"})
    push(customer)
    assert (fresh(first).state, fresh(second).state) == (Status.APPROVED, Status.APPROVED)
    assert len(pushes(sandbox, "caibo")) == 1


def test_an_unknown_holds_back_the_customers_later_changes(sandbox: Sandbox) -> None:
    customer, ed = sample(connect("finosu", sandbox), sandbox), person("ed")
    sandbox.fault("finosu", "apply-drop")
    first, second = wish(customer, ed), wish(customer, ed, {"city": "Oakland"})
    push(customer)
    assert (fresh(first).state, fresh(second).state) == (Status.UNKNOWN, Status.APPROVED)
    make_due(first)
    push(customer)
    assert (fresh(first).state, fresh(second).state) == (Status.APPLIED, Status.APPLIED)


def test_when_one_is_refused_the_next_wish_for_the_same_field_goes_back_to_its_author(sandbox: Sandbox) -> None:
    customer, ed = sample(connect("caibo", sandbox), sandbox), person("ed")
    sandbox.fault("caibo", "refuse", field="phone", message="no")
    first = wish(customer, ed)
    claimed = claim(customer.connection_id)
    assert isinstance(claimed, Claim)
    second = wish(customer, ed, {"phone": "+441632960000"})
    third = wish(customer, ed, {"memberId": "M-78"})
    settle(claimed, send(claimed))
    assert fresh(first).state is Status.REFUSED
    assert (fresh(second).state, fresh(second).wait) == (Status.PROPOSED, Wait.AUTHOR)
    push(customer)
    assert fresh(third).state is Status.APPLIED
    assert fresh(second).state is Status.PROPOSED


@pytest.mark.parametrize("slug", ["finosu", "sqril"])
def test_a_wish_saved_while_another_for_its_field_is_being_sent_follows_it(slug: str, sandbox: Sandbox) -> None:
    [field] = WISH[slug]
    customer, ed = sample(connect(slug, sandbox), sandbox), person("ed")
    first = wish(customer, ed)
    claimed = claim(customer.connection_id)
    assert isinstance(claimed, Claim)
    second = wish(customer, ed, {field: "The very latest"})
    settle(claimed, send(claimed))
    push(customer)
    assert (fresh(first).state, fresh(second).state) == (Status.APPLIED, Status.APPLIED)
    assert fresh(customer).record[field] == "The very latest"


def test_a_worker_that_died_leaves_an_unknown_not_a_second_push(sandbox: Sandbox, settings: LazySettings) -> None:
    customer = sample(connect("caibo", sandbox), sandbox)
    change = wish(customer, person("ed"))
    assert isinstance(claim(customer.connection_id), Claim)
    assert sweeping.sweep() == 0
    assert fresh(change).state is Status.SENDING
    Change.objects.filter(pk=change.pk).update(lease_until=database_now() - timedelta(seconds=60))
    sweeping.sweep()
    assert (fresh(change).state, fresh(change).maybe_applied) == (Status.UNKNOWN, True)


def test_a_late_answer_is_kept_as_evidence_and_changes_nothing(sandbox: Sandbox) -> None:
    customer = sample(connect("caibo", sandbox), sandbox)
    change = wish(customer, person("ed"))
    claimed = claim(customer.connection_id)
    assert isinstance(claimed, Claim)
    result = send(claimed)
    Change.objects.filter(pk=change.pk).update(lease_until=database_now() - timedelta(seconds=60))
    sweeping.sweep()
    assert settle(claimed, result) is None
    assert fresh(change).state is Status.UNKNOWN
    assert Attempt.objects.get(pk=claimed.attempt_id).late


def test_nothing_leaves_after_the_lease_is_over(sandbox: Sandbox, settings: LazySettings) -> None:
    settings.STEWARD_LEASE_SECONDS = 0.05
    customer = sample(connect("caibo", sandbox), sandbox)
    wish(customer, person("ed"))
    claimed = claim(customer.connection_id)
    assert isinstance(claimed, Claim)
    while clock() < claimed.lease_until:
        threading.Event().wait(0.01)
    assert send(claimed).outcome is Outcome.NOT_SENT
    assert pushes(sandbox, "caibo") == []


def test_a_payload_altered_by_sql_after_approval_is_not_sent(sandbox: Sandbox) -> None:
    customer = sample(connect("caibo", sandbox), sandbox)
    change = wish(customer, person("ed"))
    line = change.lines.get()
    altered = customer.key.seal("line after", "phone", "+440000000000")
    Line.objects.filter(pk=line.pk).update(sealed_after=altered)
    push(customer)
    assert (fresh(change).state, fresh(change).wait) == (Status.PROPOSED, Wait.AUTHOR)
    assert pushes(sandbox, "caibo") == []


def test_an_approval_older_than_seven_days_is_not_sent(sandbox: Sandbox) -> None:
    customer = sample(connect("caibo", sandbox), sandbox)
    change = wish(customer, person("ed"))
    Change.objects.filter(pk=change.pk).update(approved_at=database_now() - timedelta(days=8))
    push(customer)
    assert fresh(change).state is Status.PROPOSED
    assert pushes(sandbox, "caibo") == []


def test_a_withdrawn_change_is_not_sent(sandbox: Sandbox) -> None:
    customer, ed = sample(connect("caibo", sandbox), sandbox), person("ed")
    withdraw(wish(customer, ed).pk, by=ed)
    assert push(customer) == 0
    assert pushes(sandbox, "caibo") == []


def test_when_one_is_withdrawn_the_next_wish_for_the_same_field_goes_back_to_its_author(sandbox: Sandbox) -> None:
    customer, ed = sample(connect("caibo", sandbox), sandbox), person("ed")
    sandbox.fault("caibo", "429", retry_after="60")
    first = wish(customer, ed)
    push(customer)
    second = wish(customer, person("jo"), {"phone": "+441632960000"})
    withdraw(first.pk, by=ed)
    assert (fresh(second).state, fresh(second).wait) == (Status.PROPOSED, Wait.AUTHOR)


def test_withdrawing_one_lets_the_customers_next_change_leave_at_once(sandbox: Sandbox) -> None:
    customer, ed = sample(connect("caibo", sandbox), sandbox), person("ed")
    sandbox.fault("caibo", "429", retry_after="60")
    first, second = wish(customer, ed), wish(customer, ed, {"address": "2 Low Street"})
    push(customer)
    with database.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
        withdraw(first.pk, by=ed)
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'")
        assert cursor.fetchone() == (1,)
    push(customer)
    assert fresh(second).state is Status.APPLIED


def test_two_workers_never_send_for_one_customer_at_once(sandbox: Sandbox) -> None:
    customer, ed = sample(connect("caibo", sandbox), sandbox), person("ed")
    wish(customer, ed)
    wish(customer, ed, {"address": "2 Low Street"})
    assert isinstance(claim(customer.connection_id), Claim)
    assert claim(customer.connection_id) is None


def test_a_connection_sends_no_more_at_once_than_it_has_slots(sandbox: Sandbox) -> None:
    connection, ed = connect("caibo", sandbox), person("ed")
    Connection.objects.filter(pk=connection.pk).update(slots=1)
    for number in range(2):
        wish(sample(connection, sandbox, id=str(100 + number)), ed)
    assert isinstance(claim(connection.pk), Claim)
    assert claim(connection.pk) is None


def test_a_connection_sends_no_more_a_second_than_its_rate(sandbox: Sandbox) -> None:
    connection, ed = connect("caibo", sandbox), person("ed")
    Connection.objects.filter(pk=connection.pk).update(rate=2, tokens=2, tokens_at=database_now())
    for number in range(4):
        wish(sample(connection, sandbox, id=str(100 + number)), ed)
    began = time.monotonic()
    with database.cursor() as cursor:
        cursor.execute("SELECT 1")
    push(Change.objects.all()[0].customer)
    assert time.monotonic() - began >= 0.9
    assert len(pushes(sandbox, "caibo")) == 4


def test_ed_tries_a_refused_change_again_and_it_arrives(sandbox: Sandbox) -> None:
    customer, ed = sample(connect("caibo", sandbox), sandbox), person("ed")
    sandbox.fault("caibo", "refuse", field="phone", message="not now")
    change = wish(customer, ed)
    push(customer)
    try_again(change.pk, by=ed)
    push(customer)
    assert fresh(change).state is Status.APPLIED


@pytest.mark.parametrize("slug", ["finosu", "sqril"])
def test_ed_sees_what_somebody_else_set_and_sends_his_value_all_the_same(slug: str, sandbox: Sandbox) -> None:
    [field] = WISH[slug]
    customer, ed = sample(connect(slug, sandbox), sandbox), person("ed")
    change = wish(customer, ed)
    sandbox.edit(slug, customer.external_id, {field: "Somebody else's"})
    push(customer)
    try_again(change.pk, by=ed)
    push(customer)
    assert fresh(change).state is Status.APPLIED
    assert fresh(change).lines.get().before == "Somebody else's"
    assert fresh(customer).record[field] == WISH[slug][field]


def test_a_change_whose_carried_values_became_others_is_sent_once_its_author_confirms_it(sandbox: Sandbox) -> None:
    customer, ed = sample(connect("caibo", sandbox, send="held"), sandbox, address=...), person("ed")
    change = wish(customer, ed)
    assert take_over(customer, {"address": "1 High Street, London"}, by=None).details["moved"] == ["address"]
    push(customer)
    assert (fresh(change).state, fresh(change).wait) == (Status.PROPOSED, Wait.AUTHOR)
    confirm(change.pk, by=ed)
    push(customer)
    assert fresh(change).state is Status.APPLIED
    [entry] = pushes(sandbox, "caibo")
    assert entry["body"]["address"] == "1 High Street, London"


def test_a_field_that_is_tried_again_is_not_free_for_another_wish(sandbox: Sandbox) -> None:
    customer, ed = sample(connect("caibo", sandbox), sandbox), person("ed")
    sandbox.fault("caibo", "refuse", field="phone", message="not now")
    change = wish(customer, ed)
    push(customer)
    try_again(change.pk, by=ed)
    with pytest.raises(AlreadyWaiting):
        wish(customer, person("jo"), {"phone": "+441632960000"})
    push(customer)
    assert wish(customer, person("jo"), {"phone": "+441632960000"}).state is Status.APPROVED


def test_an_operator_closes_an_unknown_with_what_they_found_out(sandbox: Sandbox) -> None:
    customer = sample(connect("finosu", sandbox), sandbox)
    sandbox.fault("finosu", "apply-drop")
    change = wish(customer, person("ed"))
    push(customer)
    close(change.pk, by=person("ops"), verdict=Verdict.APPLIED, reason="Finosu's support confirmed it")
    change = fresh(change)
    assert (change.state, change.verdict) == (Status.CLOSED, Verdict.APPLIED)
    assert fresh(customer).record["firstName"] == "Helena"
    assert fresh(customer).known["firstName"]["how"] == "typed"


def test_every_try_is_written_down_before_it_begins_and_shows_no_secret(sandbox: Sandbox) -> None:
    customer = sample(connect("finosu", sandbox), sandbox)
    change = wish(customer, person("ed"), {"ssnLastFour": "9876"})
    claimed = claim(customer.connection_id)
    assert isinstance(claimed, Claim)
    assert Attempt.objects.get(change=change).outcome == Outcome.INTENT
    settle(claimed, send(claimed))
    attempt = Attempt.objects.get(change=change)
    assert attempt.kind == Kind.PUSH
    assert "9876" not in attempt.shown_request + attempt.shown_response + attempt.url
    assert attempt.sealed_request
    assert b"9876" in customer.key.open_bytes("request", str(attempt.pk), attempt.sealed_request)


def test_pauses_between_tries_are_spread_and_bounded() -> None:
    pauses = [backoff(tries).total_seconds() for tries in range(1, 30) for _ in range(50)]
    assert 0 <= min(pauses) < max(pauses) <= 300
    assert len(set(pauses)) > 1000
