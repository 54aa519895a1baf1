"""Why an unknown change needs a person: what cannot be seen, and why nothing is sent again unasked. Pure."""

from __future__ import annotations

import re

from console.models import Change, Outcome

_TOLD = re.compile(r"(, so|\.) a person decides\.$", re.IGNORECASE)
_KEY = ("The key ", "A sealed value ", "Sealed ")
_UNASKED = "Sending it again unasked"
_MEANWHILE = "somebody wrote to the record"
_ANSWERED = {Outcome.REFUSED, Outcome.CONFLICT}
_SAID_OF_ITSELF = {None, Outcome.INTENT, Outcome.UNKNOWN, Outcome.CONFLICT, Outcome.STILL_OLD}


def without_the_end(note: str) -> str:
    """A note without what the sentence around it says in its own words: that a person decides, and why."""
    return "" if note.startswith(_UNASKED) else _TOLD.sub(".", note)


def reads_as_not_applied(change: Change, last: Outcome | None) -> bool:
    """The old values were read where that means something: nobody wrote meanwhile, no backup came in between."""
    meant = not change.note or change.note.startswith("Read back: the old values stand")
    return last is Outcome.STILL_OLD and meant and _MEANWHILE not in change.note


def earlier_try(change: Change, last: Outcome | None) -> str:
    """Said before what the last try came to, where that alone would sound as if nothing had been applied."""
    if change.connection.provider.capabilities.reads or change.tries < 2 or last in _SAID_OF_ITSELF:
        return ""
    return "An earlier try may have been applied."


def why_a_person(change: Change, last: Outcome | None) -> str:
    """Why neither reading nor sending again tells by itself; empty where the note of the change says it."""
    there, can = change.connection.name, change.connection.provider.capabilities
    if _MEANWHILE in change.note:
        return "So it may have been applied and then undone by somebody who meant it."
    if _TOLD.search(change.note) and not change.note.startswith(_UNASKED):
        return ""
    if change.note.startswith(_KEY):
        return "So it can be neither looked into nor sent."
    if last is Outcome.GONE:
        return f"{there} has no such customer any more, so no record there shows whether it was applied."
    if can.reads:
        return f"The record was read at {there} as often as helps, and no answer told."
    return f"{there} cannot be read to see whether it was applied, and {_why_not_again(change, last)}."


def _why_not_again(change: Change, last: Outcome | None) -> str:
    there = change.connection.name
    if last in _ANSWERED:
        return "sent once more it would get the same answer"
    if not change.connection.provider.capabilities.resend_harmless:
        return f"what an update sets off at {there} may happen twice"
    return "by now the same values once more might replace what somebody set there since"
