"""Drafts: what a person typed into a customer's form and did not save; theirs alone, sealed, kept for a day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from django.db import connection as database
from django.db.models.functions import Now

from console.errors import KeyMissing
from console.models import Change, Customer, Draft
from console.models.desk import DRAFTS_LIVE

if TYPE_CHECKING:
    from console.models import User

LARGEST = 500_000  # bytes; what is longer than any record is not kept


@dataclass(frozen=True, slots=True)
class Kept:
    """A draft, opened: the form as it was posted, and the names of the fields that were to change."""

    typed: Mapping[str, str]
    fields: tuple[str, ...]
    saved_at: datetime


def keep(customer: Customer, typed: Mapping[str, str], fields: tuple[str, ...], *, by: User) -> bool:
    """Keeps what was typed in place of what this person had typed here before; says whether it did."""
    sealed = customer.key.seal("draft", str(by.pk), {"typed": dict(typed), "fields": list(fields)})
    if len(sealed) > LARGEST:
        return False
    with database.cursor() as cursor:
        cursor.execute(_KEEP, (by.pk, customer.pk, sealed))
    return True


_KEEP = """
    INSERT INTO console_draft (user_id, customer_id, sealed) VALUES (%s, %s, %s)
    ON CONFLICT (user_id, customer_id) DO UPDATE SET sealed = EXCLUDED.sealed, saved_at = EXCLUDED.saved_at"""


def held(customer: Customer, *, by: User) -> Kept | None:
    """What this person left here in the last 24 hours. None too where its form was saved after all, by an answer that
    overtook the last of the typing, and where it can't be opened any more.
    """
    with database.cursor() as cursor:
        cursor.execute(_HELD, (by.pk, customer.pk, DRAFTS_LIVE.total_seconds()))
        row = cursor.fetchone()
    kept = _opened(row, customer, by) if row else None
    return None if kept is None or _was_saved(kept, by) else kept


_HELD = """
    SELECT sealed, saved_at FROM console_draft
    WHERE user_id = %s AND customer_id = %s AND saved_at > statement_timestamp() - make_interval(secs => %s)"""


def discard(customer: Customer, *, by: User) -> None:
    """Lets go of what this person left here: it was saved, or is not wanted any more."""
    with database.cursor() as cursor:
        cursor.execute("DELETE FROM console_draft WHERE user_id = %s AND customer_id = %s", (by.pk, customer.pk))


def discard_form(customer: Customer, key: str, *, by: User) -> None:
    """Lets go of it if it came of the form with this key: everything in that form was put back."""
    kept = held(customer, by=by)
    if kept and kept.typed.get("key") == key:
        discard(customer, by=by)


def forget_old() -> int:
    """Deletes the drafts of everybody that are older than 24 hours; says how many."""
    return Draft.objects.filter(saved_at__lte=Now() - DRAFTS_LIVE).delete()[0]


def _opened(row: tuple[bytes, datetime], customer: Customer, by: User) -> Kept | None:
    sealed, saved_at = row
    try:
        content = cast("dict[str, Any]", customer.key.open("draft", str(by.pk), sealed))
    except KeyMissing:
        return None
    return Kept(content["typed"], tuple(content["fields"]), saved_at)


def _was_saved(kept: Kept, by: User) -> bool:
    return Change.objects.saved_as(kept.typed.get("key", ""), by=by) is not None
