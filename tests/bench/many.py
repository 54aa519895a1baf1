"""A million customers in minutes: rows alone, by COPY, without history, for what is measured of finding and listing.

Names are spread as unevenly as in `records`; streets and towns too, so that some words are rare and some common.
"""

from __future__ import annotations

import json
from itertools import batched
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import NOT_PROVIDED

from tests.bench.filling import owner, reserve
from tests.bench.records import SYLLABLES, records_of, scattered

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from console.models import Connection, Customer

AT_ONCE = 5000
TOWN_NAMES = (
    "Pune Mumbai Delhi Chennai Kolkata Jaipur Lucknow Nagpur Indore Bhopal Patna Surat Agra Nashik Meerut Vadodara "
    "Rajkot Varanasi Amritsar Ranchi Jodhpur Madurai Raipur Kota Guwahati Mysore Bareilly Aligarh Jalandhar Salem"
)
TOWNS = TOWN_NAMES.split()


def address_of(number: int) -> str:
    """A house, one of ten thousand streets, a town of which the first ones are large, and its code."""
    chance = scattered(number * 7 + 3)
    street = "".join(SYLLABLES[chance // 10**place % 10] for place in range(4)).capitalize()
    town = TOWNS[min(chance % 30, chance // 100 % 30)]
    return f"{chance % 300 + 1} {street} Road, {town} {400_000 + chance % 90_000}"


def fill(connections: Sequence[Connection], numbers: range) -> None:
    """The customers with these numbers, in turn at the connections. Indexes stay: so it grows as it does in life."""
    from console.flows.record import database_now

    now = database_now()
    for some in batched(numbers, AT_ONCE):
        write([customer_of(number, connections[number % len(connections)], now) for number in some])
    for table in ("customer", "searchterm", "searchtext"):
        owner(f"VACUUM (ANALYZE) console_{table}")


def customer_of(number: int, connection: Connection, now: datetime) -> Customer:
    """One customer with its values; all of them have the same key, since none is opened."""
    from console.models import Customer
    from console.models.customers import describe
    from console.models.search import words

    identity, values = records_of(connection.provider_slug, number)
    values |= {"address": address_of(number)}
    external_id = connection.provider.external_id(identity)
    plain = {name: value for name, value in values.items() if not connection.provider.field(name).sensitive}
    known = {name: {"how": "imported", "at": now.isoformat()} for name in values}
    said = describe(connection.provider, {**plain, **identity})
    return Customer(
        connection=connection,
        identity=identity,
        external_id=external_id,
        values=plain,
        known=known,
        known_at=now,
        key_id="bench",
        sort_name=" ".join(words(said["name"])),
        **said,
    )


def write(customers: list[Customer]) -> None:
    """Customers, and by what they are found."""
    from django.db import transaction

    from console.models import Customer
    from console.models.terms import index_new

    for customer, pk in zip(customers, reserve(Customer, len(customers)), strict=True):
        customer.pk = pk
    with transaction.atomic():
        copy(Customer, customers)
        index_new(customers)


def copy(model: type[models.Model], rows: Sequence[models.Model]) -> None:
    """All columns but those that the database fills in by itself."""
    from django.db import connection

    fields = [field for field in model._meta.concrete_fields if is_given(field)]
    listed = ", ".join(f'"{field.column}"' for field in fields)
    with connection.cursor() as cursor, cursor.copy(f"COPY {model._meta.db_table} ({listed}) FROM STDIN") as copying:
        for row in rows:
            copying.write_row([plain(getattr(row, field.attname)) for field in fields])


def is_given(field: models.Field[Any, Any]) -> bool:
    """Whether a new row has to say it."""
    return not field.generated and (field.primary_key or field.db_default is NOT_PROVIDED)


def plain(value: Any) -> Any:
    """As COPY takes it."""
    return json.dumps(value) if isinstance(value, dict | list) else value


def connection_named(name: str, slug: str, options: Mapping[str, str] | None = None) -> Connection:
    """A connection that nothing is sent through."""
    from console.models import Connection

    made, _ = Connection.objects.get_or_create(
        name=name, defaults={"provider_slug": slug, "base_url": "https://bench.example", "options": options or {}}
    )
    return made
