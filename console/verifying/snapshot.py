"""One moment of the database, read without changing anything: by as many connections as wanted, row by row.

What is written meanwhile is not seen, so that a verification under load compares what belongs together.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from types import TracebackType
from typing import TYPE_CHECKING, Any, LiteralString, Self

from django.db import connections

if TYPE_CHECKING:
    from datetime import datetime

    import psycopg

# The settings forbid long transactions, as everything else here is short, and let no statement use two processors.
_AT_LENGTH = "SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL work_mem = '128MB'"
AT_ONCE = 2000


class Snapshot(AbstractContextManager["Snapshot"]):
    """A read-only transaction. `now` is the moment it began, by the database's clock; `name` lets others join it."""

    now: datetime
    name: str

    def __init__(self, *, joins: str = "") -> None:
        self._wrapper = connections["default"].copy()
        self._joins = joins

    def __enter__(self) -> Self:
        self._wrapper.connect()
        self._raw.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        if self._joins:
            self._raw.execute(f"SET TRANSACTION SNAPSHOT '{self._joins}'")
        self._raw.execute(_AT_LENGTH)
        self.now = self._one("SELECT now()")
        self.name = self._joins or self._one("SELECT pg_export_snapshot()")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._wrapper.close()

    @property
    def _raw(self) -> psycopg.Connection[Any]:
        return self._wrapper.connection  # type: ignore[no-any-return]  # Django's wrapper is untyped

    def _one(self, statement: LiteralString) -> Any:
        [value] = self._raw.execute(statement).fetchone() or [None]
        return value

    def beside(self) -> Snapshot:
        """Another connection that sees the same moment."""
        return Snapshot(joins=self.name)

    def rows(self, statement: LiteralString, values: tuple[object, ...] | None = None) -> Iterator[tuple[Any, ...]]:
        """The rows of a query; several may be read side by side."""
        self._named = getattr(self, "_named", 0) + 1
        with self._raw.cursor(f"rows_{self._named}") as cursor:
            cursor.itersize = AT_ONCE
            cursor.execute(statement, values)
            yield from cursor

    def streamed(self, statement: LiteralString, values: tuple[object, ...] | None = None) -> Iterator[tuple[Any, ...]]:
        """The same, one query at a time and at once: for those that give nothing as a rule."""
        with self._raw.cursor() as cursor:
            yield from cursor.stream(statement, values)

    def copied(self, statement: LiteralString) -> Iterator[list[bytes]]:
        """The rows of a query as PostgreSQL's COPY writes texts, escapes included: ten times as fast as `rows`."""
        with self._raw.cursor() as cursor, cursor.copy(f"COPY ({statement}) TO STDOUT") as copy:
            for row in copy:
                yield bytes(row[:-1]).split(b"\t")
