"""What went, or would go, over the wire for one change: the request as it would be sent now, and every try."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from console.errors import KeyMissing
from console.explain import said
from console.models import Attempt, Change, Status
from console.sentences import attempt_sentence, named
from console.views.bodies import marked, spread
from providers.base import Preview
from providers.body import Span, compact
from providers.errors import ProviderError

if TYPE_CHECKING:
    from providers.fields import Value

NOT_SENT_YET = frozenset({Status.PROPOSED, Status.RETURNED, Status.APPROVED})


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


def preview_of(change: Change) -> Preview | None:
    """The request as it would be sent now; None once it was sent, or where none can be made."""
    if change.state not in NOT_SENT_YET:
        return None
    customer = change.customer
    try:
        return customer.provider.preview(customer.connection.base_url, customer.record, change.wishes)
    except (ProviderError, KeyMissing):
        return None


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


def marked_body(attempt: Attempt, change: Change, record: Mapping[str, Value]) -> tuple[Span, ...]:
    """What was sent, the asked values marked; nothing where it can't be said of each of them which it was."""
    provider = change.customer.provider
    try:
        wishes, before = change.wishes, {**record, **attempt.carried}
        body = provider.request(before, wishes).body
    except (ProviderError, KeyMissing):
        return ()
    if body is None or set(provider.asked_and_carried(before, wishes)[0]) != set(wishes):
        return ()
    as_kept = provider.redact(compact(body), provider.sensitive_texts(before, wishes))
    return marked(attempt.shown_request, body, as_kept)


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
