"""Flaw words: what is wrong with a field, in words: what it is, and what the provider would do about it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from console.flaws import MISSING
from providers.fields import Field, Locked, Required, Sent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from providers.base import Provider


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong in one way with one field. `stops`: no update of the record goes through as it is."""

    provider: Provider
    name: str
    code: str

    @property
    def field(self) -> Field | None:
        """The provider's rule, if it still has that field."""
        return next((field for field in self.provider.fields if field.name == self.name), None)

    @property
    def label(self) -> str:
        """What the field is called."""
        return self.field.label if self.field else self.name

    @property
    def words(self) -> str:
        """What it is: “E-mail is missing”, “ZIP is no ZIP code”."""
        label = " or ".join(self._group) if self.code == "one_of" else self.label
        return in_words(label, self.code)

    @property
    def is_missing(self) -> bool:
        """Nothing is there, rather than something wrong."""
        return self.code in MISSING

    @property
    def stops(self) -> bool:
        """Every update needs it, or has it in it."""
        return self.is_missing or (self.field is not None and self.field.sent in {Sent.ALWAYS, Sent.WHEN_HELD})

    @property
    def means(self) -> str:
        """What comes of it, in a sentence."""
        title = self.provider.title
        if self.is_missing:
            return f"{title} needs it in every update, so nothing of these records can be changed before it is there."
        if self.stops:
            return f"Every update carries it, so {title} would most likely refuse any of them."
        return f"{title} would refuse it once it is sent. Other fields can be changed."

    @property
    def short(self) -> str:
        """The same in a few words."""
        return "Stops every update" if self.stops else "Refused once it is sent"

    @property
    def why_not(self) -> str:
        """Why nobody here can put it right; empty where somebody can."""
        field = self.field
        if field is None:
            return f"{self.provider.title} has no such field by the rules of today; these are looked through again."
        if field.locked is Locked.NO or (self.code == "required" and field.required is Required.ALWAYS):
            return ""
        return f"It can't be put right here: {field.locked_reason or f'{self.provider.title} lets nobody change it.'}"

    @property
    def _group(self) -> list[str]:
        names = next((group for group in self.provider.one_of if self.name in group), (self.name,))
        return [field.label for field in self.provider.fields if field.name in names]


_WORDS: Mapping[str, str] = {
    "required": "is missing",
    "one_of": "is missing",
    "invalid_email": "is no e-mail address",
    "invalid_phone": "is no phone number",
    "invalid_zip": "is no ZIP code",
    "invalid_date": "is no date",
    "invalid_date_time": "is no date and time",
    "invalid_time_zone": "is no time zone",
    "invalid_money": "is no amount",
    "invalid_decimal": "is no number",
    "invalid_whole_number": "is no whole number",
    "invalid_digits": "has not as many digits as it must",
    "invalid_json": "is no JSON object",
    "duplicate_name": "has a name twice",
    "not_a_choice": "is not on the list",
    "too_long": "is too long",
    "wrong_type": "is another kind of value",
    "bad_text": "has a damaged character",
    "control_character": "has a character that cannot be sent",
    "invisible_character": "has an invisible character",
    "invalid_id": "is no ID",
}
CODES = frozenset(_WORDS)


def in_words(label: str, code: str) -> str:
    """What is wrong with a field that is called so: “E-mail is missing”."""
    return f"{label} {_WORDS.get(code, 'is not what the provider takes')}"
