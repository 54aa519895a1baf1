"""The ways of authenticating, and the fixed, well-known credentials that the sandbox accepts."""

import binascii
from base64 import b64decode
from collections.abc import Mapping
from enum import StrEnum

SECRET_HEADERS = frozenset(
    {"authorization", "proxy-authorization", "cookie", "x-api-key", "x-client-id", "x-client-secret"}
)
HIDDEN = "••••••"


class Scheme(StrEnum):
    BEARER = "bearer"
    API_KEY = "x-api-key"
    CLIENT = "x-client"
    BASIC = "basic"


_KEYS = {
    Scheme.BEARER: ("token",),
    Scheme.API_KEY: ("api_key",),
    Scheme.CLIENT: ("client_id", "client_secret"),
    Scheme.BASIC: ("client_id", "client_secret"),
}


def credentials(slug: str, scheme: Scheme) -> dict[str, str]:
    """What a client of this provider's sandbox must know, by the names the contracts give them."""
    return {key: f"sandbox-{slug}-{key.replace('_', '-')}" for key in _KEYS[scheme]}


def allowed(slug: str, scheme: Scheme, headers: Mapping[str, str]) -> bool:
    return _presented(scheme, headers) == tuple(credentials(slug, scheme).values())


def redacted(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers with every secret hidden; the scheme's name stays, so that a wrong one is seen."""
    return {name: _hidden(value) if name in SECRET_HEADERS else value for name, value in headers.items()}


def _presented(scheme: Scheme, headers: Mapping[str, str]) -> tuple[str, ...]:
    if scheme is Scheme.API_KEY:
        return (headers.get("x-api-key", ""),)
    if scheme is Scheme.CLIENT:
        return headers.get("x-client-id", ""), headers.get("x-client-secret", "")
    word, _, secret = headers.get("authorization", "").partition(" ")
    if word.lower() != scheme.value:
        return ()
    return (secret.strip(),) if scheme is Scheme.BEARER else _pair(secret.strip())


def _pair(secret: str) -> tuple[str, ...]:
    try:
        user, _, password = b64decode(secret, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeError):
        return ()
    return user, password


def _hidden(value: str) -> str:
    word, _, secret = value.partition(" ")
    return f"{word} {HIDDEN}" if secret and word.lower() in {"bearer", "basic"} else HIDDEN
