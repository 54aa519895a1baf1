"""What happened to batches: put together, decided on, let go, paused, stopped and ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from console.models import BatchStatus
from console.models.judging import Act
from console.sentences.happening import Happening


def _begun(about: Happening) -> str:
    undoes = about.said("undoes")
    return f"{about.who} began it{f', to undo batch {undoes}' if undoes else ''}"


def _waiting(about: Happening) -> str:
    if about.said("from") != BatchStatus.BUILDING:
        return f"It waits for approval again{_note(about)}"
    return f"{about.who} asked for {_changes(about)}: it waits for approval"


def _decided(about: Happening) -> str:
    return f"{about.who} {'approved' if about.said('act') == Act.APPROVE else 'rejected'} all of it"


def _canary(about: Happening) -> str:
    match about.said("from"):
        case BatchStatus.BUILDING:
            return f"{about.who} asked for {_changes(about)}, which need no approval: the first few may leave"
        case BatchStatus.PAUSED:
            return f"{about.who} let it go on"
        case _:
            return "Approved: the first few may leave"


def _going(about: Happening) -> str:
    match about.said("from"):
        case BatchStatus.CANARY:
            return "The first few arrived: the others may leave"
        case BatchStatus.WAITING:
            return "Approved again: the others may leave"
        case _:
            return f"{about.who} let it go on"


def _by(what: str) -> Callable[[Happening], str]:
    """Whoever did it, or the console by itself, with the note that the batch kept; once where it says the same."""
    return lambda about: f"{about.who} {what}{_note(about, besides=f'{about.who} {what}')}"


def _note(about: Happening, besides: str = "") -> str:
    note = str(about.said("note") or "").rstrip(".")
    return f": {note}" if note and note != besides else ""


def _changes(about: Happening) -> str:
    size: Any = about.said("size")
    return f"{size:,} change{'' if size == 1 else 's'}" if isinstance(size, int) else "its changes"


TONES: Mapping[str, str] = {f"batch.{status}": status.tone for status in BatchStatus}
TELLING: Mapping[str, Callable[[Happening], str]] = {
    "batch.building": _begun,
    "batch.waiting": _waiting,
    "batch.decided": _decided,
    "batch.canary": _canary,
    "batch.checking": lambda about: f"The first few are to be looked at{_note(about)}",
    "batch.going": _going,
    "batch.paused": _by("paused it"),
    "batch.done": lambda _: "Ended: nothing of it is left to leave",
    "batch.stopped": _by("stopped it"),
    "batch.rejected": _by("rejected it"),
    "batch.withdrawn": _by("withdrew it"),
    "batch.expired": lambda _: "Ended: nobody decided in time",
    "batch.failed": _by("could not put it together"),
    "batch.downloaded": lambda about: f"{about.who} downloaded the results of batch {about.said('batch')}",
}
