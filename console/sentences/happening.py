"""An event, and what its sentence may draw on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from console.errors import KeyMissing
from console.models import Event, Outcome
from console.sentences.words import named, told

if TYPE_CHECKING:
    from providers.fields import Field

A_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Happening:
    """An event, and what its sentence may draw on."""

    event: Event
    fields: Mapping[str, Field]

    @property
    def who(self) -> str:
        return self.event.actor.name if self.event.actor else "The console"

    @property
    def there(self) -> str:
        """The provider's side, by the name people gave the connection."""
        return self.event.customer.connection.name if self.event.customer else "the provider"

    @property
    def values(self) -> Mapping[str, Any]:
        """The sealed values; none where the customer's key was erased."""
        try:
            return self.event.values
        except KeyMissing:
            return {}

    @property
    def outcome(self) -> str:
        outcome = self.said("outcome")
        label = str(Outcome(outcome).label) if outcome in Outcome else "nobody knows why"
        return label.replace("the provider", self.there)

    @property
    def reason(self) -> str:
        # Of a connection or a policy it is no personal value, so it stands open.
        reason = str(self.values.get("reason") or self.said("reason") or self.said("why") or "")
        return f" (“{reason}”)" if reason else ""

    @property
    def as_of(self) -> str:
        """“, as of 20 Nov, 13:28” where that is another moment than the event's."""
        said = self.said("as of")
        if not said or abs(self.event.at - datetime.fromisoformat(said)) < A_MINUTE:
            return ""
        local = timezone.localtime(datetime.fromisoformat(said))
        year = "" if local.year == timezone.localtime(self.event.at).year else f" {local.year}"
        return f", as of {local.day} {local:%b}{year}, {local:%H:%M}"

    def said(self, name: str) -> Any:
        return self.event.details.get(name)

    def names(self, detail: str) -> Sequence[str]:
        """Names of fields, without the moments that a provider writes at every change: they tell nothing."""
        return [name for name in self.said(detail) or () if not (name in self.fields and self.fields[name].is_stamp)]

    def named(self, detail: str) -> str:
        return named(self.names(detail), self.fields)

    def from_to(self, detail: str) -> str:
        """“ from A to B” where one field is concerned and its values are there."""
        field, pair = self.pair(detail)
        return f" from {told(field, pair[0])} to {told(field, pair[1])}" if pair else ""

    def instead(self, detail: str) -> str:
        """“: B instead of A” where one field is concerned, its values are there and may be told."""
        field, pair = self.pair(detail)
        hidden = field is None or field.sensitive
        return f": {told(field, pair[1])} instead of {told(field, pair[0])}" if pair and not hidden else ""

    def pair(self, detail: str) -> tuple[Field | None, list[Any] | None]:
        """The one field that is concerned, and what it was and is; None where there are several, or it is not told."""
        names = self.names(detail)
        pair = self.values.get(names[0]) if len(names) == 1 else None
        known = isinstance(pair, list) and len(pair) == 2
        return (self.fields.get(names[0]), pair) if known else (None, None)


def by_person(words: str) -> Callable[[Happening], str]:
    return lambda about: f"{about.who} {words}{about.reason}"


def by_itself(words: str) -> Callable[[Happening], str]:
    return lambda _: words
