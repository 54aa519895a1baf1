"""Notify: tells the people concerned what became of a change, in the same transaction; mail goes out afterwards."""

from __future__ import annotations

from collections.abc import Iterable

from console.models import About, Change, Notice, User


def notify(change: Change, about: About, *, by: User | None, to: Iterable[User] | None = None) -> None:
    """Leaves a notice for its author, or for those named; nobody is told what they did themselves."""
    told = [change.requester] if to is None else to
    Notice.objects.bulk_create(
        Notice(user=person, change=change, about=about, by=by) for person in told if by is None or person.pk != by.pk
    )
