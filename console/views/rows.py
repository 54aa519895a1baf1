"""A change as a row of a list: what it touches, where it stands, in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils import timezone

from console.explain import Explanation, state_sentence
from console.models import Change, Outcome, User
from console.sentences import named


@dataclass(frozen=True, slots=True)
class Row:
    """One change in a list."""

    change: Change
    state: Explanation
    fields: str


def rows(changes: Iterable[Change], reader: User) -> list[Row]:
    """The rows of these changes, which come `with_names`, so that no row asks the database."""
    now = timezone.now()
    return [
        Row(change, state_sentence(change, reader=reader, now=now, last=last(change)), fields_of(change))
        for change in changes
    ]


def last(change: Change) -> Outcome | None:
    """What its last attempt came to, as `with_names` brought it along."""
    outcome = getattr(change, "last_outcome", None)
    return Outcome(outcome) if outcome else None


def fields_of(change: Change) -> str:
    """The labels of its fields: “Phone and Address”; a name where the connection declares the field no longer."""
    known = {field.name: field for field in change.connection.provider.fields}
    return named([line.field for line in change.lines.all()], known)
