"""Where a change stands, in sentences for a person: what happened, who or what it waits for, what can be done. Pure.

Nothing here says more than is known: only a confirmed change is called applied, and an unknown one is neither.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.formats import date_format

from console.doubt import earlier_try, reads_as_not_applied, why_a_person, without_the_end
from console.models import Change, Confirmation, Outcome, Pause, Status, Verdict, Wait

if TYPE_CHECKING:
    from console.models import User

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


@dataclass(frozen=True, slots=True)
class Explanation:
    """A badge (tone, icon, word), what happened in one sentence, and what comes next or can be done."""

    tone: str
    icon: str
    word: str
    headline: str
    following: str


@dataclass(frozen=True, slots=True)
class _Case:
    """Everything a sentence may depend on."""

    change: Change
    reader: User | None
    now: datetime
    last: Outcome | None
    ahead: Change | None
    operators: str
    settles_at: datetime | None

    @property
    def there(self) -> str:
        """The provider's side, by the name people gave the connection."""
        return self.change.connection.name

    @property
    def is_author(self) -> bool:
        return self.reader is not None and self.reader.pk == self.change.requester_id

    @property
    def author(self) -> str:
        return "you" if self.is_author else self.change.requester.name

    @property
    def said(self) -> str:
        """The note of the change as people would say it, with a space after it; empty without one."""
        return said(self.change.note, self.there)

    def by_author(self, verb: str, verbs: str) -> str:
        """“you confirm” or “Ed confirms”."""
        return f"you {verb}" if self.is_author else f"{self.author} {verbs}"


def state_sentence(
    change: Change,
    *,
    reader: User | None = None,
    now: datetime | None = None,
    last: Outcome | None = None,
    ahead: Change | None = None,
    operators: str = "",
    settles_at: datetime | None = None,
) -> Explanation:
    """Explains where a change stands.

    `reader`: who reads it, so that “you” can be said. `last`: what the last attempt came to. `ahead`: the customer's
    change that has to end first. `operators`: a sentence that names who can help. `settles_at`: until when the provider
    may still apply a request of which nobody knows. Wants connection, customer and requester loaded.
    """
    case = _Case(change, reader, now or timezone.now(), last, ahead, operators, settles_at)
    return _EXPLAIN[change.state](case)


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


def _joined(*sentences: str) -> str:
    return " ".join(sentence for sentence in sentences if sentence)


def _proposed(case: _Case) -> Explanation:
    if case.change.wait == Wait.RESTORED:
        return _restored(case)
    if case.change.wait != Wait.AUTHOR:
        following = "It is sent once it is approved; you need not do anything."
        return Explanation("waiting", "clock", "Waiting for approval", "Nothing has been sent yet.", following)
    following = _joined(case.said, f"Nothing is sent unless {case.by_author('confirm', 'confirms')} it.")
    tone, earlier = _doubt(case)
    return Explanation(tone, "pause", f"Held for {case.author}", earlier or "Nothing has been sent yet.", following)


def _restored(case: _Case) -> Explanation:
    headline = "Held: the database was restored from a backup, and this change may have been sent before that."
    following = _joined(
        f"Nothing is sent unless an operator, who looks at the record at {case.there} first, releases it.",
        case.operators,
    )
    return Explanation("unknown", "pause", "Held since a backup", headline, following)


def _returned(case: _Case) -> Explanation:
    following = _joined(case.said, f"It waits for {case.author} to propose it anew or to withdraw it.")
    return Explanation("waiting", "pause", f"Returned to {case.author}", "Nothing has been sent yet.", following)


def _approved(case: _Case) -> Explanation:
    if case.change.connection.is_paused:
        return _paused(case)
    if case.change.connection.is_interrupted:
        return _interrupted(case)
    if case.change.maybe_applied:
        return _sending_again(case)
    if case.change.wait == Wait.TRY_AGAIN:
        return _trying_again(case)
    if case.ahead:
        return _in_line(case.ahead)
    return _on_its_way(case)


def _paused(case: _Case) -> Explanation:
    tone, earlier = _doubt(case)
    connection = case.change.connection
    by_a_person = connection.pause == Pause.BY_A_PERSON and connection.pause_reason
    why = f"The reason given: “{connection.pause_reason}”" if by_a_person else said(connection.pause_reason, case.there)
    following = _joined(
        why,
        earlier,
        "Nothing is lost: the change leaves by itself once an operator resumes the connection.",
        case.operators,
    )
    return Explanation(
        tone, "pause", f"Waiting for {case.there}", f"{case.there} is paused, so nothing is sent.", following
    )


def _interrupted(case: _Case) -> Explanation:
    tone, earlier = _doubt(case)
    following = _joined(
        f"One call tries again {when(case.change.connection.probe_at, case.now)}; once it is answered, this change "
        "leaves by itself.",
        earlier,
        case.operators,
    )
    headline = f"{_silent(case)}, so nothing is sent for now."
    return Explanation(tone, "pause", f"Waiting for {case.there}", headline, following)


def _silent(case: _Case) -> str:
    """What the circuit breaker saw, as the beginning of a sentence."""
    count = case.change.connection.failures
    return f"{case.there} has not answered {f'{count} times in a row' if count > 1 else 'lately'}"


def _doubt(case: _Case) -> tuple[str, str]:
    """The tone of a waiting change, and what has to be said of a try before."""
    return ("unknown", "An earlier try may have been applied.") if case.change.maybe_applied else ("waiting", "")


def _sending_again(case: _Case) -> Explanation:
    moment = when(case.change.next_attempt_at, case.now)
    if case.change.wait == Wait.TRY_AGAIN and case.change.connection.provider.capabilities.resend_harmless:
        following = f"The same values once more do no harm at {case.there}, so it is sent again {moment}."
    elif case.change.wait == Wait.PROVIDER:
        following = f"It is sent again {moment}."
    else:
        following = f"It is sent again {moment}: a person decided so."
    headline = "An earlier try may have been applied; no answer said so."
    return Explanation("unknown", "retry", "Unknown, sending again", headline, _joined(case.said, following))


def _trying_again(case: _Case) -> Explanation:
    moment = when(case.change.next_attempt_at, case.now)
    coming = _not_taken(case) or f"It will try again {moment}; you need not do anything."
    headline = f"Not applied yet: try {max(case.change.tries, 1)} did not get through."
    return Explanation("waiting", "retry", "Will try again", headline, _joined(case.said, coming))


def _in_line(ahead: Change) -> Explanation:
    why = "whose outcome is not known yet" if ahead.state is Status.UNKNOWN else "which is on its way"
    following = f"Change {ahead.pk} of this customer, {why}, has to end first. They leave in the order of saving."
    return Explanation("waiting", "clock", "Waiting its turn", "Nothing has been sent yet.", following)


def _on_its_way(case: _Case) -> Explanation:
    due = case.change.next_attempt_at
    waits = due is not None and due > case.now
    coming = f"It is sent {when(due, case.now)}." if waits else "It is sent within seconds."
    if waits and case.change.wait == Wait.PROVIDER:
        coming = _joined(case.said, coming)
    headline = f"Saved and on its way to {case.there}."
    return Explanation("waiting", "send", "On its way", headline, _not_taken(case) or coming)


def _not_taken(case: _Case) -> str:
    """Said when it should have left a while ago; empty otherwise."""
    due = case.change.next_attempt_at
    if due is None or case.now - due <= A_MINUTE:
        return ""
    minutes = (case.now - due) // A_MINUTE
    return _joined(
        f"Nothing has picked it up for {minutes} min. Nothing is lost: it leaves as soon as sending works again.",
        case.operators,
    )


def _sending(case: _Case) -> Explanation:
    lease = case.change.lease_until
    if lease and lease < case.now:
        headline, following = (
            "It was sent, and the answer is overdue.",
            "Within a minute we look into what became of it.",
        )
    else:
        headline, following = (
            f"Being sent to {case.there} right now.",
            "No answer has come yet, so nothing is known yet.",
        )
    tone, earlier = _doubt(case)
    probe = f"It is the one call that tries whether {case.there} answers again."
    probes = probe if case.change.connection.is_interrupted else ""
    return Explanation(tone, "send", "Being sent", headline, _joined(probes, earlier, following))


def _unknown(case: _Case) -> Explanation:
    if case.change.wait == Wait.PERSON:
        return _for_a_person(case)
    headline = "We sent it, and nobody can say yet whether it was applied."
    return Explanation("unknown", "question", "Outcome unknown", headline, _joined(case.said, _what_becomes_of(case)))


def _for_a_person(case: _Case) -> Explanation:
    """Nothing goes on by itself: what is known, why that tells nothing, and what a person can do."""
    change, there = case.change, case.there
    if reads_as_not_applied(change, case.last):
        return _still_old(case)
    following = _joined(
        earlier_try(change, case.last),
        said(without_the_end(change.note), there),
        why_a_person(change, case.last),
        f"A person has to look at the record at {there}, then send the change again or close it.",
        case.operators,
    )
    headline = "We sent it, and nobody can say whether it was applied."
    return Explanation("unknown", "question", "Outcome unknown", headline, following)


def _still_old(case: _Case) -> Explanation:
    there, tries = case.there, case.change.tries
    headline = f"Not applied as far as we can see: read back, {there} still holds the old values."
    if case.change.connection.provider.capabilities.resend_harmless:
        why = f"It was sent {tries} times. Now a person decides: send it once more, or close it."
    else:
        why = f"What an update sets off at {there} may happen twice, so a person decides: send it again, or close it."
    return Explanation("unknown", "question", "Outcome unknown", headline, _joined(why, case.operators))


def _what_becomes_of(case: _Case) -> str:
    moment = when(case.change.next_attempt_at, case.now)
    if case.change.connection.is_paused:
        return _joined(f"{case.there} is paused; we look into it once an operator resumes it.", case.operators)
    if case.change.connection.is_interrupted:
        probe = when(case.change.connection.probe_at, case.now)
        return _joined(
            f"{_silent(case)}; we look into it once one call, which is made {probe}, is answered.", case.operators
        )
    if case.change.wait == Wait.READ_BACK:
        return _joined(_still_settling(case), _looking(case, moment))
    again = f"The same values once more do no harm at {case.there}, so it is sent again {moment}."
    return _joined(_still_settling(case), again)


def _looking(case: _Case, moment: str) -> str:
    lease = case.change.lease_until
    if lease and lease > case.now:
        return f"The record is being read at {case.there} right now to see what became of it."
    return f"We will read the record {moment} to see what became of it."


def _still_settling(case: _Case) -> str:
    """Said while the provider may still apply what it has not answered: then old values say nothing."""
    if case.settles_at is None or case.settles_at <= case.now:
        return ""
    seconds = ceil((case.settles_at - case.now).total_seconds())
    reads = case.change.connection.provider.capabilities.reads
    proves = "so that old values there prove nothing yet" if reads else "so nothing is sent before"
    return f"For {seconds} s more {case.there} may still apply it, {proves}."


def _refused(case: _Case) -> Explanation:
    there = case.there
    reasons = _joined(*(said(str(problem.get("message", "")), there) for problem in case.change.problems)) or case.said
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
    return Explanation("refused", "cross", "Refused", headline, _joined(reasons, following))


def _conflict(case: _Case) -> Explanation:
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
    return Explanation("refused", "warning", "Conflict", headline, _joined(note, following))


def _failed(case: _Case) -> Explanation:
    tries = case.change.tries
    headline = f"Given up after {tries} {'try' if tries == 1 else 'tries'}. Nothing was changed at {case.there}."
    following = _joined(case.said, f"Try again once {case.there} answers, or close it.")
    return Explanation("refused", "cross", "Not delivered", headline, following)


def _applied(case: _Case) -> Explanation:
    there = case.there
    if case.change.confirmation == Confirmation.ACCEPTED:
        return _accepted(case)
    headline = {
        Confirmation.ECHOED: f"Applied: the answer of {there} holds the new values.",
        Confirmation.READ: f"Applied: we read the record back, and {there} holds the new values.",
        Confirmation.ALREADY: f"Nothing had to be sent: {there} already held these values.",
    }.get(Confirmation(case.change.confirmation), "Applied.")
    word = "Already so" if case.change.confirmation == Confirmation.ALREADY else "Applied"
    return Explanation("applied", "check", word, headline, "Nothing more to do.")


def _accepted(case: _Case) -> Explanation:
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


def _rejected(case: _Case) -> Explanation:
    again = "Edit the customer again with what would be approved, if it is still wanted."
    return Explanation("refused", "cross", "Rejected", "Rejected: it was never sent.", case.said or again)


def _withdrawn(case: _Case) -> Explanation:
    if case.change.maybe_applied:
        headline = "Withdrawn after a backup was restored: it may have been sent before that."
        following = f"Nothing more is sent. Look at the record at {case.there} before relying on it."
        return Explanation("unknown", "cross", "Withdrawn", headline, following)
    who = "You" if case.is_author else case.author
    headline = f"{who} withdrew it before it was sent."
    return Explanation("neutral", "cross", "Withdrawn", headline, f"Nothing was changed at {case.there}.")


def _expired(case: _Case) -> Explanation:
    following = _joined(case.said, "Save it again if it is still wanted.")
    return Explanation("neutral", "clock", "Expired", "Nobody decided in time, so it was never sent.", following)


def _superseded(case: _Case) -> Explanation:
    return Explanation(
        "neutral", "changes", "Replaced", "A later change took its place. This one is not sent.", case.said
    )


def _closed(case: _Case) -> Explanation:
    there = case.there
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


_EXPLAIN: Mapping[Status, Callable[[_Case], Explanation]] = {
    Status.PROPOSED: _proposed,
    Status.RETURNED: _returned,
    Status.APPROVED: _approved,
    Status.SENDING: _sending,
    Status.UNKNOWN: _unknown,
    Status.REFUSED: _refused,
    Status.CONFLICT: _conflict,
    Status.FAILED: _failed,
    Status.APPLIED: _applied,
    Status.REJECTED: _rejected,
    Status.WITHDRAWN: _withdrawn,
    Status.EXPIRED: _expired,
    Status.SUPERSEDED: _superseded,
    Status.CLOSED: _closed,
}
