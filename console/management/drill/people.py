"""The people of a drill: an author and an operator, who do what the console asks of them while it goes on."""

from __future__ import annotations

import contextlib
from collections import Counter
from datetime import timedelta

from django.db.models import Q
from django.db.models.functions import Now

from console.doubt import why_a_person
from console.errors import AlreadyWaiting, ConsoleError, StepNotPossible
from console.flows.decide import confirm
from console.flows.pausing import resume
from console.flows.propose import withdraw
from console.flows.resolve import close, try_again
from console.management.drill.furnishing import Cast
from console.management.drill.ledger import Ledger
from console.management.drill.matrix import without_numbers
from console.management.drill.plan import Plan
from console.management.drill.writers import number_of
from console.models import Change, Connection, Outcome, Status, Verdict, Wait

AT_ONCE = 40
LONG_INTERRUPTED = timedelta(seconds=15)


class People:
    """Look at what needs them, and decide: truthfully, since the operator may look into the providers' books."""

    def __init__(self, plan: Plan, cast: Cast, ledger: Ledger) -> None:
        self.resumed: Counter[str] = Counter()
        self.decided: Counter[str] = Counter()
        self.unknown: Counter[str] = Counter()
        self._cast, self._ledger, self._luck = cast, ledger, plan.luck("people")
        self._left: set[int] = set()

    def resume_what_is_paused(self) -> None:
        """As an operator does who has seen to the cause; after a while also what the circuit breaker interrupts."""
        long_interrupted = Q(interrupted_at__lt=Now() - LONG_INTERRUPTED)
        for connection in Connection.objects.filter(Q(paused_at__isnull=False) | long_interrupted):
            cause = connection.get_pause_display() or "It did not answer for long"
            with contextlib.suppress(StepNotPossible):  # it went on by itself meanwhile
                resume(connection, by=self._cast.operator, reason="The drill's operator has seen to it.")
                self.resumed[cause] += 1

    def decide(self) -> None:
        """Goes on with some of what waits for a person, and leaves the rest for good, as people do."""
        self._ledger.refresh()
        waiting = Change.objects.needing_a_person().exclude(pk__in=self._left).order_by("pk")
        for change in waiting[:AT_ONCE]:
            self._see_to(change)

    def release_who_waits_behind(self) -> None:
        """Decides about the unknown ones that hold back others of their customer."""
        self._ledger.refresh()
        behind = Change.objects.filter(status=Status.APPROVED).values("customer")
        for change in Change.objects.filter(status=Status.UNKNOWN, wait=Wait.PERSON, customer__in=behind):
            self._see_to(change)

    def _see_to(self, change: Change) -> None:
        why = _why_a_person(change) if change.state is Status.UNKNOWN else ""
        try:
            word = self._act(change)
        except ConsoleError:
            word = "left"  # as when a newer wish for the same field waits
        if word == "left":
            self._left.add(change.pk)
        if word and change.state is Status.UNKNOWN:
            self.unknown[why] += 1
        if word:
            self.decided[f"{change.get_status_display()}: {word}"] += 1

    def _act(self, change: Change) -> str:
        """What was done, in a word or two; empty when it is too early to say."""
        lucky = self._luck.random() < 0.5
        if change.state is Status.UNKNOWN:
            return self._settle_unknown(change, again=lucky)
        if change.state is Status.PROPOSED:
            confirm(change.pk, by=self._cast.author) if lucky else withdraw(change.pk, by=self._cast.author)
            return "confirmed" if lucky else "withdrawn"
        if lucky:
            try_again(change.pk, by=self._cast.operator, reason="The drill tries again.")
        return "sent again" if lucky else "left"

    def _settle_unknown(self, change: Change, *, again: bool) -> str:
        number = number_of(change)
        if self._ledger.may_be_applied_late(number):
            return ""
        applied = [entry for entry in self._ledger.by_number[number] if entry.applied_at is not None]
        if applied and applied[-1].kept:
            return self._close(change, Verdict.APPLIED)
        if again:
            with contextlib.suppress(AlreadyWaiting):
                try_again(change.pk, by=self._cast.operator, reason="The provider's books say it was not applied.")
                return "sent again"
        return self._close(change, Verdict.NOT_APPLIED)

    def _close(self, change: Change, verdict: Verdict) -> str:
        close(change.pk, by=self._cast.operator, verdict=verdict, reason="It stands so in the provider's books.")
        return f"closed, {verdict}"


def _why_a_person(change: Change) -> str:
    """What the page of the change says: what the last try came to, and why nothing goes on by itself."""
    tried = change.attempts.values_list("outcome", flat=True).last()
    return without_numbers(f"{change.note} {why_a_person(change, Outcome(tried) if tried else None)}").strip()
