"""Parts of a session, each changed by one request at a time: a browser sends the next one at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from django.db import transaction
from django.http import HttpRequest

if TYPE_CHECKING:
    from console.backend import SessionStore


@dataclass(slots=True)
class Part:
    """What the session holds under a name; `value` may be replaced."""

    value: Any


@contextmanager
def changing(request: HttpRequest, name: str) -> Iterator[Part]:
    """A part of the session as it is by now, locked until it was changed.

    It alone is written: what other requests put into the session since this one began stays, and a session that was
    ended since stays ended.
    """
    session = cast("SessionStore", request.session)
    with transaction.atomic():
        held = session.locked()
        part = Part((held or {}).get(name))
        yield part
        if held is not None:
            session.overwrite({**held, name: part.value})
    was_modified = session.modified
    session[name] = part.value
    session.modified = was_modified  # written down already
