"""The identity provider of an organisation, as the environment describes it; none unless STEWARD_OIDC_ISSUER is set.

The settings read it, before there is any model.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ImproperlyConfigured

NEEDED = ("jwt", "requests")
"""What the extra `[oidc]` installs."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Whoever's claim holds this value has this role: at the connection of that name, or everywhere."""

    claim: str
    value: str
    role: str
    connection: str | None

    def __str__(self) -> str:
        return f"{self.claim} = {self.value}: {self.role} at {self.connection or 'all connections'}"


@dataclass(frozen=True, slots=True)
class Provider:
    """Who vouches for people, and what of their word counts."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    name: str = "single sign-on"
    person_claim: str = "preferred_username"
    second_factor: frozenset[str] = frozenset({"mfa"})
    rules: tuple[Rule, ...] = ()
    takes_in: bool = False
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    asks_userinfo: bool = False

    @property
    def id(self) -> str:
        """By which links to its accounts are kept: those of another issuer are other people's."""
        return f"oidc-{hashlib.sha256(self.issuer.encode()).hexdigest()[:16]}"

    @property
    def app(self) -> dict[str, Any]:
        """It as allauth's settings describe it."""
        told = {"server_url": self.issuer, "oauth_pkce_enabled": True, "scope": list(self.scopes)}
        known = {"provider_id": self.id, "name": self.name}
        return {**known, "client_id": self.client_id, "secret": self.client_secret, "settings": told}


def read(env: Any) -> Provider | None:
    """The provider of this environment (a django-environ Env); None without an issuer. Raises ImproperlyConfigured."""
    issuer = env.str("STEWARD_OIDC_ISSUER", default="").rstrip("/")
    if not issuer:
        return None
    if missing := [name for name in NEEDED if importlib.util.find_spec(name) is None]:
        raise ImproperlyConfigured(
            f"STEWARD_OIDC_ISSUER is set, but {missing[0]} is not installed: install requirements-oidc.txt."
        )
    client_id, secret = env.str("STEWARD_OIDC_CLIENT_ID", default=""), env.str("STEWARD_OIDC_CLIENT_SECRET", default="")
    if not client_id or not secret:
        raise ImproperlyConfigured(
            "STEWARD_OIDC_ISSUER takes STEWARD_OIDC_CLIENT_ID and STEWARD_OIDC_CLIENT_SECRET beside it."
        )
    return Provider(
        issuer=issuer,
        client_id=client_id,
        client_secret=secret,
        name=env.str("STEWARD_OIDC_NAME", default="single sign-on"),
        person_claim=env.str("STEWARD_OIDC_PERSON", default="preferred_username"),
        second_factor=frozenset(env.list("STEWARD_OIDC_SECOND_FACTOR", default=["mfa"])),
        rules=read_rules(env.str("STEWARD_OIDC_ROLES", default="")),
        takes_in=env.bool("STEWARD_OIDC_TAKES_IN", default=False),
        scopes=tuple(env.str("STEWARD_OIDC_SCOPES", default="openid profile email").split()),
        asks_userinfo=env.bool("STEWARD_OIDC_USERINFO", default=False),
    )


def read_rules(text: str) -> tuple[Rule, ...]:
    """From JSON: {"groups": {"kyc-team": ["editor", "approver@SQRIL Jakarta"]}}. Raises ImproperlyConfigured."""
    if not text.strip():
        return ()
    try:
        table = json.loads(text)
    except ValueError as problem:
        raise ImproperlyConfigured(f"STEWARD_OIDC_ROLES is no JSON: {problem}.") from None
    if not _is_table(table):
        raise ImproperlyConfigured(
            'STEWARD_OIDC_ROLES is not of the form {"groups": {"kyc-team": ["editor@SQRIL Jakarta"]}}.'
        )
    return tuple(
        Rule(claim, value, role, place or None)
        for claim, values in table.items()
        for value, roles in values.items()
        for role, _, place in (text.partition("@") for text in roles)
    )


def _is_table(table: Any) -> bool:
    if not isinstance(table, Mapping) or not all(isinstance(values, Mapping) for values in table.values()):
        return False
    lists = [roles for values in table.values() for roles in values.values()]
    return all(isinstance(roles, list) and all(isinstance(role, str) for role in roles) for roles in lists)
