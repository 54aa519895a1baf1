"""What the browser tests play on: a database, the console over HTTP, the five providers with their sample customers."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from pytest_django.live_server_helper import LiveServer

from console.flows import send
from console.flows.deliver import drain
from providers.sandbox import Sandbox
from tests.cast import SLUGS, connect, person, sample
from tests.databases import Database, Databases, connected_to
from tests.flows.helpers import pushes

if TYPE_CHECKING:
    from console.models import Connection


@dataclass(frozen=True, slots=True)
class Stage:
    """Where everything is. `connections` by provider, each with its sample customer; none on a bare stage."""

    database: Database
    url: str
    sandbox: Sandbox
    connections: Mapping[str, Connection]

    def arrived(self, slug: str) -> list[dict[str, object]]:
        """The updates that arrived at this provider, in order."""
        return pushes(self.sandbox, slug)


@contextlib.contextmanager
def stage(databases: Databases, *, bare: bool = False, people: int = 0) -> Iterator[Stage]:
    """A database, a sandbox with so many people, the console and, unless it is to be bare, Ed and the connections."""
    database = databases.clone()
    with connected_to(database), Sandbox(people=people) as sandbox, kept_apart(database), serving() as url:
        yield Stage(database, url, sandbox, {} if bare else furnish(sandbox))
        hang_up()
    databases.drop(database)


@contextlib.contextmanager
def kept_apart(database: Database) -> Iterator[None]:
    """What this process keeps of the seals of a database: all copies bear the name of the same installation."""
    before, settings.STEWARD_SEALS = settings.STEWARD_SEALS, database.seals
    yield
    settings.STEWARD_SEALS = before


def furnish(sandbox: Sandbox) -> dict[str, Connection]:
    """Ed, who edits everywhere, and the sample customer of each provider."""
    person("ed")
    connections = {slug: connect(slug, sandbox) for slug in SLUGS}
    for connection in connections.values():
        sample(connection, sandbox)
    return connections


def send_due(connection: Connection) -> None:
    """Sends what is due there, in this thread, as a worker would."""
    drain(connection.pk, stopping=threading.Event())


def hang_up() -> None:
    """Ends what this thread keeps open to the providers; a worker's process ends with it."""
    for _, client in vars(send._kept).pop("clients", {}).values():
        client.close()


@contextlib.contextmanager
def serving() -> Iterator[str]:
    """The console over real HTTP in a thread; gives its address."""
    server = LiveServer("localhost")
    try:
        yield server.url
    finally:
        server.stop()
