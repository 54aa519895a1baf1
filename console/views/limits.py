"""What one person may do only so often: a decorator, below those that say which methods there are and who may come."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from functools import wraps
from typing import Protocol

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from console.finding import may_be_hidden
from console.flows.allow import allow, require_left
from console.models import Connection, User
from console.views.people import person

type View[Answer: HttpResponseBase] = Callable[..., Answer]


class Limit(StrEnum):
    """What is counted for each person."""

    SEARCH = "search"
    EXPORT = "export"
    READING = "reading"


# The setting that says how often, and within which time. A text that is typed is looked for at every pause.
LIMITS: Mapping[Limit, tuple[str, timedelta]] = {
    Limit.SEARCH: ("STEWARD_SEARCHES", timedelta(minutes=1)),
    Limit.EXPORT: ("STEWARD_EXPORTS", timedelta(hours=1)),
    Limit.READING: ("STEWARD_READINGS", timedelta(minutes=1)),
}


class Hits(Protocol):
    """What a search gives."""

    @property
    def hits(self) -> Sequence[object]: ...


def looked_for[Answer: Hits](
    by: User, connections: Collection[Connection], text: str, look: Callable[[], Answer]
) -> Answer:
    """What a search finds. Who often looks for nobody by what may be a hidden number is guessing one: nothing that may
    be one is looked for any more then, so that a number that somebody has is told from no other.
    """
    if not text or not may_be_hidden(connections, text):
        return look()
    most, within = settings.STEWARD_MISSES, timedelta(hours=1)
    require_left("miss", by.pk, most=most, within=within)
    found = look()
    if not found.hits:
        allow("miss", by.pk, most=most, within=within)
    return found


def limited[Answer: HttpResponseBase](
    limit: Limit, *, methods: frozenset[str] = frozenset({"POST"})
) -> Callable[[View[Answer]], View[Answer]]:
    """Counts what these methods ask of a view; more than the setting says is TooMany, and answered by 429."""
    setting, within = LIMITS[limit]

    def decorated(view: View[Answer]) -> View[Answer]:
        @wraps(view)
        def counted(request: HttpRequest, *arguments: object, **named: object) -> Answer:
            if request.method in methods:
                allow(limit, person(request).pk, most=getattr(settings, setting), within=within)
            return view(request, *arguments, **named)

        return counted

    return decorated
