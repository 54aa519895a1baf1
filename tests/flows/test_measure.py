"""What each connection did in each minute that is over is counted once, by however many, and kept for 30 days."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from console.flows.measure import ANSWERED, REFUSED, UNCLEAR, UNSENT, measure
from console.flows.record import database_now
from console.flows.sweep import sweep
from console.models import Attempt, Change, Connection, Minute, Outcome, Status, Wait
from tests.cast import connect, person, sample
from tests.databases import Database
from tests.views.standing import asked, standing

A_MINUTE = timedelta(minutes=1)


def old(slug: str, minutes: int) -> Connection:
    """A connection that was made so long ago."""
    connection = connect(slug)
    Connection.objects.filter(pk=connection.pk).update(created_at=start(minutes))
    connection.refresh_from_db()
    return connection


def start(minutes: int) -> datetime:
    """The beginning of the minute so many minutes ago."""
    return database_now().replace(second=0, microsecond=0) - minutes * A_MINUTE


def tried(connection: Connection, at: datetime, outcomes: Iterable[tuple[Outcome, int | None]]) -> None:
    """Attempts of one change that ended then."""
    number = Change.objects.count()
    identity = {"sqril": "customer_id", "caibo": "id"}[connection.provider_slug]
    named: dict[str, Any] = {identity: str(number)}
    change = asked(sample(connection, **named), person("ed"))
    for epoch, (outcome, milliseconds) in enumerate(outcomes, 1):
        about = {"change": change, "customer": change.customer, "connection": connection, "epoch": epoch}
        Attempt.objects.create(**about, worker="a test", outcome=outcome, ended_at=at, milliseconds=milliseconds)


def counts(minute: Minute) -> list[int]:
    return [minute.answered, minute.refused, minute.unclear, minute.unsent]


@pytest.mark.django_db
def test_every_outcome_is_counted_as_exactly_one_thing() -> None:
    counted = [*ANSWERED, *REFUSED, *UNCLEAR, *UNSENT]
    assert sorted(counted) == sorted(set(Outcome) - {Outcome.INTENT})


@pytest.mark.django_db
def test_a_minute_tells_what_came_of_the_tries_that_ended_in_it_and_how_long_they_took() -> None:
    sqril, caibo = old("sqril", 3), old("caibo", 3)
    at = start(2) + timedelta(seconds=20)
    tried(sqril, at, [(Outcome.CONFIRMED, took) for took in range(10, 210, 10)])
    tried(sqril, at, [(Outcome.REFUSED, 5), (Outcome.UNKNOWN, None), (Outcome.TRY_LATER, 7), (Outcome.NOT_SENT, None)])
    tried(caibo, at, [(Outcome.ACCEPTED, 900)])
    measure()
    minute = Minute.objects.get(connection=sqril, at=start(2))
    assert counts(minute) == [20, 1, 1, 2]
    assert (minute.half_milliseconds, minute.most_milliseconds) == (90, 190)
    other = Minute.objects.get(connection=caibo, at=start(2))
    assert (counts(other), other.half_milliseconds) == ([1, 0, 0, 0], 900)


@pytest.mark.django_db
def test_a_minute_ends_where_the_next_begins() -> None:
    sqril = old("sqril", 4)
    tried(sqril, start(3), [(Outcome.CONFIRMED, 1)])
    tried(sqril, start(2) - timedelta(microseconds=1), [(Outcome.CONFIRMED, 1)])
    tried(sqril, start(2), [(Outcome.CONFIRMED, 1)])
    measure()
    found = dict(Minute.objects.filter(connection=sqril).values_list("at", "answered"))
    assert (found[start(3)], found[start(2)]) == (2, 1)


@pytest.mark.django_db
def test_the_present_minute_is_left_until_it_is_over() -> None:
    sqril = old("sqril", 3)
    tried(sqril, database_now(), [(Outcome.CONFIRMED, 1)])
    measure()
    last = Minute.objects.latest("at")
    assert last.at < database_now().replace(second=0, microsecond=0)
    assert sum(counts(last)) == 0


@pytest.mark.django_db
def test_measuring_again_writes_nothing_anew_and_counts_nothing_twice() -> None:
    sqril = old("sqril", 10)
    tried(sqril, start(5), [(Outcome.CONFIRMED, 1)] * 3)
    assert measure() >= 9
    before = list(Minute.objects.values())
    assert measure() in {0, 1}  # a minute may end between the two
    assert list(Minute.objects.values())[: len(before)] == before


@pytest.mark.django_db
def test_what_no_worker_measured_is_made_up_for_but_no_further_back_than_six_hours() -> None:
    sqril = old("sqril", 3 * 24 * 60)
    tried(sqril, start(350), [(Outcome.CONFIRMED, 1)])
    tried(sqril, start(400), [(Outcome.CONFIRMED, 1)])
    assert 359 <= measure() <= 361
    assert Minute.objects.get(at=start(350)).answered == 1
    assert not Minute.objects.filter(at__lt=start(362)).exists()


@pytest.mark.django_db
def test_a_gap_that_is_older_is_left_open() -> None:
    sqril = old("sqril", 3 * 24 * 60)
    Minute.objects.create(connection=sqril, at=start(600))
    measure()
    assert not Minute.objects.filter(at__gt=start(600), at__lt=start(362)).exists()


@pytest.mark.django_db
def test_what_waits_and_what_is_stuck_is_told_as_it_was_at_the_end_of_each_minute() -> None:
    sqril, ed = old("sqril", 6), person("ed")
    customers = [sample(sqril, customer_id=f"cus_{number}") for number in range(5)]
    going = asked(customers[0], ed)
    refused, unknown = standing(customers[1], ed, Status.REFUSED), standing(customers[2], ed, Status.UNKNOWN)
    standing(customers[3], ed, Status.APPLIED)
    waiting = standing(customers[4], ed, Status.PROPOSED, wait=Wait.NOTHING)
    Change.objects.filter(pk=going.pk).update(approved_at=start(5), created_at=start(6))
    Change.objects.filter(pk=refused.pk).update(ended_at=start(3))
    Change.objects.filter(pk=unknown.pk).update(approved_at=start(2))
    Change.objects.filter(pk=waiting.pk).update(created_at=start(5))
    measure()
    found = Minute.objects.filter(connection=sqril, at__gte=start(6)).values_list("waiting", "stuck")
    assert list(found)[:5] == [(0, 0), (1, 0), (1, 0), (1, 1), (1, 2)]


@pytest.mark.django_db
def test_what_is_older_than_thirty_days_is_forgotten() -> None:
    sqril = old("sqril", 2)
    Minute.objects.create(connection=sqril, at=start(30 * 24 * 60 + 1))
    kept = Minute.objects.create(connection=sqril, at=start(30 * 24 * 60 - 5))
    measure()
    assert Minute.objects.order_by("at").first() == kept


@pytest.mark.django_db
def test_it_takes_one_statement_for_any_number_of_connections() -> None:
    for number in range(12):
        Connection.objects.filter(pk=old("sqril", 3).pk).update(name=f"Sqril {number}")
    with CaptureQueriesContext(database) as captured:
        assert measure() >= 24
    assert len([query for query in captured.captured_queries if "console_" in query["sql"]]) == 2


def test_several_sweepers_at_once_count_each_minute_once(live_db: Database) -> None:
    sqril = old("sqril", 300)
    tried(sqril, start(100), [(Outcome.CONFIRMED, 1)] * 4)
    ready = threading.Barrier(6)

    def measure_in_a_thread() -> None:
        ready.wait(10)
        measure()
        database.close()

    threads = [threading.Thread(target=measure_in_a_thread) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Minute.objects.get(at=start(100)).answered == 4
    assert Minute.objects.count() in {299, 300, 301}


@pytest.mark.django_db
def test_the_sweeper_measures() -> None:
    old("sqril", 3)
    sweep()
    assert Minute.objects.exists()
