"""What the page about a hidden value shows: what may be done, by whom, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from django.urls import reverse

from console.permissions import Right, may, refusal_sentence
from providers.fields import Kind

if TYPE_CHECKING:
    from console.flows.hidden import Hidden
    from console.models import Connection, User

SECONDS = 60
"""For how long a value is shown."""


@dataclass
class HiddenPage:
    """One hidden value before one reader. `matched`: what a comparison found; `shown`: what is to be seen now;
    `wanted` says by the name of an input what is wrong with it, `problem` what is wrong besides.
    """

    asked: Hidden
    reader: User
    matched: bool | None = None
    shown: Hidden | None = None
    wanted: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""

    @property
    def connection(self) -> Connection:
        return self.asked.customer.connection

    @property
    def number(self) -> int | None:
        """Of the change whose wish it is about."""
        return self.asked.change.pk if self.asked.change else None

    @property
    def seconds(self) -> int:
        """For how long it stays."""
        return SECONDS

    @property
    def is_known(self) -> bool:
        """Whether there is anything to compare with, or to show; raises KeyMissing where it cannot be opened."""
        return not self.asked.field.is_blank(self.asked.value)

    @cached_property
    def why_not_compare(self) -> str:
        """The right and role that the reader lacks; empty where they may."""
        return self._why_not(Right.COMPARE)

    @cached_property
    def why_not_show(self) -> str:
        """The same of being shown it."""
        return self._why_not(Right.REVEAL)

    @property
    def back(self) -> str:
        """Where one came from: the row of the record, or the request."""
        if self.number:
            return reverse("change", args=[self.number])
        return f"{reverse('customer', args=[self.asked.customer.pk])}#field-{self.asked.field.name}"

    @property
    def compare_url(self) -> str:
        """Where what a caller says is compared."""
        return self._url("hidden_compare")

    @property
    def reveal_url(self) -> str:
        """Where it is shown."""
        return self._url("hidden_reveal")

    @property
    def input_type(self) -> str:
        """A date is chosen, so that nobody guesses which is the month; all else is typed."""
        return "date" if self.asked.field.kind is Kind.DATE else "text"

    def values(self) -> list[tuple[str, str]]:
        """What is shown, each with what it is."""
        if self.shown is None:
            return []
        told = self.shown.field.display
        held = [(f"{self.connection.name} holds", told(self.shown.held) or "nothing that we know")]
        asked = [(f"Change {self.number} asks for", told(self.shown.value) or "nothing: it is to be emptied")]
        return held + (asked if self.number else [])

    def _url(self, name: str) -> str:
        return reverse(name, args=[self.asked.customer.pk, self.asked.field.name])

    def _why_not(self, right: Right) -> str:
        return (
            "" if may(self.reader, right, self.connection) else refusal_sentence(right, self.connection, to=self.reader)
        )


def compares(reader: User, connection: Connection) -> bool:
    """Whether this reader may learn anything of what is hidden there."""
    return may(reader, Right.COMPARE, connection)
