"""Adding a customer that is not cached: at which connection, and by which id."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, override

from django import forms

from console.models import Connection
from providers.base import BadIdentity

if TYPE_CHECKING:
    from django.db.models import QuerySet

LONGEST_ID = 700
# What comes along when an id is copied out of a mail or a table, and is not seen.
_UNSEEN = re.compile(
    r"[\N{NO-BREAK SPACE}\N{ZERO WIDTH SPACE}\N{WORD JOINER}\N{ZERO WIDTH NO-BREAK SPACE}\N{SOFT HYPHEN}]"
)


class AddForm(forms.Form):
    """Asks for the connection and the id; only connections at which the person may propose are offered.

    An id that cannot be one is told at its field, in the provider's own terms; one that was pasted with blanks inside
    and can only be one without them is taken without.
    """

    connection = forms.ModelChoiceField(
        queryset=Connection.objects.none(),
        error_messages={"required": "Choose where the customer is.", "invalid_choice": "Choose one of these."},
    )
    external_id = forms.CharField(
        max_length=LONGEST_ID, error_messages={"required": "Enter the id under which the provider knows the customer."}
    )

    def __init__(self, *args: Any, connections: QuerySet[Connection], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = self.fields["connection"]
        assert isinstance(chosen, forms.ModelChoiceField)  # noqa: S101 - declared so above; for the type alone
        chosen.queryset = connections

    def chosen(self, connections: Sequence[Connection]) -> str:
        """The key of the connection that is chosen on the page: where there is only one, that one."""
        return str(connections[0].pk if len(connections) == 1 else self["connection"].value() or "")

    @override
    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        connection, text = cleaned.get("connection"), cleaned.get("external_id")
        if connection and text:
            try:
                cleaned["external_id"] = pasted(connection, text)
            except BadIdentity as problem:
                self.add_error("external_id", str(problem))
        return cleaned


@dataclass(frozen=True, slots=True)
class Offer:
    """A connection at which the text that was searched for may be the id of a customer we do not know."""

    connection: Connection
    external_id: str
    reads: bool


def offers(connections: Iterable[Connection], text: str) -> list[Offer]:
    """Those where the text can be an id; a text of several words is nobody's."""
    if not text or len(text.split()) != 1:
        return []
    found = []
    for connection in connections:
        try:
            connection.provider.identify(text.strip())
        except BadIdentity:
            continue
        found.append(Offer(connection, text.strip(), connection.provider.capabilities.reads))
    return found


def pasted(connection: Connection, text: str) -> str:
    """The id as it was meant; raises BadIdentity if it cannot be one of this provider."""
    seen = _UNSEEN.sub("", text).strip().strip("\"'")
    for meant in (seen, re.sub(r"\s+", "", seen)):
        if _can_be(connection, meant):
            return meant
    connection.provider.identify(seen)
    return seen


def _can_be(connection: Connection, text: str) -> bool:
    try:
        connection.provider.identify(text)
    except BadIdentity:
        return False
    return True
