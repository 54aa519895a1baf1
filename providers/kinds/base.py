"""The words that every kind of value is described with: kinds, choices, stored values and what can be wrong with one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any


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
    """What is wrong with one value: a code for programs, a sentence that says what to do, and the sentence's numbers."""

    code: str
    message: str
    parameters: Mapping[str, str | int] = field(default_factory=dict)


class Unfit(ValueError):
    """A value in a provider's answer is of a type that this kind never has; the text names types, never the value."""
