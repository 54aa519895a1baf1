"""What a provider's word about a person says: pure functions of the claims of an ID token."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from console.accounts.provider import Rule

type Claims = Mapping[str, Any]


def texts(claims: Claims, name: str) -> frozenset[str]:
    """The texts that a claim holds, one or a list; a name with dots may lead into it, as in "realm_access.roles".

    What no name could hold, such as a line break or half a character, is no text.
    """
    found = claims[name] if name in claims else _within(claims, name)
    values = found if isinstance(found, list) else [found]
    return frozenset(value for value in values if isinstance(value, str) and value and value.isprintable())


def one_text(claims: Claims, name: str) -> str:
    """The only text of a claim; empty where there is none, or there are several."""
    found = texts(claims, name)
    return next(iter(found)) if len(found) == 1 else ""


def rules_met(rules: Iterable[Rule], claims: Claims) -> frozenset[Rule]:
    """The rules that give this person a role."""
    return frozenset(rule for rule in rules if rule.value in texts(claims, rule.claim))


def username_of(claims: Claims, name: str) -> str:
    """What names the person: an e-mail address only where the provider says that it was verified."""
    if name == "email" and claims.get("email_verified") is not True:
        return ""
    return one_text(claims, name)


def had_second_factor(claims: Claims, accepted: frozenset[str]) -> bool:
    """Whether the provider says that it asked for a second factor, by how (`amr`) or by how strictly (`acr`)."""
    return bool(accepted & (texts(claims, "amr") | texts(claims, "acr")))


def proved_at(claims: Claims) -> float:
    """When (seconds since 1970) the person last showed the provider who they are; 0, long ago, where it doesn't say.

    A session there may be days old: that a token is fresh says nothing about it.
    """
    at = claims.get("auth_time")
    return float(at) if isinstance(at, int | float) and not isinstance(at, bool) else 0.0


def _within(claims: Claims, name: str) -> Any:
    found: Any = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found
