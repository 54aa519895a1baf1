"""Many customers are taken in at once as they would be one by one: with keys, history and what they are found by."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import DataError, transaction
from django.db import connection as database

from console import finding
from console.flows import intake
from console.flows.adopt import adopt
from console.flows.intake import Incoming, Source, take_in
from console.models import Connection, Customer, Event, Known, Mention, Origin
from tests.cast import SAMPLES, connect, person

if TYPE_CHECKING:
    from providers.fields import Value

pytestmark = pytest.mark.django_db

LAST_NIGHT = datetime(2026, 3, 1, 2, tzinfo=UTC)


@pytest.fixture
def sqril() -> Connection:
    return connect("sqril")


def known(number: int, **values: Value) -> Incoming:
    """A customer of a file, with a name, a number that is hidden, and whatever is said."""
    more: Mapping[str, Any] = {"name_first": f"Budi{number}", "ic_number": f"3174{number:012}", **values}
    return Incoming(number, {"customer_id": f"cus_{number:03}"}, more)


def source(connection: Connection, as_of: datetime = LAST_NIGHT) -> Source:
    return Source(connection, as_of, person("ed"))


def numbers(taken: intake.TakenIn) -> tuple[int, int, int]:
    return taken.added, taken.updated, taken.unchanged


def test_each_new_customer_has_a_key_a_history_and_words_of_their_own(sqril: Connection) -> None:
    taken = take_in(source(sqril), [known(number) for number in range(1, 8)])
    assert numbers(taken) == (7, 0, 0)
    customers = list(Customer.objects.order_by("pk"))
    assert len({bytes(customer.wrapped_key or b"") for customer in customers}) == 7
    assert [customer.record["ic_number"] for customer in customers] == [f"3174{n:012}" for n in range(1, 8)]
    assert "ic_number" not in customers[0].values
    for customer in customers:
        [event] = Event.objects.filter(customer=customer)
        assert (event.verb, event.number, event.actor_id) == ("customer.baseline", 1, person("ed").pk)
        assert bytes(customer.chain_head) == bytes(event.hash) == event.computed_hash()
        assert event.values["name_first"] == customer.values["name_first"]
        assert {mention.field for mention in Mention.objects.filter(event=event)} == {"name_first", "ic_number"}
        found = finding.find([sqril], customer.name)
        assert [hit.pk for hit in found.hits] == [customer.pk]


def test_a_hidden_number_finds_who_was_taken_in(sqril: Connection) -> None:
    take_in(source(sqril), [known(1), known(2)])
    [hit] = finding.find([sqril], "3174000000000002").hits
    assert Customer.objects.get(pk=hit.pk).external_id == "cus_002"


def test_it_is_as_if_each_had_been_taken_in_alone(sqril: Connection) -> None:
    alone = adopt(sqril, {"customer_id": "cus_900"}, known(9).values, how=Known.IMPORTED, by=None, origin=Origin.IMPORT)
    take_in(source(sqril), [known(9)])
    together = Customer.objects.exclude(pk=alone.pk).get()
    for name in ("values", "name", "sort_name", "email", "phone", "version", "places", "chain_length"):
        assert getattr(together, name) == getattr(alone, name), name
    assert together.known.keys() == alone.known.keys()
    assert together.sealed.keys() == alone.sealed.keys()


def test_who_is_there_already_is_brought_up_to_date(sqril: Connection) -> None:
    take_in(source(sqril), [known(1), known(2), known(3)])
    later = LAST_NIGHT + timedelta(days=1)
    taken = take_in(source(sqril, later), [known(1, name_first="Citra"), known(2), known(4)])
    assert numbers(taken) == (1, 1, 1)
    citra = Customer.objects.get(external_id="cus_001")
    assert (citra.name, citra.version, citra.chain_length) == ("Citra", 2, 2)
    event = Event.objects.get(customer=citra, number=2)
    assert event.values == {"name_first": ["Budi1", "Citra"]}
    assert bytes(citra.chain_head) == event.computed_hash()
    assert [hit.pk for hit in finding.find([sqril], "citra").hits] == [citra.pk]
    assert not finding.find([sqril], "budi1").hits
    same = Customer.objects.get(external_id="cus_002")
    assert (same.version, same.chain_length) == (1, 1)
    assert same.known["name_first"]["at"] == later.isoformat()


def test_what_became_known_later_is_not_overwritten(sqril: Connection) -> None:
    take_in(source(sqril), [known(1, name_first="Citra")])
    taken = take_in(source(sqril, LAST_NIGHT - timedelta(days=1)), [known(1, name_first="Dewi")])
    assert numbers(taken) == (0, 0, 1)
    assert Customer.objects.get().name == "Citra"


def test_of_one_id_that_comes_twice_the_later_one_counts(sqril: Connection) -> None:
    taken = take_in(source(sqril), [known(1), known(2), known(1, name_first="Eka"), known(1, name_first="Fajar")])
    assert numbers(taken) == (2, 2, 0)
    fajar = Customer.objects.get(external_id="cus_001")
    assert fajar.name == "Fajar"
    moves = [event.values for event in Event.objects.filter(customer=fajar, number__gt=1).order_by("number")]
    assert moves == [{"name_first": ["Budi1", "Eka"]}, {"name_first": ["Eka", "Fajar"]}]


def test_of_who_was_erased_nothing_is_kept_and_it_is_told(sqril: Connection) -> None:
    take_in(source(sqril), [known(1), known(2)])
    Customer.objects.filter(external_id="cus_001").update(erased_at=LAST_NIGHT, wrapped_key=None, values={}, sealed={})
    taken = take_in(source(sqril), [known(1, name_first="Gita"), known(2, name_first="Hadi")])
    assert (numbers(taken), taken.erased) == ((0, 1, 0), [1])
    assert Customer.objects.get(external_id="cus_001").values == {}


def test_whoever_is_added_by_somebody_else_at_that_moment_is_brought_up_to_date(
    sqril: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look at who is there and the writing: the first look does not see her."""
    take_in(source(sqril), [known(1)])
    look, looks = intake._keys, list[dict[str, int]]()

    def late(connection: Connection, external_ids: list[str]) -> dict[str, int]:
        looks.append({} if not looks else look(connection, external_ids))
        return looks[-1]

    monkeypatch.setattr(intake, "_keys", late)
    taken = take_in(source(sqril), [known(1, name_first="Indah"), known(2)])
    assert numbers(taken) == (1, 1, 0)
    assert len(looks) == 2
    assert Customer.objects.count() == 2


def test_a_chunk_is_there_as_a_whole_or_not_at_all(sqril: Connection) -> None:
    """The second one holds what the database keeps nowhere, which whoever reads a file refuses before."""
    with pytest.raises(DataError), transaction.atomic():
        take_in(source(sqril), [known(1), known(2, name_first="Joko\0")])
    assert not Customer.objects.exists()
    assert not Event.objects.filter(verb="customer.baseline").exists()


# Piece by piece.


def test_while_one_piece_is_kept_the_next_one_is_made_and_no_more_are_read(sqril: Connection) -> None:
    read = list[int]()

    def pieces() -> Iterator[tuple[int, list[Incoming]]]:
        for number in range(1, 6):
            read.append(number)
            yield number, [known(number), known(number + 100)]

    for number, ready in intake.ahead(source(sqril), pieces()):
        assert read[-1] == min(number + 1, 5)
        assert intake.keep(source(sqril), ready).added == 2
        assert Customer.objects.count() == 2 * number


def test_garbage_is_looked_for_seldom_until_whoever_takes_them_in_is_through_or_leaves(sqril: Connection) -> None:
    before = gc.get_threshold()
    for leaves in (False, True):
        for _ in intake.ahead(source(sqril), [(number, [known(number)]) for number in range(1, 4)]):
            assert gc.get_threshold() == (intake.GARBAGE_AFTER, *before[1:])
            if leaves:
                break
        assert gc.get_threshold() == before


def test_who_was_added_since_a_piece_was_made_is_brought_up_to_date(sqril: Connection) -> None:
    """The second piece is made while nobody has her; by the time it is kept, the first one has added her."""
    pieces = [("first", [known(1)]), ("second", [known(1, name_first="Eka"), known(2)])]
    taken = [numbers(intake.keep(source(sqril), ready)) for _, ready in intake.ahead(source(sqril), pieces)]
    assert taken == [(1, 0, 0), (1, 1, 0)]
    eka = Customer.objects.get(external_id="cus_001")
    assert (eka.name, eka.chain_length) == ("Eka", 2)


def test_whoever_makes_the_rows_asks_the_database_nothing(sqril: Connection) -> None:
    """It is done in a thread, which has no connection and is to have none."""
    ready = intake._ready(source(sqril), [known(1), known(2)])
    with database.execute_wrapper(_nothing_is_asked):
        rows = ready.rows()
    assert {table for _, table, _ in rows} == {
        *("console_customer", "console_event", "console_searchterm", "console_searchtext", "console_blindterm")
    }
    assert not Customer.objects.exists()


def _nothing_is_asked(*_: object) -> object:
    raise AssertionError("Whoever makes rows asks the database nothing.")


def test_a_customer_of_whom_only_the_id_is_known_is_taken_in_as_never_read(sqril: Connection) -> None:
    take_in(source(sqril), [Incoming(1, {"customer_id": "cus_1"}, {})])
    assert Customer.objects.get().never_read
    assert Event.objects.get(verb="customer.baseline").details["how"] == "never read"


def test_the_samples_of_every_provider_are_taken_in() -> None:
    for slug in ("timepay", "finosu", "caibo", "flowwise", "sqril"):
        connection = connect(slug)
        record = dict(SAMPLES[slug])
        identity = {name: record.pop(name) for name in connection.provider.identity if name in record}
        assert take_in(source(connection), [Incoming(1, identity, record)]).added == 1
        assert Customer.objects.get(connection=connection).record.items() >= record.items()
