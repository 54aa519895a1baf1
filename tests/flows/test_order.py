"""A customer's changes leave in the order of their approval; when one ends unapplied, the rest is looked at anew."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from django.db.utils import IntegrityError

from console.flows.claims import Claim
from console.flows.decide import confirm
from console.flows.deliver import claim
from console.flows.propose import withdraw
from console.flows.record import database_now
from console.flows.refresh import take_over
from console.flows.resolve import close
from console.flows.send import send
from console.flows.settle import settle
from console.models import Change, Connection, Customer, Status, Verdict, Wait
from providers.sandbox import Sandbox
from tests.cast import connect, person, sample
from tests.flows.helpers import drain_at_once, fresh, make_due, push, pushes, wish
from tests.forcing import force

pytestmark = pytest.mark.usefixtures("live_db", "quick")

WORKERS = 8


def test_invariant_5_changes_leave_in_order_however_many_workers_ask(sandbox: Sandbox) -> None:
    connection, ed = connect("caibo", sandbox), person("ed")
    customers = [sample(connection, sandbox, id=str(100 + number)) for number in range(3)]
    Connection.objects.filter(pk=connection.pk).update(slots=WORKERS)
    for customer in customers:
        for wishes in ({"phone": "+441632960961"}, {"address": "2 Low Street"}, {"memberId": "M-78"}):
            wish(customer, ed, wishes)
    while Change.objects.filter(status=Status.APPROVED).exists():
        drain_at_once(connection, WORKERS)
    for customer in customers:
        arrived = [set(entry["body"]) - {"name", "email"} for entry in _arrived(sandbox, customer)]
        assert arrived == [{"phone"}, {"address"}, {"memberId"}]


def test_invariant_4_at_most_one_request_of_a_customer_is_in_flight_or_unknown(sandbox: Sandbox) -> None:
    customer, ed = sample(connect("caibo", sandbox), sandbox), person("ed")
    sandbox.fault("caibo", "drop")
    first, second = wish(customer, ed), wish(customer, ed, {"address": "2 Low Street"})
    push(customer)
    assert fresh(first).state is Status.UNKNOWN
    assert claim(customer.connection_id) is None
    with pytest.raises(IntegrityError, match="one_request_in_flight_per_customer"), transaction.atomic():
        force(second, Status.SENDING, lease_until=database_now())


def test_invariant_12_a_customer_that_waits_holds_up_no_other(sandbox: Sandbox) -> None:
    connection, ed = connect("caibo", sandbox), person("ed")
    stuck, free = (sample(connection, sandbox, id=number) for number in ("1", "2"))
    sandbox.fault("caibo", "drop")
    wish(stuck, ed)
    push(stuck)
    behind, other = wish(stuck, ed, {"address": "2 Low Street"}), wish(free, ed)
    push(free)
    assert (fresh(behind).state, fresh(other).state) == (Status.APPROVED, Status.APPLIED)


@pytest.mark.parametrize("end", ["refused", "conflict", "withdrawn", "not applied", "not known"])
def test_invariant_5_of_three_the_later_ones_of_that_field_go_back_and_the_other_leaves(
    end: str, sandbox: Sandbox
) -> None:
    customer, ed = sample(connect("caibo", sandbox), sandbox), person("ed")
    first = wish(customer, ed, {"phone": "+441632960961", "memberId": "M-78"})
    same, other = _behind(customer, first, end, sandbox)
    assert fresh(first).state in {Status.REFUSED, Status.CONFLICT, Status.WITHDRAWN, Status.CLOSED}
    assert (fresh(same).state, fresh(same).wait) == (Status.PROPOSED, Wait.AUTHOR)
    assert f"Change {first.pk}" in fresh(same).note
    assert fresh(other).state is Status.APPROVED
    make_due(first)
    make_due(other)
    push(customer)
    assert fresh(other).state is Status.APPLIED
    assert fresh(same).state is Status.PROPOSED
    confirm(same.pk, by=person("jo"))
    push(customer)
    assert fresh(same).state is Status.APPLIED


def test_of_two_fields_one_shared_is_enough_to_go_back(sandbox: Sandbox) -> None:
    customer, ed = sample(connect("caibo", sandbox), sandbox), person("ed")
    sandbox.fault("caibo", "refuse", field="phone", message="no")
    first = wish(customer, ed, {"phone": "+441632960961", "memberId": "M-78"})
    claimed = _claimed(customer)
    shares = wish(customer, person("jo"), {"memberId": "M-79", "address": "2 Low Street"})
    settle(claimed, send(claimed))
    assert fresh(first).state is Status.REFUSED
    assert (fresh(shares).state, fresh(shares).wait) == (Status.PROPOSED, Wait.AUTHOR)


def test_one_that_was_applied_sends_nobody_back(sandbox: Sandbox) -> None:
    customer = sample(connect("caibo", sandbox), sandbox)
    wish(customer, person("ed"))
    claimed = _claimed(customer)
    later = wish(customer, person("jo"), {"phone": "+441632960000"})
    settle(claimed, send(claimed))
    assert fresh(later).state is Status.APPROVED
    push(customer)
    assert fresh(later).state is Status.APPLIED


def test_a_later_change_is_judged_by_what_is_known_when_it_leaves(sandbox: Sandbox) -> None:
    customer = sample(connect("caibo", sandbox), sandbox)
    sandbox.fault("caibo", "refuse", field="phone", message="no")
    first = wish(customer, person("ed"))
    claimed = _claimed(customer)
    later = wish(customer, person("jo"), {"address": "2 Low Street"})
    settle(claimed, send(claimed))
    take_over(customer, {"name": None}, by=None)
    push(customer)
    assert (fresh(first).state, fresh(later).state) == (Status.REFUSED, Status.PROPOSED)
    confirm(later.pk, by=person("jo"))
    push(customer)
    assert fresh(later).state is Status.REFUSED
    assert "rules" in fresh(later).note
    assert {problem["field"] for problem in fresh(later).problems} == {"name"}
    assert len(pushes(sandbox, "caibo")) == 1


def test_invariant_15_what_moved_since_it_was_wished_is_not_overwritten_by_a_later_change(sandbox: Sandbox) -> None:
    customer, ed = sample(connect("sqril", sandbox), sandbox), person("ed")
    first, second = wish(customer, ed), wish(customer, ed, {"occupation": "OCC7"})
    sandbox.edit("sqril", customer.external_id, {"occupation": "OCC9"})
    push(customer)
    assert (fresh(first).state, fresh(second).state) == (Status.APPLIED, Status.CONFLICT)
    assert (sandbox.record("sqril", customer.external_id) or {})["occupation"] == "OCC9"


def _behind(customer: Customer, first: Change, end: str, sandbox: Sandbox) -> tuple[Change, Change]:
    """Lets the first one be sent and end like this, two others saved behind it meanwhile."""
    jo = person("jo")
    if end == "withdrawn":
        sandbox.fault("caibo", "429", retry_after="60")
    elif end in {"refused", "conflict"}:
        about: dict[str, Any] = {"field": "phone", "message": "no"} if end == "refused" else {}
        sandbox.fault("caibo", "refuse" if about else "409", **about)
    else:
        sandbox.fault("caibo", "drop")
    claimed = _claimed(customer)
    same, other = wish(customer, jo, {"phone": "+441632960000"}), wish(customer, jo, {"address": "2 Low Street"})
    settle(claimed, send(claimed))
    if end == "withdrawn":
        withdraw(first.pk, by=person("ed"))
    elif end in Verdict:
        close(first.pk, by=person("ops"), verdict=Verdict(end), reason="Their support looked it up")
    return same, other


def _claimed(customer: Customer) -> Claim:
    claimed = claim(customer.connection_id)
    assert isinstance(claimed, Claim)
    return claimed


def _arrived(sandbox: Sandbox, customer: Customer) -> list[Any]:
    return [entry for entry in pushes(sandbox, "caibo") if entry["external_id"] == customer.external_id]
