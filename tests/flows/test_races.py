"""What two people do at the same moment ends as one of the two orders, never as a mixture."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connection
from django.http import HttpRequest

from console.backend import SessionStore
from console.errors import StepNotPossible
from console.flows.accept import accept
from console.flows.adopt import add_by_id
from console.flows.drift import drifted
from console.flows.prefer import Preferences, prefer
from console.flows.propose import Proposal, propose
from console.flows.record import database_now
from console.flows.refresh import take_over
from console.models import Customer, Event, Line, Mail, User
from console.views import searches
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
    assert take_over(customer, old, by=None, asked_at=asked_at).details["moved"] == []
    assert Customer.objects.get().record["address"] == "Jl. Thamrin No. 88, Jakarta"


def test_two_people_who_accept_what_moved_at_once_leave_one_trace() -> None:
    customer, people = sample(connect("sqril")), [person("ed"), person("jo")]
    take_over(customer, {"address": "Jl. Thamrin No. 88, Jakarta"}, by=None)
    [known] = drifted(Customer.objects.get())
    seen = {"address": known.digest}

    def accepted(number: int) -> list[str]:
        try:
            return accept(customer, seen, by=people[number])
        except StepNotPossible:
            return []

    assert sorted(_at_once(accepted)) == [[], ["Address"]]
    assert Event.objects.filter(verb="drift.accepted").count() == 1
    assert Customer.objects.get().chain_length == Event.objects.filter(customer=customer).count()


def test_what_is_accepted_while_it_moves_once_more_still_drifts_or_is_refused() -> None:
    customer, ed = sample(connect("sqril")), person("ed")
    take_over(customer, {"address": "Jl. Thamrin No. 88, Jakarta"}, by=None)
    [known] = drifted(Customer.objects.get())

    def either(number: int) -> str:
        if number:
            take_over(customer, {"address": "Jl. Melati 5, Bandung"}, by=None)
            return "moved"
        try:
            accept(customer, {"address": known.digest}, by=ed)
        except StepNotPossible:
            return "refused"
        return "accepted"

    assert "moved" in _at_once(either)
    [left] = drifted(Customer.objects.get())
    assert left.now == "Jl. Melati 5, Bandung"


def test_two_tabs_that_set_ones_time_zone_at_once_leave_a_history_that_fits() -> None:
    ed, zones = person("ed"), ("Asia/Jakarta", "Europe/London")
    _at_once(lambda number: prefer(Preferences(zones[number], True, Mail.NOTHING, ""), by=ed))
    moved = [event.details["moved"]["time_zone"] for event in Event.objects.order_by("pk")]
    assert [before for before, _ in moved] == ["UTC", moved[0][1]]
    assert moved[1][1] == User.objects.get().time_zone


def test_searches_of_one_session_at_once_are_all_kept() -> None:
    stored = SessionStore()
    stored.save()

    def search(number: int) -> tuple[HttpRequest, str]:
        request = HttpRequest()
        request.session = SessionStore(stored.session_key)
        return request, searches.keep(request, f"Whitfield {number}")

    for request, token in _at_once(search):
        request.session = SessionStore(stored.session_key)
        assert (searches.kept(request, token) or "").startswith("Whitfield")


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
