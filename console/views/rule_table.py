"""A provider's rules under one connection's settings, in words for whoever edits, approves or sets it up. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from console.models import Connection
from providers.base import Capabilities, Option
from providers.fields import Clearing, Field, Kind, Locked, Required, Sent, Unit
from providers.options import split

MOST_CHOICES = 12


@dataclass(frozen=True, slots=True)
class Ability:
    """Something the provider can do or can't, and what follows from it."""

    can: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class Setting:
    """An option in force; `by_default` where nobody chose, so that the provider's default holds."""

    label: str
    value: str
    by_default: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """One field, every cell in words."""

    field: Field
    kind: str
    change: str
    locked: bool
    reason: str
    required: str
    sent: str
    clearing: str
    length: str


def abilities(connection: Connection) -> list[Ability]:
    """What the provider can do beyond taking an update."""
    can, there = connection.provider.capabilities, connection.name
    found = [_reading(can), _echo(can), _again(can, there), _changed(can, there)]
    conflict = (
        f"{there} reports a conflict when somebody else wrote in between; after an unclear try it may be our own."
    )
    return [*found, Ability(True, conflict)] if can.conflict_may_be_ours else found


def settings_of(connection: Connection) -> list[Setting]:
    """Every option, with what is in force."""
    return [_setting(option, connection.options.get(option.name, "")) for option in connection.provider.options]


def groups(connection: Connection) -> list[tuple[str, list[Rule]]]:
    """The fields in the groups of the form."""
    found: dict[str, list[Rule]] = {}
    opened = split(connection.options.get("editable", ""))
    for field in connection.provider.fields:
        found.setdefault(field.group, []).append(_rule(field, connection.name, opened=field.name in opened))
    return list(found.items())


def _reading(can: Capabilities) -> Ability:
    if not can.reads:
        return Ability(False, "A record cannot be read back: we show what we last sent or imported.")
    if can.reads_before_sending:
        return Ability(
            True, "A record can be read, and is read just before an update, so that nobody is overwritten unseen."
        )
    return Ability(True, "A record can be read.")


def _echo(can: Capabilities) -> Ability:
    if can.echoes:
        return Ability(True, "The answer to an update carries the record, so an update is confirmed at once.")
    return Ability(
        False, "The answer to an update does not say what is held now: it counts as accepted, not confirmed."
    )


def _again(can: Capabilities, there: str) -> Ability:
    if can.resend_harmless:
        return Ability(
            True, "Sending the same values again does no harm, so after a broken line it is done without asking."
        )
    return Ability(
        False, f"Sending the same again may set things off twice at {there}: after a broken line, a person decides."
    )


def _changed(can: Capabilities, there: str) -> Ability:
    if can.changed_field:
        return Ability(True, f"{there} says when a record last changed, as {can.changed_field}.")
    return Ability(False, f"{there} does not say when a record last changed.")


def _setting(option: Option, value: str) -> Setting:
    labels = {choice.value: choice.label for choice in option.choices}
    given = value or option.default
    words = ", ".join(labels.get(part, part) for part in split(given)) if given else "none"
    return Setting(option.label, words, by_default=bool(given and not value))


def _rule(field: Field, there: str, *, opened: bool) -> Rule:
    never = field.locked is not Locked.NO and field.sent is Sent.NEVER
    return Rule(
        field,
        _kind(field),
        _change(field, there, opened=opened),
        field.locked is not Locked.NO,
        field.locked_reason,
        "" if never else REQUIRED[field.required],
        SENT[field.sent],
        "" if field.locked is not Locked.NO or field.required is not Required.NO else CLEARING[field.clearing],
        _length(field),
    )


def _change(field: Field, there: str, *, opened: bool) -> str:
    if field.locked is Locked.FORBIDDEN:
        return f"Kept by {there}" if field.server_owned else f"Locked by {there}"
    if field.locked is Locked.CAUTION:
        return "Locked by caution"
    return "May be changed: opened for this connection" if opened else "May be changed"


def _kind(field: Field) -> str:
    kind = KINDS.get(field.kind, str(field.kind).capitalize())
    if not field.choices:
        return kind
    labels = [choice.label for choice in field.choices[:MOST_CHOICES]]
    more = f" and {len(field.choices) - MOST_CHOICES} more" if len(field.choices) > MOST_CHOICES else ""
    return f"{kind}: {', '.join(labels)}{more}"


def _length(field: Field) -> str:
    if field.digits:
        return f"exactly {field.digits} digits"
    if not field.max_length:
        return ""
    unit = "characters (an emoji counts as two)" if field.length_unit is Unit.UTF16 else "characters"
    return f"at most {field.max_length} {unit}"


KINDS: Mapping[Kind, str] = {
    Kind.EMAIL: "E-mail address",
    Kind.PHONE: "Phone number",
    Kind.DATE_TIME: "Date and time",
    Kind.MONEY: "Amount of money",
    Kind.DECIMAL: "Decimal number",
    Kind.ZIP: "ZIP or ZIP+4 code",
    Kind.JSON: "Keys and values (JSON)",
}
REQUIRED: Mapping[Required, str] = {
    Required.ALWAYS: "Always",
    Required.ONCE_SET: "Once it has a value: it cannot be blanked",
    Required.NO: "No",
}
SENT: Mapping[Sent, str] = {
    Sent.ALWAYS: "With every update",
    Sent.WHEN_CHANGED: "When it changes",
    Sent.WHEN_HELD: "With every update, once we know it",
    Sent.NEVER: "Never",
}
CLEARING: Mapping[Clearing, str] = {
    Clearing.NULL: "Can be emptied: null is sent",
    Clearing.EMPTY: "Can be emptied: an empty text is sent",
    Clearing.NO: "Cannot be emptied",
}
