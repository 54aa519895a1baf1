"""Notify: tells the people concerned what became of a change, a batch or work on many customers, and who is to put
records right, in the same transaction; mail goes out afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import F

from console.models import About, Batch, Bulk, Change, Notice, User
from console.models.quality import Rule
from console.models.rows import insert


def notify(change: Change, about: About, *, by: User | None, to: Iterable[User] | None = None) -> None:
    """Leaves a notice for its author, or for those named; nobody is told what they did themselves.

    What is decided about all of a batch never comes this way, and is told once, of the batch: what comes of one of its
    changes was decided on alone.
    """
    told = [change.requester_id] if to is None else [person.pk for person in to]
    _leave([Notice(user_id=pk, change=change, about=about, by=by) for pk in told], by)


def notify_batch(batch: Batch, about: About, *, by: User | None, to: Iterable[User] | None = None) -> None:
    """The same of a batch: one notice for each person, however many changes it holds."""
    told = [batch.requester_id] if to is None else list(dict.fromkeys(person.pk for person in to))
    _leave([Notice(user_id=pk, batch=batch, about=about, by=by) for pk in told], by)


def notify_work(bulk: Bulk, about: About, *, by: User | None) -> None:
    """Tells who asked for it that it was stopped or failed; of the batch that it was to become its own notice tells."""
    if bulk.batch_id is None:
        _leave([Notice(user_id=bulk.owner_id, connection_id=bulk.connection_id, bulk=bulk, about=about, by=by)], by)


def notify_assigned(rule: Rule, count: int, *, by: User, to: User) -> None:
    """That somebody is to put so many records right, unless they took them themselves.

    As long as they have not read it, it is one notice for a rule, however often somebody gave them some.
    """
    if to.pk == by.pk:
        return
    same = Notice.objects.filter(user=to, connection=rule.connection, field=rule.field, code=rule.code, by=by)
    if not same.filter(read_at=None, mailed_at=None).update(count=F("count") + count):
        of_rule = {"connection_id": rule.connection, "field": rule.field, "code": rule.code}
        _leave([Notice(user=to, about=About.ASSIGNED, by=by, count=count, **of_rule)], by)


def _leave(notices: Iterable[Notice], by: User | None) -> None:
    if others := [notice for notice in notices if by is None or notice.user_id != by.pk]:
        insert(others)
