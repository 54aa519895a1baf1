"""Posted: what a browser sends of the form that edits a customer, and the names of its inputs. Pure."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from console.forms.inputs import typed

if TYPE_CHECKING:
    from providers.fields import Field

A_KEY = re.compile(r"[\w-]{1,64}", re.ASCII)
A_NUMBER = re.compile(r"\d{1,18}", re.ASCII)
THEIRS = "theirs"
OF_A_FIELD = ("v-", "d-", "clear-", "whose-", "second-")
OF_THE_FORM = frozenset({"why", "reference", "version", "left", "amends", "amends-as", "corrects"})


@dataclass(frozen=True, slots=True)
class Posted:
    """The inputs of one form by their names: `v-phone` holds what is typed, `d-phone` the digest of what was shown.

    Whoever posts may send anything: what no form of ours has counts as not there.
    """

    data: Mapping[str, str]

    @property
    def key(self) -> str:
        """What makes the form one change, however often it is sent; empty where it has none that we could have made."""
        return given if A_KEY.fullmatch(given := self.data.get("key", "")) else ""

    @property
    def version(self) -> str:
        """The version of the record that the form was made from; empty for a form that was not on a page."""
        return self.data.get("version", "")

    @property
    def left(self) -> list[str]:
        """The names of the fields that the person has been at and left."""
        return self.data.get("left", "").split()

    @property
    def has_words(self) -> bool:
        """Something is said beside the fields."""
        return any(self.data.get(name, "").strip() for name in ("why", "reference"))

    @property
    def typed(self) -> dict[str, str]:
        """What the same browser would post again, but for the key."""
        return {name: text for name, text in self.data.items() if name.startswith(OF_A_FIELD) or name in OF_THE_FORM}

    def number(self, name: str) -> int | None:
        """The change that an input names."""
        given = self.data.get(name, "")
        return int(given) if A_NUMBER.fullmatch(given) else None

    @property
    def amends_as(self) -> str:
        """What the change asked for with which the form was filled in (`Change.asks`); empty where none was."""
        return self.data.get("amends-as", "")[:64]

    def second(self, name: str) -> int | None:
        """The change that was shown as waiting for a field, so that saving agrees to what becomes of it."""
        return self.number(f"second-{name}")

    def has(self, name: str) -> bool:
        """Whether a field's input was on the page."""
        return f"d-{name}" in self.data

    def shown(self, name: str) -> str:
        """The digest of the value that the page showed for a field."""
        return self.data.get(f"d-{name}", "")

    def text(self, field: Field) -> str | None:
        """What was typed; None where nothing was, or where the person chose the value that stands."""
        if self.data.get(f"whose-{field.name}") == THEIRS:
            return None
        if self.data.get(f"clear-{field.name}") == "on":
            return ""
        posted = typed(field, self.data)
        return None if posted is None or (field.sensitive and not posted) else posted.replace("\r\n", "\n")


def new_key() -> str:
    """What makes one form one change, however often it is sent."""
    return secrets.token_urlsafe(24)
