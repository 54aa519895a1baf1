"""What is said in whatever state a change is: that not all of it goes, and that nobody had approved it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from console.explain.case import Case, Explanation
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
    if state is not Status.APPLIED:
        return replace(told, word=word, following=joined(told.following, f"{left_out}."))
    begins = word.removesuffix(", not confirmed")
    how = upper(told.headline.removeprefix("Applied: "))
    following = joined(how if how != "Applied." else "", told.following)
    return replace(told, word=word, headline=f"{begins}: {listed(parts.sent)}; {left_out}.", following=following)


def loudly(case: Case, told: Explanation) -> Explanation:
    """Says before anything else who sent it without its approvals."""
    if not case.emergency:
        return told
    headline = f"{_without_approvals(case)} by {case.emergency}. {told.headline}"
    return replace(told, icon="warning", word=f"{told.word}, without approval", headline=headline)


def _without_approvals(case: Case) -> str:
    change = case.change
    if change.state is Status.APPROVED and not change.tries:
        return "On its way without its approvals, let through"
    if change.state in _NEVER or change.confirmation == Confirmation.ALREADY:
        return "It was let through without its approvals"
    return "Sent without its approvals"
