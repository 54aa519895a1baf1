"""Why a change is looked at in a review, in sentences; and what a reviewer said of it, as a badge. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from console.flows.risks import Risk
from console.models import Mark, Verdict

if TYPE_CHECKING:
    from console.flows.risks import Reason

type Names = Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Why:
    """One reason: its code, a few words for a list, and a whole sentence."""

    code: str
    words: str
    sentence: str


WORDS: Mapping[Risk, str] = {
    Risk.EMERGENCY: "Without approval",
    Risk.CLOSED: "Closed by hand",
    Risk.HASTY: "Approved in seconds",
    Risk.PAIR: "The same two people",
    Risk.UNDONE: "Undone",
    Risk.BULK: "Many at once",
    Risk.SAMPLE: "Sample",
}

# Tone, icon and word of each mark.
BADGES: Mapping[Mark, tuple[str, str, str]] = {
    Mark.OPEN: ("neutral", "eye", "To look at"),
    Mark.FINE: ("applied", "check", "Fine"),
    Mark.QUESTIONED: ("waiting", "flag", "Questioned"),
    Mark.SETTLED: ("applied", "comment", "Question answered"),
}


def why(reasons: Iterable[Reason], names: Names) -> list[Why]:
    """All reasons of a change, in words; `names` has the people whom they name, by number."""
    return [Why(reason["code"], WORDS[Risk(reason["code"])], _sentence(reason, names)) for reason in reasons]


def people_in(reasons: Iterable[Reason]) -> set[int]:
    """Whom reasons name, by number."""
    return {reason[part] for reason in reasons for part in ("by", "author") if reason.get(part)}


def _sentence(reason: Reason, names: Names) -> str:
    named = {part: names.get(reason.get(part) or 0, "Somebody") for part in ("by", "author")}
    return _SAID[Risk(reason["code"])]({**reason, **named})


def _closed(told: Mapping[str, Any]) -> str:
    verdict = {
        Verdict.APPLIED: "said that it was applied",
        Verdict.NOT_APPLIED: "said that it was not applied",
        Verdict.NOT_KNOWN: "said that it could not be found out",
    }.get(told["verdict"], "closed it")
    return f"Nobody knew what became of it, and {told['by']} {verdict}."


def _hasty(told: Mapping[str, Any]) -> str:
    after = "it was asked for" if told["after"] == "asked" else "approving something else"
    return f"{told['by']} approved it {_seconds(told['seconds'])} after {after}."


def _seconds(count: int) -> str:
    if not count:
        return "within a second"
    return "a second" if count == 1 else f"{count} seconds"


def _pair(told: Mapping[str, Any]) -> str:
    if "back" in told:
        return (
            f"{told['by']} approved {told['count']} changes of {told['author']}'s in this period, "
            f"and {told['author']} {told['back']} of {told['by']}'s."
        )
    return f"{told['by']} approved {told['count']} of the {told['of']} changes that {told['author']} asked for."


_SAID: Mapping[Risk, Callable[[Mapping[str, Any]], str]] = {
    Risk.EMERGENCY: lambda told: f"{told['by']} let it through without its approvals.",
    Risk.CLOSED: _closed,
    Risk.HASTY: _hasty,
    Risk.PAIR: _pair,
    Risk.UNDONE: lambda told: f"Change {told['change']} undid it.",
    Risk.BULK: lambda told: f"It was proposed together with {told['size'] - 1:,} others.",
    Risk.SAMPLE: lambda _: "The lot fell on it.",
}
