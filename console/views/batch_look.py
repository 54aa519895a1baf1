"""A look at what a batch asks for: its lines counted by what becomes of each field, what stands out, a few at random.

All of that is found out from the lines as they would be sent, not from what was said when the batch was made. Values
are opened to be counted and are not kept: what is remembered of a batch are counts, sentences and places.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import batched
from typing import TYPE_CHECKING, Any

from django.db import connection as database

from console.dry_run import DryRun, Example, Outlier, Summary
from console.errors import KeyMissing
from console.models import Batch, Customer
from console.models.rows import Table

if TYPE_CHECKING:
    from providers.base import Provider
    from providers.fields import Value

MOST_LOOKED_AT = 10_000
AT_ONCE = 1000
AT_RANDOM = 5
DRAWS = 64  # places that are tried at once: of those that are rows of a file not all became a change


@dataclass(frozen=True, slots=True)
class Look:
    """What was found; `looked_at` of all the changes, drawn at random where those are too many to look at each."""

    summary: Summary
    looked_at: int
    unreadable: int
    is_all: bool


@dataclass(frozen=True, slots=True)
class _Outline:
    """What of a look holds no value: of what stands out, where it stands."""

    summary: Summary
    places: tuple[tuple[int, ...], ...]
    looked_at: int
    unreadable: int


@dataclass(frozen=True, slots=True)
class Asked:
    """One change: what its author saw, and what is to be."""

    place: int
    customer: Customer
    before: Mapping[str, Value]
    after: Mapping[str, Value]


def look_at(batch: Batch) -> Look:
    """Looks at a batch that was put together: always at others at random."""
    outline = _outline(batch.pk, bytes(batch.digest), batch.connection.provider, batch.size)
    sample = _at_random(batch.pk, AT_RANDOM)
    wanted = {place for places in outline.places for place in places} | set(sample)
    shown = examples_at(batch, wanted)
    outliers = tuple(
        replace(outlier, examples=tuple(shown[place] for place in places if place in shown))
        for outlier, places in zip(outline.summary.outliers, outline.places, strict=True)
    )
    summary = replace(outline.summary, outliers=outliers, sample=tuple(shown[at] for at in sample if at in shown))
    return Look(summary, outline.looked_at, outline.unreadable, outline.looked_at + outline.unreadable >= batch.size)


@lru_cache(maxsize=64)
def _outline(batch: int, digest: bytes, provider: Provider, size: int) -> _Outline:  # noqa: ARG001 - tells it from others
    """Counted once for a batch as it stands: its lines are other ones only under another digest."""
    run, unreadable = DryRun(provider, sample=0), 0
    for some in batched(_places(batch, size), AT_ONCE):
        for asked in opened(batch, some):
            if asked is None:
                unreadable += 1
                continue
            run.look(asked.place, asked.before, asked.after, customer=asked.customer.pk, judged=())
    found = run.summary()
    places = tuple(tuple(example.row for example in outlier.examples) for outlier in found.outliers)
    bare = tuple(_bare(outlier) for outlier in found.outliers)
    return _Outline(replace(found, outliers=bare, sample=()), places, found.rows, unreadable)


def _bare(outlier: Outlier) -> Outlier:
    return replace(outlier, examples=())


def examples_at(batch: Batch, places: Iterable[int]) -> dict[int, Example]:
    """These as a page shows them, by place; what can't be opened any more is left out."""
    wanted = sorted(places)
    run = DryRun(batch.connection.provider, sample=len(wanted))
    for asked in opened(batch.pk, wanted):
        if asked:
            who = str(asked.customer)
            run.look(asked.place, asked.before, asked.after, customer=asked.customer.pk, who=who, judged=())
    return {example.row: example for example in run.summary().sample}


def _places(batch: int, size: int) -> list[int]:
    """Of all its changes, or of some at random where there are too many to look at each."""
    if size > MOST_LOOKED_AT:
        return sorted(_at_random(batch, MOST_LOOKED_AT))
    with database.cursor() as cursor:
        cursor.execute(_ALL, [batch])
        return [place for (place,) in cursor.fetchall()]


def _at_random(batch: int, count: int) -> list[int]:
    """So many places, each change as likely as any other: numbers are drawn until enough of them are changes."""
    with database.cursor() as cursor:
        cursor.execute(_ENDS, [batch])
        first, last = cursor.fetchone()
        if first is None:
            return []
        found = dict[int, None]()
        for _ in range(DRAWS):
            drawn = random.sample(range(first, last + 1), min(last + 1 - first, max(count * 2, DRAWS)))
            cursor.execute(_THERE, [batch, drawn])
            there = {place for (place,) in cursor.fetchall()}
            found |= dict.fromkeys(place for place in drawn if place in there)
            if len(found) >= count or len(drawn) == last + 1 - first:
                break
    return list(found)[:count]


def opened(batch: int, places: Iterable[int]) -> Iterator[Asked | None]:
    """The changes at these places; None for one whose values can no longer be read."""
    with database.cursor() as cursor:
        cursor.execute(_LINES, [batch, list(places)])
        rows = cursor.fetchall()
    for place, *row, lines in rows:
        customer = _CUSTOMER.of(row)
        try:
            yield Asked(place, customer, *_values(customer, lines))
        except KeyMissing:
            yield None


def _values(customer: Customer, lines: Iterable[list[Any]]) -> tuple[dict[str, Value], dict[str, Value]]:
    before, after = dict[str, Any](), dict[str, Any]()
    for field, sealed_before, sealed_after, had_before in lines:
        if had_before:
            before[field] = customer.key.open("line before", field, bytes.fromhex(sealed_before))
        after[field] = customer.key.open("line after", field, bytes.fromhex(sealed_after))
    return before, after


_CUSTOMER = Table(
    Customer,
    "customer",
    only=("id", "connection_id", "external_id", "name", "identity", "key_id", "wrapped_key", "erased_at"),
)
_ALL = "SELECT batch_place FROM console_change WHERE batch_id = %s ORDER BY batch_place"
_ENDS = "SELECT min(batch_place), max(batch_place) FROM console_change WHERE batch_id = %s"
_THERE = "SELECT batch_place FROM console_change WHERE batch_id = %s AND batch_place = ANY(%s)"
_LINES = f"""
    SELECT change.batch_place, {_CUSTOMER.columns}, (
        SELECT json_agg(json_build_array(
            line.field, encode(line.sealed_before, 'hex'), encode(line.sealed_after, 'hex'), line.had_before
        ) ORDER BY line.position)
        FROM console_line line WHERE line.change_id = change.id
    )
    FROM console_change change JOIN console_customer customer ON customer.id = change.customer_id
    WHERE change.batch_id = %s AND change.batch_place = ANY(%s) ORDER BY change.batch_place
"""  # noqa: S608 - of our own names
