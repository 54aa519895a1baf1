"""The access record: who looked at whom on which day, and the customers that a person saw last."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection as database
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from console.flows.visits import recent, visit
from console.models import Customer, Grant, Visit
from tests.cast import connect, person, sample

pytestmark = pytest.mark.django_db
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def people(count: int, slug: str = "caibo") -> list[Customer]:
    """Customers of one connection."""
    connection = connect(slug)
    return [sample(connection, id=str(number), name=f"Person {number}") for number in range(1, count + 1)]


def age(seen: Customer, by: timedelta) -> None:
    """Lets the visits at a customer be older than they are."""
    Visit.objects.filter(customer=seen).update(
        day=F("day") - by, first_at=F("first_at") - by, last_at=F("last_at") - by
    )


class TestAVisit:
    def test_it_is_kept_with_who_saw_whom_on_which_day(self) -> None:
        [customer], ed = people(1), person("ed")
        visit(customer, by=ed)
        kept = Visit.objects.get()
        assert (kept.user, kept.customer, kept.day) == (ed, customer, datetime.now(UTC).date())
        assert kept.first_at == kept.last_at

    def test_looking_again_on_the_same_day_moves_its_end_and_not_its_beginning(self) -> None:
        [customer], ed = people(1), person("ed")
        visit(customer, by=ed)
        Visit.objects.update(first_at=F("first_at") - 2 * MINUTE, last_at=F("last_at") - 2 * MINUTE)
        visit(customer, by=ed)
        kept = Visit.objects.get()
        assert kept.last_at - kept.first_at >= 2 * MINUTE

    def test_looking_again_within_a_minute_writes_nothing(self) -> None:
        [customer], ed = people(1), person("ed")
        visit(customer, by=ed)
        before = Visit.objects.get().last_at
        visit(customer, by=ed)
        assert Visit.objects.get().last_at == before

    def test_another_person_and_another_day_are_visits_of_their_own(self) -> None:
        [customer], ed = people(1), person("ed")
        visit(customer, by=ed)
        age(customer, DAY)
        visit(customer, by=ed)
        visit(customer, by=person("jo"))
        assert Visit.objects.count() == 3

    def test_it_is_one_statement(self) -> None:
        [customer], ed = people(1), person("ed")
        with CaptureQueriesContext(database) as captured:
            visit(customer, by=ed)
        assert len(captured) == 1


class TestRecentCustomers:
    def test_the_latest_come_first_and_each_once(self) -> None:
        (one, two, three), ed = people(3), person("ed")
        for number, seen in enumerate((one, two, three, one), 1):
            visit(seen, by=ed)
            Visit.objects.exclude(customer=seen).update(last_at=F("last_at") - number * MINUTE)
        age(two, DAY)
        visit(two, by=ed)
        assert recent(ed) == [two, one, three]

    def test_there_are_eight_at_most(self) -> None:
        ed = person("ed")
        for seen in people(10):
            visit(seen, by=ed)
        assert len(recent(ed)) == 8
        assert len(recent(ed, most=3)) == 3

    def test_whom_others_saw_is_not_among_them(self) -> None:
        [customer] = people(1)
        visit(customer, by=person("jo"))
        assert recent(person("ed")) == []

    def test_whom_one_may_no_longer_see_is_not_among_them(self) -> None:
        [customer], sqril = people(1), connect("sqril")
        ed = person("ed", customer.connection, sqril)
        mine = sample(sqril)
        visit(customer, by=ed)
        visit(mine, by=ed)
        Grant.objects.filter(connection=customer.connection).delete()
        assert recent(ed) == [mine]

    def test_it_asks_the_database_no_more_for_8_than_for_1(self) -> None:
        ed, counts = person("ed"), []
        first, *others = people(8)
        for seen in ([first], others):
            for customer in seen:
                visit(customer, by=ed)
            with CaptureQueriesContext(database) as captured:
                assert [customer.connection.name for customer in recent(ed)]
            counts.append(len(captured))
        assert counts[0] == counts[1]
