"""What was sent and of which nobody knows yet whether it was applied."""

from __future__ import annotations

from math import ceil

from console.doubt import earlier_try, reads_as_not_applied, why_a_person, without_the_end
from console.explain.case import Case, Explanation
from console.explain.leaving import silent
from console.explain.words import joined, said, when
from console.models import Wait


def unknown(case: Case) -> Explanation:
    if case.change.wait == Wait.PERSON:
        return _for_a_person(case)
    headline = "We sent it, and nobody can say yet whether it was applied."
    return Explanation("unknown", "question", "Outcome unknown", headline, joined(case.said, _what_becomes_of(case)))


def _for_a_person(case: Case) -> Explanation:
    """Nothing goes on by itself: what is known, why that tells nothing, and what a person can do."""
    change, there = case.change, case.there
    if reads_as_not_applied(change, case.last):
        return _still_old(case)
    following = joined(
        earlier_try(change, case.last),
        said(without_the_end(change.note), there),
        why_a_person(change, case.last),
        f"A person has to look at the record at {there}, then send the change again or close it.",
        case.operators,
    )
    headline = "We sent it, and nobody can say whether it was applied."
    return Explanation("unknown", "question", "Outcome unknown", headline, following)


def _still_old(case: Case) -> Explanation:
    there, tries = case.there, case.change.tries
    headline = f"Not applied as far as we can see: read back, {there} still holds the old values."
    if case.change.connection.provider.capabilities.resend_harmless:
        why = f"It was sent {tries} times. Now a person decides: send it once more, or close it."
    else:
        why = f"What an update sets off at {there} may happen twice, so a person decides: send it again, or close it."
    return Explanation("unknown", "question", "Outcome unknown", headline, joined(why, case.operators))


def _what_becomes_of(case: Case) -> str:
    moment = when(case.change.next_attempt_at, case.now)
    if case.change.connection.is_paused:
        return joined(f"{case.there} is paused; we look into it once an operator resumes it.", case.operators)
    if case.change.connection.is_interrupted:
        probe = when(case.change.connection.probe_at, case.now)
        return joined(
            f"{silent(case)}; we look into it once one call, which is made {probe}, is answered.", case.operators
        )
    if case.change.wait == Wait.READ_BACK:
        return joined(_still_settling(case), _looking(case, moment))
    again = f"The same values once more do no harm at {case.there}, so it is sent again {moment}."
    return joined(_still_settling(case), again)


def _looking(case: Case, moment: str) -> str:
    lease = case.change.lease_until
    if lease and lease > case.now:
        return f"The record is being read at {case.there} right now to see what became of it."
    return f"We will read the record {moment} to see what became of it."


def _still_settling(case: Case) -> str:
    """Said while the provider may still apply what it has not answered: then old values say nothing."""
    if case.settles_at is None or case.settles_at <= case.now:
        return ""
    seconds = ceil((case.settles_at - case.now).total_seconds())
    reads = case.change.connection.provider.capabilities.reads
    proves = "so that old values there prove nothing yet" if reads else "so nothing is sent before"
    return f"For {seconds} s more {case.there} may still apply it, {proves}."
