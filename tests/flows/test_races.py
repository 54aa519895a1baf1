"""What two people do at the same moment ends as one of the two orders, never as a mixture."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from console.flows.propose import Proposal, propose
from console.models import Line
from tests.cast import connect, person, sample

pytestmark = pytest.mark.usefixtures("live_db")


def test_racing_saves_for_one_field_make_exactly_one_change() -> None:
    customer, people = sample(connect("caibo")), [person("ed"), person("jo")]
    start, outcomes = threading.Barrier(2), list[object]()

    def save(number: int) -> None:
        start.wait()
        outcomes.extend(
            propose([Proposal(customer.pk, {"phone": f"+44163296000{number}"}, f"key-{number}")], by=people[number])
        )
        connection.close()

    threads = [threading.Thread(target=save, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["AlreadyWaiting", "Change"]
    assert Line.objects.count() == 1
