"""What two people do at the same moment ends as one of the two orders, never as a mixture."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connection

from console.flows.adopt import add_by_id
from console.flows.propose import Proposal, propose
from console.flows.record import database_now
from console.flows.refresh import take_over
from console.models import Customer, Line
from providers.sandbox import Sandbox
from tests.cast import SAMPLES, connect, person, sample

pytestmark = pytest.mark.usefixtures("live_db")


def test_racing_saves_for_one_field_make_exactly_one_change() -> None:
    customer, people = sample(connect("caibo")), [person("ed"), person("jo")]
    outcomes = _at_once(
        lambda number: propose(
            [Proposal(customer.pk, {"phone": f"+44163296000{number}"}, f"k{number}")], by=people[number]
        )
    )
    assert sorted(type(outcome).__name__ for [outcome] in outcomes) == ["AlreadyWaiting", "Change"]
    assert Line.objects.count() == 1


def test_two_people_who_add_one_customer_at_once_get_the_same_one(sandbox: Sandbox) -> None:
    sqril, people = connect("sqril", sandbox), [person("ed"), person("jo")]
    sandbox.seed("sqril", [SAMPLES["sqril"]])
    sandbox.fault("sqril", "slow", method="GET", count=2, seconds=0.3)
    added = _at_once(lambda number: add_by_id(sqril, "cus_8f31c2", by=people[number]))
    assert added == [Customer.objects.get()] * 2


def test_a_reading_does_not_undo_what_became_known_while_it_was_on_its_way() -> None:
    customer, asked_at = sample(connect("sqril")), database_now()
    old = dict(customer.record)
    take_over(customer, {"address": "Jl. Thamrin No. 88, Jakarta"}, by=None)
    assert take_over(customer, old, by=None, asked_at=asked_at) == []
    assert Customer.objects.get().record["address"] == "Jl. Thamrin No. 88, Jakarta"


def _at_once[T](what: Callable[[int], T]) -> list[T]:
    """What two people get who do it at the same moment."""
    start, outcomes = threading.Barrier(2), list[T]()

    def do(number: int) -> None:
        start.wait()
        try:
            outcomes.append(what(number))
        finally:
            connection.close()

    threads = [threading.Thread(target=do, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes
