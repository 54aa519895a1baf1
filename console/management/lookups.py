"""What several commands look up by name, and how they tell that there is no such thing."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.management.base import CommandError

from console.models import Connection, User


def connections_named(names: Iterable[str]) -> list[Connection]:
    """The connections with these names; raises CommandError, which lists those there are."""
    found = {connection.name: connection for connection in Connection.objects.all()}
    for name in names:
        if name not in found:
            raise CommandError(f"There is no connection {name!r}. {_those(found)}")
    return [found[name] for name in dict.fromkeys(names)]


def person_named(username: str) -> User:
    """Whoever signs in by this name and may; raises CommandError."""
    found = User.objects.filter(username=username, is_active=True).first()
    if found is None:
        raise CommandError(f"There is nobody who signs in as {username!r}.")
    return found


def _those(found: Iterable[str]) -> str:
    names = ", ".join(found)
    return f"There are: {names}." if names else "There is none yet: make one with manage.py connection."
