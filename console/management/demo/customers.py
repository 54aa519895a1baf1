"""Fills the cache with the sandbox's customers, as a nightly file from each provider would."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import batched

from django.utils import timezone

from console.flows.import_customers import Row, import_customers
from console.management.demo.flawed import some_flawed
from console.models import Connection, Customer
from providers.sandbox import Control, people

NEVER_IMPORTED = 1
"""The last customers of each provider are left out: somebody is to add them by their id."""
AGE = timedelta(hours=20)
AT_ONCE, TOLD_EVERY = 1_000, 50_000


def take_in(connection: Connection, control: Control, first: int | None = None) -> None:
    """Imports those that are missing, all or only the `first` of them, as of last night."""
    there = set(Customer.objects.filter(connection=connection).values_list("external_id", flat=True))
    rows = [row for external_id, row in _rows(connection, control, first) if external_id not in there]
    import_customers(connection, rows, as_of=timezone.now() - AGE)


def take_in_many(connections: Mapping[str, Connection], control: Control, count: int) -> None:
    """Makes customers beyond the sample until there are so many in all, at the providers and here, as of last night.

    What was there before, by a demo that was stopped halfway, is left as it is.
    """
    each = range(people.COUNT, max(count // len(connections), people.COUNT))
    for numbers in batched(each, AT_ONCE):
        for slug, connection in connections.items():
            _take_in(connection, control, slug, numbers)
        done = (numbers[-1] + 1) * len(connections)
        if done // TOLD_EVERY > (numbers[0] * len(connections)) // TOLD_EVERY:
            print(f"Customers: {done:,} of {count:,}.", flush=True)


def _take_in(connection: Connection, control: Control, slug: str, numbers: tuple[int, ...]) -> None:
    records = list(some_flawed(slug, numbers, people.more(slug, numbers)))
    last = connection.provider.external_id({name: records[-1].get(name) for name in connection.provider.identity})
    if Customer.objects.filter(connection=connection, external_id=last).exists():
        return
    control.seed(slug, records)
    rows = [Row(number, record) for number, record in zip(numbers, records, strict=True)]
    import_customers(connection, rows, as_of=timezone.now() - AGE)


def ids(connection: Connection, control: Control) -> list[str]:
    """The external ids of all the provider's customers, in the order of the sandbox."""
    return list(control.records(connection.provider_slug))


def _rows(connection: Connection, control: Control, first: int | None) -> Iterator[tuple[str, Row]]:
    records = list(control.records(connection.provider_slug).items())
    for number, (external_id, record) in enumerate(records[:-NEVER_IMPORTED][:first], start=1):
        yield external_id, Row(number, record)
