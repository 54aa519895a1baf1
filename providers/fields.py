"""A field of a customer record as its provider treats it, and the words its rules are written in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from providers.kinds import Choice, Kind, Value, Wire

__all__ = [
    "Choice",
    "Clearing",
    "Field",
    "Kind",
    "Locked",
    "Meaning",
    "Required",
    "Sent",
    "Unit",
    "Value",
    "Violation",
    "Wire",
]


class Locked(StrEnum):
    """Whether a person may change a field: a caution can be opened by a connection, what is forbidden never."""

    NO = "no"
    FORBIDDEN = "forbidden"
    CAUTION = "caution"


class Required(StrEnum):
    """Whether a field must have a value; once set means that it may be absent but not be blanked."""

    ALWAYS = "always"
    ONCE_SET = "once set"
    NO = "no"


class Sent(StrEnum):
    """When a field's value stands in an update."""

    ALWAYS = "always"
    WHEN_CHANGED = "when changed"
    WHEN_HELD = "when held"
    NEVER = "never"


class Clearing(StrEnum):
    """What an update sends to take a value away."""

    NULL = "null"
    EMPTY = "empty"
    NO = "no"


class Unit(StrEnum):
    """What a length is counted in."""

    CHARACTERS = "characters"
    UTF16 = "UTF-16 units"


class Meaning(StrEnum):
    """What a field says about a person, whatever its provider calls it."""

    GIVEN_NAME = "given name"
    FAMILY_NAME = "family name"
    FULL_NAME = "full name"
    EMAIL = "email"
    PHONE = "phone"
    ADDRESS = "address"
    STREET = "street"
    STREET_EXTRA = "street, second line"
    CITY = "city"
    REGION = "region"
    POSTAL_CODE = "postal code"
    COUNTRY = "country"
    NATIONALITY = "nationality"
    BIRTH_DATE = "birth date"
    GENDER = "gender"
    OCCUPATION = "occupation"
    LANGUAGE = "language"
    TIME_ZONE = "time zone"


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that a change breaks. `field` is None when it concerns the whole record."""

    field: str | None
    code: str
    message: str
    parameters: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field: what it is called, what it holds, and what its provider allows."""

    name: str
    label: str
    kind: Kind
    group: str
    help: str = ""
    locked: Locked = Locked.NO
    locked_reason: str = ""
    required: Required = Required.NO
    sent: Sent = Sent.WHEN_CHANGED
    clearing: Clearing = Clearing.NO
    max_length: int | None = None
    length_unit: Unit = Unit.CHARACTERS
    digits: int | None = None  # exactly this many digits, where a text must be so
    choices: tuple[Choice, ...] = ()
    open_choices: bool = False  # values that came from the provider are kept although the list lacks them
    sensitive: bool = False
    meaning: Meaning | None = None
    source: str = ""
    server_owned: bool = False
