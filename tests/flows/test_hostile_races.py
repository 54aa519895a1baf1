"""Two things at the same moment, of which one has to win and the other has to be told; nothing leaves in between."""

from __future__ import annotations

import pytest

from console.errors import AlreadyWaiting, ConsoleError
from console.flows import expire as expiring
from console.flows import review
from console.flows.policies import Draft, propose_policy
from console.flows.record import database_now
from console.models import Change, Customer, Decision, Event, PolicyStatus, PolicyVersion, Status, Wait
from providers.sandbox import Sandbox
from tests.cast import connect, person, sample
from tests.databases import Database
from tests.deciding import approve, policy, seen
from tests.flows.helpers import fresh, push, pushes, side_by_side, wish

ROUNDS = 12
THERE, MINE = "Jl. Thamrin No. 88, Jakarta", "Jl. Sudirman 1, Jakarta"


@pytest.fixture
def customers(live_db: Database, sandbox: Sandbox) -> list[Customer]:
    policy("KYC fields", "occupation", "address")
    sqril = connect("sqril", sandbox)
    return [sample(sqril, sandbox, customer_id=f"cus_{number}") for number in range(ROUNDS)]


def test_a_line_is_either_sent_or_replaced(customers: list[Customer], sandbox: Sandbox) -> None:
    ed, jo, ann = person("ed"), person("jo"), person("ann")
    for customer in customers:
        change, told = approve(wish(customer, ed, {"address": THERE}), ann), list[ConsoleError]()

        def replace(customer: Customer = customer, number: int = change.pk, told: list[ConsoleError] = told) -> None:
            try:
                wish(customer, jo, {"address": MINE}, replacing={"address": number}, why="Wrong street")
            except ConsoleError as reason:
                told.append(reason)

        side_by_side(replace, lambda customer=customer: push(customer))  # type: ignore[misc]
        after = fresh(change)
        sent = [entry for entry in pushes(sandbox, "sqril") if entry["external_id"] == customer.identity["customer_id"]]
        if after.state is Status.SUPERSEDED:
            assert (sent, told) == ([], [])
        else:
            assert (after.state, [entry["body"]["address"] for entry in sent]) == (Status.APPLIED, [THERE])
            assert not told or isinstance(told[0], AlreadyWaiting)
        assert not Decision.objects.exclude(change=change).filter(change__customer=customer).exists()


def test_a_request_is_either_approved_or_over(customers: list[Customer]) -> None:
    ed, ann = person("ed"), person("ann")
    for customer in customers:
        change = wish(customer, ed, {"address": THERE})
        shown = seen(change)
        Change.objects.filter(pk=change.pk).update(expires_at=database_now())

        def decide(number: int = change.pk, shown: dict[str, str] = shown) -> None:
            with pytest.raises(ConsoleError):
                review.approve(number, by=ann, seen=shown)

        side_by_side(decide, expiring.expire, expiring.expire)
        assert fresh(change).state is Status.EXPIRED
        assert list(Event.objects.filter(change=change).values_list("verb", flat=True).order_by("pk")) == [
            "change.proposed",
            "change.expired",
        ]


def test_a_policy_that_becomes_stricter_while_somebody_proposes_or_approves_is_obeyed(
    customers: list[Customer], sandbox: Sandbox
) -> None:
    """What was judged by the policies of before leaves with what the new one asks for, or not at all."""
    ed, ann = person("ed"), person("ann")
    for number, customer in enumerate(customers):
        change = wish(customer, ed, {"address": THERE})
        strict = Draft(name=f"Strict {number}", approvals=2)
        side_by_side(
            lambda change=change: approve(change, ann),  # type: ignore[misc]
            lambda strict=strict: propose_policy(strict, by=None),  # type: ignore[misc]
            lambda customer=customer: wish(customer, ed, {"phone": "+6281299887766"}),  # type: ignore[misc]
        )
        push(customer)
        assert pushes(sandbox, "sqril") == []
        assert {after.wait for after in Change.objects.filter(customer=customer)} <= {Wait.DECISION, Wait.AUTHOR}
        PolicyVersion.objects.filter(name=strict.name).update(status=PolicyStatus.REPLACED)
