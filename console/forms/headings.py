"""Headings: the entries of a form under them, and after which of them the reason is asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from console.forms.entry import Entry
from console.forms.inputs import in_groups

type Group = tuple[str, list[Entry]]


def under_headings(entries: Mapping[str, Entry]) -> list[Group]:
    """The entries by name in the groups of their fields, in the order of the page."""
    grouped = in_groups(entry.field for entry in entries.values())
    return [(group, _reasoned(entries[field.name] for field in fields)) for group, fields in grouped]


def around_the_reason(groups: Sequence[Group]) -> tuple[list[Group], list[Group]]:
    """The groups down to the last one in which something can be typed, and those that are only to be looked at."""
    open_ones = [place for place, (_, entries) in enumerate(groups, 1) if not all(e.is_closed for e in entries)]
    last = max(open_ones, default=0)
    return [*groups[:last]], [*groups[last:]]


def _reasoned(entries: Iterable[Entry]) -> list[Entry]:
    """One reason for several locked entries in a row is said at the first of them."""
    reasoned, said = [], ""
    for entry in entries:
        reason = entry.field.locked_reason
        entry.reason = "" if reason == said else reason
        reasoned.append(entry)
        said = reason
    return reasoned
