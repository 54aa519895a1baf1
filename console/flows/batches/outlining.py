"""Outlining: what a batch asks for, counted by what becomes of each field, and what of it stands out.

It is found out from the lines as they would be sent, not from what was said when the batch was made: once, by whoever
puts the batch together, and kept with it, so that the page of a large one does not open thousands of values for each
who looks. What is kept of it are counts, sentences and places, and no value.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import batched
from typing import TYPE_CHECKING, Any

from django.db import connection as database

from console.dry_run import DryRun, Oddity, Outlier, Summary
from console.errors import KeyMissing
from console.models import Batch, Customer
from console.models.rows import Table

if TYPE_CHECKING:
    from providers.fields import Value

MOST_LOOKED_AT = 10_000
AT_ONCE = 1000
DRAWS = 64  # places that are tried at once: of those that are rows of a file not all became a change


@dataclass(frozen=True, slots=True)
class Outline:
    """What was found: the summary without its examples; of what stands out, in the same order, at which places;
    `looked_at` of all the changes, drawn at random where those are too many to look at each.
    """

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


def outline(batch: Batch) -> Outline:
    """Looks at its changes as they stand now, however long that takes."""
    run, unreadable = DryRun(batch.connection.provider, sample=0), 0
    for some in batched(_places(batch), AT_ONCE):
        for asked in opened(batch.pk, some):
            if asked is None:
                unreadable += 1
                continue
            run.look(asked.place, asked.before, asked.after, customer=asked.customer.pk, judged=())
    found = run.summary()
    places = tuple(tuple(example.row for example in outlier.examples) for outlier in found.outliers)
    bare = tuple(replace(outlier, examples=()) for outlier in found.outliers)
    return Outline(replace(found, outliers=bare, sample=()), places, found.rows, unreadable)


def to_keep(batch: Batch, found: Outline) -> dict[str, Any]:
    """As it stands in the row of the batch, with what it was found by."""
    outliers = [
        [one.oddity.name, one.name, one.label, one.sentence, one.count, list(places)]
        for one, places in zip(found.summary.outliers, found.places, strict=True)
    ]
    counted = {"counted": found.summary.counted(), "outliers": outliers}
    return {**counted, "looked_at": found.looked_at, "unreadable": found.unreadable, **_by(batch)}


def kept(batch: Batch) -> Outline | None:
    """What was found when it was put together; None where nothing was, or by other rules or of another batch."""
    told = batch.outline
    if not told or any(told.get(name) != by for name, by in _by(batch).items()):
        return None
    outliers = tuple(
        Outlier(Oddity[oddity], name, label, sentence, count, ())
        for oddity, name, label, sentence, count, _ in told["outliers"]
    )
    summary = replace(Summary.of(told["counted"], {}, batch.connection.provider), outliers=outliers)
    return Outline(summary, tuple(tuple(one[-1]) for one in told["outliers"]), told["looked_at"], told["unreadable"])


def opened(batch: int, places: Iterable[int], *, here: bool = False) -> Iterator[Asked | None]:
    """The changes at these places, or those that are still `here`, waiting for their batch; None for one whose values
    can no longer be read.
    """
    with database.cursor() as cursor:
        cursor.execute(_LINES.format(which=_WHICH[here]), [batch, list(places)])
        rows = cursor.fetchall()
    for place, *row, fields, befores, afters, known in rows:
        customer = _CUSTOMER.of(row)
        try:
            yield Asked(place, customer, *_values(customer, zip(fields, befores, afters, known, strict=True)))
        except KeyMissing:
            yield None


def at_random(batch: int, count: int, *, here: bool = False) -> list[int]:
    """So many places, each change as likely as any other, or each that is still `here`: numbers are drawn until enough
    of them are such.
    """
    which = _WHICH[here]
    with database.cursor() as cursor:
        cursor.execute(_ENDS.format(which=which), [batch])
        first, last = cursor.fetchone()
        if first is None:
            return []
        found = dict[int, None]()
        for _ in range(DRAWS):
            drawn = random.sample(range(first, last + 1), min(last + 1 - first, max(count * 2, DRAWS)))
            cursor.execute(_THERE.format(which=which), [batch, drawn])
            there = {place for (place,) in cursor.fetchall()}
            found |= dict.fromkeys(place for place in drawn if place in there)
            if len(found) >= count or len(drawn) == last + 1 - first:
                break
    return list(found)[:count]


def _by(batch: Batch) -> dict[str, str]:
    """What an outline is true by: the lines that the digest stands for, and the rules that say what is hidden."""
    return {"digest": bytes(batch.digest).hex(), "rules": batch.connection.provider.rules_version}


def _places(batch: Batch) -> list[int]:
    """Of all its changes, or of some at random where there are too many to look at each."""
    if batch.size > MOST_LOOKED_AT:
        return sorted(at_random(batch.pk, MOST_LOOKED_AT))
    with database.cursor() as cursor:
        cursor.execute(_ALL, [batch.pk])
        return [place for (place,) in cursor.fetchall()]


def _values(
    customer: Customer, lines: Iterable[tuple[str, bytes, bytes, bool]]
) -> tuple[dict[str, Value], dict[str, Value]]:
    before, after = dict[str, Any](), dict[str, Any]()
    for field, sealed_before, sealed_after, had_before in lines:
        if had_before:
            before[field] = customer.key.open("line before", field, sealed_before)
        after[field] = customer.key.open("line after", field, sealed_after)
    return before, after


_CUSTOMER = Table(
    Customer,
    "customer",
    only=("id", "connection_id", "external_id", "name", "identity", "key_id", "wrapped_key", "erased_at"),
)
_ALL = "SELECT batch_place FROM console_change WHERE batch_id = %s ORDER BY batch_place"
_WHICH = {False: "true", True: "change.status = 'proposed' AND change.wait = 'batch'"}
_ENDS = """
    SELECT min(batch_place), max(batch_place) FROM console_change change WHERE batch_id = %s AND {which}
"""
_THERE = "SELECT batch_place FROM console_change change WHERE batch_id = %s AND batch_place = ANY(%s) AND {which}"
_LINES = f"""
    SELECT change.batch_place, {_CUSTOMER.columns}, line.fields, line.befores, line.afters, line.known
    FROM console_change change JOIN console_customer customer ON customer.id = change.customer_id
        JOIN LATERAL (
            SELECT array_agg(field ORDER BY position) AS fields, array_agg(sealed_before ORDER BY position) AS befores,
                array_agg(sealed_after ORDER BY position) AS afters, array_agg(had_before ORDER BY position) AS known
            FROM console_line WHERE change_id = change.id
        ) line ON line.fields IS NOT NULL
    WHERE change.batch_id = %s AND change.batch_place = ANY(%s) AND {{which}} ORDER BY change.batch_place
"""  # noqa: S608 - of our own names
