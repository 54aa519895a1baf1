"""What a single value has to be: each check answers None, or what is wrong with it in a few words."""

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import cache
from zoneinfo import ZoneInfo

type Check = Callable[[object], str | None]

_EMAIL = re.compile(r"[^\s@<>,;:\"()]+@[^\s@.<>,;:\"()]+(\.[^\s@.<>,;:\"()]+)+")
_PHONE = re.compile(r"\+?[0-9][0-9 ().\-]*")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_ZIP = re.compile(r"\d{5}(-\d{4})?")
_US_STATES = re.compile(
    "A[AEKLPRSZ]|C[AOT]|D[CE]|FL|G[AU]|HI|I[ADLN]|K[SY]|LA|M[ADEINOPST]|N[CDEHJMVY]|O[HKR]|PA|PR|RI|S[CD]|T[NX]|UT"
    "|V[AIT]|W[AIVY]"
)


def text(value: object) -> str | None:
    if not isinstance(value, str):
        return "must be text"
    return "holds a character that cannot be stored" if _unstorable(value) else None


def email(value: object) -> str | None:
    return text(value) or _matching(_EMAIL, value, "must be a valid e-mail address")


def phone(value: object) -> str | None:
    wrong = text(value) or _matching(_PHONE, value, "must be a phone number")
    return wrong or (None if 3 <= sum(c.isdigit() for c in str(value)) <= 15 else "must have 3 to 15 digits")


def date(value: object) -> str | None:
    wrong = text(value) or _matching(_DATE, value, "must be a date written YYYY-MM-DD")
    if wrong:
        return wrong
    try:
        dt.date.fromisoformat(str(value))
    except ValueError:
        return "must be a day that exists"
    return None


def four_digits(value: object) -> str | None:
    return text(value) or _matching(re.compile(r"[0-9]{4}"), value, "must be exactly 4 digits")


def zip_code(value: object) -> str | None:
    return text(value) or _matching(_ZIP, value, "must be a ZIP or ZIP+4 code")


def us_state(value: object) -> str | None:
    return text(value) or _matching(_US_STATES, value, "must be a state code")


def time_zone(value: object) -> str | None:
    return None if isinstance(value, str) and _is_zone(value) else "must be an IANA time zone name"


def yes_or_no(value: object) -> str | None:
    return None if isinstance(value, bool) else "must be true or false"


def money(value: object) -> str | None:
    return None if isinstance(value, int | Decimal) and not isinstance(value, bool) else "must be a number"


def whole_number(value: object) -> str | None:
    return None if isinstance(value, int) and not isinstance(value, bool) else "must be a whole number"


def json_object(value: object) -> str | None:
    return None if isinstance(value, dict) else "must be an object"


def whole_numbers(value: object) -> str | None:
    numbers = isinstance(value, list) and all(whole_number(item) is None for item in value)
    return None if numbers else "must be a list of whole numbers"


def choice(allowed: Iterable[str]) -> Check:
    known = tuple(allowed)
    return lambda value: None if isinstance(value, str) and value in known else f"must be one of {', '.join(known)}"


def problems(
    checks: Mapping[str, Check], values: Mapping[str, object], blank: frozenset[str] = frozenset()
) -> dict[str, str]:
    """What is wrong, by name, of the values that have a check; "" passes for the names that may be blank."""
    found = {
        name: checks[name](value)
        for name, value in values.items()
        if name in checks and not (value == "" and name in blank)
    }
    return {name: wrong for name, wrong in found.items() if wrong}


def is_blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _matching(pattern: re.Pattern[str], value: object, otherwise: str) -> str | None:
    return None if pattern.fullmatch(str(value)) else otherwise


def _unstorable(value: str) -> bool:
    return any(character == "\0" or "\ud800" <= character <= "\udfff" for character in value)


@cache
def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True
