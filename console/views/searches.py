"""Searches, kept sealed in the session: what was searched for is personal, so it stands in no address and no log."""

from __future__ import annotations

import secrets

from django.http import HttpRequest

from console.errors import KeyMissing
from console.models.sealing import key_ring

MOST_KEPT = 20
PURPOSE = "search"
SESSION_KEY = "searches"


def keep(request: HttpRequest, text: str, token: str = "") -> str:
    """Keeps a search and gives the token under which the address names it; a token of this session is used again."""
    kept: dict[str, str] = request.session.get(SESSION_KEY, {})
    token = token if token in kept else secrets.token_urlsafe(12)
    kept.pop(token, None)
    newest = [*kept.items()][-(MOST_KEPT - 1) :]
    request.session[SESSION_KEY] = {**dict(newest), token: key_ring().seal(PURPOSE, text)}
    return token


def kept(request: HttpRequest, token: str) -> str:
    """What was searched for; empty for a token that this session does not know."""
    sealed = request.session.get(SESSION_KEY, {}).get(token, "")
    try:
        return str(key_ring().open(PURPOSE, sealed)) if sealed else ""
    except KeyMissing:
        return ""
