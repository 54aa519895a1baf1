"""A field of a customer record as its provider treats it, and the words its rules are written in."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from providers.kinds import Choice, Handler, Kind, Problem, Unfit, Value, Wire, handler
from providers.kinds.characters import clean, utf16_length
from providers.kinds.text import too_long

__all__ = [
    "Choice",
    "Clearing",
    "Field",
    "Kind",
    "Locked",
    "Meaning",
    "Required",
    "Sent",
    "Unfit",
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
    parameters: Mapping[str, str | int] = dataclasses.field(default_factory=dict)


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
    unit: str = ""  # what a number counts, in the plural: instalments
    home: str = ""  # the country, as two letters, that a phone number without a prefix is most likely of
    sensitive: bool = False
    found_whole: bool = False  # though sensitive, its whole value may be looked for; never of a domain one can try out
    meaning: Meaning | None = None
    source: str = ""
    server_owned: bool = False
    _handler: Handler = dataclasses.field(init=False, repr=False, compare=False)  # looked up once, asked all the time

    def __post_init__(self) -> None:
        object.__setattr__(self, "_handler", handler(self.kind, self.choices))

    @property
    def is_stamp(self) -> bool:
        """A moment that the provider writes by itself."""
        return self.server_owned and self.kind is Kind.DATE_TIME

    def parse(self, text: str) -> Value:
        """The stored form of what a person typed; "" is None, what cannot be understood comes back as it is."""
        return self._handler.parse(text)

    def store(self, value: Value) -> Value:
        """The spelling in which a value is kept and sent; "" is None."""
        return None if self.is_blank(value) else self._handler.store(value)

    def problem(self, value: object) -> Problem | None:
        """What is wrong with a value that is to be sent, as far as it can be told from the value alone."""
        problem = self._handler.problem(value)
        return problem or self._length_problem(value)

    def canonical(self, value: object) -> Value:
        """What two spellings of one value have in common; never raises."""
        return self._handler.canonical(value)

    def same(self, a: object, b: object) -> bool:
        """Whether two values are one value, however they are spelled."""
        if type(a) is str and a == b and type(b) is str:
            return True  # spelled alike, as nearly all that is compared
        left, right = self.canonical(a), self.canonical(b)
        return type(left) is type(right) and left == right

    def is_blank(self, value: object) -> bool:
        """Whether there is nothing in this value."""
        return self.canonical(value) is None

    def is_sendable(self, value: object) -> bool:
        """Whether a value has this kind's type and no character that cannot be sent; it may still break a rule."""
        if isinstance(value, str) and clean(value) != value:
            return False
        return isinstance(value, self._handler.stored_as) and not self.is_blank(value)

    def to_wire(self, value: Value) -> Wire:
        """A stored value as it stands in this provider's JSON."""
        return None if value is None else self._handler.to_wire(value)

    def from_wire(self, value: object) -> Value:
        """The stored form of a value in an answer; raises Unfit for a type that this kind never has."""
        return self._handler.from_wire(value)

    def display(self, value: Value) -> str:
        """A value in words for a person; "" where there is none."""
        return self._handler.display(value)

    def _length_problem(self, value: object) -> Problem | None:
        if not isinstance(value, str):
            return None
        if self.digits and not (len(value) == self.digits and value.isascii() and value.isdigit()):
            return Problem("invalid_digits", f"Enter exactly {self.digits} digits.", {"digits": self.digits})
        stored = str(self._handler.store(value))
        length = utf16_length(stored) if self.length_unit is Unit.UTF16 else len(stored)
        if self.max_length is None or length <= self.max_length:
            return None
        return too_long(length, self.max_length, self.length_unit)
