"""What the sandbox remembers: records, ledger, faults and settings, in one SQLite database behind one lock."""

import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from providers.sandbox import documents
from providers.sandbox.auth import redacted
from providers.sandbox.messages import Change, Request
from providers.sandbox.misuse import CannotStart, Stopped
from providers.sandbox.moments import now

_VERSION = 1
_SCHEMA = """
CREATE TABLE records (
    id INTEGER PRIMARY KEY, slug TEXT NOT NULL, external_id TEXT NOT NULL, other_name TEXT, document TEXT NOT NULL,
    UNIQUE (slug, external_id)
);
CREATE INDEX records_by_other_name ON records (slug, other_name) WHERE other_name IS NOT NULL;
CREATE TABLE campaigns (name TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE ledger (
    id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, slug TEXT NOT NULL, external_id TEXT,
    method TEXT NOT NULL, path TEXT NOT NULL, headers TEXT NOT NULL, body TEXT NOT NULL,
    status INTEGER, applied INTEGER NOT NULL, applied_at TEXT, fault TEXT, effects TEXT NOT NULL
);
CREATE TABLE faults (
    id INTEGER PRIMARY KEY AUTOINCREMENT, slug TEXT NOT NULL, method TEXT NOT NULL, external_id TEXT,
    kind TEXT NOT NULL, skip INTEGER NOT NULL, remaining INTEGER NOT NULL, parameters TEXT NOT NULL
);
CREATE TABLE settings (slug TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (slug, name));
"""


class Book:
    """The open database inside one transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._run = connection.execute
        self._run_many = connection.executemany

    # Records

    def find(self, slug: str, name: str) -> tuple[str, dict[str, Any]] | None:
        for column in ("external_id", "other_name"):
            row = self._run(
                f"SELECT external_id, document FROM records WHERE slug = ? AND {column} = ?",  # noqa: S608 (our names)
                (slug, name),
            ).fetchone()
            if row:
                return row[0], documents.read(row[1])
        return None

    def records(self, slug: str) -> dict[str, dict[str, Any]]:
        rows = self._run("SELECT external_id, document FROM records WHERE slug = ? ORDER BY id", (slug,))
        return {external_id: documents.read(document) for external_id, document in rows}

    def put(self, slug: str, records: list[tuple[str, str | None, Mapping[str, Any]]]) -> None:
        """Add or replace records, each an external id, its other name and its values."""
        self._run_many(
            "INSERT INTO records (slug, external_id, other_name, document) VALUES (?, ?, ?, ?) "
            "ON CONFLICT DO UPDATE SET other_name = excluded.other_name, document = excluded.document",
            [(slug, external_id, other, documents.write(values)) for external_id, other, values in records],
        )

    def write(self, slug: str, external_id: str, values: Mapping[str, Any]) -> bool:
        """Replace the values of a record that is there."""
        statement = "UPDATE records SET document = ? WHERE slug = ? AND external_id = ?"
        return self._run(statement, (documents.write(values), slug, external_id)).rowcount == 1

    def delete(self, slug: str, external_id: str) -> bool:
        statement = "DELETE FROM records WHERE slug = ? AND external_id = ?"
        return self._run(statement, (slug, external_id)).rowcount == 1

    def add_campaigns(self, names: set[str]) -> None:
        self._run_many("INSERT OR IGNORE INTO campaigns VALUES (?)", [(name,) for name in names])

    def knows_campaign(self, campaign: str) -> bool:
        return self._run("SELECT 1 FROM campaigns WHERE name = ?", (campaign,)).fetchone() is not None

    # Ledger

    def enter(self, request: Request, external_id: str | None, at: str, status: int | None, fault: str | None) -> int:
        """Note a request, not applied so far, and answer the number of its entry."""
        headers = json.dumps(redacted(request.headers))
        body = request.body.decode(errors="replace")
        row = (at, request.slug, external_id, request.method, request.target, headers, body, status, fault)
        statement = (
            "INSERT INTO ledger (at, slug, external_id, method, path, headers, body, status, fault, applied, effects) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, '[]')"
        )
        return int(self._run(statement, row).lastrowid or 0)

    def apply(self, entry: int, slug: str, change: Change) -> None:
        """Write the change and say so in the ledger: both or neither."""
        self.write(slug, change.external_id, change.values)
        self._run(
            "UPDATE ledger SET applied = 1, applied_at = ?, effects = ? WHERE id = ?",
            (now(), documents.write(list(change.effects)), entry),
        )

    def ledger(self, slug: str | None, after: int) -> list[dict[str, Any]]:
        rows = self._run(
            "SELECT id, at, slug, external_id, method, path, headers, body, status, applied, applied_at, fault, effects"
            " FROM ledger WHERE id > ? AND slug = coalesce(?, slug) ORDER BY id",
            (after, slug),
        )
        return [_entry(*row) for row in rows]

    # Faults

    def add_fault(self, slug: str, kind: str, scope: tuple[str, str | None, int, int], parameters: str) -> int:
        """Set a fault up for (method, external id, requests to skip, requests to spoil)."""
        statement = (
            "INSERT INTO faults (slug, kind, method, external_id, skip, remaining, parameters)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)"
        )
        return int(self._run(statement, (slug, kind, *scope, parameters)).lastrowid or 0)

    def take_fault(self, slug: str, method: str, external_id: str | None) -> tuple[str, dict[str, Any]] | None:
        """The oldest fault that matches, counted down; those that still skip are counted down on the way."""
        rows = self._run(
            "SELECT id, kind, parameters, skip, remaining FROM faults WHERE slug = ? AND method IN (?, '*')"
            " AND (external_id IS NULL OR external_id = ?) ORDER BY id",
            (slug, method, external_id),
        ).fetchall()
        for number, kind, parameters, skip, remaining in rows:
            if skip:
                self._run("UPDATE faults SET skip = skip - 1 WHERE id = ?", (number,))
            elif remaining > 1:
                self._run("UPDATE faults SET remaining = remaining - 1 WHERE id = ?", (number,))
                return kind, json.loads(parameters)
            else:
                self._run("DELETE FROM faults WHERE id = ?", (number,))
                return kind, json.loads(parameters)
        return None

    def faults(self, slug: str | None) -> list[dict[str, Any]]:
        names = ("id", "slug", "kind", "method", "external_id", "skip", "remaining", "parameters")
        statement = f"SELECT {', '.join(names)} FROM faults WHERE slug = coalesce(?, slug) ORDER BY id"  # noqa: S608
        rows = [dict(zip(names, row, strict=True)) for row in self._run(statement, (slug,))]
        return [{**row, "parameters": json.loads(row["parameters"])} for row in rows]

    def clear_faults(self, slug: str | None) -> None:
        self._run("DELETE FROM faults WHERE slug = coalesce(?, slug)", (slug,))

    # Settings

    def settings(self, slug: str) -> dict[str, Any]:
        rows = self._run("SELECT name, value FROM settings WHERE slug = ?", (slug,))
        return {name: json.loads(value) for name, value in rows}

    def configure(self, slug: str, settings: Mapping[str, Any]) -> None:
        """Set settings; None takes one back to its default."""
        for name, value in settings.items():
            self._run("DELETE FROM settings WHERE slug = ? AND name = ?", (slug, name))
            if value is not None:
                self._run("INSERT INTO settings VALUES (?, ?, ?)", (slug, name, json.dumps(value)))

    def is_empty(self) -> bool:
        return self._run("SELECT 1 FROM records LIMIT 1").fetchone() is None

    def forget(self) -> None:
        for table in ("records", "campaigns", "ledger", "faults", "settings"):
            self._run(f"DELETE FROM {table}")  # noqa: S608 (our names)


class State:
    """The database, in memory or in a file; any thread may open a transaction, one at a time does."""

    def __init__(self, file: Path | None = None) -> None:
        """Open, or make, the database; raises CannotStart."""
        self._lock = threading.Lock()
        self._closed = False
        self._connection = _open(file)

    @contextmanager
    def transaction(self) -> Iterator[Book]:
        with self._lock:
            if self._closed:
                raise Stopped("The sandbox has stopped.")
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield Book(self._connection)
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def close(self) -> None:
        with self._lock:
            self._closed = True
            self._connection.close()


def _open(file: Path | None) -> sqlite3.Connection:
    try:
        if file:
            file.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(str(file or ":memory:"), isolation_level=None, check_same_thread=False, timeout=2)
    except (OSError, sqlite3.Error) as error:
        raise CannotStart(f"The sandbox cannot use the state file {file}: {error}.") from error
    try:
        _prepare(connection)
    except sqlite3.Error as error:
        connection.close()
        raise CannotStart(f"The sandbox cannot use the state file {file}: {error}.") from error
    return connection


def _prepare(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    # A crash of the process loses nothing; only a crash of the machine could, and these customers are made up.
    connection.execute("PRAGMA synchronous = OFF")
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version == 0:
        connection.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {_VERSION}; COMMIT;")
    elif version != _VERSION:
        raise sqlite3.DatabaseError("it was made by another version of the sandbox, delete it")


def _entry(*row: Any) -> dict[str, Any]:
    number, at, slug, external_id, method, path, headers, body, status, applied, applied_at, fault, effects = row
    document = documents.read(body) if body else None
    return {
        "id": number,
        "at": at,
        "slug": slug,
        "external_id": external_id,
        "method": method,
        "path": path,
        "headers": json.loads(headers),
        "body": body if document is documents.MALFORMED else document,
        "text": body,
        "status": status,
        "applied": bool(applied),
        "applied_at": applied_at,
        "fault": fault,
        "effects": documents.read(effects),
    }
