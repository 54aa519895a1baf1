"""Customers are found by the whole number of a document, though it is sealed: by a digest under a key of the ring."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from console.finding import find
from console.flows.import_customers import Row, import_customers
from console.models import BlindTerm, Connection, Customer, Known
from providers import registry
from tests.cast import connect, sample
from tests.flows.erasing import erased
from tests.keys import ring

if TYPE_CHECKING:
    from collections.abc import Iterable

pytestmark = pytest.mark.django_db
NUMBER = "3174012345678901"


def found(text: str, connections: Iterable[Connection] | None = None) -> list[int]:
    return [hit.pk for hit in find(connections or Connection.objects.all(), text).hits]


@pytest.mark.parametrize("typed", [NUMBER, "3174 0123 4567 8901", "3174-0123-4567-8901", f"  {NUMBER} "])
def test_the_whole_number_finds_its_customer_however_it_is_typed(typed: str) -> None:
    adi = sample(connect("sqril"))
    assert found(typed) == [adi.pk]


@pytest.mark.parametrize("typed", [NUMBER[:-1], NUMBER[-6:], NUMBER[1:], "3174012345678902"])
def test_a_part_of_the_number_or_another_one_finds_nobody(typed: str) -> None:
    sample(connect("sqril"))
    assert found(typed) == []


def test_a_number_with_letters_is_found_in_either_case() -> None:
    adi = sample(connect("sqril"), ic_number="A-1234567x")
    assert found("a1234567X") == [adi.pk]


def test_it_finds_nobody_at_a_connection_that_one_does_not_see() -> None:
    sample(connect("sqril"))
    assert found(NUMBER, [connect("caibo")]) == []


def test_a_number_that_moved_is_found_as_it_is_now() -> None:
    adi = sample(connect("sqril"))
    adi.learn({"ic_number": "3174019999999999"}, how=Known.READ, at=timezone.now())
    adi.save_learnt()
    assert (found(NUMBER), found("3174019999999999")) == ([], [adi.pk])


def test_a_number_that_an_import_brought_is_found() -> None:
    sqril = connect("sqril")
    rows = [Row(2, {"external_id": "cus_9", "name_first": "Ira", "ic_number": "P1234567"})]
    import_customers(sqril, rows, as_of=timezone.now())
    assert found("p1234567") == [Customer.objects.get().pk]


def test_a_number_that_was_taken_away_is_found_no_more() -> None:
    adi = sample(connect("sqril"))
    adi.learn({"ic_number": None}, how=Known.READ, at=timezone.now())
    adi.save_learnt()
    assert (found(NUMBER), BlindTerm.objects.count()) == ([], 0)


def test_of_who_was_erased_no_digest_is_left() -> None:
    adi = sample(connect("sqril"))
    erased(adi)
    assert (found(NUMBER), BlindTerm.objects.count()) == ([], 0)


def test_while_keys_are_changed_it_is_found_under_the_old_and_the_new_one(settings: LazySettings) -> None:
    settings.STEWARD_KEYS = ring("old")
    sqril = connect("sqril")
    adi = sample(sqril)
    settings.STEWARD_KEYS = ring("new", "old")
    ira = sample(sqril, customer_id="cus_9", ic_number="3174010000000001")
    assert (found(NUMBER), found("3174010000000001")) == ([adi.pk], [ira.pk])
    settings.STEWARD_KEYS = ring("other", "new")
    assert found(NUMBER) == []


def test_one_number_at_two_connections_has_two_digests_so_that_nobody_sees_that_it_is_one() -> None:
    sqril = connect("sqril")
    Connection.objects.filter(pk=sqril.pk).update(name="SQRIL of old")
    sample(sqril), sample(connect("sqril"))
    assert len(set(map(bytes, BlindTerm.objects.values_list("digest", flat=True)))) == 2


def test_no_field_whose_values_could_all_be_tried_is_found_by_its_whole() -> None:
    by_whole = {
        (provider.slug, field.name) for provider in registry.all() for field in provider.fields if field.found_whole
    }
    assert by_whole == {("sqril", "ic_number")}
    sample(connect("finosu"))
    assert not BlindTerm.objects.exists()


def test_a_number_too_short_to_be_one_is_not_kept() -> None:
    sample(connect("sqril"), ic_number="98765")
    assert not BlindTerm.objects.exists()
    assert found("98765") == []


def test_a_search_for_words_asks_for_no_digest() -> None:
    sample(connect("sqril"))
    connections = list(Connection.objects.all())
    with CaptureQueriesContext(connection) as asked:
        find(connections, "adi wijaya")
        assert not any("blindterm" in query["sql"] for query in asked)
        find(connections, NUMBER)
        assert any("blindterm" in query["sql"] for query in asked)
