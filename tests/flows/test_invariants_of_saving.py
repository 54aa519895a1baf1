"""What a save promises, under races and a database that goes away: invariants 1, 2 and 15."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from django.db import OperationalError, transaction
from django.db import connection as database

from console.errors import AlreadySaved, AlreadyWaiting, ValuesMoved
from console.flows.propose import Proposal, propose_one
from console.models import Change, Event, Line
from tests.cast import connect, person, sample
from tests.flows.helpers import WISH, wish

pytestmark = pytest.mark.usefixtures("live_db")


def test_invariant_1_a_save_is_there_with_all_that_belongs_to_it_or_not_at_all() -> None:
    customer, ed = sample(connect("caibo")), person("ed")
    before = _what_is_saved()
    with transaction.atomic():
        wish(customer, ed)
        assert _elsewhere(_what_is_saved) == before
    after = _elsewhere(_what_is_saved)
    assert [name for name, count in after.items() if count <= before[name]] == []


def test_invariant_1_a_save_that_was_not_acknowledged_leaves_nothing_when_the_database_breaks_off() -> None:
    customer, ed = sample(connect("caibo")), person("ed")
    before = _what_is_saved()

    @transaction.atomic
    def save_and_break_off() -> None:
        wish(customer, ed)
        with database.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            [backend] = cursor.fetchone()
        _elsewhere(lambda: _run("SELECT pg_terminate_backend(%s)", backend))
        _run("SELECT 1")

    with pytest.raises(OperationalError):
        save_and_break_off()
    database.close()
    assert _what_is_saved() == before


def test_invariant_2_a_double_submit_makes_one_change_and_both_are_told_of_it() -> None:
    customer, ed = sample(connect("caibo")), person("ed")
    found = _at_once(8, lambda _: propose_one(Proposal(customer.pk, WISH["caibo"], "form-1"), by=ed).pk)
    assert found == [Change.objects.get().pk] * 8
    assert Line.objects.count() == 1


def test_invariant_2_of_one_key_with_two_contents_one_is_saved_and_the_other_refused() -> None:
    customer, ed = sample(connect("caibo")), person("ed")
    wishes: list[Mapping[str, Any]] = [{"phone": "+441632960001"}, {"address": "2 Low Street"}]
    found = _at_once(2, lambda number: propose_one(Proposal(customer.pk, wishes[number], "form-1"), by=ed))
    assert sorted(type(each).__name__ for each in found) == [AlreadySaved.__name__, Change.__name__]
    assert Change.objects.count() == 1


def test_invariant_15_of_two_who_saw_the_same_value_one_saves_and_the_other_is_asked() -> None:
    customer, people = sample(connect("caibo")), [person("ed"), person("jo")]
    shown = {name: customer.shown_digest(name, value) for name, value in customer.record.items()}

    def save(number: int) -> Change:
        wishes = {"phone": f"+44163296000{number}"}
        return propose_one(Proposal(customer.pk, wishes, f"form-{number}", shown=shown), by=people[number])

    found = _at_once(2, save)
    assert sum(isinstance(each, Change) for each in found) == 1
    assert sum(isinstance(each, AlreadyWaiting | ValuesMoved) for each in found) == 1


def test_invariant_15_of_two_who_change_different_fields_both_save() -> None:
    customer, people = sample(connect("caibo")), [person("ed"), person("jo")]
    shown = {name: customer.shown_digest(name, value) for name, value in customer.record.items()}
    wishes: list[Mapping[str, Any]] = [{"phone": "+441632960001"}, {"address": "2 Low Street"}]

    def save(number: int) -> Change:
        return propose_one(Proposal(customer.pk, wishes[number], f"form-{number}", shown=shown), by=people[number])

    assert all(isinstance(each, Change) for each in _at_once(2, save))
    assert sorted(Line.objects.values_list("field", flat=True)) == ["address", "phone"]


def _what_is_saved() -> dict[str, int]:
    with database.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs")
        [jobs] = cursor.fetchone()
    events = Event.objects.filter(change__isnull=False)
    return {"changes": Change.objects.count(), "lines": Line.objects.count(), "events": events.count(), "jobs": jobs}


def _run(statement: str, *values: int) -> None:
    with database.cursor() as cursor:
        cursor.execute(statement, values)


def _elsewhere[T](look: Callable[[], T]) -> T:
    """As another connection to the database sees it."""
    [seen] = _at_once(1, lambda _: look())
    if isinstance(seen, Exception):
        raise seen
    return seen


def _at_once[T](count: int, what: Callable[[int], T]) -> list[T | Exception]:
    """What so many get who do it at the same moment, each on a connection of its own; what is raised as well."""
    start, outcomes = threading.Barrier(count), list[T | Exception]()

    def do(number: int) -> None:
        start.wait()
        try:
            outcomes.append(what(number))
        except Exception as problem:  # noqa: BLE001 - whatever it is, the test's own thread tells
            outcomes.append(problem)
        finally:
            database.close()

    threads = [threading.Thread(target=do, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes
