"""By what a customer is found though it is sealed: digests of whole values, under a key of the ring. Pure.

Only of fields whose provider's table says so, and never of a value so short that all there are could be tried.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.models.sealing import key_ring
from console.models.search import without_accents

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from providers.base import Provider
    from providers.fields import Field, Value

SHORTEST = 6
PURPOSE = "blind"


def fields_found_whole(provider: Provider) -> list[Field]:
    """The sensitive fields of a provider by whose whole value a customer may be found."""
    return [field for field in provider.fields if field.sensitive and field.found_whole]


def whole(value: object) -> str:
    """What is left of a value when it is typed another way: letters and digits; "" for one that is too short."""
    form = "".join(char for char in without_accents(str(value)) if char.isalnum())
    return form if len(form) >= SHORTEST else ""


def has_number(form: str) -> bool:
    """Whether what is left of a text may be the number of a document."""
    return any(char.isdigit() for char in form)


def digest(connection: int, field: str, form: str, *, key: str = "") -> bytes:
    """Of one value in one field at one connection, under this key of the ring; the one that wraps now by default."""
    return key_ring().digest(PURPOSE, [connection, field, form], key=key)


def digests_of(connection: int, provider: Provider, record: Mapping[str, Value]) -> dict[str, bytes]:
    """By field, what this record is to be found by, under the key that wraps now."""
    forms = {field.name: whole(record.get(field.name) or "") for field in fields_found_whole(provider)}
    return {name: digest(connection, name, form) for name, form in forms.items() if form}


def sought(providers: Iterable[tuple[int, Provider]], text: str) -> list[bytes]:
    """What to look for at these connections, by key: under every key of the ring, since a rotation takes its time.

    Nothing for a text that can be no number of a document.
    """
    form = whole(text)
    if not has_number(form):
        return []
    places = [(pk, field.name) for pk, provider in providers for field in fields_found_whole(provider)]
    return [digest(pk, name, form, key=key) for pk, name in places for key in key_ring().ids]
