"""Words that every sentence needs: a moment to come, a worker's note, sentences in a row. Pure."""

from __future__ import annotations

import re
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
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(_ENDINGS) else '.'}"


def joined(*sentences: str) -> str:
    return " ".join(sentence for sentence in sentences if sentence)
