"""What happened around the audit: who read it and took what home, reviews, erasures, who was refused, and who came."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from console.auditing import kinds
from console.sentences.happening import Happening, by_person
from console.sentences.words import listed

_MOST_ASKED = 120
_FORMATS: Mapping[str, str] = {"csv": "a table", "jsonl": "lines of JSON", "pack": "an evidence pack"}


def _searched(about: Happening) -> str:
    asked = _asked(about)
    return f"{about.who} searched the audit{f' by {asked}' if asked else ''}"


def _opened(about: Happening) -> str:
    return f"{about.who} opened event {about.said('event')}"


def _exported(about: Happening) -> str:
    count, asked = about.said("count"), _asked(about)
    of = f" of {_counted(count, 'event')}" if count is not None else ""
    return f"{about.who} took {_format(about)}{of} from the audit{f', by {asked}' if asked else ''}"


def _downloaded(about: Happening) -> str:
    return f"{about.who} downloaded {_format(about)}{_export(about)}"


def _export_stopped(about: Happening) -> str:
    return f"{about.who} stopped the making of {_format(about)}{_export(about)}"


def _verified(about: Happening) -> str:
    """What was found is told where the event says it."""
    found = about.said("found")
    if isinstance(found, list):
        found = len(found)
    came = f": {_counted(found, 'thing')} did not fit" if found else ": all of it fits" if found == 0 else ""
    return f"{about.who} verified the history{came}"


def _review_opened(about: Happening) -> str:
    items, count = about.said("items"), about.said("count")
    of = f": {items} of {_counted(count, 'change')} to look at" if items is not None and count is not None else ""
    return f"{about.who} opened it{of}"


def _review_marked(about: Happening) -> str:
    marks = {"fine": "fine", "settled": "settled: the question is answered"}
    mark = marks.get(about.said("mark"), "looked at")
    return f"{about.who} marked {_change(about)} as {mark}" if mark in marks.values() else f"{about.who} {mark}"


def _review_questioned(about: Happening) -> str:
    return f"{about.who} questioned {_change(about)}"


def _review_answered(about: Happening) -> str:
    return f"{about.who} answered about {_change(about)}"


def _signed_off(about: Happening) -> str:
    fine, items = about.said("fine"), about.said("items")
    of = f": {fine} of {items} fine" if fine is not None and items is not None else ""
    return f"{about.who} signed it off{of}"


def _erased(about: Happening) -> str:
    ended = about.said("ended")
    ended = len(ended) if isinstance(ended, list) else ended
    also = f", which ended {_counted(ended, 'change')}" if ended else ""
    return f"{about.who} agreed: the values were erased, for ever{also}"


def _erasure_asked(about: Happening) -> str:
    reference = about.values.get("reference")
    return f"{about.who} asked that this customer be erased{f' (“{reference}”)' if reference else ''}"


def _refused(about: Happening) -> str:
    method, route = about.said("method"), about.said("route")
    where = f" ({method} {route})" if method and route else ""
    return f"{about.who} tried what they may not do{where}"


def _sign_in_failed(about: Happening) -> str:
    is_known = about.event.subject.startswith("person:")
    return "A sign-in failed" if is_known else "A sign-in failed, under a name that nobody has"


def _connection_set(about: Happening) -> str:
    if about.said("new"):
        return f"{about.who} set it up"
    return f"{about.who} altered it: {listed([str(name) for name in about.said('moved') or ()]) or 'its settings'}"


def _seal_refused(about: Happening) -> str:
    kinds = {
        "behind": "the database holds a shorter history than was signed",
        "differs": "the database holds another history than was signed",
        "unfit": "what was added does not follow from what was signed",
    }
    return f"History was not sealed: {kinds.get(about.said('why'), 'it does not fit what was signed')}"


def _seal_accepted(about: Happening) -> str:
    kept, found = about.said("kept"), about.said("found")
    sizes = f": {found} events, where {kept} had been signed" if kept is not None and found is not None else ""
    return f"{about.who} accepted that history goes on from a backup{sizes}{about.reason}"


def _asked(about: Happening) -> str:
    """“kind change, customer 17”: what a search was asked for, by numbers and codes."""
    query = about.said("query")
    held: Mapping[str, Any] = query if isinstance(query, dict) else {}
    words = ", ".join(f"{name} {_in_words(name, value)}" for name, value in held.items() if name != "zone")
    return words if len(words) <= _MOST_ASKED else f"{words[:_MOST_ASKED].rstrip()}…"


def _in_words(name: str, value: Any) -> Any:
    return f"“{kinds.told(str(value))}”" if name == "kind" else value


def _format(about: Happening) -> str:
    return _FORMATS.get(str(about.said("format")), "an export")


def _export(about: Happening) -> str:
    number = about.said("export")
    return f" (export {number})" if number else ""


def _change(about: Happening) -> str:
    return f"change {about.event.change_id}" if about.event.change_id else "a change"


def _counted(count: Any, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}" if isinstance(count, int) else f"{count} {noun}s"


TONES: Mapping[str, str] = {
    "customer.erased": "refused",
    "customer.erasure_asked": "waiting",
    "person.refused": "refused",
    "person.sign_in_failed": "refused",
    "review.questioned": "waiting",
    "review.signed_off": "applied",
    "installation.seal_refused": "refused",
    "installation.seal_accepted": "waiting",
}

TELLING: Mapping[str, Callable[[Happening], str]] = {
    "audit.searched": _searched,
    "audit.opened": _opened,
    "audit.exported": _exported,
    "audit.downloaded": _downloaded,
    "audit.export_stopped": _export_stopped,
    "audit.verified": _verified,
    "review.opened": _review_opened,
    "review.marked": _review_marked,
    "review.questioned": _review_questioned,
    "review.answered": _review_answered,
    "review.signed_off": _signed_off,
    "customer.erasure_asked": _erasure_asked,
    "customer.erasure_rejected": by_person("said no to erasing this customer"),
    "customer.erasure_withdrawn": by_person("took back the wish to erase this customer"),
    "customer.erased": _erased,
    "person.signed_out": by_person("signed out"),
    "person.sign_in_failed": _sign_in_failed,
    "person.refused": _refused,
    "connection.set": _connection_set,
    "installation.seal_refused": _seal_refused,
    "installation.seal_accepted": _seal_accepted,
}
