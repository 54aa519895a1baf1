"""How states, durations and differences are said on every page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from django.template import Library
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from console.explain import said
from console.models import Status
from console.templatetags.values import shown
from providers.fields import Kind

if TYPE_CHECKING:
    from providers.fields import Field, Value

register = Library()

ICONS = {
    Status.PROPOSED: "clock",
    Status.RETURNED: "pause",
    Status.APPROVED: "send",
    Status.SENDING: "send",
    Status.APPLIED: "check",
    Status.REFUSED: "cross",
    Status.CONFLICT: "warning",
    Status.UNKNOWN: "question",
    Status.FAILED: "cross",
    Status.REJECTED: "cross",
    Status.WITHDRAWN: "cross",
    Status.EXPIRED: "clock",
    Status.SUPERSEDED: "changes",
    Status.CLOSED: "info",
}
A_SECOND = 1000
FEW_WORDS = 3  # fewer that stay between two others make a text harder to read, not easier
MOST_WORDS = 600  # comparing more would take longer than the rest of the page


@dataclass(frozen=True, slots=True)
class Badge:
    """What the tag `state` shows."""

    tone: str
    icon: str
    word: str


@register.filter
def badge(status: str) -> Badge:
    """The badge of a status, where nothing more about the change is at hand, so that it says no more than that."""
    known = Status(status)
    word = "Not sent yet" if known is Status.PROPOSED else str(known.label)  # held for its author, or to be approved
    return Badge(known.tone, ICONS[known], word)


@register.filter
def duration(milliseconds: int | None) -> str:
    """How long something took: “84 ms”, “1.2 s”."""
    if milliseconds is None:
        return ""
    return f"{milliseconds} ms" if milliseconds < A_SECOND else f"{milliseconds / A_SECOND:.1f} s"


@register.simple_tag
def removed(field: Field, before: Value, after: Value, known: bool = True) -> SafeString:
    """A line's value as it was, what goes marked."""
    if not known or field.is_blank(before):
        return shown(field, before, known)
    return _marked("del", field, before, after)


@register.simple_tag
def added(field: Field, before: Value, after: Value) -> SafeString:
    """A line's value as it is to be, what comes marked."""
    if field.is_blank(after):
        return shown(field, after)
    return _marked("ins", field, after, before)


def _marked(tag: str, field: Field, value: Value, other: Value) -> SafeString:
    if field.sensitive:
        return format_html("<{0}>{1}</{0}>", SafeString(tag), shown(field, value))
    text, against = field.display(value), field.display(other)
    parts = differing(text, against) if field.kind is not Kind.JSON else [(text, True)]
    marked = format_html_join(
        "",
        "{}",
        ((format_html("<{0}>{1}</{0}>", SafeString(tag), part) if differs else part,) for part, differs in parts),
    )
    return format_html('<bdi class="value">{}</bdi>', marked)


def differing(text: str, other: str) -> list[tuple[str, bool]]:
    """A text in its parts, each with whether the other one lacks it: by whole words, no more parts than one can read.

    What stays inside of a long text is found, too, where it is a few words or more.
    """
    start, end = common(text, other)
    middle, against = text[start : len(text) - end], other[start : len(other) - end]
    ours, theirs = _WORD.findall(middle), _WORD.findall(against)
    parts = [(middle, True)]
    if ours and theirs and len(ours) + len(theirs) <= MOST_WORDS:
        parts = _parts(ours, theirs)
    return [
        (part, differs) for part, differs in [(text[:start], False), *parts, (text[len(text) - end :], False)] if part
    ]


def _parts(ours: list[str], theirs: list[str]) -> list[tuple[str, bool]]:
    """The words between a common beginning and a common end, as parts."""
    parts, at = list[tuple[str, bool]](), 0
    for block in SequenceMatcher(None, ours, theirs, autojunk=False).get_matching_blocks():
        same = ours[block.a : block.a + block.size]
        if sum(word.isalnum() for word in same) < FEW_WORDS and block.size:
            continue
        parts += [("".join(ours[at : block.a]), True), ("".join(same), False)]
        at = block.a + block.size
    return parts


def common(text: str, other: str) -> tuple[int, int]:
    """How many characters two texts share at their beginning and at their end, counted in whole words."""
    ours, theirs = _WORD.findall(text), _WORD.findall(other)
    start = _shared(ours, theirs)
    end = _shared(ours[start:][::-1], theirs[start:][::-1])
    return sum(map(len, ours[:start])), sum(map(len, ours[len(ours) - end :]))


_WORD = re.compile(r"\+?\w+|\s+|[^\w\s]")  # "+44" is one word


def _shared(ours: list[str], theirs: list[str]) -> int:
    count = 0
    for mine, yours in zip(ours, theirs, strict=False):
        if mine != yours:
            break
        count += 1
    return count


@register.filter
def bounded(count: int, most: int = 99) -> str:
    """A count that was made no further than this: “99+”."""
    return f"{most}+" if count > most else str(count)


@register.filter
def about(note: str, there: str) -> str:
    """A note of the worker, naming the provider."""
    return said(note, there)
