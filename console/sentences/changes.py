"""What happened to a change on its way, step by step."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from console.models import About, Outcome, Status, Verdict, Wait
from console.sentences.deciding import by_the_policies
from console.sentences.happening import Happening, by_person


def _proposed(about: Happening) -> str:
    if why := _why_held(about):
        return f"Held: {why}"
    if about.said("from") == Status.RETURNED:
        return f"{about.who} proposed it again"
    what = f"{about.named('fields')}{about.from_to('fields')}"
    if undone := about.said("undoes"):
        return f"{about.who} asked to undo change {undone}: {what}"
    return f"{about.who} asked to change {what}"


def _why_held(about: Happening) -> str:
    """Why what was on its way is its author's or an operator's again; empty where it was proposed."""
    if before := about.said("because of"):
        return f"change {before} of the same field was not applied, so its author looks again"
    if about.said("restored"):
        return "the database was restored from a backup, and it may have been sent before that"
    if about.said("lapsed"):
        return "its approval is older than 7 days"
    if about.said("void"):
        return "its approval no longer covers what would be sent"
    return f"{about.named('moved')} had moved since it was asked" if about.said("moved") else ""


def _approved(about: Happening) -> str:
    source = about.said("from")
    if about.said("released"):
        return f"{about.who} released it to be sent after all{about.reason}"
    if about.said("policies"):
        return by_the_policies(about)
    if about.said("again"):
        return "To be sent once more: the same values again do no harm"
    if source == Status.SENDING:
        return f"Not applied by this try: {about.outcome}"
    if source == Status.UNKNOWN and about.event.actor is None:
        return "Read back: the old values stand, so it is sent again"
    return f"{about.who} had it sent again{about.reason}"


def _sending(about: Happening) -> str:
    number = about.said("epoch") or 1
    return "Being sent" if number == 1 else f"Being sent, for the {_ordinal(int(number))} time"


def _unknown(about: Happening) -> str:
    if about.said("restored"):
        return "The database was restored from a backup, so nobody can say what became of it"
    return "Sent, but nobody can say yet whether it was applied"


def _applied(about: Happening) -> str:
    there = about.there
    match about.said("outcome"):
        case Outcome.ALREADY:
            return f"Nothing had to be sent: {there} already held these values"
        case Outcome.ACCEPTED:
            return f"Accepted by {there}, which did not say what it holds now"
        case _:
            how = "reading back showed" if about.said("from") == Status.UNKNOWN else f"the answer of {there} showed"
            return f"Applied: {how} the new values"


def _refused(about: Happening) -> str:
    if about.said("outcome") == Outcome.GONE:
        return f"Refused: {about.there} has no such customer"
    return f"{about.there} refused it"


def _conflict(about: Happening) -> str:
    if about.said("outcome") == Outcome.MOVED:
        return f"Not sent: a value had moved at {about.there}"
    return f"Conflict: {about.outcome}"


def _failed(about: Happening) -> str:
    return f"Given up: {about.outcome}"


def _closed(about: Happening) -> str:
    if about.said("erased"):
        return "Closed, since the customer was erased"
    verdict = {
        Verdict.APPLIED: "it was applied",
        Verdict.NOT_APPLIED: "it was not applied",
        Verdict.NOT_KNOWN: "whether it was applied could not be found out",
    }[Verdict(about.said("verdict"))]
    return f"{about.who} closed it: {verdict}{about.reason}"


def _still_unknown(about: Happening) -> str:
    seen = "Read back: the old values stand" if about.said("outcome") == Outcome.STILL_OLD else "Still unknown"
    return f"{seen}; a person decides" if about.said("wait") == Wait.PERSON else f"{seen}; it will be looked at again"


def _held(about: Happening) -> str:
    match about.said("why"):
        case About.MOVED:
            return "Held: a value had moved since it was asked, so its author looks again"
        case About.EXPIRED:
            return "Held: nobody decided in time, and it may have been sent before, so its author looks again"
        case _:
            return "Held: it may have been sent before, so its author confirms or withdraws it"


def _answered_late(about: Happening) -> str:
    return f"An answer came after it had moved on, kept as evidence: {about.outcome}"


def _withdrawn(about: Happening) -> str:
    return "Ended, since the customer was erased" if about.said("erased") else f"{about.who} withdrew it"


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


TELLING: Mapping[str, Callable[[Happening], str]] = {
    "change.proposed": _proposed,
    "change.approved": _approved,
    "change.sending": _sending,
    "change.applied": _applied,
    "change.refused": _refused,
    "change.conflict": _conflict,
    "change.unknown": _unknown,
    "change.failed": _failed,
    "change.closed": _closed,
    "change.still_unknown": _still_unknown,
    "change.held": _held,
    "change.answered_late": _answered_late,
    "change.withdrawn": _withdrawn,
    "change.read_back": by_person("asked to read it back now"),
}
