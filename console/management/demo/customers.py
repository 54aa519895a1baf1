"""Fills the cache with the sandbox's customers, as a nightly file from each provider would."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.utils import timezone

from console.flows.import_customers import Row, import_customers
from console.models import Connection, Customer
from providers.sandbox import Control

NEVER_IMPORTED = 1
"""The last customers of each provider are left out: somebody is to add them by their id."""
AGE = timedelta(hours=20)


def take_in(connection: Connection, control: Control, first: int | None = None) -> None:
    """Imports those that are missing, all or only the `first` of them, as of last night."""
    there = set(Customer.objects.filter(connection=connection).values_list("external_id", flat=True))
    rows = [row for external_id, row in _rows(connection, control, first) if external_id not in there]
    import_customers(connection, rows, as_of=timezone.now() - AGE)


def ids(connection: Connection, control: Control) -> list[str]:
    """The external ids of all the provider's customers, in the order of the sandbox."""
    return list(control.records(connection.provider_slug))


def _rows(connection: Connection, control: Control, first: int | None) -> Iterator[tuple[str, Row]]:
    records = list(control.records(connection.provider_slug).items())
    for number, (external_id, record) in enumerate(records[:-NEVER_IMPORTED][:first], start=1):
        yield external_id, Row(number, record)
