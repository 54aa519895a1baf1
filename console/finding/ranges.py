"""Customers by ranges of B-trees in byte order: names, terms and ids that begin like something.

Each range is one of a connection, and asked for as a range: so it stays one, whatever the planner thinks of the words.
Of every connection its share is read first; those that have more give more only where the others had little.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from django.db import connection as database

from console.finding.ranking import Row
from console.models.search import beginnings, dialled_at_home

END = chr(0x10FFFF)
"""Sorts behind every letter."""

type Named = tuple[int, int, str]
"""The key of the connection, that of the customer, and the name that lists sort by."""


def by_names(there: list[int], full_name: str, most: int) -> tuple[list[Named], bool]:
    """Those whose names begin with all of this, and whether these are all."""
    return _fairly(there, most, lambda some, limit: rows(_BY_NAME, some, full_name, full_name + END, limit))


def by_beginnings(there: list[int], sought: list[str], most: int) -> tuple[list[Row], bool]:
    """Those where each word begins a term, or at least stands in one, and whether these are all.

    The words are tried, the longest first, until one has so few that they can be looked at; the others then have to
    stand in the texts of those. Where each of them has too many, it is the first ones of the longest that are.
    """
    first = list[tuple[int, int]]()
    for word in sorted(sought, key=len, reverse=True):
        found, is_all = _beginning(there, word, most)
        if is_all:
            return _with_texts(found, set(sought) - {word}), True
        first = first or found
    return _with_texts(first, sought[1:] and sought), False


def by_ids(there: list[int], text: str) -> list[Row]:
    """Those whose id is this text, as it was typed or in capitals or small letters."""
    return _with_texts(rows(_BY_ID, there, list({text, text.lower(), text.upper()})))


def by_sealed(there: list[int], digests: list[bytes]) -> list[Named]:
    """Those who have one of these digests."""
    return rows(_BY_SEALED, there, digests)


def text_has(words: Iterable[str]) -> tuple[str, list[str]]:
    """The condition that each of the words stands in a text, and its values."""
    spelled = [[word, bare] if (bare := dialled_at_home(word)) else [word] for word in words]
    each = (" OR ".join(["text.text LIKE %s"] * len(ways)) for ways in spelled)
    values = [f"%{database.ops.prep_for_like_query(way)}%" for ways in spelled for way in ways]
    return "".join(f" AND ({condition})" for condition in each), values


def rows(statement: str, *values: Any) -> list[Any]:
    """What a statement finds."""
    with database.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def _beginning(there: list[int], word: str, most: int) -> tuple[list[tuple[int, int]], bool]:
    """Connection and customer of those with a term that begins so: whole terms first, each customer once."""
    begins = beginnings(word)
    ends = [each + END for each in begins]
    found, is_all = _fairly(there, most, lambda some, limit: rows(_BY_TERM, some, begins, ends, limit))
    return list(dict.fromkeys(found)), is_all


def _fairly[Kind: tuple[Any, ...]](
    there: list[int], most: int, read: Callable[[list[int], int], list[Kind]]
) -> tuple[list[Kind], bool]:
    """No more than about `most` of all connections together, and whether these are all."""
    share = -(-most // len(there)) + 1
    found = read(there, share)
    counts = Counter(row[0] for row in found)
    more = [at for at, count in counts.items() if count >= share]
    if not more or len(found) > most:
        return found, not more
    others = [row for row in found if row[0] not in more]
    rest = most - len(others) + 1
    found = read(more, rest)
    return [*others, *found], len(found) < rest


def _with_texts(found: list[tuple[int, int]], words: Iterable[str] = ()) -> list[Row]:
    """Their texts, of those in which all the words stand."""
    condition, values = text_has(words)
    at, keys = [each[0] for each in found], [each[1] for each in found]
    return rows(f"{_TEXTS}{condition}", at, keys, *values) if found else []


# Written out: composing them takes longer than reading the ranges.
_BY_NAME = """
    SELECT here.at, found.id, found.sort_name FROM unnest(%s::bigint[]) AS here (at) CROSS JOIN LATERAL (
        SELECT id, sort_name FROM console_customer
        WHERE connection_id = here.at AND sort_name >= %s AND sort_name < %s
        ORDER BY sort_name, id LIMIT %s
    ) found
"""
_BY_TERM = """
    SELECT here.at, found.customer_id FROM unnest(%s::integer[]) AS here (at)
    CROSS JOIN unnest(%s::varchar[], %s::varchar[]) AS range (first, last) CROSS JOIN LATERAL (
        SELECT customer_id FROM console_searchterm
        WHERE connection_id = here.at AND term >= range.first AND term < range.last
        ORDER BY term, customer_id LIMIT %s
    ) found
"""
_BY_ID = """
    SELECT connection_id, id FROM console_customer
    WHERE connection_id = ANY(%s::bigint[]) AND external_id = ANY(%s::varchar[]) LIMIT 100
"""
_BY_SEALED = """
    SELECT connection_id, id, sort_name FROM console_customer
    WHERE connection_id = ANY(%s) AND id IN (SELECT customer_id FROM console_blindterm WHERE digest = ANY(%s::bytea[]))
    ORDER BY sort_name, id
"""
# One by one, so that they are looked up by their keys whatever the planner thinks of the words.
_TEXTS = """
    SELECT text.connection_id, text.customer_id, text.text
    FROM unnest(%s::integer[], %s::bigint[]) AS found (at, customer) CROSS JOIN LATERAL (
        SELECT connection_id, customer_id, text FROM console_searchtext
        WHERE connection_id = found.at AND customer_id = found.customer LIMIT 1
    ) AS text
    WHERE TRUE"""
