"""Where a change stands: its states and the steps between them, which a trigger in the database lists, too; what it
waits for, and how its end is known.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import TextChoices


class Status(TextChoices):
    """Where a change stands. The words are those of the page; `tone` is their colour."""

    PROPOSED = "proposed", "Waiting for approval"
    RETURNED = "returned", "Returned to the author"
    APPROVED = "approved", "On its way"
    SENDING = "sending", "Being sent"
    APPLIED = "applied", "Applied"
    REFUSED = "refused", "Refused"
    CONFLICT = "conflict", "Conflict"
    UNKNOWN = "unknown", "Outcome unknown"
    FAILED = "failed", "Not delivered"
    REJECTED = "rejected", "Rejected"
    WITHDRAWN = "withdrawn", "Withdrawn"
    EXPIRED = "expired", "Expired"
    SUPERSEDED = "superseded", "Replaced"
    CLOSED = "closed", "Closed by a person"

    @property
    def is_final(self) -> bool:
        """Nothing can follow."""
        return self in FINAL

    @property
    def is_on_its_way(self) -> bool:
        """The worker has it or will take it by itself."""
        return self in ON_THEIR_WAY

    @property
    def in_flight(self) -> bool:
        """A request is out, or may be: it holds back the customer's other changes."""
        return self in IN_FLIGHT

    @property
    def needs_fixing(self) -> bool:
        """It ended without being applied, and a person has to look."""
        return self in TO_FIX

    @property
    def tone(self) -> str:
        """The style sheet's class: applied, waiting, refused, unknown or neutral."""
        return TONES.get(self, "neutral")


STEPS: Mapping[Status, frozenset[Status]] = {
    Status.PROPOSED: frozenset(
        {
            Status.APPROVED,
            Status.RETURNED,
            Status.REJECTED,
            Status.WITHDRAWN,
            Status.EXPIRED,
            Status.SUPERSEDED,
        }
    ),
    Status.RETURNED: frozenset({Status.PROPOSED, Status.WITHDRAWN, Status.EXPIRED}),
    Status.APPROVED: frozenset({Status.SENDING, Status.PROPOSED, Status.WITHDRAWN, Status.SUPERSEDED}),
    Status.SENDING: frozenset(
        {Status.APPLIED, Status.APPROVED, Status.REFUSED, Status.CONFLICT, Status.UNKNOWN, Status.FAILED}
    ),
    Status.UNKNOWN: frozenset({Status.APPLIED, Status.APPROVED, Status.CONFLICT, Status.CLOSED}),
    Status.REFUSED: frozenset({Status.APPROVED, Status.SUPERSEDED, Status.CLOSED}),
    Status.CONFLICT: frozenset({Status.APPROVED, Status.SUPERSEDED, Status.CLOSED}),
    Status.FAILED: frozenset({Status.APPROVED, Status.SUPERSEDED, Status.CLOSED}),
}

FINAL = frozenset(status for status in Status if status not in STEPS)
UNFINISHED = frozenset(STEPS)
IN_FLIGHT = frozenset({Status.SENDING, Status.UNKNOWN})
ON_THEIR_WAY = frozenset({Status.APPROVED, Status.SENDING})
TO_FIX = frozenset({Status.REFUSED, Status.CONFLICT, Status.FAILED, Status.RETURNED, Status.UNKNOWN})
OPEN = frozenset({Status.PROPOSED, Status.RETURNED, Status.APPROVED, Status.SENDING, Status.UNKNOWN})

TONES: Mapping[Status, str] = {
    Status.PROPOSED: "waiting",
    Status.RETURNED: "waiting",
    Status.APPROVED: "waiting",
    Status.SENDING: "waiting",
    Status.APPLIED: "applied",
    Status.REFUSED: "refused",
    Status.CONFLICT: "refused",
    Status.FAILED: "refused",
    Status.REJECTED: "refused",
    Status.UNKNOWN: "unknown",
}


class Wait(TextChoices):
    """What a change that is not final waits for; the page says it in a sentence."""

    NOTHING = "", "nothing"
    TURN = "turn", "its turn"
    TRY_AGAIN = "try again", "the next try"
    PROVIDER = "provider", "the provider to take requests again"
    READ_BACK = "read back", "a reading that shows what became of it"
    PERSON = "person", "a person"
    DECISION = "decision", "somebody else's decision"
    AUTHOR = "author", "its author"
    RESTORED = "restored", "a person, since a backup was restored"
    BATCH = "batch", "its batch"


class Confirmation(TextChoices):
    """How we know that a change is applied."""

    NONE = "", ""
    ECHOED = "echoed", "confirmed by the provider's answer"
    READ = "read", "confirmed by reading back"
    ACCEPTED = "accepted", "accepted, not confirmed"
    ALREADY = "already", "the record already held these values"
    PERSON = "person", "confirmed by a person"


class Verdict(TextChoices):
    """What a person found out about a change that was closed by hand."""

    APPLIED = "applied", "It was applied"
    NOT_APPLIED = "not applied", "It was not applied"
    NOT_KNOWN = "not known", "It could not be found out"
