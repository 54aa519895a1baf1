"""Amounts and numbers. They are stored as text, so that no digit is lost on any way."""

import decimal
import re
from decimal import Decimal
from typing import ClassVar

from providers.kinds.base import Problem, Unfit, Value, Wire
from providers.kinds.text import Text

_NUMBER = re.compile(r"(-?)0*([0-9]+)(?:\.([0-9]+))?")
_GROUPED = re.compile(r"-?[0-9]{1,3}(?:,[0-9]{2,3})*,[0-9]{3}(?:\.[0-9]*)?")
_SIGNS = re.compile(r"^(?:₹|\$|€|£|Rs\.?|INR|USD)\s*|\s*(?:₹|\$|€|£|INR|USD)$", re.IGNORECASE)
_LONGEST_TYPED = 60
_INT64 = range(-(2**63), 2**63)


class Number(Text):
    """A decimal number with its digits as typed: “007.50” is 7.50, and 7.50 is the same value as 7.5."""

    code = "invalid_decimal"
    advice = "Enter a number such as 12.5."
    pattern: ClassVar[re.Pattern[str]] = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")
    most_digits = 15  # more would not survive a provider that reads numbers as doubles

    def parse(self, text: str) -> Value:
        typed = super().parse(text)
        return self.store(_ungroup(typed)) if isinstance(typed, str) and self.fits(_ungroup(typed)) else typed

    def store(self, value: Value) -> Value:
        return _tidy(value) if isinstance(value, str) and len(value) <= _LONGEST_TYPED else value

    def fits(self, text: str) -> bool:
        stored = self.store(text)
        if not isinstance(stored, str) or not self.pattern.fullmatch(stored):
            return False
        return sum(character.isdigit() for character in stored.lstrip("-0.")) <= self.most_digits

    def problem(self, value: object) -> Problem | None:
        if isinstance(value, str) and self.fits(value):
            return None
        return super().problem(value) or Problem(self.code, self.advice)

    def canonical(self, value: object) -> Value:
        stored = self.store(super().canonical(value))
        if not isinstance(stored, str) or not _NUMBER.fullmatch(stored):
            return stored
        shorter = stored.rstrip("0").rstrip(".") if "." in stored else stored
        return "0" if shorter == "-0" else shorter

    def to_wire(self, value: Value) -> Wire:
        return Decimal(str(self.store(value))) if isinstance(value, str) and self.fits(value) else value

    def from_wire(self, wire: object) -> Value:
        if isinstance(wire, float | Decimal) and not isinstance(wire, bool):
            return _written_out(wire)
        return super().from_wire(wire)


class Money(Number):
    """An amount of money: never negative, shown with its thousands grouped."""

    code = "invalid_money"
    advice = "Enter an amount such as 12500.50."
    pattern: ClassVar[re.Pattern[str]] = re.compile(r"[0-9]{1,15}(\.[0-9]{1,4})?")

    def display(self, value: Value) -> str:
        stored = self.store(value)
        if not isinstance(stored, str) or not self.fits(stored):
            return super().display(value)
        whole, point, fraction = stored.partition(".")
        return f"{int(whole):,}{point}{fraction}"


class Whole(Number):
    """A whole number of up to 64 bits, which is more than JavaScript can count."""

    code = "invalid_whole_number"
    advice = "Enter a whole number such as 12."
    pattern: ClassVar[re.Pattern[str]] = re.compile(r"-?[0-9]{1,19}")
    most_digits = 19

    def fits(self, text: str) -> bool:
        return super().fits(text) and int(str(self.store(text))) in _INT64

    def from_wire(self, wire: object) -> Value:
        value = super().from_wire(wire)
        return self.canonical(value) if isinstance(wire, float | Decimal) else value

    def to_wire(self, value: Value) -> Wire:
        return int(str(self.store(value))) if isinstance(value, str) and self.fits(value) else value


def _tidy(text: str) -> str:
    """Without leading zeros and without “-0”; what isn't a number stays as it is."""
    match = _NUMBER.fullmatch(text)
    if not match:
        return text
    sign, whole, fraction = match.groups()
    return f"{sign}{whole}.{fraction}" if fraction else f"{'' if whole == '0' else sign}{whole}"


def _ungroup(text: str) -> str:
    """The bare digits of “₹1,25,000.50”; commas that don't group thousands are left for a person to look at."""
    if len(text) > _LONGEST_TYPED:
        return text
    bare = _SIGNS.sub("", text).replace(" ", "").replace("\N{MINUS SIGN}", "-")
    if _GROUPED.fullmatch(bare):
        bare = bare.replace(",", "")
    bare = f"0{bare}" if bare.startswith(".") else bare
    return bare.removesuffix(".")


def _written_out(number: float | Decimal) -> str:
    """A number without an exponent; raises Unfit for what isn't finite or would fill the page."""
    try:
        exact = Decimal(repr(number)) if isinstance(number, float) else number
    except decimal.InvalidOperation:
        raise Unfit("a number was expected, not one that cannot be written") from None
    if not exact.is_finite() or abs(exact.adjusted()) > _LONGEST_TYPED:
        raise Unfit("a number was expected, not one without end")
    return _tidy(format(exact, "f"))
