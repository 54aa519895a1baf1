"""Notices in sentences: what a person is told of a change, a batch, work on many customers or records to put right.
Pure: it asks nothing that was not loaded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from console.flaw_words import Wrong
from console.models import About, BulkKind, LineState

if TYPE_CHECKING:
    from console.models import Batch, Bulk, Change, Connection, Line, Notice

MOST_NAMED = 4


@dataclass(frozen=True, slots=True)
class Words:
    """How one kind of notice is told: with who caused it, without, and in which look.

    `{who}` is that person, `{it}` the change, the batch, the work or so many records, `{fields}` its fields, what the
    batch or the work was for or what is wrong with the records, `{left}` those that were rejected, `{off}` those that a
    later wish took off.
    """

    named: str
    plain: str
    tone: str
    icon: str


WORDS: Mapping[About, Words] = {
    About.APPROVED: Words("{who} approved {it}: {fields}", "{it} was approved: {fields}", "applied", "check"),
    About.PARTLY: Words(
        "{who} decided on {it}: {left} rejected, the rest on its way",
        "{it} was decided on: {left} rejected, the rest on its way",
        "waiting",
        "check",
    ),
    About.REJECTED: Words("{who} rejected {it}: {fields}", "{it} was rejected: {fields}", "refused", "cross"),
    About.RETURNED: Words(
        "{who} gave {it} back to you: {fields}", "{it} was given back to you: {fields}", "waiting", "undo"
    ),
    About.EXPIRED: Words(
        "Nobody decided in time on {it}: {fields}", "Nobody decided in time on {it}: {fields}", "neutral", "clock"
    ),
    About.COMMENTED: Words("{who} commented on {it}", "{it} has a new comment", "neutral", "comment"),
    About.REPLACED: Words(
        "{who} replaced what {it} asked for with a later change: {off}",
        "What {it} asked for was replaced by a later change: {off}",
        "neutral",
        "retry",
    ),
    About.MOVED: Words(
        "{it} waits for you: a value has moved since you asked",
        "{it} waits for you: a value has moved since you asked",
        "waiting",
        "pause",
    ),
    About.VOID: Words(
        "{it} is held: nothing is sent before you look at it again",
        "{it} is held: nothing is sent before you look at it again",
        "waiting",
        "pause",
    ),
    About.EMERGENCY: Words(
        "{who} let {it} through without its approvals: {fields}",
        "{it} was let through without its approvals: {fields}",
        "refused",
        "warning",
    ),
    # Said to whoever was asked, and of their answer to who asked.
    About.QUESTIONED: Words(
        "{who} wrote about {it}, which is questioned in a review",
        "There is news of {it}, which is questioned in a review",
        "waiting",
        "flag",
    ),
}

OF_BATCHES: Mapping[About, Words] = {
    **{about: WORDS[about] for about in (About.APPROVED, About.REJECTED, About.EXPIRED)},
    About.ASKED: Words(
        "{who} asks you to decide on {it}: {fields}", "{it} waits for your decision: {fields}", "waiting", "clock"
    ),
    About.LOOK: Words(
        "The first changes of {it} wait for somebody to look at them",
        "The first changes of {it} wait for somebody to look at them",
        "waiting",
        "eye",
    ),
    About.PAUSED: Words("{who} paused {it}: {fields}", "{it} has paused itself: {fields}", "waiting", "pause"),
    About.STOPPED: Words("{who} stopped {it}: {fields}", "{it} was stopped: {fields}", "neutral", "cross"),
    About.ENDED: Words("{it} has ended: {fields}", "{it} has ended: {fields}", "applied", "check"),
    About.FAILED: Words(
        "{it} was not put together: {fields}", "{it} was not put together: {fields}", "refused", "cross"
    ),
}


OF_WORK: Mapping[About, Words] = {
    About.STOPPED: Words("{who} stopped {it}: {fields}", "{it} was stopped: {fields}", "neutral", "cross"),
    About.FAILED: Words("{it} was not done: {fields}", "{it} was not done: {fields}", "refused", "cross"),
}


OF_FLAWS: Mapping[About, Words] = {
    About.ASSIGNED: Words(
        "{who} asks you to put {it} right: {fields}", "You are asked to put {it} right: {fields}", "waiting", "pencil"
    )
}


def told(notice: Notice, *, naming: bool = True) -> str:
    """What a notice says, without a full stop: “Ann Mwangi rejected change 12 (SQRIL): Address”.

    It holds no value of any customer. Wants the notice's change, its connection and lines, or its batch and the
    connection of that, or its own connection and work, and who caused it loaded; without `naming` nobody is named, as
    in a mail.
    """
    by, words = notice.by if naming else None, _words(notice)
    about = _about(notice)
    said = " ".join((words.named if by else words.plain).format(who=by.name if by else "", **about).split())
    return f"{said[:1].upper()}{said[1:]}"


def look(notice: Notice) -> tuple[str, str]:
    """Tone and icon of a notice."""
    words = _words(notice)
    return words.tone, words.icon


def _words(notice: Notice) -> Words:
    if notice.bulk_id:
        return OF_WORK[About(notice.about)]
    words = OF_FLAWS if notice.connection_id else OF_BATCHES if notice.batch_id else WORDS
    return words[About(notice.about)]


def _about(notice: Notice) -> dict[str, str]:
    if notice.bulk and notice.connection:
        return _about_work(notice.bulk, notice.connection)
    if notice.connection:
        return _about_flaws(notice, notice.connection)
    return _about_batch(notice.batch) if notice.batch else _about_change(notice.change)


def _about_flaws(notice: Notice, connection: Connection) -> dict[str, str]:
    records = f"{notice.count:,} record{'' if notice.count == 1 else 's'} ({connection.name})"
    return {"it": records, "fields": Wrong(connection.provider, notice.field, notice.code).words}


def _about_work(bulk: Bulk, connection: Connection) -> dict[str, str]:
    """Without the name of its file, which may be a person's."""
    what = "edit" if bulk.kind == BulkKind.EDIT else "import"
    return {"it": f"your {what} {bulk.pk} ({connection.name})", "fields": BulkKind(bulk.kind).label}


def _about_batch(batch: Batch) -> dict[str, str]:
    return {"it": f"batch {batch.pk} ({batch.connection.name})", "fields": batch.title}


def _about_change(change: Change | None) -> dict[str, str]:
    if change is None:
        return {}
    lines = list(change.lines.all())
    return {
        "it": f"change {change.pk} ({change.connection.name})",
        "fields": _labels(change, lines),
        "left": _labels(change, [line for line in lines if line.state is LineState.REJECTED]) or "a part",
        "off": _labels(change, [line for line in lines if line.state is LineState.DROPPED] or lines),
    }


def _labels(change: Change, lines: Iterable[Line]) -> str:
    """Fields by their labels, the end of a long list counted; a name where the field is declared no longer."""
    known = {field.name: field.label for field in change.connection.provider.fields}
    labels = [known.get(line.field, line.field) for line in lines]
    if len(labels) > MOST_NAMED:
        labels = [*labels[: MOST_NAMED - 1], f"{len(labels) - MOST_NAMED + 1} more"]
    return f"{', '.join(labels[:-1])} and {labels[-1]}" if len(labels) > 1 else "".join(labels)
