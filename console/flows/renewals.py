"""Renewals: each kind of thing that the key ring sealed, how to tell under which key it is, and how it is sealed anew.

A row is written only if it is still what was read, and nobody has it locked just then: nobody waits for this, and
nothing that is saved meanwhile is lost to it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from django.db import connection as database
from django.db import transaction

from console.accounts.secrets import PURPOSE as FACTOR
from console.backend import SessionStore
from console.errors import KeyMissing
from console.models import Change, Connection, Customer, Status, blind
from console.models.digests import shape_of
from console.models.listing import SEALED_AS as VIEW
from console.models.sealing import KeyRing, key_ring

if TYPE_CHECKING:
    from providers.fields import Field

AT_ONCE = 100
FEW = 10  # customers, who are locked while their numbers are opened
SESSION, SEARCH = "session", "search"


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows in the order of their keys: the last of them; how many were moved, were in use, could not be opened."""

    last: int
    moved: int = 0
    in_use: int = 0
    lost: int = 0


@dataclass(frozen=True, slots=True)
class Rows:
    """A column of a table that holds what the ring sealed. `place` is what the sealing is bound to, as SQL.

    `key_of` tells of a value the key; `renewed` makes it anew under the current one, of its place and itself.
    """

    what: str
    table: str
    column: str
    kind: str  # bytea, text or jsonb
    key_of: Callable[[Any], str]
    renewed: Callable[[str, Any], Any]
    place: str = "''"

    is_fixed: bool = False  # history holds a fingerprint of the ciphertext: it stays as it is, for good

    def under(self) -> Counter[str]:
        """How many are under each key; "" where the ring has none that fits."""
        if self.kind == "bytea":
            return Counter(dict(_rows(_BY_KEY.format(**self._names))))
        found = _rows(_ALL.format(**self._names), 0, None)
        return Counter(self.key_of(sealed) for _, _, sealed in found)

    def batch(self, after: int) -> Batch | None:
        """The next ones that are under another key; None at the end."""
        rows = [] if self.is_fixed else self._next(after)
        if not rows:
            return None
        current = key_ring().current
        behind = [row for row in rows if self.key_of(row[-1]) != current]
        anew = [(pk, sealed, new) for pk, place, sealed in behind if (new := self._anew(place, sealed)) is not None]
        moved = self._write(anew)
        return Batch(rows[-1][0], moved, len(anew) - moved, len(behind) - len(anew))

    def _next(self, after: int) -> list[tuple[Any, ...]]:
        if self.kind != "bytea":
            return _rows(_ALL.format(**self._names), after, AT_ONCE)
        begins = f"{key_ring().current}:".encode()
        return _rows(_BEHIND.format(**self._names), after, len(begins), begins, AT_ONCE)

    def _anew(self, place: str, sealed: Any) -> Any:
        """Nothing where no key of the ring opens it."""
        try:
            return self.renewed(place, sealed)
        except KeyMissing:
            return None

    def _write(self, rows: Sequence[tuple[int, Any, Any]]) -> int:
        """How many could be written."""
        if not rows:
            return 0
        keys, olds, anew = map(list, zip(*rows, strict=True))
        return len(_rows(_WRITE.format(**self._names), keys, keys, olds, anew))

    @property
    def _names(self) -> dict[str, str]:
        passed = "text" if self.kind == "jsonb" else self.kind
        return {"table": self.table, "column": self.column, "place": self.place, "kind": self.kind, "passed": passed}


def _wrapped(key_id: str, wrapped: bytes) -> bytes:
    return key_ring().wrap(key_ring().unwrap(key_id, wrapped))


def _bytes(purpose: str) -> Callable[[str, bytes], bytes]:
    return lambda place, sealed: key_ring().seal_bytes(purpose, place, key_ring().open_bytes(purpose, place, sealed))


def _text(purpose: str) -> Callable[[str, str], str]:
    return lambda _, sealed: key_ring().seal(purpose, key_ring().open(purpose, sealed))


def _session(place: str, sealed: bytes) -> bytes:
    """What it holds, and the searches in it, which are sealed once more."""
    store = SessionStore()
    held = store.decode(key_ring().open_bytes(SESSION, place, sealed).decode())
    held = {name: _each_text(SEARCH, value) for name, value in held.items()}
    return key_ring().seal_bytes(SESSION, place, store.encode(held).encode())


def _factor(_: str, data: str) -> str:
    return json.dumps(_each_text(FACTOR, json.loads(data)))


def _each_text(purpose: str, held: Any) -> Any:
    """The same, with whatever in it the ring sealed for this purpose sealed anew."""
    if isinstance(held, dict):
        return {name: _each_text(purpose, value) for name, value in held.items()}
    if isinstance(held, list):
        return [_each_text(purpose, value) for value in held]
    is_sealed = isinstance(held, str) and key_ring().key_of_text(purpose, held)
    return _text(purpose)("", held) if is_sealed else held


def _of_factor(data: str) -> str:
    """Another key than the current one, where any of its texts is under that; a passkey has nothing to hide."""
    current, found = key_ring().current, set(_keys_in(json.loads(data)))
    return next(iter(found - {current}), current)


def _keys_in(held: Any) -> list[str]:
    if isinstance(held, (dict, list)):
        return [key for value in (held.values() if isinstance(held, dict) else held) for key in _keys_in(value)]
    key = key_ring().key_of_text(FACTOR, held) if isinstance(held, str) else ""
    return [key] if key else []


def _of_text(purpose: str) -> Callable[[str], str]:
    return lambda sealed: key_ring().key_of_text(purpose, sealed)


@dataclass(frozen=True, slots=True)
class BlindTerms:
    """By what sealed numbers are found; written too for customers who came before it was, so that they are found."""

    what: str = "numbers of documents, to be found by"

    def under(self) -> Counter[str]:
        """How many digests were made by each key."""
        return Counter(dict(_rows("SELECT key, count(*) FROM console_blindterm GROUP BY key")))

    @transaction.atomic
    def batch(self, after: int) -> Batch | None:
        """The next customers with a digest under another key, or a sealed number and none."""
        fields = [(each.pk, name.name) for each in Connection.objects.all() for name in _found_whole(each)]
        asked = [[pk for pk, _ in fields], [name for _, name in fields], key_ring().current, after, FEW]
        wanted = [pk for (pk,) in _rows(_UNINDEXED, *asked)] if fields else []
        if not wanted:
            return None
        free = [pk for (pk,) in _rows(_FREE, wanted)]
        moved = sum(_is_indexed(customer) for customer in Customer.objects.locked(free))
        return Batch(wanted[-1], moved, len(wanted) - len(free), len(free) - moved)


def _found_whole(connection: Connection) -> list[Field]:
    return blind.fields_found_whole(connection.provider)


def _is_indexed(customer: Customer) -> bool:
    try:
        customer.index_blindly()
    except KeyMissing:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Shapes:
    """By what alike requests are found, of those that wait for somebody; it does not say which key made it."""

    what: str = "requests that wait, to be found with those alike"

    def under(self) -> Counter[str]:
        """Nobody can tell."""
        return Counter()

    def batch(self, after: int) -> Batch | None:
        """The next requests that wait; what is as it should be is let be."""
        waiting = Change.objects.filter(status=Status.PROPOSED, shape__isnull=False, pk__gt=after).order_by("pk")
        some = list(waiting.select_related("customer__connection").prefetch_related("lines")[:FEW])
        return Batch(some[-1].pk, sum(map(_is_shaped_anew, some))) if some else None


def _is_shaped_anew(change: Change) -> bool:
    """Whether it was another one. Who amends it meanwhile wins: what they leave is made under the current key."""
    asked = [line for line in change.lines.all() if line.state.is_sent]
    for line in asked:
        line.change = change
    try:
        before, wishes = ({line.field: value(line) for line in asked} for value in (_BEFORE, _AFTER))
        anew = shape_of(change.customer, before, wishes)
    except KeyMissing:
        return False
    is_another = anew is not None and anew != bytes(change.shape or b"")
    return is_another and bool(Change.objects.filter(pk=change.pk, shape=change.shape).update(shape=anew))


type Kind = Rows | BlindTerms | Shapes


def _rows(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with database.cursor() as cursor:
        cursor.execute(statement, values or None)
        return list(cursor.fetchall())


_BEFORE, _AFTER = attrgetter("before"), attrgetter("after")
KINDS: Sequence[Kind] = (
    Rows(
        "data keys of customers",
        *("console_customer", "wrapped_key", "bytea", KeyRing.key_of_bytes, _wrapped, "key_id"),
    ),
    Rows(
        "credentials",
        *("console_connection", "sealed_credentials", "text", _of_text("credentials"), _text("credentials")),
    ),
    Rows("secrets of factors", *("mfa_authenticator", "data", "jsonb", _of_factor, _factor)),
    Rows("sessions", *("console_session", "sealed", "bytea", KeyRing.key_of_bytes, _session, "key_digest")),
    Rows(
        "parts of exports",
        *("console_exportpart", "sealed", "bytea", KeyRing.key_of_bytes, _bytes("export")),
        "export_id || '/' || number",
    ),
    Rows(
        "reasons of exports",
        *("console_export", "sealed_why", "text", _of_text("export why"), _text("export why")),
    ),
    Rows(
        "texts of views",
        *("console_savedview", "sealed_text", "text", _of_text(VIEW), _text(VIEW)),
    ),
    Rows(
        "pieces of files to be imported",
        *("console_bulkpart", "sealed", "bytea", KeyRing.key_of_bytes, _bytes("bulk part")),
        "bulk_id || '/' || number",
    ),
    Rows(
        "rows of files that were refused",
        *("console_bulkproblem", "sealed", "bytea", KeyRing.key_of_bytes, _bytes("bulk problem")),
        "bulk_id || '/' || row || '/' || number",
    ),
    Rows("columns of files", *("console_bulk", "sealed_look", "text", _of_text("bulk look"), _text("bulk look"))),
    Rows(
        "samples of files and selections",
        *("console_bulk", "sealed_sample", "text", _of_text("bulk sample"), _text("bulk sample")),
    ),
    Rows(
        "wishes for selections",
        *("console_bulk", "sealed_wishes", "text", _of_text("bulk wishes"), _text("bulk wishes")),
    ),
    Rows(
        "reasons of work on selections",
        *("console_bulk", "sealed_why", "text", _of_text("bulk why"), _text("bulk why")),
    ),
    Rows("reasons of batches", *("console_batch", "sealed_why", "text", _of_text("batch why"), _text("batch why"))),
    Rows(
        "reasons of decisions on batches",
        *("console_batchdecision", "sealed_reason", "text", _of_text("batch reason"), _text("batch reason")),
    ),
    Rows(
        "keys of reviews",
        *("console_review", "wrapped_key", "bytea", KeyRing.key_of_bytes, _wrapped, "key_id"),
    ),
    Rows(
        "conclusions of before reviews had keys",
        "(SELECT id, sealed_conclusion FROM console_review WHERE key_id = '') AS review",
        *("sealed_conclusion", "text", _of_text("conclusion"), _text("conclusion")),
        is_fixed=True,
    ),
    BlindTerms(),
    Shapes(),
)
"""Everything that is under the ring. A new use of it belongs here: a test looks through the code for that."""

_BY_KEY = """
    SELECT convert_from(substring({column} FROM 1 FOR position('\\x3a'::bytea IN {column}) - 1), 'UTF8'), count(*)
    FROM {table} WHERE {column} IS NOT NULL GROUP BY 1"""
_BEHIND = """
    SELECT id, {place}, {column} FROM {table}
    WHERE id > %s AND {column} IS NOT NULL AND substring({column} FROM 1 FOR %s) <> %s ORDER BY id LIMIT %s"""
_ALL = "SELECT id, {place}, {column}::text FROM {table} WHERE id > %s AND {column}::text <> '' ORDER BY id LIMIT %s"
# Whoever has a row locked is passed over; what was written since it was read stays.
_WRITE = """
    WITH free AS (SELECT id FROM {table} WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED)
    UPDATE {table} SET {column} = given.anew::{kind}
    FROM unnest(%s::bigint[], %s::{passed}[], %s::{passed}[]) AS given (id, old, anew) JOIN free USING (id)
    WHERE {table}.id = given.id AND {table}.{column}::{passed} = given.old RETURNING {table}.id"""
_FREE = "SELECT id FROM console_customer WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED"
_UNINDEXED = """
    SELECT DISTINCT customer.id FROM console_customer customer
    JOIN unnest(%s::bigint[], %s::text[]) AS named (connection, field) ON named.connection = customer.connection_id
    LEFT JOIN console_blindterm term ON term.customer_id = customer.id AND term.field = named.field AND term.key = %s
    WHERE customer.sealed ? named.field AND term.id IS NULL AND customer.id > %s ORDER BY customer.id LIMIT %s"""
