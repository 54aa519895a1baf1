"""Databases for the tests: one migrated template, and clones of it, which PostgreSQL makes in some 50 ms.

The tests run on the server that DATABASE_URL and DATABASE_OWNER_URL name, otherwise on an embedded one. The owner makes
the databases and migrates them; the tests work as the application's role.
"""

import contextlib
import hashlib
import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from urllib.parse import quote, urlencode

import psycopg
from django.core.management import call_command
from django.db import connections
from procrastinate.contrib.django.utils import connector_params
from psycopg.sql import SQL, Identifier

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE, CLONE = "steward_template_", "steward_test_"
KEPT_TEMPLATES = 3
numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Database:
    """A database that other threads and processes may use as well."""

    name: str

    @property
    def environment(self) -> dict[str, str]:
        """What a child process of the console needs to work on this database."""
        urls = {"DATABASE_URL": url("default", self.name), "DATABASE_OWNER_URL": url("owner", self.name)}
        return {
            **os.environ,
            **urls,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "STEWARD_MARKS": str(self.marks),
            "STEWARD_SEALS": str(self.seals),
        }

    @property
    def marks(self) -> Path:
        """Where its workers remember how far they got: all copies bear the template's name, so each has a folder."""
        return Path(tempfile.gettempdir()) / "steward-marks" / self.name

    @property
    def seals(self) -> Path:
        """Where its workers keep their last checkpoint."""
        return Path(tempfile.gettempdir()) / "steward-seals" / self.name


class Databases:
    """The server as its owner sees it."""

    def __init__(self) -> None:
        self._connection = psycopg.connect(**connector_params("owner"), autocommit=True)
        self._drop_what_killed_runs_left()
        self.template = self._find_or_make_template()

    def close(self) -> None:
        """Let go of the server."""
        self._connection.close()

    def clone(self) -> Database:
        """A fresh copy of the template."""
        return self.copy(self.template)

    def empty(self) -> Database:
        """One without any table."""
        database = Database(f"{CLONE}{os.getpid()}_{next(numbers)}")
        self._execute("CREATE DATABASE {}", database.name)
        return database

    def copy(self, name: str) -> Database:
        """A fresh copy of any database that nobody is connected to."""
        database = Database(f"{CLONE}{os.getpid()}_{next(numbers)}")
        self._execute("CREATE DATABASE {} TEMPLATE {}", database.name, name)
        forget_what_is_kept_of(database)
        return database

    def drop(self, database: Database) -> None:
        """Remove a copy, whoever is still connected to it."""
        try:
            self._execute("DROP DATABASE {} WITH (FORCE)", database.name)
        except psycopg.errors.InsufficientPrivilege:  # autovacuum is at work there: a plain drop asks it to leave
            self._execute("DROP DATABASE {}", database.name)
        forget_what_is_kept_of(database)

    def _execute(self, statement: str, *names: str) -> None:
        self._connection.execute(SQL(statement).format(*map(Identifier, names)))

    def _names(self, beginning: str) -> list[str]:
        query = "SELECT datname FROM pg_database WHERE starts_with(datname, %s) ORDER BY oid"
        return [name for (name,) in self._connection.execute(query, [beginning])]

    def _drop_what_killed_runs_left(self) -> None:
        for name in self._names(CLONE):
            if not is_alive(int(name.removeprefix(CLONE).partition("_")[0])):
                self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
        for name in self._names(TEMPLATE)[:-KEPT_TEMPLATES]:
            with contextlib.suppress(psycopg.errors.ObjectInUse):
                self._execute("DROP DATABASE IF EXISTS {}", name)

    def _find_or_make_template(self) -> str:
        name = TEMPLATE + digest_of_migrations()
        self._connection.execute("SELECT pg_advisory_lock(1)")  # one run at a time
        try:
            if name not in self._names(TEMPLATE):
                self._make_template(name)
        finally:
            self._connection.execute("SELECT pg_advisory_unlock(1)")
        return name

    def _make_template(self, name: str) -> None:
        half = Database(f"{CLONE}{os.getpid()}_template")
        self._execute("DROP DATABASE IF EXISTS {}", half.name)
        self._execute("CREATE DATABASE {}", half.name)
        with connected_to(half):
            call_command("migrate", verbosity=0)
        self._execute("ALTER DATABASE {} RENAME TO {}", half.name, name)


def forget_what_is_kept_of(database: Database) -> None:
    """Names of databases come again."""
    for folder in (database.marks, database.seals):
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def connected_to(database: Database) -> Iterator[Database]:
    """Let Django's connections lead to this database, in this thread and in those that begin now."""
    before = {alias: connections.settings[alias]["NAME"] for alias in connections}
    point(dict.fromkeys(before, database.name))
    try:
        yield database
    finally:
        point(before)


def point(names: Mapping[str, str]) -> None:
    for alias, name in names.items():
        connections[alias].close()
        connections.settings[alias]["NAME"] = name


def url(alias: str, name: str) -> str:
    """The address of a database for the role of a connection, as libpq reads it."""
    given = connector_params(alias)
    query = urlencode({key: given[key] for key in ("host", "port", "sslmode", "sslrootcert") if given.get(key)})
    return f"postgresql://{quote(given['user'], safe='')}:{quote(given.get('password') or '', safe='')}@/{name}?{query}"


def digest_of_migrations() -> str:
    """Names what a template was made from: the migrations, the models they may call, and the queue's version."""
    digest = hashlib.sha256(version("procrastinate").encode())
    for folder in ("console/migrations", "console/models", "console/management/commands"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
