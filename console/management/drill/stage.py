"""Where a drill takes place: a folder and a database of its own, and an environment that leads to nothing else."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode

import psycopg
from django.conf import settings
from django.core.management.base import CommandError
from procrastinate.contrib.django.utils import connector_params
from psycopg.sql import SQL, Identifier

from console import embedded

SETTINGS = re.compile("STEWARD_|DATABASE_|DJANGO_|SECRET_KEY|ALLOWED_HOSTS")
QUICK = {
    "STEWARD_SWEEP_SECONDS": "0.5",
    "STEWARD_CALL_SECONDS": "1",
    "STEWARD_LEASE_SECONDS": "3",
    "STEWARD_SETTLE_SECONDS": "4",
}
"""Shorter than in earnest, so that a drill takes minutes: the proportions are kept."""
OWN_SERVER = "STEWARD_DRILL_SERVER"
"""The environment variable that names the folder of the PostgreSQL that this drill owns, and may restart."""


@dataclass(frozen=True, slots=True)
class Stage:
    """`environment` is what every process of the drill needs to work here."""

    folder: Path
    database: str
    environment: Mapping[str, str]


@contextlib.contextmanager
def stage(*, keep: bool) -> Iterator[Stage]:
    """Sets everything up, and clears it away afterwards unless it is to be kept. Raises CommandError."""
    with _folder(keep=keep) as folder:
        given = settings.DATABASES["default"]["ENGINE"] != "console.embedded"
        with _database(keep=keep) if given else _server(folder, keep=keep) as (name, urls):
            yield Stage(folder, name, {**_bare(), **QUICK, **urls, "STEWARD_DATA": str(folder)})


def _bare() -> dict[str, str]:
    """The environment of this process without any setting of the console."""
    kept = {name: value for name, value in os.environ.items() if not SETTINGS.match(name)}
    return {**kept, "DJANGO_SETTINGS_MODULE": "console.settings", "STEWARD_LOCAL": "true"}


@contextlib.contextmanager
def _folder(*, keep: bool) -> Iterator[Path]:
    """A folder below var/drill that is locked as long as the drill lasts; what drills before it left is removed."""
    above = settings.STEWARD_DATA / "drill"
    try:
        above.mkdir(parents=True, exist_ok=True)
        _remove_what_others_left(above)
        folder = above / str(os.getpid())
        folder.mkdir()
        lock = _locked(folder)
    except OSError as problem:
        raise CommandError(f"Cannot write {problem.filename}: {problem.strerror}.") from None
    try:
        yield folder
    finally:
        if not keep:
            shutil.rmtree(folder)
        if lock is not None:
            os.close(lock)


def _locked(folder: Path) -> int | None:
    """The folder's lock, held until it is closed; None if another process holds it."""
    lock = os.open(folder / "drill.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        return None
    return lock


def _remove_what_others_left(above: Path) -> None:
    """Of drills that were killed, or kept for a look."""
    for folder in filter(Path.is_dir, above.iterdir()):
        if (lock := _locked(folder)) is not None:
            with contextlib.suppress(embedded.Unavailable):
                embedded.Server(folder).remove()
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)


@contextlib.contextmanager
def _server(folder: Path, *, keep: bool) -> Iterator[tuple[str, dict[str, str]]]:
    """A PostgreSQL for this drill alone. Its address is given as a URL, so that no process starts it but this one."""
    server = embedded.Server(folder)
    server.join()
    where = {"host": str(server.host)}
    urls = {
        "DATABASE_URL": _url(embedded.APPLICATION, "", embedded.DATABASE, where),
        "DATABASE_OWNER_URL": _url(embedded.OWNER, "", embedded.DATABASE, where),
        OWN_SERVER: str(folder),
    }
    try:
        yield embedded.DATABASE, urls
    finally:
        server.leave()
        if not keep:
            server.remove()


@contextlib.contextmanager
def _database(*, keep: bool) -> Iterator[tuple[str, dict[str, str]]]:
    """A database of our own on the server that the console uses."""
    if "owner" not in settings.DATABASES:
        raise CommandError("The drill makes a database of its own: set DATABASE_OWNER_URL to a role that may do so.")
    name = f"steward_drill_{os.getpid()}"
    _as_owner("CREATE DATABASE {}", name)
    try:
        yield name, {"DATABASE_URL": _url_of("default", name), "DATABASE_OWNER_URL": _url_of("owner", name)}
    finally:
        if not keep:
            _as_owner("DROP DATABASE {} WITH (FORCE)", name)


def _as_owner(statement: str, name: str) -> None:
    try:
        with psycopg.connect(**connector_params("owner"), autocommit=True) as connection:
            connection.execute(SQL(statement).format(Identifier(name)))
    except psycopg.errors.InsufficientPrivilege:
        role = settings.DATABASES["owner"]["USER"]
        raise CommandError(
            f"The drill makes a database of its own, and {role} may not: run “ALTER ROLE {role} CREATEDB” as an "
            "administrator of the server, or run the drill without DATABASE_URL."
        ) from None
    except psycopg.Error as problem:
        said = str(problem).strip().partition("\n")[0]
        raise CommandError(f"The drill's own database {name} could not be made or dropped: {said}.") from None


def _url_of(alias: str, name: str) -> str:
    """The address of a database on the given server for the role of a connection, as libpq reads it."""
    given = connector_params(alias)
    more = {key: given[key] for key in ("host", "port", "sslmode", "sslrootcert") if given.get(key)}
    return _url(given["user"], given.get("password") or "", name, more)


def _url(user: str, password: str, name: str, more: Mapping[str, object]) -> str:
    return f"postgresql://{quote(user, safe='')}:{quote(password, safe='')}@/{name}?{urlencode(more)}"
