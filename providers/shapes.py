"""What goes into a provider and what comes out of it: small values that the console holds on to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from providers.body import Node, Span
from providers.errors import Exchange
from providers.fields import Value

type Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a provider can do beyond taking an update."""

    reads: bool = False
    reads_before_sending: bool = False  # carried values are to come from a read just before the update
    echoes: bool = False  # the answer to an update carries the record
    changed_field: str | None = None  # the field that says when the record last changed
    resend_harmless: bool = False
    conflict_may_be_ours: bool = False


@dataclass(frozen=True, slots=True)
class Preview:
    """An update as a person sees it before it leaves; the texts of `body`, joined, are its pretty JSON."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: tuple[Span, ...]
    asked: tuple[str, ...]
    carried: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took the update; `values` is the record as it answered, None where it says nothing of it."""

    values: Mapping[str, Value] | None = field(repr=False)
    exchange: Exchange


@dataclass(frozen=True, slots=True)
class Reading:
    """A record as its provider gave it, in stored form, by our names.

    `garbled` names the fields whose value was kept out, since it has a type or a length that no such field has.
    """

    values: Mapping[str, Value] = field(repr=False)
    exchange: Exchange
    garbled: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Request:
    """An address, and a body of marked values (None for a read)."""

    method: str
    path_parts: tuple[str, ...]
    query: Mapping[str, str]
    body: Node | None = field(default=None, repr=False)


class BadIdentity(ValueError):
    """A text that cannot be an id at this provider; it says why, to a person."""
