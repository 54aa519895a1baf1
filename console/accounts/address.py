"""From which address a request comes, right behind proxies that were declared, and unmoved by what a browser claims."""

from __future__ import annotations

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest


def address_of(request: HttpRequest) -> str:
    """The address that the outermost of our proxies saw, or whoever speaks to us; empty where nobody can tell.

    Each proxy appends whom it heard from to X-Forwarded-For, so what counts is told from its end: whatever stands
    before that was written by the browser, or by anybody. Without declared proxies the header says nothing.
    """
    told = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    proxies = settings.STEWARD_PROXIES
    spoken_to = str(request.META.get("REMOTE_ADDR") or "")
    seen = told[-proxies] if 0 < proxies <= len(told) else spoken_to
    return _clean(seen) or _clean(spoken_to)


def _clean(text: str) -> str:
    """An address as it is written by everybody, without brackets and port; empty if it is none."""
    for candidate in (text, text.rpartition(":")[0], text.rpartition(":")[0].strip("[]"), text.strip("[]")):
        try:
            return str(ip_address(candidate))
        except ValueError:
            continue
    return ""
