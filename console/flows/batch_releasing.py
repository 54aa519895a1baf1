"""Batch releasing: lets one change of an approved batch go, as what was decided on, or out of the batch.

Those who approved the batch have approved each of its changes as it stood: their word is written down for each line, by
their names and at their moment, and then counts like any other. What is another by now leaves the batch and waits for
its author; what their word does not cover waits for somebody else's decision.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from console.errors import KeyMissing
from console.flows.batch_members import member_digest
from console.flows.decide import LONGEST_NOTE, approve, keep_states, told, wait_for_decision
from console.flows.record import record, together
from console.flows.standing import is_declared, needs_by, standing
from console.models import About, Act, Authorship, Batch, BatchDecision, Change, Decision, Line, Origin, Status, Wait
from console.models.claiming import take_lines
from console.models.judging import Rule
from console.models.rows import update

ANOTHER = "What would be sent is no longer what was saved. Look again, then confirm or withdraw it."


def let_go(change: Change, batch: Batch, given: Sequence[BatchDecision], rules: Sequence[Rule]) -> bool:
    """Whether it leaves with its batch now; its customer's row and its own must be locked, its lines read."""
    if change.state is not Status.PROPOSED or change.wait != Wait.BATCH:
        return False
    lines = list(change.lines.all())
    take_lines(change, lines)
    about, why_not = _why_not(change, lines)
    with together(change.customer):
        if why_not:
            _leave(change, why_not, about)
            return False
        _resize(change, batch)
        _write_down(change, lines, batch, given, rules)
        found = standing(change, lines, rules=rules)
        keep_states(lines, found)
        if found.for_approval:
            wait_for_decision(change, found)
            return False
        details = {"policies": told(found.rules), "batch": batch.pk}
        approve(change, lines, by=None, origin=Origin.WORKER, details=details)
    return True


def _why_not(change: Change, lines: Sequence[Line]) -> tuple[About, str]:
    """Why it is not what was decided on any more; empty if it is."""
    if gone := [line.field for line in lines if not is_declared(line)]:
        return (
            About.VOID,
            f"This connection has no field {', '.join(gone)} any more. Withdraw it, or ask whoever set it up.",
        )
    try:
        record_now = change.customer.record
        altered = [line for line in lines if bytes(line.digest) != line.current_digest(record_now)]
        if altered or not lines or bytes(change.batch_digest or b"") != member_digest(change, lines):
            return About.VOID, ANOTHER
        moved = [line.rule.label for line in lines if line.has_moved(record_now)]
    except KeyMissing as problem:
        return About.VOID, str(problem)
    if moved:
        labels = ", ".join(moved)
        return (
            About.MOVED,
            f"Another value than when this was asked: {labels}. Look again, then confirm or withdraw it.",
        )
    return About.VOID, ""


def _leave(change: Change, note: str, about: About) -> None:
    """It waits for its author from now on. Of the many that may leave a batch its page tells, and no notice of each."""
    change.wait, change.note, change.expires_at = Wait.AUTHOR, note[:LONGEST_NOTE], None
    update(change, ["wait", "note", "expires_at"])
    details = {"why": about, "batch": change.batch_id}
    record(change.customer, "change.held", by=None, origin=Origin.WORKER, change=change, details=details)


def _resize(change: Change, batch: Batch) -> None:
    """Judged as one of so many, whatever stands in its row."""
    if change.size != batch.size:
        change.size = batch.size
        update(change, ["size"])


def _write_down(
    change: Change, lines: Sequence[Line], batch: Batch, given: Sequence[BatchDecision], rules: Sequence[Rule]
) -> None:
    """The word of each who approved the batch, for each line that needs one; nobody's about what they asked for."""
    needs = needs_by(rules, change, lines)
    asked = [line for line in lines if needs[line.field]]
    if not asked:
        return
    authors = set(Authorship.objects.filter(line__in=asked).values_list("user", flat=True)) | {change.requester_id}
    for word in _latest(batch, given):
        if word.user_id not in authors and (lacking := _lacking(asked, word)):
            _say(change, lacking, word)


def _latest(batch: Batch, given: Iterable[BatchDecision]) -> Collection[BatchDecision]:
    """The last word of each who approved exactly this batch."""
    digest = bytes(batch.digest)
    return {word.user_id: word for word in given if word.act == Act.APPROVE and bytes(word.digest) == digest}.values()


def _lacking(lines: Iterable[Line], word: BatchDecision) -> list[Line]:
    """The lines for which this word is not written down yet: it may have been let go and called back before."""
    there = Decision.objects.filter(line__in=list(lines), by=word.user_id, at=word.at, act=Act.APPROVE)
    known = {(line, bytes(digest)) for line, digest in there.values_list("line", "digest")}
    return [line for line in lines if (line.pk, bytes(line.digest)) not in known]


def _say(change: Change, lines: Sequence[Line], word: BatchDecision) -> None:
    """At the moment at which it was said, since an approval lasts from then on."""
    Decision.objects.bulk_create(
        [
            Decision(change=change, line=line, by_id=word.user_id, act=Act.APPROVE, digest=line.digest, at=word.at)
            for line in lines
        ]
    )
    digests = {line.field: bytes(line.digest).hex() for line in lines}
    details = {"fields": list(digests), "digests": digests, "batch": change.batch_id}
    by = word.user
    record(change.customer, "decision.approved", by=by, origin=Origin.WORKER, change=change, details=details)
