"""Looking: what became of those changes of a batch that were let go last."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection as database

from console.models import CANARY, Batch, Confirmation, Status, Verdict, Wait
from console.models.batches import WENT_WITH_IT, walk

LAST = 50
MOST_FAILED = 10
"""More than so many of the last fifty that did not arrive, and the batch is paused."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Of those let go since somebody said go on, the last fifty that ended: how many arrived, of these how many without
    the provider's confirmation, and how many did not. `last`: the highest of their places; `under_way`: all that are
    still to end; `held_up`: how many of these cannot leave before somebody settles an earlier change of their customer.
    """

    arrived: int = 0
    unconfirmed: int = 0
    failed: int = 0
    last: int = 0
    under_way: int = 0
    held_up: int = 0


def look(batch: Batch) -> Seen:
    """Looks at no more rows than were let go lately, however large the batch is."""
    still_to_end, held = _still_to_end(batch)
    with database.cursor() as cursor:
        cursor.execute(_LAST, {"batch": batch.pk, "from": batch.looked_from, "most": LAST})
        found = cursor.fetchall()
    arrived = [confirmation for _, is_there, confirmation in found if is_there]
    unconfirmed = sum(confirmation == Confirmation.ACCEPTED for confirmation in arrived)
    last = max((place for place, *_ in found), default=0)
    return Seen(len(arrived), unconfirmed, len(found) - len(arrived), last, still_to_end, held)


def under_way(batch: Batch) -> int:
    """How many of it were let go and are still to end; of one that was stopped nothing else is worth a look, since what
    was taken back may be most of it.
    """
    return _still_to_end(batch)[0]


def held_up(batch: Batch) -> int:
    """How many of it were let go and cannot leave before somebody settles an earlier change of their customer."""
    return _still_to_end(batch)[1]


def _still_to_end(batch: Batch) -> tuple[int, int]:
    with database.cursor() as cursor:
        cursor.execute(_STILL_TO_END, [batch.pk])
        count, held = cursor.fetchone()
    return count, held


def goes_wrong(batch: Batch, seen: Seen) -> str:
    """Why the batch is to be paused by what was seen, in a sentence; empty if it is not."""
    if batch.canary_passed_at is None and seen.failed:
        return (
            f"{seen.failed} of the first {min(CANARY, seen.arrived + seen.failed + seen.under_way)} did not arrive. "
            "Look at them, then let it go on or stop it."
        )
    if seen.failed > MOST_FAILED:
        return (
            f"{seen.failed} of the last {seen.arrived + seen.failed} did not arrive. "
            "Look at them, then let it go on or stop it."
        )
    return ""


# What waits for a person is not under way: nothing goes on by itself.
_STILL_TO_END = f"""
    SELECT count(*), count(*) FILTER (WHERE status = 'approved' AND EXISTS (
        SELECT FROM console_change AS earlier WHERE earlier.customer_id = member.customer_id
            AND earlier.status = 'unknown' AND earlier.wait = '{Wait.PERSON}'
    ))
    FROM console_change AS member WHERE batch_id = %s AND status IN ('approved', 'sending', 'unknown')
        AND NOT (status = 'unknown' AND wait = '{Wait.PERSON}')
"""  # noqa: S608 - of our own words
# What ended without being sent did not fail: it waits for somebody, or was taken back.
_ENDED = (
    *(f"status = '{each}'" for each in ("applied", "refused", "conflict", "failed", "closed")),
    f"status = 'unknown' AND wait = '{Wait.PERSON}'",
)
_LAST = walk(
    f"status = '{Status.APPLIED}' OR verdict = '{Verdict.APPLIED}', confirmation",
    f"batch_place > %(from)s AND {WENT_WITH_IT}",
    _ENDED,
    back=True,
)
