"""The kinds of values: for each, in one place, how it is parsed, stored, sent, received, compared and shown."""

from collections.abc import Mapping
from types import MappingProxyType

from providers.kinds.base import Choice, Handler, Kind, Problem, Unfit, Value, Wire
from providers.kinds.contact import Email, Phone
from providers.kinds.lists import Chosen, Country, State, YesNo
from providers.kinds.moments import Date, DateTime, TimeZone
from providers.kinds.numbers import Money, Number, Whole
from providers.kinds.postal import Zip
from providers.kinds.structured import JsonObject
from providers.kinds.text import Text

__all__ = ["Choice", "Handler", "Kind", "Problem", "Unfit", "Value", "Wire", "handler"]

_HANDLERS: Mapping[Kind, Handler] = MappingProxyType(
    {
        Kind.TEXT: Text(),
        Kind.EMAIL: Email(),
        Kind.PHONE: Phone(),
        Kind.DATE: Date(),
        Kind.DATE_TIME: DateTime(),
        Kind.MONEY: Money(),
        Kind.DECIMAL: Number(),
        Kind.WHOLE_NUMBER: Whole(),
        Kind.YES_NO: YesNo(),
        Kind.COUNTRY: Country(),
        Kind.US_STATE: State(),
        Kind.ZIP: Zip(),
        Kind.TIME_ZONE: TimeZone(),
        Kind.JSON: JsonObject(),
    }
)


def handler(kind: Kind, choices: tuple[Choice, ...] = ()) -> Handler:
    """What this kind can do, given the choices of the field that asks."""
    return Chosen(choices) if kind is Kind.CHOICE else _HANDLERS[kind]
