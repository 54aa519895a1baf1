"""What is said in whatever state a change is: that not all of it goes, and that nobody had approved it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from console.explain.case import Case, Explanation
from console.explain.ended import NOTHING_MORE
from console.explain.words import joined, upper
from console.models import Confirmation, Status
from console.sentences import listed

# Badges that would tell of a whole.
_IN_PART: Mapping[str, str] = {
    "On its way": "On its way in part",
    "Being sent": "Being sent in part",
    "Applied": "Applied in part",
    "Already so": "Already so in part",
    "Accepted, not confirmed": "Accepted in part, not confirmed",
    "Closed: applied": "Closed: applied in part",
}
_UNTOLD = frozenset({Status.REJECTED, Status.WITHDRAWN, Status.EXPIRED, Status.SUPERSEDED})  # nothing of it goes
_NOT_YET = frozenset({Status.PROPOSED, Status.RETURNED, Status.APPROVED})
_NEVER = frozenset({Status.PROPOSED, Status.RETURNED, *_UNTOLD})


def in_part(case: Case, told: Explanation) -> Explanation:
    """Says which lines were left out; where the rest arrived, that comes first, and the badge says “in part”."""
    state, parts = case.change.state, case.parts
    if not parts.is_partial or state in _UNTOLD:
        return told
    left_out = parts.left_out(case.by, sent=state not in _NOT_YET)
    word = _IN_PART.get(told.word, told.word)
    if state is Status.APPLIED:
        return _arrived(case, replace(told, word=word), left_out)
    both = [f"{left_out}.", told.following] if state is Status.PROPOSED else [told.following, f"{left_out}."]
    return replace(told, word=word, following=joined(*both))


def loudly(case: Case, told: Explanation) -> Explanation:
    """Says before anything else who sent it without its approvals; the badge says so of whatever left."""
    if not case.emergency:
        return told
    change = case.change
    if change.state in _NEVER or change.confirmation == Confirmation.ALREADY:
        return _headed(told, f"It was let through without its approvals by {case.emergency}.")
    following = told.following.replace(NOTHING_MORE, "").strip()  # a reviewer looks into it
    told = replace(told, word=f"{told.word}, without approval", following=following)
    if change.state is Status.SENDING or (change.state is Status.APPROVED and not change.tries):
        return _headed(told, f"Let through without its approvals by {case.emergency}.")
    return _headed(told, f"Sent without its approvals by {case.emergency}.")


def _arrived(case: Case, told: Explanation, left_out: str) -> Explanation:
    begins = told.word.removesuffix(", not confirmed")
    how = upper(told.headline.removeprefix("Applied: "))
    following = told.following
    if case.parts.rejected:
        again = "Ask" if case.is_author else f"{case.author} can ask"
        following = following.replace(NOTHING_MORE, f"{again} for the rest again if it is still wanted.")
    headline = f"{begins}: {listed(case.parts.sent)}; {left_out}."
    return replace(told, headline=headline, following=joined(how if how != "Applied." else "", following))


def _headed(told: Explanation, sentence: str) -> Explanation:
    return replace(told, icon="warning", headline=f"{sentence} {told.headline}")
