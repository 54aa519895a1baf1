"""A telephone number in two parts, its country and the number within it, and the two put together again. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

import phonenumbers

from providers.fields import Kind
from providers.kinds import handler
from providers.tables import countries

_PHONE = handler(Kind.PHONE)
_TRUNK = re.compile(r"\s*\(0\)\s*")  # +44 (0)20 …: dialled within the country, never after its code


@dataclass(frozen=True, slots=True)
class Parts:
    """The country as two letters, empty where the number stands by itself; and the number as it is typed there."""

    country: str
    number: str


def parts(text: str, home: str = "") -> Parts:
    """Takes a number apart. What the two parts would not give back stays whole; nothing at all begins at `home`."""
    stored = _PHONE.store(text)
    if not text or not isinstance(stored, str) or not stored.startswith("+"):
        return Parts("" if text else home, text)
    region, code = _region(stored)
    rest = _after_code(_grouped(stored, text), code)
    if not region or not rest or _PHONE.canonical(joined(region, rest)) != _PHONE.canonical(text):
        return Parts("", text)
    return Parts(region, rest)


def joined(country: str, number: str) -> str:
    """The whole number. A plus sign wins over the country; a zero that is only dialled within it goes."""
    code = phonenumbers.country_code_for_region(country)
    stored = _PHONE.store(number.strip())
    if not code or not stored:
        return number
    if str(stored).startswith("+"):
        return _TRUNK.sub(" ", number)
    plain = f"+{code} {number.strip()}"
    if _PHONE.problem(stored):
        return plain
    try:
        parsed = phonenumbers.parse(str(stored), country)
    except phonenumbers.NumberParseException:
        return plain
    whole = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return _grouped(whole, plain if _PHONE.store(plain) == whole else whole)


@cache
def dialled() -> tuple[tuple[str, str, str], ...]:
    """Every country with a dial code, by its name: two letters, name, code such as +62."""
    known = (region for region in phonenumbers.SUPPORTED_REGIONS if region in countries.NAMES)
    rows = [(region, countries.NAMES[region], f"+{phonenumbers.country_code_for_region(region)}") for region in known]
    return tuple(sorted(rows, key=lambda row: row[1]))


def _grouped(whole: str, otherwise: str) -> str:
    """As its country groups it; a number that no country has keeps the groups that somebody gave it."""
    shown = _PHONE.display(whole)
    return otherwise if shown == whole else shown


def _region(stored: str) -> tuple[str, str]:
    try:
        parsed = phonenumbers.parse(stored)
    except phonenumbers.NumberParseException:
        return "", ""
    code = parsed.country_code or 0
    region = phonenumbers.region_code_for_number(parsed) or phonenumbers.region_code_for_country_code(code) or ""
    return (region if region in countries.NAMES else ""), str(code)


def _after_code(text: str, code: str) -> str:
    """What follows the plus sign and the digits of the code, as grouped; empty where the text has another shape."""
    bare = text.strip().removeprefix("+").lstrip()
    return bare[len(code) :].lstrip(" .-/") if bare.startswith(code) else ""
