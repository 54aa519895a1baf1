"""Finding customers: the best matches first, in a time that does not grow with their number.

Two ranges over B-trees in byte order: names that begin with the whole text, and customers whose terms begin with its
words. Neither is read further than asked, `MOST` at the utmost, and the rows that come are put in order here: a sort
in the database would make it collect every match of a common name first, or walk all names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any, NamedTuple

from django.db import connection as database

from console.models import Connection, blind
from console.models.search import beginnings, fold, search_words, words

MOST = 1000
TERMS_A_CUSTOMER = 2  # of one word: a name and an e-mail often begin alike
ENOUGH = 200  # to look through, when there are more


class Match(IntEnum):
    """How well a customer matches; the better, the smaller."""

    EXACT_ID = 0
    EXACT = 1
    FULL_NAME = 2
    NAME_WORDS = 3
    WHOLE_TERM = 4
    OTHER = 5


class Hit(NamedTuple):
    """One customer that matches, in the order in which they are shown; a tuple, since a thousand of them are sorted."""

    match: Match
    sort_name: str
    pk: int
    connection: int


@dataclass(frozen=True, slots=True)
class Found:
    """What was found, the best first. `is_all` is false where there are more than anybody would look through."""

    hits: Sequence[Hit] = ()
    sought: Sequence[str] = ()
    is_all: bool = True

    @property
    def exact(self) -> int | None:
        """The one customer whose id the text is."""
        exact = [hit.pk for hit in self.hits[:2] if hit.match is Match.EXACT_ID]
        return exact[0] if len(exact) == 1 else None

    @property
    def by_connection(self) -> Counter[int]:
        """How many at each connection."""
        return Counter(hit.connection for hit in self.hits)

    def at(self, connection: int) -> Found:
        """Only those at one connection."""
        return replace(self, hits=[hit for hit in self.hits if hit.connection == connection])


NOTHING = Found()


def find(connections: Iterable[Connection], text: str, most: int | None = None) -> Found:
    """Those at these connections where each word of the text begins a word of name, e-mail, id or phone.

    A phone is found by its last digits too, and by the number as it is dialled at home; a document by its whole number.
    `most`: no more are looked at, where only the first few of them are shown.
    """
    connections = list(connections)
    sought, there = search_words(text), [connection.pk for connection in connections]
    if not (sought and there):
        return Found(sought=sought)
    most = min(most or MOST, MOST)
    found = _find(there, text, sought, most)
    return _with_those_found_whole(found, connections, text)


def may_be_hidden(connections: Iterable[Connection], text: str) -> bool:
    """Whether the text may be the whole of a value that is sealed at one of these connections."""
    return blind.has_number(blind.whole(text)) and any(blind.fields_found_whole(each.provider) for each in connections)


def _with_those_found_whole(found: Found, connections: Sequence[Connection], text: str) -> Found:
    """And those where the text is the whole of a value that is sealed: nobody sees it, and they come first."""
    digests = blind.sought(((each.pk, each.provider) for each in connections), text)
    if not digests:
        return found
    rows = _customers(_BY_BLIND_TERM, [connection.pk for connection in connections], digests)
    whole = [Hit(Match.EXACT, sort_name, pk, connection) for pk, sort_name, connection, *_ in rows]
    known = {hit.pk for hit in whole}
    return (
        replace(found, hits=sorted([*whole, *(hit for hit in found.hits if hit.pk not in known)])) if whole else found
    )


def _find(there: list[int], text: str, sought: list[str], most: int) -> Found:
    full_name = " ".join(words(text))
    rows = _customers(_BY_NAME, there, _beginning(full_name), most + 1)
    is_all = len(rows) <= most
    if is_all:
        others, is_all = _by_terms(there, sought, most)
        rows += others
    else:
        rows += _customers(_BY_ID, there, [text, text.lower(), text.upper()], most)
    hits = sorted({row[0]: _hit(row, full_name, sought) for row in rows}.values())
    return Found(hits[:most], sought, is_all and len(hits) <= most)


type Row = tuple[int, str, int, str, str, str]


def _by_terms(there: list[int], sought: list[str], most: int) -> tuple[list[Row], bool]:
    """Those whose terms begin with the words, and whether these are all.

    The terms are read first, whoever may be found by them. Where they are many and few of those first ones are here,
    a second look goes through the customers that are.
    """
    terms = most * TERMS_A_CUSTOMER
    read = _beginning_with_all(sought, terms + 1)
    rows = _customers(_BY_KEY, there, list(set(read))) if read else []
    is_all = len(read) <= terms
    if is_all or len(rows) >= min(ENOUGH, most // 2):
        return rows, is_all
    both = _beginning_with_all(sought, most + 1, there)
    whole = _keys(_WHOLE, there, sought[0], most) if len(sought) == 1 else []
    return _customers(_BY_KEY, there, list({*both, *whole})), len(both) <= most


def _beginning_with_all(sought: list[str], most: int, there: list[int] | None = None) -> list[int]:
    """Keys of customers by ranges of the index: linear in their lengths, whichever word is the common one.

    Of one word the whole ones come before those that it only begins.
    """
    ranges = [[_beginning(each) for each in beginnings(word)] for word in sought]
    if there is None and len(ranges) == 1:
        return _keys(f"{_BY_TERM} ORDER BY term, customer_id LIMIT %s", *ranges, most)
    parts, values = [f"({_BY_TERM})"] * len(ranges), list[Any](ranges)
    if there is not None:
        parts, values = [*parts, f"({_HERE})"], [*values, there]
    return _keys(f"{' INTERSECT '.join(parts)} LIMIT %s", *values, most)


def _beginning(text: str) -> str:
    """What LIKE takes for everything that begins with the text."""
    return f"{database.ops.prep_for_like_query(text)}%"


def _keys(statement: str, *values: Any) -> list[int]:
    with database.cursor() as cursor:
        cursor.execute(statement, values)
        return [key for (key,) in cursor.fetchall()]


def _customers(statement: str, *values: Any) -> list[Row]:
    with database.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


# Written out: composing them takes longer than reading the ranges.
_SHOWN = "SELECT id, sort_name, connection_id, external_id, email, phone FROM console_customer"
_THERE = "connection_id = ANY(%s)"
_BY_NAME = f"{_SHOWN} WHERE {_THERE} AND sort_name::text LIKE %s ORDER BY sort_name, id LIMIT %s"
_BY_ID = f"{_SHOWN} WHERE {_THERE} AND external_id = ANY(%s) LIMIT %s"
_BY_KEY = f"{_SHOWN} WHERE {_THERE} AND id = ANY(%s)"
_BY_BLIND_TERM = f"""{_SHOWN} WHERE {_THERE} AND id IN (
    SELECT customer_id FROM console_blindterm WHERE digest = ANY(%s::bytea[])) ORDER BY sort_name, id"""  # noqa: S608 - of our own words
_HERE = f"SELECT id FROM console_customer WHERE {_THERE}"  # noqa: S608 - of our own words
_BY_TERM = "SELECT customer_id FROM console_searchterm WHERE term::text LIKE ANY(%s)"
_WHOLE = f"""
    SELECT customer.id FROM console_customer customer JOIN console_searchterm ON customer_id = customer.id
    WHERE customer.connection_id = ANY(%s) AND term = %s LIMIT %s
"""  # noqa: S608 - of our own words


def _hit(row: Row, full_name: str, sought: list[str]) -> Hit:
    pk, sort_name, connection, *_ = row
    return Hit(_match(row, full_name, sought), sort_name, pk, connection)


def _match(row: Row, full_name: str, sought: list[str]) -> Match:
    _, sort_name, _, external_id, email, phone = row
    digits = "".join(filter(str.isdigit, phone)) if sought[0].isdigit() else "none"
    if full_name == fold(external_id):
        return Match.EXACT_ID
    if full_name == fold(email) or sought == [digits]:
        return Match.EXACT
    if sort_name.startswith(full_name):
        return Match.FULL_NAME
    if _begin(sought, sort_name.split(" ")):
        return Match.NAME_WORDS
    return Match.WHOLE_TERM if digits.endswith(sought[0]) else Match.OTHER


def _begin(sought: Iterable[str], held: Sequence[str]) -> bool:
    return all(any(word.startswith(each) for word in held) for each in sought)
