"""Customers by ranges of B-trees in byte order: names, terms and ids that begin like something.

Each range is one of a connection, and asked for as a range: so it stays one, whatever the planner thinks of the words.
The terms say so much that hardly a text has to be read: those of names have the whole name, and lie apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from enum import IntEnum
from typing import Any

from django.db import connection as database

from console.finding.ranking import LAST, Row, Term
from console.models.search import BACKWARDS, NAME, NAMED, beginnings, dialled_at_home, unnamed_beginnings

CLOSELY = 100  # of those found by another word than a name's, whose texts are read to tell how well they match
_WHOLE = "\1"  # behind a term, and before all that goes on

type Named = tuple[int, int, str]
"""The key of the connection, that of the customer, and the name that lists sort by."""


class By(IntEnum):
    """Through which range somebody was found, those that match best first."""

    WHOLE = 1
    FULL_NAME = 2
    NAMED = 3
    OTHER = 4


type Begun = tuple[By, Term]


def by_word(there: list[int], full_name: str, word: str, most: int) -> tuple[list[Begun], bool]:
    """Those with a term that begins so, each term of theirs, the best first, and whether these are all."""
    kinds = {(word, word + _WHOLE): By.WHOLE, _range(NAME + full_name): By.FULL_NAME}
    kinds |= {_range(begins + word): By.NAMED for begins in (NAME, NAMED) if begins + word != NAME + full_name}
    kinds |= {_range(each): By.OTHER for each in sorted(unnamed_beginnings(word), key=_is_forwards)}
    limit, by = _reach(there, most), list(kinds.values())
    found = rows(_BY_TERM, there, *map(list, zip(*kinds, strict=True)), limit, limit)
    counts = Counter(row[0] for row in found)
    return [(by[number - 1], (at, pk, term)) for at, number, pk, term in found], all(
        count < limit for count in counts.values()
    )


def by_names(there: list[int], full_name: str, sought: list[str], most: int) -> tuple[list[Begun], bool]:
    """Those in whose names each of several words begins one, and whether these are all.

    The names that have one of the words are looked through, the longest word first, until there is one that so few have
    that it can be all of them; otherwise they are those who have the words in the order in which they were typed.
    """
    for word in _longest_first(sought):
        found, is_all = _with_words(there, full_name, [NAME + word, NAMED + word], set(sought) - {word}, most)
        if is_all:
            return found, True
    return _with_words(there, full_name, [NAMED + " ".join(sought)], (), most)[0], False


def _with_words(
    there: list[int], full_name: str, begins: list[str], words: Iterable[str], most: int
) -> tuple[list[Begun], bool]:
    limit, others = _reach(there, most), [f"% {database.ops.prep_for_like_query(word)}%" for word in words]
    seen = rows(_NAMES_WITH, there, others, *_bounds([NAME + full_name, *begins]), limit)
    found = [
        (By.FULL_NAME if place == 1 else By.NAMED, (at, pk, term))
        for at, place, _, keys, terms in seen
        for pk, term in zip(keys or (), terms or (), strict=True)
    ]
    return found, all(number < limit for _, _, number, _, _ in seen)


def by_beginnings(there: list[int], sought: list[str], most: int) -> tuple[list[Row], bool]:
    """Those where each word begins a term, or at least stands in one, and whether these are all.

    The words are tried, the longest first, until one has so few that they can be looked at; the others then have to
    stand in the texts of those. Where each of them has too many, it is the first ones of the longest that are.
    """
    limit, tried = _reach(there, most), _longest_first(sought)
    for word in tried:
        seen = [number for (number,) in rows(_HOW_MANY, there, *_bounds(beginnings(word)), limit)]
        if max(seen) < limit and sum(seen) <= 2 * most:  # a person may have it in name and e-mail
            return _with_others(there, word, sought, limit), True
    return _with_others(there, tried[0], sought, _share(there, most)), False


def by_ids(there: list[int], text: str) -> list[Row]:
    """Those whose id is this text, as it was typed or in capitals or small letters; NUL stands in none."""
    if "\0" in text:
        return []
    return with_texts(rows(_BY_ID, there, list({text, text.lower(), text.upper()})))


def with_texts(found: Iterable[tuple[int, int]]) -> list[Row]:
    """The texts of these, by their connections and customers."""
    keys = list(found)
    return rows(_TEXTS, [at for at, _ in keys], [pk for _, pk in keys]) if keys else []


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


def _with_others(there: list[int], word: str, sought: list[str], limit: int) -> list[Row]:
    """The texts of those with a term that begins like the word, in which all others stand."""
    condition, values = text_has(set(sought) - {word})
    return rows(f"{_TEXTS_WITH}{condition}", there, *_bounds(beginnings(word)), limit, *values)


def _range(begins: str) -> tuple[str, str]:
    return begins, begins + LAST


def _is_forwards(begins: str) -> bool:
    return not begins.startswith(BACKWARDS)


def _bounds(begins: list[str]) -> tuple[list[str], list[str]]:
    return begins, [each + LAST for each in begins]


def _longest_first(sought: Iterable[str]) -> list[str]:
    return sorted(sought, key=len, reverse=True)


def _share(there: list[int], most: int) -> int:
    return -(-most // len(there)) + 1


def _reach(there: list[int], most: int) -> int:
    """How far each range of each connection is looked through for one word where there are others."""
    return min(most, 4 * _share(there, most)) + 1


# Written out: composing them takes longer than reading the ranges. The ranges are read one after the other until there
# are enough; those who have the whole word are so few as are looked at closely, since a town may be one.
_BY_TERM = """
    SELECT here.at, found.number, found.customer_id, found.term FROM unnest(%s::integer[]) AS here (at)
    CROSS JOIN LATERAL (
        SELECT range.number, few.customer_id, few.term
        FROM unnest(%s::varchar[], %s::varchar[]) WITH ORDINALITY AS range (first, last, number) CROSS JOIN LATERAL (
            SELECT customer_id, term FROM console_searchterm
            WHERE connection_id = here.at AND term >= range.first AND term < range.last
            ORDER BY term, customer_id LIMIT CASE range.number WHEN 1 THEN 100 ELSE %s END
        ) AS few LIMIT %s
    ) AS found
"""
_HOW_MANY = """
    SELECT found.number FROM unnest(%s::integer[]) AS here (at)
    CROSS JOIN unnest(%s::varchar[], %s::varchar[]) AS range (first, last) CROSS JOIN LATERAL (
        SELECT count(*) FROM (
            SELECT FROM console_searchterm
            WHERE connection_id = here.at AND term >= range.first AND term < range.last LIMIT %s
        ) AS few
    ) AS found (number)
"""
_NAMES_WITH = """
    SELECT here.at, range.place, found.number, found.keys, found.terms
    FROM unnest(%s::integer[]) AS here (at) CROSS JOIN (SELECT %s::varchar[]) AS others (each)
    CROSS JOIN unnest(%s::varchar[], %s::varchar[]) WITH ORDINALITY AS range (first, last, place) CROSS JOIN LATERAL (
        SELECT count(*), array_agg(few.customer_id) FILTER (WHERE few.fits), array_agg(few.term) FILTER (WHERE few.fits)
        FROM (
            SELECT named.*, range.place = 1 OR named.term LIKE ALL (others.each) AS fits FROM (
                SELECT customer_id, term FROM console_searchterm
                WHERE connection_id = here.at AND term >= range.first AND term < range.last
                ORDER BY term, customer_id LIMIT %s
            ) AS named
        ) AS few
    ) AS found (number, keys, terms)
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
    """
_TEXTS_WITH = """
    SELECT text.connection_id, text.customer_id, text.text FROM (
        SELECT DISTINCT here.at, found.customer_id FROM unnest(%s::integer[]) AS here (at)
        CROSS JOIN unnest(%s::varchar[], %s::varchar[]) AS range (first, last) CROSS JOIN LATERAL (
            SELECT customer_id FROM console_searchterm
            WHERE connection_id = here.at AND term >= range.first AND term < range.last
            ORDER BY term, customer_id LIMIT %s
        ) found
    ) AS found CROSS JOIN LATERAL (
        SELECT connection_id, customer_id, text FROM console_searchtext
        WHERE connection_id = found.at AND customer_id = found.customer_id LIMIT 1
    ) AS text
    WHERE TRUE"""
