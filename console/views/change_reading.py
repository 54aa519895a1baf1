"""How fresh what a page of a change compares with is: when it was read, whether it is read now, or why it can't be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from console.models import Known
from console.sentences import listed
from console.templatetags.look import ago

if TYPE_CHECKING:
    from collections.abc import Sequence

    from console.models import Change, Customer, User

FRESH = timedelta(seconds=30)
A_MOMENT = timedelta(seconds=2)
A_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Freshness:
    """What is said of it: `asks`, so that the page has it read now; `reads`, so that a person can."""

    tone: str
    icon: str
    words: str
    asks: bool = False
    reads: bool = True


def freshness(
    change: Change, reader: User, moved: Sequence[str], *, now: datetime, problem: str = "", asks: bool = True
) -> Freshness:
    """`moved` are the labels of what is another value by now; `problem`, why it could not be read just now."""
    customer, there = change.customer, change.connection.name
    if not customer.provider.capabilities.reads:
        return Freshness("neutral", "info", _never_read(customer, there), reads=False)
    at = read_at(customer)
    found = _found(change, reader, moved)
    if problem:
        return Freshness("waiting", "warning", _joined(problem, _all_the_same(change)))
    if at is None:
        return Freshness("neutral", "clock", f"{there} was not asked yet: we know {_how(customer)}.", asks=asks)
    stale = now - at > FRESH
    told = f"{_read(there, lately(at, now), found)}"
    if moved:
        return Freshness("waiting", "warning", told, asks=asks and stale)
    return Freshness("neutral" if stale else "applied", "clock" if stale else "check", told, asks=asks and stale)


def read_at(customer: Customer) -> datetime | None:
    """When the record was last read; None if it never was."""
    moments = [entry["at"] for entry in customer.known.values() if entry["how"] == Known.READ]
    return datetime.fromisoformat(max(moments)) if moments else None


def lately(moment: datetime, now: datetime) -> str:
    """A moment that is over, to the second while that tells something."""
    passed = now - moment
    if passed < A_MOMENT:
        return "just now"
    return f"{passed // timedelta(seconds=1)} seconds ago" if passed < A_MINUTE else ago(moment)


def _found(change: Change, reader: User, moved: Sequence[str]) -> str:
    who = "you" if reader.pk == change.requester_id else change.requester.name
    if not moved:
        return f"nothing has moved since {who} asked"
    return f"{listed(moved)} {'has' if len(moved) == 1 else 'have'} moved since {who} asked"


def _read(there: str, when: str, found: str) -> str:
    return f"Read from {there} {when}: {found}."


def _never_read(customer: Customer, there: str) -> str:
    return f"{there} offers no way to read a record, so “now” is {_how(customer)}."


def _how(customer: Customer) -> str:
    """“what was imported yesterday”, of the latest that we know."""
    latest = max(customer.known.values(), key=lambda entry: str(entry["at"]), default=None)
    if latest is None:
        return "nothing of the record"
    words = {Known.IMPORTED: "what was imported", Known.TYPED: "what a person said"}
    how = words.get(Known(latest["how"]), "what we last sent")
    return f"{how} {ago(datetime.fromisoformat(latest['at']))}"


def _all_the_same(change: Change) -> str:
    """That the page is good for deciding anyway, and why."""
    if change.connection.provider.capabilities.reads_before_sending:
        return "You can decide all the same: it is read again just before anything is sent."
    return "You can decide all the same."


def _joined(*sentences: str) -> str:
    return " ".join(sentence for sentence in sentences if sentence)
