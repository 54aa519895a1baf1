"""What every kind of value is described with: kinds, choices, stored values, and what can be wrong with one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar


class Kind(StrEnum):
    """What sort of value a field holds; its value is the word a person reads."""

    TEXT = "text"
    EMAIL = "email"
    PHONE = "phone"
    DATE = "date"
    DATE_TIME = "date-time"
    MONEY = "money"
    DECIMAL = "decimal"
    WHOLE_NUMBER = "whole number"
    YES_NO = "yes/no"
    CHOICE = "choice"
    COUNTRY = "country"
    US_STATE = "US state"
    ZIP = "ZIP"
    TIME_ZONE = "time zone"
    JSON = "JSON"


# The stored form: dates YYYY-MM-DD; money, decimals and whole numbers as text; yes/no as bool; JSON as a mapping.
type Value = str | bool | Mapping[str, Any] | None
# What stands in a JSON body. A Decimal is a number written with exactly these digits.
type Wire = str | bool | int | float | Decimal | Mapping[str, Any] | list[Any] | None


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a list, and the words a person reads for it."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one value: a code for programs and a sentence that says what to do."""

    code: str
    message: str
    parameters: Mapping[str, str | int] = field(default_factory=dict)


class Unfit(ValueError):
    """A value in a provider's answer has a type or a length that this kind never has; the text names no value."""


class Handler:
    """What a kind can do. A text that cannot be understood passes through unchanged, and `problem` says why.

    Handlers take whatever they are given: `problem`, `canonical` and `display` never raise.
    """

    longest = 2000  # a bound of our own, far above any real value, where the provider names none
    stored_as: ClassVar[type] = str

    def parse(self, text: str) -> Value:
        """The stored form of what a person typed."""
        raise NotImplementedError

    def store(self, value: Value) -> Value:
        """The one spelling in which a value is kept, sent and compared, where kinds have several."""
        return value

    def problem(self, value: object) -> Problem | None:
        """What is wrong with a value that is to be sent."""
        raise NotImplementedError

    def canonical(self, value: object) -> Value:
        """What two spellings of one value have in common."""
        raise NotImplementedError

    def to_wire(self, value: Value) -> Wire:
        """A stored value as it stands in a provider's JSON."""
        return self.store(value)

    def from_wire(self, wire: object) -> Value:
        """The stored form of a value in a provider's answer; raises Unfit for a type or length it never has."""
        raise NotImplementedError

    def display(self, value: Value) -> str:
        """A value in words for a person."""
        raise NotImplementedError
