"""Reaching: which addresses requests may go to. Asked when a base URL is set, and again each time before one is used.

The host's own address is checked a third time where the connection is made, and the connection goes to the very
address that was checked there (`providers.http`): a name may lead elsewhere from one moment to the next.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings

from providers.addresses import is_private_literal, is_public_address, resolve
from providers.errors import Misrouted
from providers.request import check_base_url

PATIENCE = 3.0  # seconds


def problem_with(url: str) -> str:
    """Why requests may not go there, as a sentence; empty if they may. Asks nobody."""
    try:
        check_base_url(url)
    except Misrouted:
        return "The base URL is like https://api.example.com/v1: without user name, “?” and “#”."
    if settings.STEWARD_PRIVATE_PROVIDERS:
        return ""
    parts, allowed = urlsplit(url), settings.STEWARD_ALLOWED_PROVIDERS
    if parts.scheme != "https":
        return "The base URL must begin with https://: credentials and personal data travel over it."
    if parts.hostname not in allowed and (allowed or not settings.STEWARD_LOCAL):
        return f"{parts.hostname} is not among STEWARD_ALLOWED_PROVIDERS. Whoever runs the console can add it."
    return _inside(parts.hostname or "") if is_private_literal(parts.hostname or "") else ""


def problem_with_host(url: str) -> str:
    """Why requests may not go where this host is now; empty if they may, and if it cannot be found out in time.

    Through a proxy it is the proxy that finds the host, by its own rules.
    """
    if settings.STEWARD_PRIVATE_PROVIDERS or settings.STEWARD_PROXY:
        return ""
    parts = urlsplit(url)
    try:
        found = resolve(parts.hostname or "", parts.port or 443, patience=PATIENCE)
    except TimeoutError:
        return ""
    inside = found and not any(is_public_address(address[0]) for _, address in found)
    return _inside(parts.hostname or "") if inside else ""


def _inside(host: str) -> str:
    return f"{host} leads to an address that is not on the internet. STEWARD_PRIVATE_PROVIDERS is for sandboxes alone."
