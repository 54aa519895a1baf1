"""Batch rows: writes what many changes at once come to, each table by one statement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from django.db import connection as database

from console.models import Authorship, Change, Event, Line
from console.models.rows import copy_in

if TYPE_CHECKING:
    from console.models import Customer


def write_new(changes: Sequence[Change], lines: Sequence[Line], authorships: Sequence[Authorship]) -> None:
    """New changes with their lines, and who asked for each; their keys were reserved."""
    for rows in (changes, lines, authorships):
        if rows:
            copy_in(rows)


def write_events(events: Sequence[Event], customers: Iterable[Customer]) -> None:
    """What was recorded of many customers, and the heads of their chains; their rows must be locked."""
    if not events:
        return
    copy_in(events)
    heads = [(one.pk, one.chain_length, bytes(one.chain_head), one.places) for one in customers]
    with database.cursor() as cursor:
        cursor.execute(_HEADS, [list(column) for column in zip(*heads, strict=True)])


_HEADS = """
    UPDATE console_customer AS customer SET chain_length = head.length, chain_head = head.hash, places = head.places
    FROM unnest(%s::bigint[], %s::int[], %s::bytea[], %s::int[]) AS head (id, length, hash, places)
    WHERE customer.id = head.id
"""
