"""Adding a customer that is not cached: at which connection, and by which id."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms

from console.models import Connection
from providers.base import BadIdentity

if TYPE_CHECKING:
    from django.db.models import QuerySet

LONGEST_ID = 700


class AddForm(forms.Form):
    """Asks for the connection and the id; only connections at which the person may propose are offered."""

    connection = forms.ModelChoiceField(queryset=Connection.objects.none(), empty_label=None)
    external_id = forms.CharField(
        max_length=LONGEST_ID, error_messages={"required": "Enter the id under which the provider knows the customer."}
    )

    def __init__(self, *args: Any, connections: QuerySet[Connection], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = self.fields["connection"]
        assert isinstance(chosen, forms.ModelChoiceField)  # noqa: S101 - declared so above; for the type alone
        chosen.queryset = connections


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
