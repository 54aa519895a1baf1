"""Somebody who is superuser of the database, knows how history is made, and has everything but the sealing key."""

# ruff: noqa: S608 - statements are put together from the names that stand here

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from django.conf import settings
from psycopg.rows import dict_row

from console.proof.tree import Frontier
from console.proof.verify import event_hash

if TYPE_CHECKING:
    from tests.databases import Database

TABLES = (
    *("console_event", "console_leaf", "console_subtree", "console_checkpoint", "console_mention", "console_chain"),
    *("console_customer", "console_change", "console_line", "console_attempt", "console_decision"),
    *("console_review", "console_reviewitem", "console_reviewnote", "console_emergency", "console_erasure"),
    *("console_policyversion", "console_installation"),
)
KEYS = {"console_leaf": "index"}

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_CONSTRAINTS = (
    "SELECT quote_ident(conname) AS name FROM pg_constraint WHERE conrelid = %s::regclass AND contype IN ('c', 'u')"
)
_UNIQUE = (
    "SELECT indexrelid::regclass AS name FROM pg_index"
    " WHERE indrelid = %s::regclass AND indisunique AND NOT indisprimary"
)

_WRITTEN = (
    "SELECT column_name FROM information_schema.columns"
    " WHERE table_schema = current_schema() AND table_name = %s AND is_generated = 'NEVER'"
)

type Row = dict[str, Any]
type Places = Callable[[str], bool]
"""Whether a place is where something was tampered with."""


@dataclass
class Attacker:
    """A session that no trigger and no constraint stops; what it did can be undone."""

    session: psycopg.Connection[Row]
    dice: random.Random
    touched: set[str] = field(default_factory=set)
    done: list[tuple[str, tuple[Any, ...]]] = field(default_factory=list)

    def run(self, statement: str, *values: Any) -> list[Row]:
        """What a statement gives. Which tables it may have altered is seen by their names in it."""
        if not statement.startswith("SELECT"):
            self.touched |= {name for name in TABLES if name in statement}
            self.done.append((statement, values))
        cursor = self.session.execute(statement.encode(), values)
        return cursor.fetchall() if cursor.description else []

    def one(self, statement: str, *values: Any) -> Row:
        """The one row that a statement gives, chosen by the dice where there are several."""
        return self.dice.choice(self.run(statement, *values))

    def event(self, where: str = "true") -> Row:
        """Some event, with the leaf that seals it."""
        return self.one(
            "SELECT event.*, leaf.index AS leaf FROM console_event event JOIN console_leaf leaf"
            f" ON leaf.event_id = event.id WHERE {where} ORDER BY event.id"
        )

    def chain(self, subject: str) -> list[Row]:
        """All events of a subject."""
        return self.run("SELECT * FROM console_event WHERE subject = %s ORDER BY number", subject)

    def rehash(self, subject: str, *, only: int | None = None) -> None:
        """Makes the hashes of a chain fit what stands in it, its head included; `only` one event, whatever follows."""
        head, events = b"", self.chain(subject)
        for row in events:
            if only is None:
                row["previous"] = head
            head = row["hash"]
            if only in {None, row["number"]}:
                head = event_hash(row["previous"], content(row))
                self.run(
                    "UPDATE console_event SET previous = %s, hash = %s WHERE id = %s", row["previous"], head, row["id"]
                )
        if only is None:
            self.set_head(subject, len(events), head)

    def set_head(self, subject: str, length: int, head: bytes) -> None:
        """Says where a chain ends."""
        self.run(
            "UPDATE console_customer SET chain_length = %s, chain_head = %s WHERE 'customer:' || id = %s",
            *(length, head, subject),
        )
        self.run("UPDATE console_chain SET length = %s, head = %s WHERE subject = %s", length, head, subject)

    def reseal(self) -> Frontier:
        """Makes leaves and stored subtrees fit the events that they are of; gives the tree."""
        self.run(
            "UPDATE console_leaf leaf SET hash = event.hash FROM console_event event WHERE event.id = leaf.event_id"
        )
        self.run("DELETE FROM console_subtree")
        tree = Frontier()
        for leaf in self.run("SELECT hash FROM console_leaf ORDER BY index"):
            for height, index, root in tree.append(leaf["hash"]):
                self.run("INSERT INTO console_subtree (height, index, hash) VALUES (%s, %s, %s)", height, index, root)
        return tree

    def close_gaps(self) -> None:
        """Numbers the leaves anew, without those that are gone."""
        self.run("UPDATE console_leaf SET index = index + 1000000")
        self.run(
            "UPDATE console_leaf leaf SET index = place FROM"
            " (SELECT index, row_number() OVER (ORDER BY index) - 1 AS place FROM console_leaf) ordered"
            " WHERE ordered.index = leaf.index"
        )

    def forget(self, events: Sequence[Row], *, leaves: bool) -> None:
        """Deletes events with what was derived from them."""
        keys = [event["id"] for event in events]
        self.run("DELETE FROM console_event WHERE id = ANY(%s)", keys)
        self.run("DELETE FROM console_mention WHERE event_id = ANY(%s)", keys)
        if leaves:
            self.run("DELETE FROM console_leaf WHERE event_id = ANY(%s)", keys)

    def renumber(self, subject: str) -> None:
        """Numbers the events of a chain anew, in their order, and makes their hashes fit."""
        for number, row in enumerate(self.chain(subject), start=1):
            self.run("UPDATE console_event SET number = %s WHERE id = %s", number, row["id"])
        self.rehash(subject)

    def columns(self, table: str) -> str:
        """Those that are written; what the database computes by itself cannot be."""
        found = self.run(_WRITTEN, table)
        return ", ".join(column["column_name"] for column in found)

    def undo(self) -> None:
        """Puts everything back as it was."""
        for table in self.touched:
            self.session.execute(_restoring(table, self.columns(table)).encode())
        self.touched, self.done = set(), []


def content(row: Row) -> dict[str, Any]:
    """What the hash of an event covers."""
    about = {
        **{name: row[name] for name in ("subject", "number", "verb", "origin", "details")},
        "at": (row["at"] - EPOCH) // timedelta(microseconds=1),
        "actor": row["actor_id"],
        "request": row["request_id"],
        "change": row["change_id"],
        "attempt": row["attempt_id"],
        "values": row["sealed_values"].hex() if row["sealed_values"] else None,
    }
    return about | ({"behalf": row["behalf_id"]} if row["behalf_id"] else {})


@contextmanager
def attacker(database: Database, seed: int) -> Iterator[Attacker]:
    """Somebody at this database, who keeps a copy of it to put everything back."""
    if settings.DATABASES["owner"]["ENGINE"] != "console.embedded":
        pytest.skip("Only of the embedded server it is known how to become its superuser.")
    with psycopg.connect(
        host=str(settings.EMBEDDED.host), user="postgres", dbname=database.name, autocommit=True, row_factory=dict_row
    ) as session:
        session.execute("SET timezone = 'UTC'; CREATE SCHEMA kept")
        for table in TABLES:
            session.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL".encode())
            for row in session.execute(_CONSTRAINTS, [table]).fetchall():
                session.execute(f"ALTER TABLE {table} DROP CONSTRAINT {row['name']}".encode())
            for row in session.execute(_UNIQUE, [table]).fetchall():
                session.execute(f"DROP INDEX {row['name']}".encode())
            session.execute(f"CREATE TABLE kept.{table} AS TABLE {table}".encode())
        session.execute("ANALYZE")
        yield Attacker(session, random.Random(seed))  # noqa: S311 - no secret, and the same at every run


def at(*places: str, leaves: Iterable[int] = ()) -> Places:
    """One of these places, or a range of leaves that holds one of these."""
    wanted, numbers = set(places), list(leaves)

    def fits(place: str) -> bool:
        if place in wanted or place in {f"leaf {number}" for number in numbers}:
            return True
        first, _, last = place.removeprefix("leaves ").partition("-")
        return place.startswith("leaves ") and any(int(first) <= number <= int(last) for number in numbers)

    return fits


def place(event: Row) -> str:
    """How findings name an event."""
    return f"event {event['subject']}/{event['number']}"


def _restoring(table: str, columns: str) -> str:
    key = KEYS.get(table, "id")
    other = f"SELECT {key} FROM (SELECT * FROM {table} EXCEPT SELECT * FROM kept.{table}) other"
    return (
        f"DELETE FROM {table} WHERE {key} IN ({other});"
        f"INSERT INTO {table} ({columns}) SELECT {columns} FROM kept.{table} EXCEPT SELECT {columns} FROM {table}"
    )
