"""Seen: what a preview showed of each customer of a selection, so that nobody is changed in a way that nobody saw.

It is one byte that says what would have become of them, and an HMAC, under their own key, of what they held in the
fields that are asked for: that it moved can be told from it, and not what it was.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from django.db import connection as database

from console.errors import ConsoleError

if TYPE_CHECKING:
    from console.dry_run import Looked
    from console.models import Bulk, Customer

DIGEST_BYTES = 16


class Outcome(StrEnum):
    """What was said to become of a customer."""

    WANTED = "w"
    STAYS = "s"
    REFUSED = "r"

    @classmethod
    def of(cls, looked: Looked) -> Outcome:
        """That of one look."""
        if looked.is_refused:
            return cls.REFUSED
        return cls.WANTED if looked.changes else cls.STAYS


@dataclass(frozen=True, slots=True)
class Seen:
    """What the preview said of a customer, and what they held by then; empty of whom nothing could be read."""

    outcome: Outcome
    held: bytes = b""

    def kept(self) -> bytes:
        """As it stands in the row of the selection."""
        return self.outcome.encode() + self.held

    @classmethod
    def of(cls, kept: bytes | memoryview | None) -> Seen | None:
        """Out of that row; None where nobody looked at it."""
        whole = bytes(kept or b"")
        return cls(Outcome(whole[:1].decode()), whole[1:]) if whole else None


def digests(customer: Customer, names: Iterable[str]) -> dict[str, str]:
    """The digest of what a customer holds in each of these fields, as a form has it (`Customer.shown_digest`); none for
    a field that there is not. Raises a ConsoleError where the record can't be opened.
    """
    record, there = customer.record, {field.name for field in customer.provider.fields}
    return {name: customer.shown_digest(name, record.get(name)) for name in sorted(names) if name in there}


def together(shown: Mapping[str, str]) -> bytes:
    """The digests of the fields of one customer as one."""
    return hashlib.sha256(" ".join(f"{name}={digest}" for name, digest in shown.items()).encode()).digest()[
        :DIGEST_BYTES
    ]


def as_looked_at(customer: Customer, names: Iterable[str], looked: Looked) -> Seen:
    """What is kept of a look at a customer."""
    try:
        return Seen(Outcome.of(looked), together(digests(customer, names)))
    except ConsoleError:
        return Seen(Outcome.REFUSED)


def keep(bulk: Bulk, seen: Mapping[int, Seen]) -> None:
    """Writes what was seen at these places of a selection."""
    with database.cursor() as cursor:
        cursor.execute(_KEEP, [list(seen), [one.kept() for one in seen.values()], bulk.pk])


_KEEP = """
    UPDATE console_bulkcustomer AS member SET seen = found.seen
    FROM unnest(%s::int[], %s::bytea[]) AS found(place, seen)
    WHERE member.bulk_id = %s AND member.place = found.place
"""
