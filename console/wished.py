"""Wished: what somebody's wishes are beside what a record holds, as far as whoever wishes may be told. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from providers.base import Provider
    from providers.fields import Field, Value, Violation


def is_unseen(field: Field, wish: Value) -> bool:
    """A wish for a hidden value is never compared with it: whoever guessed right would be told so."""
    return field.sensitive and not field.is_blank(wish)


def differs(field: Field | None, wish: Value, held: Value) -> bool:
    """Whether a wish is for another value than the one that the record holds, as far as that may be told."""
    return field is None or is_unseen(field, wish) or not field.same(held, wish)


def violations_of(
    provider: Provider, record: Mapping[str, Value], wishes: Mapping[str, Value]
) -> tuple[Violation, ...]:
    """What the rules say about the wishes, each for a hidden value as if it were another one."""
    unseen = {field.name for field in provider.fields if field.name in wishes and is_unseen(field, wishes[field.name])}
    return provider.violations({name: value for name, value in record.items() if name not in unseen}, wishes)
