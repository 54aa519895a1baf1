"""Whatever a provider answers, or does not, what we say became of the change is what became of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from console.flows.record import database_now
from console.flows.resolve import resume
from console.models import Confirmation, Connection, Outcome, Pause, Status, Wait
from providers.sandbox import Sandbox
from tests.cast import SLUGS, connect, person, sample
from tests.flows.helpers import WISH, fresh, make_due, push, pushes, wish

pytestmark = pytest.mark.usefixtures("live_db", "quick")


@pytest.mark.parametrize("slug", ["finosu", "flowwise", "sqril"])
def test_an_echo_with_another_value_is_a_conflict_not_a_success(slug: str, sandbox: Sandbox) -> None:
    customer = sample(connect(slug, sandbox), sandbox)
    sandbox.fault(slug, "wrong-echo")
    change = wish(customer, person("ed"))
    push(customer)
    assert fresh(change).state is Status.CONFLICT
    assert fresh(change).attempts.get().outcome == Outcome.KEPT_ANOTHER


@pytest.mark.parametrize("kind", ["apply-drop", "drop", "apply-hang", "hang-before", "malformed", "empty-500"])
@pytest.mark.parametrize("slug", SLUGS)
def test_a_broken_answer_is_unknown_never_success_or_failure(slug: str, kind: str, sandbox: Sandbox) -> None:
    customer = sample(connect(slug, sandbox), sandbox)
    if kind == "empty-500":
        sandbox.fault(slug, "5xx", status=500, applied=True)
    else:
        sandbox.fault(slug, kind)
    change = wish(customer, person("ed"))
    push(customer)
    change = fresh(change)
    assert change.state is Status.UNKNOWN
    assert change.maybe_applied
    assert change.next_attempt_at or change.wait == Wait.PERSON


@pytest.mark.parametrize("slug", ["finosu", "sqril"])
def test_an_unknown_that_was_applied_is_found_by_reading_back(slug: str, sandbox: Sandbox) -> None:
    customer = sample(connect(slug, sandbox), sandbox)
    sandbox.fault(slug, "apply-drop")
    change = wish(customer, person("ed"))
    push(customer)
    make_due(change)
    push(customer)
    assert fresh(change).state is Status.APPLIED
    assert fresh(change).confirmation == Confirmation.READ
    assert len(pushes(sandbox, slug)) == 1


def test_an_unknown_that_was_not_applied_is_sent_again_where_that_is_harmless(sandbox: Sandbox) -> None:
    customer = sample(connect("sqril", sandbox), sandbox)
    sandbox.fault("sqril", "drop")
    change = wish(customer, person("ed"))
    push(customer)
    make_due(change)
    push(customer)
    assert fresh(change).state is Status.APPLIED
    assert [entry["applied"] for entry in pushes(sandbox, "sqril")] == [False, True]


def test_an_unknown_at_finosu_that_was_not_applied_waits_for_a_person(sandbox: Sandbox) -> None:
    customer = sample(connect("finosu", sandbox), sandbox)
    sandbox.fault("finosu", "drop")
    change = wish(customer, person("ed"))
    push(customer)
    make_due(change)
    push(customer)
    change = fresh(change)
    assert (change.state, change.wait, change.next_attempt_at) == (Status.UNKNOWN, Wait.PERSON, None)
    assert len(pushes(sandbox, "finosu")) == 1


@pytest.mark.parametrize("slug", ["timepay", "caibo", "flowwise"])
def test_an_unknown_that_cannot_be_read_is_sent_again_by_itself(slug: str, sandbox: Sandbox) -> None:
    customer = sample(connect(slug, sandbox), sandbox)
    sandbox.fault(slug, "apply-drop")
    change = wish(customer, person("ed"))
    push(customer)
    assert fresh(change).state is Status.UNKNOWN
    make_due(change)
    push(customer)
    assert fresh(change).state is Status.APPLIED


def test_sending_again_by_itself_ends_after_three_more_tries(sandbox: Sandbox) -> None:
    customer = sample(connect("caibo", sandbox), sandbox)
    sandbox.fault("caibo", "drop", count=10)
    change = wish(customer, person("ed"))
    for _ in range(8):
        push(customer)
        if fresh(change).next_attempt_at:
            make_due(change)
    assert len(pushes(sandbox, "caibo")) == 4
    assert (fresh(change).state, fresh(change).wait) == (Status.UNKNOWN, Wait.PERSON)


def test_a_conflict_after_our_own_unknown_try_may_be_ours_and_goes_to_a_person(sandbox: Sandbox) -> None:
    customer = sample(connect("timepay", sandbox), sandbox)
    sandbox.fault("timepay", "apply-drop")
    change = wish(customer, person("ed"))
    push(customer)
    sandbox.fault("timepay", "409")
    make_due(change)
    push(customer)
    change = fresh(change)
    assert (change.state, change.wait) == (Status.UNKNOWN, Wait.PERSON)
    assert "our own" in change.note


def test_a_plain_conflict_is_a_conflict(sandbox: Sandbox) -> None:
    customer = sample(connect("timepay", sandbox), sandbox)
    sandbox.fault("timepay", "409")
    change = wish(customer, person("ed"))
    push(customer)
    assert fresh(change).state is Status.CONFLICT


@pytest.mark.parametrize("slug", SLUGS)
def test_too_many_requests_is_not_applied_and_obeys_retry_after(slug: str, sandbox: Sandbox) -> None:
    customer = sample(connect(slug, sandbox), sandbox)
    sandbox.fault(slug, "429", retry_after="120")
    change = wish(customer, person("ed"))
    push(customer)
    change = fresh(change)
    assert (change.state, change.maybe_applied) == (Status.APPROVED, False)
    assert timedelta(seconds=110) < change.next_attempt_at - database_now() < timedelta(seconds=125)
    make_due(change)
    push(customer)
    assert fresh(change).state is Status.APPLIED


def test_a_provider_that_is_away_is_tried_again(sandbox: Sandbox) -> None:
    connection = connect("caibo", sandbox)
    Connection.objects.filter(pk=connection.pk).update(base_url="http://127.0.0.1:1")
    change = wish(sample(connection), person("ed"))
    push(change.customer)
    assert (fresh(change).state, fresh(change).wait) == (Status.APPROVED, Wait.TRY_AGAIN)
    assert fresh(change).next_attempt_at
    assert not fresh(change).maybe_applied


@pytest.mark.parametrize("slug", SLUGS)
def test_a_refusal_comes_back_to_its_field_and_is_not_tried_again(slug: str, sandbox: Sandbox) -> None:
    field = next(iter(WISH[slug]))
    customer = sample(connect(slug, sandbox), sandbox)
    sandbox.fault(slug, "refuse", field=field, message=f"{field} is not acceptable")
    change = wish(customer, person("ed"))
    push(customer)
    change = fresh(change)
    assert change.state is Status.REFUSED
    assert {problem["field"] for problem in change.problems} <= {field, None}
    if slug != "flowwise":  # its errors name no field
        assert {problem["field"] for problem in change.problems} == {field}
    push(customer)
    assert len(pushes(sandbox, slug)) == 1


@pytest.mark.parametrize("slug", SLUGS)
def test_a_customer_that_the_provider_does_not_have_is_marked_gone(slug: str, sandbox: Sandbox) -> None:
    customer = sample(connect(slug, sandbox), sandbox)
    sandbox.delete(slug, customer.external_id)
    change = wish(customer, person("ed"))
    push(customer)
    assert fresh(change).state is Status.REFUSED
    assert fresh(customer).is_gone


@pytest.mark.parametrize("slug", SLUGS)
def test_refused_credentials_pause_the_connection_and_the_change_stays(slug: str, sandbox: Sandbox) -> None:
    customer = sample(connect(slug, sandbox), sandbox)
    sandbox.fault(slug, "401", method="*") if slug in {"finosu", "sqril"} else sandbox.fault(slug, "401")
    change = wish(customer, person("ed"))
    push(customer)
    assert fresh(change).state is Status.APPROVED
    assert fresh(customer.connection).pause == Pause.NOT_ALLOWED
    assert push(customer) == 0
    sandbox.clear_faults()
    resume(customer.connection, by=person("ops"))
    push(customer)
    assert fresh(change).state is Status.APPLIED


def test_a_web_page_instead_of_the_api_pauses_the_connection(sandbox: Sandbox) -> None:
    connection = connect("caibo", sandbox)
    Connection.objects.filter(pk=connection.pk).update(base_url=f"{sandbox.url}/nowhere")
    customer = sample(connection)
    change = wish(customer, person("ed"))
    push(customer)
    assert fresh(change).state is Status.APPROVED
    assert fresh(connection).pause == Pause.MISROUTED


def test_credentials_that_fit_in_no_request_pause_the_connection_and_nothing_is_sent(sandbox: Sandbox) -> None:
    customer = sample(connect("caibo", sandbox), sandbox)
    customer.connection.credentials = {"api_key": "two\r\nlines"}
    customer.connection.save()
    change = wish(customer, person("ed"))
    push(customer)
    assert (fresh(change).state, fresh(customer.connection).pause) == (Status.APPROVED, Pause.NOT_ALLOWED)
    assert pushes(sandbox, "caibo") == []


def test_five_customers_forbidden_in_a_row_pause_the_connection(sandbox: Sandbox) -> None:
    connection = connect("timepay", sandbox)
    sandbox.fault("timepay", "403", count=5)
    for number in range(5):
        assert not fresh(connection).is_paused
        customer = sample(connection, sandbox, loan_id=f"LOAN-{number}")
        change = wish(customer, person("ed"))
        push(customer)
        assert fresh(change).state is Status.REFUSED
    assert fresh(connection).pause == Pause.FORBIDDEN


@pytest.mark.parametrize("slug", ["finosu", "sqril"])
def test_a_value_that_moved_at_the_provider_is_not_overwritten(slug: str, sandbox: Sandbox) -> None:
    [field] = WISH[slug]
    customer = sample(connect(slug, sandbox), sandbox)
    change = wish(customer, person("ed"))
    sandbox.edit(slug, customer.external_id, {field: "Somebody else's"})
    push(customer)
    assert fresh(change).state is Status.CONFLICT
    assert pushes(sandbox, slug) == []
    assert fresh(customer).record[field] == "Somebody else's"


@pytest.mark.parametrize("slug", ["finosu", "sqril"])
def test_what_the_provider_already_holds_is_not_sent_again(slug: str, sandbox: Sandbox) -> None:
    customer = sample(connect(slug, sandbox), sandbox)
    change = wish(customer, person("ed"))
    sandbox.edit(slug, customer.external_id, WISH[slug])
    push(customer)
    assert (fresh(change).state, fresh(change).confirmation) == (Status.APPLIED, Confirmation.ALREADY)
    assert pushes(sandbox, slug) == []


def test_finosu_carries_do_not_call_as_just_read(sandbox: Sandbox) -> None:
    customer = sample(connect("finosu", sandbox), sandbox)
    change = wish(customer, person("ed"))
    sandbox.edit("finosu", customer.external_id, {"doNotCall": False})
    push(customer)
    [entry] = pushes(sandbox, "finosu")
    assert entry["body"]["doNotCall"] is False
    assert fresh(change).attempts.get().carried["doNotCall"] is False
    assert "customer.moved" in fresh(customer).events.values_list("verb", flat=True)


def test_a_record_that_cannot_be_read_before_sending_is_not_sent(sandbox: Sandbox) -> None:
    customer = sample(connect("sqril", sandbox), sandbox)
    sandbox.fault("sqril", "5xx", count=99, method="GET", status=503, applied=False)
    change = wish(customer, person("ed"))
    push(customer)
    assert (fresh(change).state, fresh(change).maybe_applied) == (Status.APPROVED, False)
    assert pushes(sandbox, "sqril") == []
