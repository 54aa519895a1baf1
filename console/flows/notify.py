"""Notify: tells the people concerned what became of a change or a batch, in the same transaction; mail goes out
afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable

from console.models import About, Batch, Change, Notice, User
from console.models.rows import insert

TOLD_BY_ITS_BATCH = frozenset({About.APPROVED, About.PARTLY, About.REJECTED, About.EXPIRED})


def notify(change: Change, about: About, *, by: User | None, to: Iterable[User] | None = None) -> None:
    """Leaves a notice for its author, or for those named; nobody is told what they did themselves.

    What was decided about all of a batch is told once, of the batch.
    """
    if change.batch_id and about in TOLD_BY_ITS_BATCH:
        return
    told = [change.requester_id] if to is None else [person.pk for person in to]
    _leave([Notice(user_id=pk, change=change, about=about, by=by) for pk in told], by)


def notify_batch(batch: Batch, about: About, *, by: User | None, to: Iterable[User] | None = None) -> None:
    """The same of a batch: one notice for each person, however many changes it holds."""
    told = [batch.requester_id] if to is None else list(dict.fromkeys(person.pk for person in to))
    _leave([Notice(user_id=pk, batch=batch, about=about, by=by) for pk in told], by)


def _leave(notices: Iterable[Notice], by: User | None) -> None:
    if others := [notice for notice in notices if by is None or notice.user_id != by.pk]:
        insert(others)
