"""What has not left: it waits for a decision, or for a person who has to look first."""

from __future__ import annotations

from console.explain.case import Case, Explanation, doubt
from console.explain.words import joined
from console.models import Wait


def proposed(case: Case) -> Explanation:
    if case.change.wait == Wait.RESTORED:
        return _restored(case)
    if case.change.wait != Wait.AUTHOR:
        following = "It is sent once it is approved; you need not do anything."
        return Explanation("waiting", "clock", "Waiting for approval", "Nothing has been sent yet.", following)
    following = joined(case.said, f"Nothing is sent unless {case.by_author('confirm', 'confirms')} it.")
    tone, earlier = doubt(case)
    return Explanation(tone, "pause", f"Held for {case.author}", earlier or "Nothing has been sent yet.", following)


def _restored(case: Case) -> Explanation:
    headline = "Held: the database was restored from a backup, and this change may have been sent before that."
    following = joined(
        f"Nothing is sent unless an operator, who looks at the record at {case.there} first, releases it.",
        case.operators,
    )
    return Explanation("unknown", "pause", "Held since a backup", headline, following)


def returned(case: Case) -> Explanation:
    following = joined(case.said, f"It waits for {case.author} to propose it anew or to withdraw it.")
    return Explanation("waiting", "pause", f"Returned to {case.author}", "Nothing has been sent yet.", following)
