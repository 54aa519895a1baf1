"""The request of one change: as it would be sent now, or as it was sent the last time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from console.errors import KeyMissing
from console.models import Change, Kind, Status
from console.views.bodies import marked
from console.views.exchanges import ShownAttempt, carried_labels
from providers.base import Preview
from providers.body import Span, compact
from providers.errors import ProviderError

if TYPE_CHECKING:
    from providers.fields import Value

NOT_SENT_YET = frozenset({Status.PROPOSED, Status.RETURNED, Status.APPROVED})


class Sending:
    """`tries`: what went over the wire so far; `record`: what we know of the customer."""

    def __init__(self, change: Change, tries: Sequence[ShownAttempt], record: Mapping[str, Value]) -> None:
        self._change, self._tries, self._record = change, tries, record

    @cached_property
    def preview(self) -> Preview | None:
        """The request as it would be sent now; None once it was sent, or where none can be made."""
        if self._change.state not in NOT_SENT_YET:
            return None
        customer = self._change.customer
        try:
            return customer.provider.preview(customer.connection.base_url, customer.record, self._change.wishes)
        except (ProviderError, KeyMissing):
            return None

    @property
    def carried(self) -> str:
        """The labels of what the preview carries beside what is asked and what names the record."""
        return carried_labels(self.preview.carried, self._change) if self.preview else ""

    @property
    def waits_for_reading(self) -> bool:
        """The carried values are read just before sending, so the preview may still move."""
        return self._change.connection.provider.capabilities.reads_before_sending

    @cached_property
    def sent(self) -> ShownAttempt | None:
        """The last try that sent something: what stands where the preview stood."""
        pushes = [shown for shown in self._tries if shown.attempt.kind == Kind.PUSH and shown.request]
        return pushes[-1] if pushes and not self.preview else None

    @property
    def body(self) -> tuple[Span, ...]:
        """What was sent, the asked values marked; nothing where it can't be said of each of them which it was."""
        if not self.sent:
            return ()
        provider, attempt = self._change.customer.provider, self.sent.attempt
        try:
            wishes, before = self._change.wishes, {**self._record, **attempt.carried}
            body = provider.request(before, wishes).body
        except (ProviderError, KeyMissing):
            return ()
        if body is None or set(provider.asked_and_carried(before, wishes)[0]) != set(wishes):
            return ()
        as_kept = provider.redact(compact(body), provider.sensitive_texts(before, wishes))
        return marked(attempt.shown_request, body, as_kept)
