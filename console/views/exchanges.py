"""What went over the wire for one change: each of its tries, in words and as evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from console.errors import KeyMissing
from console.explain import said
from console.models import Attempt, Change
from console.sentences import attempt_sentence, named
from console.views.bodies import spread


@dataclass(frozen=True, slots=True)
class ShownAttempt:
    """One exchange with the provider, as evidence."""

    number: int
    attempt: Attempt
    sentence: str
    note: str
    carried: str
    request: str
    response: str


def shown_attempt(number: int, attempt: Attempt, change: Change) -> ShownAttempt:
    """One try in words, with what went out and what came back."""
    attempt.customer = change.customer
    there = change.connection.name
    return ShownAttempt(
        number,
        attempt,
        attempt_sentence(attempt, there),
        said(attempt.note, there),
        _carried_by(attempt, change),
        spread(attempt.shown_request),
        spread(attempt.shown_response),
    )


def carried_labels(names: Sequence[str], change: Change) -> str:
    """The labels of what a request carries beside what is asked and what names the record; empty for nothing."""
    provider = change.customer.provider
    besides = [name for name in names if name not in provider.identity]
    return named(besides, {field.name: field for field in provider.fields}) if besides else ""


def _carried_by(attempt: Attempt, change: Change) -> str:
    try:
        return carried_labels(list(attempt.carried), change)
    except KeyMissing:
        return ""
