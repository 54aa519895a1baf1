"""The list of one connection in the order of a field: what comes before what, each customer once, and what has none."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from console.listing import (
    Criteria,
    Order,
    Question,
    Start,
    Stretch,
    by_field,
    orders_of,
    walk_by_field,
    why_not_by_any,
    why_not_by_field,
)
from console.models import Connection, Customer, Standing
from console.models.rows import BIGGEST_KEY
from tests.cast import connect, sample
from tests.listing.test_plans import MANY, most_rows, places, plans

__all__ = ["places"]

ADDRESS = Order(field="sqril:address")


@pytest.fixture
def sqril(db: None) -> Connection:
    return connect("sqril")


def ask(connection: Connection, **criteria: object) -> Question:
    return Question(Criteria(at=connection.pk, **criteria), list(Connection.objects.all()), "UTC")  # type: ignore[arg-type]  # as named


def living(sqril: Connection, *addresses: str | None) -> list[int]:
    """A customer at each of these addresses, by key."""
    return [
        sample(sqril, customer_id=f"cus_{number}", address=each).pk for number, each in enumerate(addresses, start=1)
    ]


def turned(order: Order) -> Order:
    return Order(field=order.field, is_descending=not order.is_descending)


def all_of(question: Question, order: Order, size: int = 2) -> list[int]:
    """By going on from page to page; and back again over the same pages."""
    pages, start = list[Stretch](), Start()
    while not pages or pages[-1].more:
        pages.append(walk_by_field(question, order, start, size))
        start = Start(after=pages[-1].keys[-1])
        assert len(pages) < 20, "it goes round in circles"
    for before, page in pairwise(pages):
        assert walk_by_field(question, order, Start(before=page.keys[0]), size).keys == before.keys
    return [key for page in pages for key in page.keys]


class TestOrder:
    def test_texts_go_by_their_letters_and_who_has_none_comes_last_either_way(self, sqril: Connection) -> None:
        keys = living(sqril, "bogor 2", None, "Ångström 1", "Bogor 1", " ", "bogor 10", "angstrom 1", ...)  # type: ignore[arg-type]  # never told
        bogor_2, none, angstrom, bogor_1, blank, bogor_10, alike, untold = keys
        found = all_of(ask(sqril), ADDRESS)
        assert found == [angstrom, alike, bogor_1, bogor_10, bogor_2, none, blank, untold]
        assert all_of(ask(sqril), turned(ADDRESS)) == [*found[:5][::-1], *found[5:][::-1]]

    @pytest.mark.parametrize(
        ("field", "held"),
        [
            ("loan_amount", ["9", "125000.50", "125000.5", "1000000", "a lot"]),
            ("loan_period", ["-3", "2", "10", "900"]),
            ("emi_due_date", ["1999-12-31", "2026-01-05", "2026-01-12", "2026-11-02", "soon"]),
            ("payment_status", ["overdue", "partial", "unpaid"]),
            ("phone_number", ["+442079460958", "+919021088123"]),
        ],
    )
    def test_values_go_by_what_their_kind_says(self, db: None, field: str, held: Sequence[str]) -> None:
        timepay = connect("timepay")
        records: list[dict[str, Any]] = [{"loan_id": f"L{number}", field: each} for number, each in enumerate(held)]
        keys = [sample(timepay, **record).pk for record in records]
        without: dict[str, Any] = {"loan_id": "other", field: None}
        sample(timepay, **without)
        assert all_of(ask(timepay), Order(field=f"timepay:{field}"))[:-1] == keys

    def test_moments_go_by_when_they_were_wherever_they_were_written(self, db: None) -> None:
        caibo = connect("caibo")
        [name, *_] = [name for name, field in orders_of(caibo).items() if field.is_stamp]
        written = ["2026-01-02T05:00:00+07:00", "2026-01-01T23:00:00Z", "2026-01-02T00:00:00.5Z"]
        keys = [sample(caibo, id=str(number)).pk for number in range(1, 4)]
        for key, each in zip(keys, written, strict=True):
            Customer.objects.filter(pk=key).update(values={name.partition(":")[2]: each})
        assert all_of(ask(caibo), Order(field=name)) == keys

    def test_what_names_the_customer_is_an_order_too(self, sqril: Connection) -> None:
        keys = living(sqril, None, None, None)
        assert all_of(ask(sqril), Order(field="sqril:customer_id", is_descending=True)) == keys[::-1]


class TestPlace:
    def test_only_those_who_are_asked_for_are_in_it(self, sqril: Connection) -> None:
        keys = living(sqril, "e", "d", "c", "b", "a")
        sample(connect("caibo"))
        Customer.objects.filter(pk__in=keys[1:4]).update(gone_at=timezone.now())
        assert all_of(ask(sqril, state=Standing.GONE), ADDRESS) == keys[1:4][::-1]

    def test_it_goes_on_behind_somebody_who_is_not_asked_for_any_more(self, sqril: Connection) -> None:
        keys = living(sqril, "a", "b", "c", "d", "e")
        Customer.objects.filter(pk__in=[keys[0], keys[2], keys[3]]).update(gone_at=timezone.now())
        gone = ask(sqril, state=Standing.GONE)
        assert walk_by_field(gone, ADDRESS, Start(after=keys[1]), 5).keys == keys[2:4]
        assert walk_by_field(gone, ADDRESS, Start(before=keys[1]), 5).keys == keys[:1]
        assert walk_by_field(gone, ADDRESS, Start(after=keys[4]), 5).keys == [keys[0], *keys[2:4]]

    def test_from_nobody_and_from_another_teams_customer_on_it_begins_with_the_first_one(
        self, sqril: Connection
    ) -> None:
        keys, other = living(sqril, "b", "a"), sample(connect("caibo"))
        for pivot in (BIGGEST_KEY, other.pk, keys[0]):  # behind the last one there is nobody
            for start in (Start(after=pivot), Start(before=keys[1])):
                assert walk_by_field(ask(sqril), ADDRESS, start, 5) == Stretch(keys[::-1], more=False)


class TestLimits:
    def test_no_hidden_value_and_no_object_is_an_order(self, db: None) -> None:
        for slug in ("timepay", "finosu", "caibo", "flowwise", "sqril"):
            connection = connect(slug)
            names = orders_of(connection)
            assert names
            for field in connection.provider.fields:
                is_one = not field.sensitive and field.kind != "JSON"
                assert (f"{slug}:{field.name}" in names) is is_one, field.name

    def test_what_a_connection_calls_sensitive_is_none_there(self, db: None) -> None:
        assert "sqril:address" not in orders_of(connect("sqril", sensitive="address"))

    @pytest.mark.parametrize("name", ["sqril:ic_number", "sqril:nonsense", "caibo:address", "sqril:", ":", "sqril:x\0"])
    def test_what_gives_no_order_is_refused_in_a_sentence(self, sqril: Connection, name: str) -> None:
        assert "cannot be put in the order" in why_not_by_field(ask(sqril), Order(field=name))

    def test_a_list_of_several_connections_has_none(self, sqril: Connection) -> None:
        assert not why_not_by_field(Question(Criteria(), [sqril], "UTC"), ADDRESS)
        both = Question(Criteria(), [sqril, connect("caibo")], "UTC")
        assert "a list of one connection can" in why_not_by_field(both, ADDRESS)
        assert not why_not_by_field(both.but(provider="sqril"), ADDRESS)

    def test_more_than_so_many_are_refused_and_as_many_are_not(
        self, sqril: Connection, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(by_field, "MOST", 3)
        keys = living(sqril, "c", "b", "a")
        assert not why_not_by_field(ask(sqril), ADDRESS)
        assert all_of(ask(sqril), ADDRESS) == keys[::-1]
        one_more = sample(sqril, customer_id="cus_4").pk
        assert "narrow the list" in why_not_by_field(ask(sqril), ADDRESS)
        assert "narrow the list" in why_not_by_any(ask(sqril))
        Customer.objects.filter(pk=one_more).update(gone_at=timezone.now())
        assert not why_not_by_field(ask(sqril, state=Standing.IN_STEP), ADDRESS)


def test_nobody_is_read_but_those_who_are_asked_for(places: list[Connection]) -> None:
    here = places[0]
    Customer.objects.filter(connection=here, pk__lte=Customer.objects.order_by("pk")[200].pk).update(drift={"phone": 1})
    last, order = Customer.objects.filter(connection=here).latest("pk").pk, Order(field="caibo:address")
    for criteria, most in (({"state": Standing.MOVED}, 200), ({}, MANY // 2)):
        question = ask(here, **criteria)
        with CaptureQueriesContext(database) as asked:
            assert not why_not_by_field(question, order)
            walk_by_field(question, order, Start(after=last), 50)
        found = plans(asked)
        assert len(found) >= 2
        for plan in found:
            assert "Seq Scan" not in plan
            assert most_rows(plan) <= most
