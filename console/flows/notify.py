"""Notify: tells the people concerned what became of a change, in the same transaction; mail goes out afterwards."""

from __future__ import annotations

from collections.abc import Iterable

from console.models import About, Change, Notice, User
from console.models.rows import insert


def notify(change: Change, about: About, *, by: User | None, to: Iterable[User] | None = None) -> None:
    """Leaves a notice for its author, or for those named; nobody is told what they did themselves."""
    told = [change.requester_id] if to is None else [person.pk for person in to]
    notices = [Notice(user_id=pk, change=change, about=about, by=by) for pk in told if by is None or pk != by.pk]
    if notices:
        insert(notices)
