"""What happened to connections, to people's settings, and to the installation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from console.flaw_words import in_words
from console.models import BulkKind, BulkStatus, Format, Mail, Pause
from console.sentences.happening import Happening, by_itself, by_person
from console.sentences.words import days, listed


def _paused(about: Happening) -> str:
    cause = about.said("cause")
    if about.event.actor:
        return f"{about.who} paused it{about.reason}"
    return f"Paused: {Pause(cause).label[0].lower()}{Pause(cause).label[1:]}" if cause in Pause else "Paused"


def _interrupted(about: Happening) -> str:
    count = about.said("failures")
    silent = f"{count} calls in a row got no proper answer" if count else "Too many calls in a row got no proper answer"
    return f"Interrupted: {silent}"


def _settings(about: Happening) -> str:
    """Only what was chosen is told; a setting that is gone by now has no words."""
    moved = about.said("moved") or {}
    words = [_CHOSEN[name](*moved[name]) for name in moved if name in _CHOSEN]
    return f"{about.who} {listed(words) or 'changed a setting'}"


def _address(before: bool, after: bool) -> str:
    """What became of the address for e-mail, which no event holds."""
    verb = "removed" if not after else "changed" if before else "gave"
    return f"{verb} the address for e-mail"


def _rotated(about: Happening) -> str:
    """How many things in all: of what kinds they are, the event says itself."""
    moved = about.said("moved")
    count = sum(number for number in moved.values() if isinstance(number, int)) if isinstance(moved, Mapping) else 0
    return f"{count} sealed thing{'' if count == 1 else 's'} brought under the key {about.said('to')}"


_KEPT = {"customers": "customers nobody needs", "bodies": "bodies of exchanges"}


def _keeping(about: Happening) -> str:
    """For how long what is kept from then on."""
    moved = [(words, about.said(name)) for name, words in _KEPT.items() if about.said(name)]
    told = [f"{words} {f'for {days(pair[-1])}' if pair[-1] else 'for good'}" for words, pair in moved]
    return f"{about.who} let {listed(told) or 'everything'} be kept"


def _bodies_removed(about: Happening) -> str:
    count = about.said("attempts")
    exchanges = f"{count} exchange{'' if count == 1 else 's'}"
    return f"The bodies of {exchanges} went: they were older than {days(about.said('days'))}"


_WORKS = {
    BulkKind.FILL: "filling the cache from a file",
    BulkKind.PROPOSE: "proposing changes from a file",
    BulkKind.EDIT: "editing a selection",
}
_ENDS = {BulkStatus.DONE: "ended", BulkStatus.FAILED: "could not be ended"}


def _bulk(about: Happening) -> str:
    """Which work it is, and of how many rows or customers."""
    count = about.said("rows") or 0
    of_what = "customer" if about.said("kind") == BulkKind.EDIT else "row"
    work = _WORKS.get(about.said("kind"), "work on many customers")
    return f"{work} ({count:,} {of_what}{'' if count == 1 else 's'})"


def _bulk_begun(about: Happening) -> str:
    return f"{about.who} began {_bulk(about)}"


def _bulk_stopped(about: Happening) -> str:
    return f"{about.who} stopped {_bulk(about)} after {about.said('done') or 0:,}{about.reason}"


def _bulk_ended(about: Happening) -> str:
    """What came of it, counted."""
    taken, proposed = about.said("taken") or {}, about.said("proposed") or {}
    counts = [f"{taken.get(name, 0):,} {name}" for name in ("added", "updated", "unchanged")] if taken else []
    counts += [f"{proposed.get('made', 0):,} changes proposed"] if proposed else []
    work, ended = _bulk(about), _ENDS.get(about.said("state"), "ended")
    return f"{work[:1].upper()}{work[1:]} {ended}{f': {listed(counts)}' if counts else ''}"


def _assigned(about: Happening) -> str:
    """How many of which rule, and whether to themselves; another person is named by number, as the history does."""
    count, to = about.said("count") or 0, about.said("to")
    records = f"{count:,} record{'' if count == 1 else 's'}"
    wrong = f"“{in_words(str(about.said('field') or 'a field'), str(about.said('code') or ''))}”"
    if to is None:
        return f"{about.who} gave {records} ({wrong}) to nobody in particular"
    if to == about.event.actor_id:
        return f"{about.who} took {records} ({wrong}) to put right"
    return f"{about.who} gave {records} ({wrong}) to person {to} to put right"


def _bulk_exported(about: Happening) -> str:
    """How many, as what, and which hidden values went along."""
    count, hidden = about.said("count") or 0, about.named("revealed") if about.said("revealed") else ""
    customers = f"{count:,} {'chosen ' if about.said('chosen') else ''}customer{'' if count == 1 else 's'}"
    kind = _EXPORTED.get(about.said("format"), "")
    asked = about.said("criteria")
    by = ", ".join(f"{name} {code}" for name, code in asked.items()) if isinstance(asked, Mapping) else ""
    narrowed, along = f", by {by}" if by else "", f", with {hidden}" if hidden else ""
    return f"{about.who} exported {customers}{kind}{along}{narrowed}{about.reason}"


def _export_downloaded(about: Happening) -> str:
    return f"{about.who} downloaded {_file(about)}"


def _export_stopped(about: Happening) -> str:
    return f"{about.who} stopped the making of {_file(about)} after {about.said('done') or 0:,}"


def _file(about: Happening) -> str:
    number = about.said("export")
    return f"an export of customers{f' (export {number})' if number else ''}"


_EXPORTED = {
    Format.CSV: " as a table (CSV)",
    Format.XLSX: " as a workbook (XLSX)",
    Format.JSONL: " as lines of JSON",
}


_MAILS: Mapping[str, str] = {
    Mail.NOTHING: "chose to get no e-mail",
    Mail.MINE: "chose to be told by e-mail what becomes of their changes",
    Mail.ALL: "chose to be told by e-mail what becomes of their changes and what waits for their decision",
}
_CHOSEN: Mapping[str, Callable[[Any, Any], str]] = {
    "time_zone": lambda _, zone: f"set the time zone to {zone}",
    "single_keys": lambda _, on: f"switched single keys {'on' if on else 'off'}",
    "mail": lambda _, mail: _MAILS.get(mail, "chose what to be told by e-mail"),
    "email": _address,
}
TELLING: Mapping[str, Callable[[Happening], str]] = {
    "person.settings_changed": _settings,
    "bulk.begun": _bulk_begun,
    "bulk.stopped": _bulk_stopped,
    "bulk.ended": _bulk_ended,
    "bulk.exported": _bulk_exported,
    "bulk.downloaded": _export_downloaded,
    "bulk.export_stopped": _export_stopped,
    "quality.assigned": _assigned,
    "connection.keeping_set": _keeping,
    "connection.bodies_removed": _bodies_removed,
    "connection.paused": _paused,
    "connection.resumed": by_person("resumed it"),
    "connection.interrupted": _interrupted,
    "connection.recovered": by_itself("It answers again"),
    "installation.keys_rotated": _rotated,
    "installation.restored": by_itself("The database was found to be restored from a backup, so everything was held"),
}
