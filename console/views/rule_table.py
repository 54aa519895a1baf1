"""A provider's rules under one connection's settings, in words for whoever edits, approves or sets it up. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from console.models import Connection
from providers.base import Provider
from providers.fields import Clearing, Field, Kind, Locked, Required, Sent, Unit
from providers.options import split

MOST_CHOICES = 12


@dataclass(frozen=True, slots=True)
class Source:
    """Who says so: the page of the documentation, with its address where that is known."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One field, every cell in words. `reason` and `source` are empty where the group says them for all."""

    field: Field
    kind: str
    holds: str
    reason: str
    sent: str
    source: Source | None


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that are treated alike; the `reason` that all share, and the `source` of most, are said once."""

    key: str
    heading: str
    meaning: str
    reason: str
    source: Source
    rules: list[Rule]

    @property
    def explains(self) -> bool:
        """Whether there is something to say of single fields, beyond what holds for all of them."""
        return any(rule.holds or rule.reason or rule.source for rule in self.rules)

    @property
    def mixed(self) -> bool:
        """Whether some of them are said by another page."""
        return any(rule.source for rule in self.rules)

    @property
    def sends(self) -> bool:
        """Whether any of them is ever sent."""
        return any(rule.field.sent is not Sent.NEVER for rule in self.rules)


def rule_groups(connection: Connection, *, who: str, opener: str) -> list[Group]:
    """The fields by what can be done about them. `who` may change them; `opener` says who opens a caution."""
    title = connection.provider.title
    once = ONCE if any(field.required is Required.ONCE_SET for field in connection.provider.fields) else ""
    told: Mapping[str, tuple[str, str]] = {
        "change": (f"{who} can change", f"All of it is checked before anything is sent.{once}"),
        "caution": (
            "Locked by caution of ours",
            f"No rule of {title}, but a caution of ours; these are never sent. {opener}",
        ),
        "locked": (f"Locked by {title}", "No setting and no role opens these."),
        "kept": (f"Kept by {title}", f"{title} writes these by itself. They are shown, and never sent."),
    }
    found = {key: [field for field in connection.provider.fields if _key(field) == key] for key in told}
    return [_group(connection, key, *told[key], fields) for key, fields in found.items() if fields]


def _key(field: Field) -> str:
    if field.locked is Locked.FORBIDDEN:
        return "kept" if field.server_owned else "locked"
    return "caution" if field.locked is Locked.CAUTION else "change"


def _group(connection: Connection, key: str, heading: str, meaning: str, fields: list[Field]) -> Group:
    provider, opened = connection.provider, split(connection.options.get("editable", ""))
    reason = _shared(field.locked_reason for field in fields) if len(fields) > 1 else ""
    source = _source(provider, fields, Counter(field.source for field in fields).most_common(1)[0][0])
    rules = [_rule(provider, field, opened=field.name in opened, reason=reason, source=source) for field in fields]
    return Group(key, heading, meaning, reason, source, rules)


def _shared(words: Iterable[str]) -> str:
    """What all of them say, or nothing."""
    said = set(words)
    return said.pop() if len(said) == 1 else ""


def _source(provider: Provider, fields: Iterable[Field], name: str) -> Source:
    """The page of that name."""
    return next(Source(name, provider.page_of(field)) for field in fields if field.source == name)


def _rule(provider: Provider, field: Field, *, opened: bool, reason: str, source: Source) -> Rule:
    return Rule(
        field,
        _kind(field),
        _holds(field, opened=opened) if field.locked is Locked.NO else "",
        "" if field.locked_reason == reason else field.locked_reason,
        SENT[field.sent],
        None if field.source == source.name else _source(provider, [field], field.source),
    )


def _holds(field: Field, *, opened: bool) -> str:
    """What one has to know before changing it."""
    held = REQUIRED.get(field.required) or CLEARING[field.clearing]
    return f"{held}. A caution of ours that an administrator opened for this connection" if opened else held


def _kind(field: Field) -> str:
    kind = "One of" if field.choices else KINDS.get(field.kind, str(field.kind).capitalize())
    return ", ".join(filter(None, (f"{kind}{_choices(field)}", _length(field))))


def _choices(field: Field) -> str:
    if not field.choices:
        return ""
    labels = [choice.label for choice in field.choices[:MOST_CHOICES]]
    more = f" and {len(field.choices) - MOST_CHOICES} more" if len(field.choices) > MOST_CHOICES else ""
    return f": {', '.join(labels)}{more}"


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
    Kind.US_STATE: "State of the USA",
    Kind.YES_NO: "Yes or no",
    Kind.JSON: "Names and values (JSON)",
}
ONCE = " “Required once set” may be missing, and cannot be emptied any more once it has a value."
REQUIRED: Mapping[Required, str] = {Required.ALWAYS: "Always required", Required.ONCE_SET: "Required once set"}
SENT: Mapping[Sent, str] = {
    Sent.ALWAYS: "With every update",
    Sent.WHEN_CHANGED: "When it changes",
    Sent.WHEN_HELD: "With every update, once we know it",
    Sent.NEVER: "Never",
}
CLEARING: Mapping[Clearing, str] = {
    Clearing.NULL: "Optional; can be emptied (null is sent)",
    Clearing.EMPTY: "Optional; can be emptied (an empty text is sent)",
    Clearing.NO: "Optional; no way to empty it is documented",
}
