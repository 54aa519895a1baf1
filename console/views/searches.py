"""Searches, kept sealed in the session: what was searched for is personal, so it stands in no address and no log."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager

from django.http import HttpRequest

from console.errors import KeyMissing
from console.models.sealing import key_ring
from console.views.session_parts import changing

MOST_KEPT = 200  # more than a day's work; all of them are a few kilobytes
PURPOSE = "search"
SESSION_KEY = "searches"

type Kept = MutableMapping[str, tuple[int, str]]  # token → when it was typed, and what; the newest last


def keep(request: HttpRequest, text: str, token: str = "", typed_at: int = 0) -> str:
    """Keeps a search and gives the token under which the address names it; a token of this session is used again.

    Searches that were typed one after the other may arrive in another order: what was typed last stays.
    """
    with _changing(request) as searches:
        token = token if token in searches else secrets.token_urlsafe(9)
        earlier = searches.pop(token, (0, ""))
        searches[token] = earlier if earlier[0] > typed_at else (typed_at, text)
    return token


def kept(request: HttpRequest, token: str) -> str | None:
    """What was searched for; None for a token that this session does not know, or knows no more."""
    found = _opened(request.session.get(SESSION_KEY, "")).get(token)
    return found[1] if found else None


@contextmanager
def _changing(request: HttpRequest) -> Iterator[Kept]:
    """The searches of the session, to be changed by one request at a time."""
    with changing(request, SESSION_KEY) as part:
        searches = _opened(part.value)
        yield searches
        newest = [(token, at, text) for token, (at, text) in searches.items()][-MOST_KEPT:]
        part.value = key_ring().seal(PURPOSE, newest)


def _opened(sealed: object) -> Kept:
    """Nothing where the key is gone, or where something else was kept."""
    try:
        opened = key_ring().open(PURPOSE, sealed) if isinstance(sealed, str) and sealed else []
    except KeyMissing:
        return {}
    return {token: (at, text) for token, at, text in opened} if isinstance(opened, list) else {}
