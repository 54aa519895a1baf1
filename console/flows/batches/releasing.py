"""Releasing: lets changes of an approved batch go, as what was decided on, or out of the batch.

Those who approved the batch have approved each of its changes as it stood: their word is written down for each line, by
their names and at their moment, and then counts like any other. What is another by now leaves the batch and waits for
its author; what their word does not cover waits for somebody else's decision.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from django.db import connection as database

from console.errors import KeyMissing
from console.flows.batches.members import member_digest
from console.flows.batches.rows import write_events
from console.flows.decide import LONGEST_NOTE, approve, told, wait_for_decision
from console.flows.record import collected, moment, record
from console.flows.standing import is_declared, is_sensitive, subject_of
from console.models import About, Act, Authorship, Batch, BatchDecision, Change, Decision, Line, Origin, Status, Wait
from console.models.claiming import take_lines
from console.models.judging import Asked, Given, Judged, Rule, judge, need_of
from console.models.rows import update
from console.permissions import Right, people_with

ANOTHER = "What would be sent is no longer what was saved. Look again, then confirm or withdraw it."


@dataclass(slots=True)
class Word:
    """Who approved the batch, and what of it is known already, for many lines at once."""

    given: Sequence[BatchDecision]
    people: AbstractSet[int]
    authors: Mapping[int, set[int]]
    written: Collection[tuple[int, int, bytes]]
    rules: Sequence[Rule]
    new: list[Decision] = field(default_factory=list)


def let_go(changes: Sequence[Change], batch: Batch, given: Sequence[BatchDecision], rules: Sequence[Rule]) -> int:
    """How many of these leave with their batch now; their customers' rows and their own must be locked, lines read.

    Those let go first become approved first.
    """
    waiting = [change for change in changes if change.state is Status.PROPOSED and change.wait == Wait.BATCH]
    for change in waiting:
        take_lines(change, list(change.lines.all()))
    word = _word(batch, waiting, given, rules)
    with collected() as events:
        judged = [(change, found) for change in waiting if (found := _judged(change, batch, word))]
        Decision.objects.bulk_create(word.new)
        _keep_states(judged)
        gone = sum(_goes(change, found) for change, found in judged)
    write_events(events, {change.customer_id: change.customer for change in waiting}.values())
    return gone


def _word(batch: Batch, changes: Sequence[Change], given: Sequence[BatchDecision], rules: Sequence[Rule]) -> Word:
    """Three questions, however many changes there are."""
    lines = [line.pk for change in changes for line in change.lines.all()]
    authors: dict[int, set[int]] = {}
    for line, user in Authorship.objects.filter(line__in=lines).values_list("line", "user"):
        authors.setdefault(line, set()).add(user)
    there = Decision.objects.filter(line__in=lines, act=Act.APPROVE).values_list("line", "by", "digest", "at")
    latest = _latest(batch, given)
    at = {word.user_id: word.at for word in latest}
    written = {(line, by, bytes(digest)) for line, by, digest, when in there if at.get(by) == when}
    return Word(latest, people_with(Right.DECIDE, batch.connection).keys(), authors, written, rules)


def _latest(batch: Batch, given: Iterable[BatchDecision]) -> list[BatchDecision]:
    """The last word of each who approved exactly this batch."""
    digest = bytes(batch.digest)
    return list({one.user_id: one for one in given if one.act == Act.APPROVE and bytes(one.digest) == digest}.values())


def _judged(change: Change, batch: Batch, word: Word) -> Judged | None:
    """How it stands with the word of those who approved the batch; None where it leaves the batch."""
    lines = list(change.lines.all())
    about, why_not = _why_not(change, lines)
    if why_not:
        _leave(change, why_not, about)
        return None
    change.size = batch.size  # judged as one of so many, whatever stands in its row
    subject = subject_of(change)
    authors = set().union(*(word.authors.get(line.pk, set()) for line in lines))
    sensitive = {line.field: is_sensitive(change.customer, line.field) for line in lines}
    needed = [
        line
        for line in lines
        if need_of(line.field, word.rules, sensitive=sensitive[line.field], subject=subject).approvals
    ]
    given = [one for each in word.given if each.user_id not in authors for one in _say(change, needed, each, word)]
    asked = [Asked(line.field, sensitive[line.field], line.state, bytes(line.digest)) for line in lines]
    people = word.people - authors
    return judge(asked, word.rules, given, people, subject=subject, now=moment(change.customer))


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


def _say(change: Change, lines: Sequence[Line], one: BatchDecision, word: Word) -> list[Given]:
    """Somebody's word for each line that needs one, to be written down unless it is already: what was called back was
    let go before. At the moment at which it was said, since an approval lasts from then on.
    """
    new = [line for line in lines if (line.pk, one.user_id, bytes(line.digest)) not in word.written]
    if new:
        word.new += [
            Decision(change=change, line=line, by_id=one.user_id, act=Act.APPROVE, digest=line.digest, at=one.at)
            for line in new
        ]
        digests = {line.field: bytes(line.digest).hex() for line in new}
        details = {"fields": list(digests), "digests": digests, "batch": change.batch_id}
        by = one.user
        record(change.customer, "decision.approved", by=by, origin=Origin.WORKER, change=change, details=details)
    return [Given(line.field, one.user_id, Act.APPROVE, bytes(line.digest), one.at) for line in lines]


def _keep_states(judged: Iterable[tuple[Change, Judged]]) -> None:
    """What each line needs and what it comes to, by one statement."""
    rows = list[tuple[int, int, str]]()
    for change, found in judged:
        for line in change.lines.all():
            one = found.line(line.field)
            line.needs, line.decision = one.need.approvals, one.state
            rows.append((line.pk, line.needs, str(line.decision)))
    if rows:
        with database.cursor() as cursor:
            cursor.execute(_STATES, [list(column) for column in zip(*rows, strict=True)])


def _goes(change: Change, found: Judged) -> bool:
    """On its way; or what their word does not cover waits for a decision of its own."""
    update(change, ["size"])
    if found.for_approval:
        wait_for_decision(change, found)
        return False
    details = {"policies": told(found.rules), "batch": change.batch_id}
    approve(change, list(change.lines.all()), by=None, origin=Origin.WORKER, details=details)
    return True


_STATES = """
    UPDATE console_line AS line SET needs = judged.needs, decision = judged.decision
    FROM unnest(%s::bigint[], %s::int[], %s::text[]) AS judged (id, needs, decision) WHERE line.id = judged.id
"""
