"""The list in every order: each customer once, in both directions, whatever narrows it; and how many it says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise, product
from typing import Any

import pytest
from django.utils import timezone

from console.listing import (
    Count,
    Criteria,
    Flawed,
    Order,
    Question,
    Start,
    among,
    count,
    counting,
    per_state,
    walk,
    walking,
)
from console.models import Connection, Customer, Sort, Standing, Status, User
from console.models.rows import BIGGEST_KEY
from tests.cast import connect, sample
from tests.views.standing import standing

pytestmark = pytest.mark.django_db
FIRST = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def places() -> list[Connection]:
    """Two connections, with customers of many kinds in each, many of them alike."""
    found = [connect("caibo"), connect("flowwise")]
    for place, connection in enumerate(found):
        for number in range(8):
            named: dict[str, Any] = {connection.provider.identity[0]: f"{place + 1}{number}"}
            customer = sample(connection, name=f"Person {number // 3}", **named)
            known = FIRST + timedelta(days=number // 2) if number else None
            Customer.objects.filter(pk=customer.pk).update(
                known_at=known,
                email=f"{(number * 5) % 8}@example.com",
                drift={"phone": 1} if number == 3 else {},
                gone_at=timezone.now() if number == 5 else None,
                known=customer.known if number != 6 else {},
            )
    return found


def ask(places: list[Connection], **criteria: object) -> Question:
    return Question(Criteria(**criteria), places, "UTC")  # type: ignore[arg-type]  # as the tests name them


def all_of(question: Question, order: Order, size: int = 3) -> list[int]:
    """By going on from page to page."""
    found, start = list[int](), Start()
    while True:
        stretch = walk(question, order, start, size)
        found += stretch.keys
        assert len(found) <= Customer.objects.count(), "it goes round in circles"
        if not stretch.more:
            return found
        start = Start(after=stretch.keys[-1])


def back_from(last: int, question: Question, order: Order) -> list[int]:
    """All before a customer, by going back from page to page."""
    found, stretch = list[int](), walk(question, order, Start(before=last), 2)
    while stretch.more:
        found = [*stretch.keys, *found]
        stretch = walk(question, order, Start(before=stretch.keys[0]), 2)
    return [*stretch.keys, *found]


@pytest.mark.parametrize("sort", Sort)
@pytest.mark.parametrize("is_descending", [False, True])
class TestEveryOrder:
    def test_goes_through_everybody_once(self, places: list[Connection], sort: Sort, is_descending: bool) -> None:
        found = all_of(ask(places), Order(sort, is_descending))
        assert sorted(found) == sorted(Customer.objects.values_list("pk", flat=True))

    def test_is_turned_round_by_its_other_direction(
        self, places: list[Connection], sort: Sort, is_descending: bool
    ) -> None:
        there, back = (all_of(ask(places), Order(sort, way)) for way in (is_descending, not is_descending))
        assert there == back[::-1]

    def test_goes_back_over_the_same_pages(self, places: list[Connection], sort: Sort, is_descending: bool) -> None:
        order = Order(sort, is_descending)
        there = all_of(ask(places), order)
        back = walk(ask(places), order, Start(before=there[9]), 4)
        assert list(back.keys) == there[5:9]
        assert back.more
        start = Start(before=there[2])
        assert walk(ask(places), order, start, 4) == walking.Stretch(there[:2], more=False, start=start)

    def test_at_one_connection_it_goes_through_everybody_there_once(
        self, places: list[Connection], sort: Sort, is_descending: bool
    ) -> None:
        for place in places:
            found = all_of(ask(places, at=place.pk), Order(sort, is_descending))
            assert sorted(found) == sorted(place.customers.values_list("pk", flat=True))


def test_orders_are_what_they_are_called(places: list[Connection]) -> None:
    rows = Customer.objects.in_bulk()
    places_of: Mapping[Sort, Callable[[Customer], Any]] = {
        Sort.NAME: lambda it: it.sort_name,
        Sort.NUMBER: lambda it: it.external_id,
        Sort.EMAIL: lambda it: it.email,
        Sort.STATE: lambda it: it.standing,
        Sort.CONNECTION: lambda it: [each.pk for each in places].index(it.connection_id),
        Sort.KNOWN: lambda it: it.known_at or datetime.min.replace(tzinfo=UTC),
    }
    for sort, of in places_of.items():
        found = [of(rows[pk]) for pk in all_of(ask(places), Order(sort))]
        assert all(before <= after for before, after in pairwise(found)), sort


@pytest.mark.parametrize("sort", [Sort.NAME, Sort.CONNECTION, Sort.EMAIL, Sort.KNOWN, Sort.STATE])
@pytest.mark.parametrize(("few", "soon"), [(0, 1), (1, 1), (500, 1), (500, 500)])
def test_whatever_narrows_it_the_pages_are_what_a_plain_question_finds(
    places: list[Connection], ed: User, jo: User, sort: Sort, few: int, soon: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walking, "SOON", soon)
    for few_of in ("FEW", "FEW_OF_DAYS"):
        monkeypatch.setattr(walking, few_of, few)
    customers = list(Customer.objects.order_by("pk"))
    for customer, by in ((customers[1], ed), (customers[2], jo), (customers[10], ed)):
        standing(customer, by, Status.APPROVED)
    Customer.objects.filter(pk__in=[customers[4].pk, customers[12].pk]).update(flaws={"email": "required"})
    Customer.objects.filter(pk=customers[7].pk).update(flaws={"email": "email"})
    here = places[0].pk
    asked: Mapping[Criteria, Callable[[Customer], Any]] = {
        Criteria(at=here): lambda it: it.connection_id == here,
        Criteria(provider="flowwise"): lambda it: it.connection_id == places[1].pk,
        Criteria(state=Standing.MOVED): lambda it: it.standing == Standing.MOVED,
        Criteria(state=Standing.PENDING, at=here): lambda it: it.standing == 3 and it.connection_id == here,
        Criteria(missing=Flawed.MISSING): lambda it: it.flaws == {"email": "required"},
        Criteria(by=ed.pk): lambda it: it.touched_by_id == ed.pk,
        Criteria(by=ed.pk, at=here, state=Standing.PENDING): lambda it: (
            it.touched_by_id == ed.pk and it.connection_id == here
        ),
        Criteria(known_from=date(2026, 3, 2), known_to=date(2026, 3, 3)): lambda it: (
            it.known_at and FIRST + timedelta(days=1) <= it.known_at < FIRST + timedelta(days=3)
        ),
        Criteria(changed_from=timezone.now().date(), known_to=date(2026, 3, 1)): lambda it: (
            it.touched_at and it.known_at and it.known_at < FIRST + timedelta(days=1)
        ),
    }
    for criteria, wanted in asked.items():
        question = Question(criteria, places, "UTC")
        expected = {it.pk for it in Customer.objects.all() if wanted(it) and not (criteria.missing and it.gone_at)}
        assert expected, criteria
        found = all_of(question, Order(sort, is_descending=True), 2)
        assert sorted(found) == sorted(expected), criteria
        assert found == [key for key in all_of(ask(places), Order(sort, is_descending=True)) if key in expected]
        assert among(question, [it.pk for it in customers]) == expected
        assert count(question) == Count(len(expected))


@pytest.mark.parametrize("is_descending", [False, True])
def test_how_many_of_some_days_are_put_in_order_changes_nothing(
    places: list[Connection], is_descending: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    question, order = (
        ask(places, known_from=date(2026, 3, 2), known_to=date(2026, 3, 3)),
        Order(Sort.NAME, is_descending),
    )
    days = {it.pk for it in Customer.objects.all() if it.known_at and it.known_at >= FIRST + timedelta(days=1)}
    days -= {it.pk for it in Customer.objects.all() if it.known_at and it.known_at >= FIRST + timedelta(days=3)}
    expected = [key for key in all_of(ask(places), order) if key in days]
    for few, soon in product(range(8), range(1, 5)):  # few: beyond as many as any group has of these days
        monkeypatch.setattr(walking, "FEW_OF_DAYS", few)
        monkeypatch.setattr(walking, "SOON", soon)
        assert all_of(question, order, 2) == expected, (few, soon)
        assert back_from(expected[-1], question, order) == expected[:-1], (few, soon)


@pytest.mark.parametrize("is_descending", [False, True])
def test_who_is_of_some_days_comes_in_order_however_many_others_there_are(
    places: list[Connection], is_descending: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = list(Customer.objects.filter(connection=places[0]).order_by("-sort_name", "pk"))
    for number, customer in enumerate(there):  # the last by name were known first
        moment = FIRST + timedelta(hours=number, days=9 * (number == 4))
        Customer.objects.filter(pk=customer.pk).update(known_at=moment, drift={}, gone_at=None, known={"name": {}})
    question, order = ask(places[:1], known_to=date(2026, 3, 1)), Order(Sort.NAME, is_descending)
    expected = [key for key in all_of(ask(places[:1]), order) if key != there[4].pk]
    for few, soon in product((5, 7, 20), (1, 3)):  # seven are of these days
        monkeypatch.setattr(walking, "FEW_OF_DAYS", few)
        monkeypatch.setattr(walking, "SOON", soon)
        assert all_of(question, order, 2) == expected, (few, soon)
        assert back_from(expected[-1], question, order) == expected[:-1], (few, soon)


@pytest.mark.parametrize("start", [Start(after=BIGGEST_KEY), Start(before=BIGGEST_KEY), Start(before=0)])
def test_from_nobody_on_it_begins_with_the_first_one(places: list[Connection], start: Start) -> None:
    assert walk(ask(places), Order(), start, 3) == walk(ask(places), Order(), Start(), 3)


def test_from_where_nobody_follows_any_more_it_begins_with_the_first_one(places: list[Connection]) -> None:
    there = all_of(ask(places), Order())
    first = walk(ask(places), Order(), Start(), 3)
    assert walk(ask(places), Order(), Start(after=there[-1]), 3) == first
    assert walk(ask(places), Order(), Start(before=there[0]), 3) == first


def test_who_was_never_known_is_of_no_day_even_of_the_first_one(places: list[Connection]) -> None:
    first_of_all = Question(Criteria(known_from=date(1970, 1, 1)), places, "Asia/Jakarta")
    assert count(first_of_all) == Count(Customer.objects.exclude(known_at=None).count())
    assert len(all_of(first_of_all, Order())) == count(first_of_all).number < Customer.objects.count()


def test_days_are_those_of_whoever_asks(places: list[Connection]) -> None:
    late = datetime(2026, 3, 9, 20, 0, tzinfo=UTC)
    Customer.objects.filter(pk=Customer.objects.first().pk).update(known_at=late)  # type: ignore[union-attr]  # there is
    criteria = Criteria(known_from=date(2026, 3, 10))
    assert len(walk(Question(criteria, places, "Asia/Jakarta"), Order(), Start(), 5).keys) == 1
    assert not walk(Question(criteria, places, "UTC"), Order(), Start(), 5).keys


def test_another_teams_customer_is_no_place_in_it_and_never_in_it(places: list[Connection]) -> None:
    mine, theirs = places[:1], Customer.objects.filter(connection=places[1]).latest("sort_name", "pk")
    found = walk(ask(mine), Order(), Start(after=theirs.pk), 50).keys
    assert set(found) == set(Customer.objects.filter(connection=places[0]).values_list("pk", flat=True))
    assert not among(ask(mine), [theirs.pk])


class TestCounts:
    def test_of_few_they_are_exact_and_of_many_an_estimate(
        self, places: list[Connection], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert str(count(ask(places))) == "16"
        monkeypatch.setattr(counting, "MOST_COUNTED", 5)
        many = count(ask(places))
        assert (many.is_exact, many.number >= 6) == (False, True)
        assert str(many).startswith("about ")

    def test_an_estimate_does_not_look_exact(self) -> None:
        assert str(Count(1_237_512, is_exact=False)) == "about 1,200,000"
        assert str(Count(1_237, is_exact=False)) == "about 1,200"

    def test_each_state_is_counted_where_one_looks(
        self, places: list[Connection], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        states = [Standing.MOVED, Standing.GONE, Standing.IN_STEP, Standing.PERSON]
        found = per_state(states, ask(places))
        assert [found[state].short for state in states] == ["2", "2", "10", "0"]
        monkeypatch.setattr(counting, "MOST_COUNTED", 4)
        assert per_state([Standing.IN_STEP], ask(places, at=places[0].pk))[Standing.IN_STEP].short == "4+"

    def test_nowhere_there_is_nobody(self) -> None:
        assert count(ask([])) == Count(0)
        assert per_state([Standing.MOVED], ask([])) == {Standing.MOVED: Count(0)}
