"""What has not left: it waits for a decision, or for a person who has to look first."""

from __future__ import annotations

import re

from django.utils import timezone
from django.utils.formats import date_format

from console.explain.case import Case, Explanation, doubt
from console.explain.deciding import Deciding
from console.explain.words import either, joined, said, until, upper
from console.models import Wait
from console.sentences import listed

NOTHING_SENT = "Nothing has been sent yet."
INCOMPLETE = "What is left of it cannot be sent by itself."
LAPSED = "Its approval has lapsed: one holds for 7 days."
VOID = "Its approval no longer covers what would be sent, so it was held."
_MOVED = "Another value than when this was asked"
_ASKS_TO_LOOK = re.compile(r" Look again[,:] .*$")  # said to its author in words of our own


def proposed(case: Case) -> Explanation:
    """Nothing leaves unless somebody says so: an operator, its author, or whoever decides."""
    match case.change.wait:
        case Wait.RESTORED:
            return _restored(case)
        case Wait.AUTHOR:
            return _held(case)
        case Wait.BATCH:
            return _of_batch(case)
        case _:
            return _to_decide(case)


def returned(case: Case) -> Explanation:
    """Given back to its author: by a person with a reason, or since what is left of it cannot be sent alone."""
    tone, earlier = doubt(case)
    headline, why = f"{case.somebody('An approver')} returned it to {case.author}.", case.said
    if case.change.note.startswith(INCOMPLETE):
        headline, why = INCOMPLETE, why.removeprefix(INCOMPLETE).strip()
    coming = f"It waits for {case.author} to edit it and propose it again, or to withdraw it{_until(case)}."
    return Explanation(tone, "pause", f"Returned to {case.author}", headline, joined(earlier, why, coming))


def _restored(case: Case) -> Explanation:
    headline = "Held: the database was restored from a backup, and this change may have been sent before that."
    following = joined(
        f"Nothing is sent unless an operator, who looks at the record at {case.there} first, releases it.",
        case.operators,
    )
    return Explanation("unknown", "pause", "Held since a backup", headline, following)


def _of_batch(case: Case) -> Explanation:
    """Decided on and let go with the others, in its place."""
    batch = f"batch {case.change.batch_id}" if case.change.batch_id else "its batch"
    if case.set_back:
        headline = "By the backup that was restored it has not left, and may have left since."
        following = f"It leaves in its place among the other changes of {batch}, once somebody lets that go on."
        return Explanation("unknown", "pause", "Waits for its batch", headline, following)
    following = (
        f"It is decided on with the other changes of {batch}, and leaves in its place among them. "
        f"{upper(case.by_author('edit', 'edits'))} it, and it leaves the batch."
    )
    return Explanation("waiting", "clock", "Waits for its batch", NOTHING_SENT, following)


def _held(case: Case) -> Explanation:
    tone, earlier = doubt(case)
    headline, why = _why_held(case)
    anew = "What needs approval is asked about anew then." if headline in {LAPSED, VOID} else ""
    confirms = f"Nothing is sent unless {case.by_author('confirm', 'confirms')} it."
    following = joined("" if headline == earlier else earlier, why, confirms, anew)
    return Explanation(tone, "pause", f"Held for {case.author}", headline, following)


def _why_held(case: Case) -> tuple[str, str]:
    """What happened meanwhile, by what the flow noted, and what is to be said beside that."""
    note = _ASKS_TO_LOOK.sub("", case.change.note)
    if note.startswith(_MOVED):
        labels = note.removeprefix(_MOVED).strip(" :.")
        return "Held, so that nothing is overwritten unseen.", f"{labels} moved at {case.there} since this was asked."
    if note.startswith("Its approval is older"):
        return LAPSED, ""
    if note.startswith(("What would be sent is no longer", "It lacks an approval")):
        return VOID, said(note, case.there)
    return doubt(case)[1] or NOTHING_SENT, said(note, case.there)


def _to_decide(case: Case) -> Explanation:
    tone, earlier = doubt(case)
    deciding, is_over = case.deciding, _is_over(case)
    lacks = "; ".join(map(str, deciding.lacks))
    nothing = "" if earlier or not lacks else "Nothing has been sent."
    following = joined(earlier if lacks else "", *_how_far(case), _who(case), _the_rest(deciding), nothing)
    word = "Waiting for you" if deciding.is_yours and not is_over else "Waiting for approval"
    return Explanation(tone, "clock", word, f"{lacks}." if lacks else earlier or NOTHING_SENT, following)


def _how_far(case: Case) -> list[str]:
    """What was decided about it already, what makes that worth less, and who is about to decide."""
    deciding, at = case.deciding, case.change.claimed_at
    decided = f"{deciding.decided} of {deciding.in_all} decided." if deciding.decided else ""
    moved = f"{listed(deciding.moved)} moved at {case.there} since this was asked." if deciding.moved else ""
    given = "You have approved it already." if deciding.given else ""
    if deciding.holder is None:
        return [decided, moved, given]
    mine = case.reader is not None and case.reader.pk == deciding.holder.pk
    since = f" at {date_format(timezone.localtime(at), 'H:i')}" if at else ""
    return [decided, moved, given, f"{'You' if mine else deciding.holder.name} took it{since}."]


def _who(case: Case) -> str:
    """Who can decide, and for how long."""
    deciding, limit = case.deciding, _until(case)
    if _is_over(case):
        return "The time for deciding is over, so it ends any moment now."
    if deciding.people is None:
        return f"{'You can decide' if deciding.is_yours else 'It waits for somebody who may decide'}{limit}."
    names = [*(["you"] if deciding.is_yours else []), *deciding.others(case.reader)]
    missing = f"an administrator can give somebody the role Approver at {case.there}"
    if not names:
        nobody = f"It waits{limit.removeprefix(',')}, and nobody" if limit else "Nobody"
        return f"{nobody} can decide on it so far: {missing}."
    if deciding.too_few:
        return f"Only {either(names)} can decide{limit}, which is too few: {missing}."
    return f"{upper(either(names))} can decide{limit}."


def _the_rest(deciding: Deciding) -> str:
    """What could have left by itself."""
    if not deciding.alongside:
        return ""
    needs, waits = ("needs", "waits") if len(deciding.alongside) == 1 else ("need", "wait")
    return f"{listed(deciding.alongside)} {needs} none and {waits} with the rest."


def _is_over(case: Case) -> bool:
    ends = case.change.expires_at
    return ends is not None and ends <= case.now


def _until(case: Case) -> str:
    ends = case.change.expires_at
    return f", {until(ends, case.now)}" if ends else ""
