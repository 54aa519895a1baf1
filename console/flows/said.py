"""Said: what a person gives as a reason, a finding or a comment. It stands in the history for ever, so it is short."""

from __future__ import annotations

from console.errors import StepNotPossible

LONGEST_REASON = 500


def said(text: str, wanted: str, *, what: str = "the reason") -> str:
    """The text as `no_novel` has it; raises StepNotPossible, with `wanted`, if nothing is left of it."""
    if not (kept := no_novel(text, what=what)):
        raise StepNotPossible(wanted)
    return kept


def no_novel(text: str, *, what: str = "the reason") -> str:
    """The text without white space around it, nor NULs in it; raises StepNotPossible if it is too long."""
    text = text.replace("\0", "").strip()
    if len(text) > LONGEST_REASON:
        raise StepNotPossible(f"Shorten {what}: it may have {LONGEST_REASON} characters, not {len(text)}.")
    return text
