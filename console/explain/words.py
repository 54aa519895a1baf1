"""Words that every sentence needs: a moment to come, a worker's note, sentences in a row. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format

SHORTLY = timedelta(seconds=15)
A_MINUTE = timedelta(minutes=1)
_ENDINGS = (".", "!", "?", "…", "”")
_ANSWERS = (
    (re.compile(r"\banswered (429|425)\b"), r"asked us to try later (status \1)"),
    (re.compile(r"\banswered (5\d\d)\b"), r"answered that something failed on its side (status \1)"),
    (re.compile(r"^Nothing was sent: the (?:lease was over|deadline had passed)"), "This try came too late to be sent"),
    (re.compile(r"\b[Tt]he (?:lease was over|deadline had passed)"), "No answer came in time"),
)
_NUMBERS = ("no", "one", "two", "three", "four", "five")
_LOG_WORDS = ("Nothing was sent: ", "Whether it was applied is not known: ")


def when(moment: datetime | None, now: datetime) -> str:
    """A moment to come, at the end of a sentence: “in a few seconds”, “on 23 Nov at 10:24” (the reader's zone)."""
    if moment is None or moment <= now:
        return "any moment now"
    if moment - now < SHORTLY:
        return "in a few seconds"
    if moment - now < A_MINUTE:
        return "within a minute"
    local = timezone.localtime(moment)
    clock = date_format(local, "H:i")
    return (
        f"at {clock}"
        if local.date() == timezone.localtime(now).date()
        else f"on {date_format(local, 'j M')} at {clock}"
    )


def until(moment: datetime, now: datetime) -> str:
    """The end of a wait, in the reader's zone: “until 10:24 today”, “until Mon 23 Nov, 10:24”."""
    local, today = timezone.localtime(moment), timezone.localtime(now)
    if local.date() == today.date():
        return f"until {date_format(local, 'H:i')} today"
    return f"until {date_format(local, 'D j M, H:i' if local.year == today.year else 'D j M Y, H:i')}"


def lasted(span: timedelta) -> str:
    """How long something waited, in the largest unit that fits: “3 days”, “1 hour”."""
    for unit, name in ((timedelta(days=1), "day"), (timedelta(hours=1), "hour"), (A_MINUTE, "minute")):
        if count := span // unit:
            return f"{count} {name}{'' if count == 1 else 's'}"
    return "a moment"


def upper(sentence: str) -> str:
    """Its first letter as a capital; the rest as it is."""
    return f"{sentence[:1].upper()}{sentence[1:]}"


def numbered(count: int) -> str:
    """A small number as a word."""
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)


def either(names: Sequence[str]) -> str:
    """Names as a choice: “Ann”, “Ann or Sam”, “Ann, Sam or Rae”."""
    return f"{', '.join(names[:-1])} or {names[-1]}" if len(names) > 1 else "".join(names)


def said(note: str, there: str) -> str:
    """A worker's note as a sentence that names the provider and no class of the machinery."""
    text = note.strip()
    for answer, words in _ANSWERS:
        text = answer.sub(words, text)
    for words in _LOG_WORDS:
        text = text.removeprefix(words)
    text = re.sub(r"^\w+Error\b\.?|:? \w+Error\b", "", text)
    text = re.sub(r"\b[Tt]he provider\b", lambda _: there, text)
    if not text:
        return ""
    return f"{upper(text)}{'' if text.endswith(_ENDINGS) else '.'}"


def joined(*sentences: str) -> str:
    """Sentences in a row; those that have nothing to say leave no gap."""
    return " ".join(sentence for sentence in sentences if sentence)
