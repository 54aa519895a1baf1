"""What a provider can do and which settings are in force, each with what follows for whoever edits. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from console.models import Connection
from providers.base import Capabilities, Option
from providers.options import split


@dataclass(frozen=True, slots=True)
class Ability:
    """Something the provider can do or can't, and what it means for an editor."""

    can: bool
    sentence: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Setting:
    """An option in force and what it does; `by_default` where nobody chose, so that the provider's default holds."""

    label: str
    value: str
    by_default: bool
    effect: str


def abilities(connection: Connection) -> list[Ability]:
    """What the provider can do beyond taking an update."""
    can, there = connection.provider.capabilities, connection.provider.title
    found = [_reading(can, there), _echo(can, there), _again(can, there), _changed(can, there)]
    return [*found, _conflict(there)] if can.conflict_may_be_ours else found


def settings_of(connection: Connection) -> list[Setting]:
    """Every option, with what is in force; and for how long what is kept."""
    options = [_setting(option, connection.options.get(option.name, "")) for option in connection.provider.options]
    customers, bodies = connection.keeps_customers_days, connection.keeps_bodies_days
    return [
        *options,
        _kept("Customers nobody needs", customers, "Our copy of a record that nobody needed for so long goes."),
        _kept("Bodies of exchanges", bodies, "What was sent and answered, word by word, goes after that."),
    ]


def _kept(label: str, days: int | None, effect: str) -> Setting:
    value = f"kept for {days} day{'' if days == 1 else 's'}" if days else "kept for good"
    return Setting(label, value, days is None, effect if days else "Nothing of it goes by itself.")


def _reading(can: Capabilities, there: str) -> Ability:
    if not can.reads:
        return Ability(
            False,
            "A record cannot be read back.",
            f"We show what we last sent or imported. What somebody else changes at {there} is not seen here.",
        )
    if can.reads_before_sending:
        return Ability(
            True,
            "A record can be read, and is read just before every update.",
            "If somebody changed the value there meanwhile, nothing is overwritten: your change stops and shows both.",
        )
    return Ability(True, "A record can be read.", "“Read now” on a customer's page shows what stands there.")


def _echo(can: Capabilities, there: str) -> Ability:
    if can.echoes:
        return Ability(
            True,
            "The answer to an update shows the record.",
            "So a change that says “Applied” was seen there, as a rule within seconds.",
        )
    return Ability(
        False,
        "The answer to an update does not show what is held now.",
        f"A change ends as “Accepted, not confirmed”: {there} took it, and nobody has seen it there.",
    )


def _again(can: Capabilities, there: str) -> Ability:
    then = "the record is read back; if the old values stand, " if can.reads else ""
    if can.resend_harmless:
        words = f"After a lost answer {then}the same is sent again by itself, for up to ten minutes."
        return Ability(True, "Sending the same values again does no harm.", words)
    words = f"After a lost answer {then}nothing is sent again by itself: an operator decides. It stands under “To fix”."
    return Ability(False, f"Sending the same again may set things off twice at {there}.", words)


def _changed(can: Capabilities, there: str) -> Ability:
    if can.changed_field:
        words = f"It is kept as {can.changed_field} and stands on the customer's page."
        return Ability(True, f"{there} says when a record last changed.", words)
    words = "That a record is old can only be told by when we last knew it."
    return Ability(False, f"{there} does not say when a record last changed.", words)


def _conflict(there: str) -> Ability:
    return Ability(
        True,
        f"{there} reports a conflict when somebody else wrote in between.",
        "It does not say what they wrote. After a lost answer the conflict may be our own, so a person looks.",
    )


def _setting(option: Option, value: str) -> Setting:
    labels = {choice.value: choice.label for choice in option.choices}
    given = value or option.default
    words = ", ".join(labels.get(part, part) for part in split(given)) if given else "none"
    return Setting(option.label, words, by_default=bool(given and not value), effect=_effect(option, given))


def _effect(option: Option, given: str) -> str:
    """What this value does; where each value is its own, what the option is for."""
    count = len(split(given))
    match option.name:
        case "editable":
            opens = f"Opens {count} field{'' if count == 1 else 's'} that would be locked by caution."
            return opens if given else _CLOSED
        case "fields" | "payment_statuses" | "task_types":
            return _LISTS[option.name] if given else _NOTHING_LISTED[option.name]
        case name:
            return _EFFECTS.get((name, given)) or _ALWAYS.get(name) or option.help


_CLOSED = "Every field that is locked by caution stays locked."
_LISTS: Mapping[str, str] = {
    "fields": "These fields stand on the form beside the provider's own.",
    "payment_statuses": "They can be chosen beside those that the documentation names.",
    "task_types": "These can be chosen.",
}
_NOTHING_LISTED: Mapping[str, str] = {
    "fields": "The form has the documented fields alone.",
    "payment_statuses": "Only those that the documentation names can be chosen.",
    "task_types": "None can be chosen.",
}
_EFFECTS: Mapping[tuple[str, str], str] = {
    ("read", "on"): "“Read now” works, and a record is read before it is updated.",
    ("read", "off"): "Nothing is read: we show what we last sent or imported.",
    ("send", "changed"): "An update carries what the provider requires and what changes, and leaves the rest alone.",
    ("send", "held"): "An update carries every value we hold, in case the provider blanks what is left out.",
    ("clear_as", "empty"): "An optional value is emptied by sending an empty text.",
    ("clear_as", ""): "The documentation names no way to empty a value, so none can be emptied here.",
    ("loan_ids", "none"): "An update imports no loan.",
    ("loan_ids", "omit"): "An update makes the provider import every loan of the customer.",
}
_ALWAYS: Mapping[str, str] = {
    "auth": "How each request proves that it is ours.",
    "path": "Where updates go, below the base URL.",
    "read_path": "Where a record is read, below the base URL.",
}
