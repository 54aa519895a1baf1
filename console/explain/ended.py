"""What ended: applied, or why not, and what can be done then."""

from __future__ import annotations

from console.explain.case import Case, Explanation, doubt
from console.explain.words import joined, lasted, said
from console.models import Confirmation, Outcome, Verdict
from console.models.batches import BATCH_ENDED

NOTHING_MORE = "Nothing more to do."


def refused(case: Case) -> Explanation:
    there = case.there
    reasons = joined(*(said(str(problem.get("message", "")), there) for problem in case.change.problems)) or case.said
    if case.change.customer.is_gone:
        headline, following = (
            f"{there} has no such customer any more. Nothing was changed.",
            "Close it once you have seen to it; try again only if the customer is back there.",
        )
    elif case.change.note.startswith("Our own rules"):
        headline, following = (
            "The rules refuse it by now, so it was not sent.",
            "Edit again with values that the rules take, or close it.",
        )
    else:
        headline = f"{there} refused it. Nothing was changed there."
        following = f"Edit again with values that {there} takes, or close it."
    return Explanation("refused", "cross", "Refused", headline, joined(reasons, following))


def conflict(case: Case) -> Explanation:
    there = case.there
    headline, following = {
        Outcome.MOVED: (
            "Not sent, so that nothing is overwritten unseen.",
            f"Compare: send {'yours' if case.is_author else 'it'} all the same, or keep what {there} holds now.",
        ),
        Outcome.KEPT_ANOTHER: (
            f"{there} does not hold what was asked for.",
            "Compare with what it holds now: edit again, or close this change.",
        ),
        Outcome.CONFLICT: (
            f"{there} did not take it: somebody else changed the record at the same time.",
            f"Look at the record at {there}, then try again or close this change.",
        ),
    }.get(
        case.last or Outcome.INTENT,
        (
            f"The record at {there} does not hold what was asked for.",
            f"Look at the record at {there}, then try again or close it.",
        ),
    )
    note = "" if case.last is Outcome.CONFLICT else case.said
    return Explanation("refused", "warning", "Conflict", headline, joined(note, following))


def failed(case: Case) -> Explanation:
    tries = case.change.tries
    headline = f"Given up after {tries} {'try' if tries == 1 else 'tries'}. Nothing was changed at {case.there}."
    following = joined(case.said, f"Try again once {case.there} answers, or close it.")
    return Explanation("refused", "cross", "Not delivered", headline, following)


def applied(case: Case) -> Explanation:
    there = case.there
    if case.change.confirmation == Confirmation.ACCEPTED:
        return _accepted(case)
    headline = {
        Confirmation.ECHOED: f"Applied: the answer of {there} holds the new values.",
        Confirmation.READ: f"Applied: we read the record back, and {there} holds the new values.",
        Confirmation.ALREADY: f"Nothing had to be sent: {there} already held these values.",
    }.get(Confirmation(case.change.confirmation), "Applied.")
    word = "Already so" if case.change.confirmation == Confirmation.ALREADY else "Applied"
    return Explanation("applied", "check", word, headline, NOTHING_MORE)


def _accepted(case: Case) -> Explanation:
    """Neither green nor a claim: nobody has seen the new values there."""
    there = case.there
    reads = case.change.connection.provider.capabilities.reads
    following = (
        "Read the customer again to see what it holds."
        if reads
        else f"{there} offers no way to read a record, so it can be checked only there."
    )
    headline = f"{there} accepted it, but does not say what it holds now."
    return Explanation("neutral", "check", "Accepted, not confirmed", headline, following)


def rejected(case: Case) -> Explanation:
    """Whoever decides said no to all of it."""
    tone, earlier = doubt(case)
    ends = ", so nothing more is sent." if earlier else ": nothing was sent."
    edit = "Edit" if case.is_author else f"{case.author} can edit"
    again = f"{edit} the customer again with what would be approved, if it is still wanted."
    headline, following = f"{case.somebody('An approver')} rejected it{ends}", joined(earlier, case.said or again)
    return Explanation(tone if earlier else "refused", "cross", "Rejected", headline, following)


def withdrawn(case: Case) -> Explanation:
    if case.change.maybe_applied:
        headline = "Withdrawn after a backup was restored: it may have been sent before that."
        following = f"Nothing more is sent. Look at the record at {case.there} before relying on it."
        return Explanation("unknown", "cross", "Withdrawn", headline, following)
    if _by_erasing(case):
        headline = "Ended before it was sent, since the customer was erased."
        return Explanation("neutral", "eraser", "Withdrawn", headline, f"Nothing was changed at {case.there}.")
    if case.change.note == BATCH_ENDED and case.set_back:
        headline = "Its batch ended before this one left, by the backup that was restored: it may have left since."
        following = f"Nothing more is sent. Look at the record at {case.there} before relying on it."
        return Explanation("unknown", "cross", "Withdrawn", headline, following)
    if case.change.note == BATCH_ENDED:
        return Explanation("neutral", "cross", "Withdrawn", BATCH_ENDED, f"Nothing was changed at {case.there}.")
    who = "You" if case.is_author else case.author
    headline = f"{who} withdrew it before it was sent."
    return Explanation("neutral", "cross", "Withdrawn", headline, f"Nothing was changed at {case.there}.")


def expired(case: Case) -> Explanation:
    """Time never approves: it ends what nobody decided."""
    change = case.change
    within = f"within {lasted(change.ended_at - change.created_at)}" if change.ended_at else "in time"
    headline = f"Nobody decided {within}, so it ended; nothing was sent."
    following = joined(case.said, "Propose it again if it is still wanted.")
    return Explanation("neutral", "clock", "Expired", headline, following)


def superseded(case: Case) -> Explanation:
    """Another wish for the same field took its place."""
    change = case.change
    by = f"Change {change.superseded_by_id}" if change.superseded_by_id else "A later change"
    again = " again" if change.tries else ""
    return Explanation(
        "neutral", "changes", "Replaced", f"{by} took its place. This one is not sent{again}.", case.said
    )


def _by_erasing(case: Case) -> bool:
    """Whether it ended in the very moment in which its customer was erased."""
    erased_at = case.change.customer.erased_at
    return erased_at is not None and erased_at == case.change.ended_at


def closed(case: Case) -> Explanation:
    there = case.there
    if _by_erasing(case):
        headline = "Closed, since the customer was erased."
        return Explanation("neutral", "eraser", "Closed", headline, "Nothing is sent any more.")
    tone, word, headline, following = {
        Verdict.APPLIED: (
            "neutral",
            "Closed: applied",
            "Closed by a person, who found that it was applied.",
            "Our copy shows the new values, as a person's word.",
        ),
        Verdict.NOT_APPLIED: (
            "neutral",
            "Closed: not applied",
            "Closed by a person, who found that it was not applied.",
            f"Save it again if it is still wanted at {there}.",
        ),
        Verdict.NOT_KNOWN: (
            "unknown",
            "Closed: not known",
            "Closed by a person; whether it was applied could not be found out.",
            f"Look at the record at {there} before relying on it.",
        ),
    }[Verdict(case.change.verdict)]
    return Explanation(tone, "info", word, headline, following)
