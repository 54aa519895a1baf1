"""What a policy is to say: where, about which fields, and what it asks for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, override

from django import forms

from console.flows.policies import LARGEST_SIZE, MOST_HOURS, NAMELESS, WITHOUT_FIELDS, Draft
from console.models import Connection, PolicyVersion
from console.models.judging import MOST_APPROVALS, Scope
from console.sentences import listed
from providers.fields import Locked

EVERYWHERE, HERE = "all", "these"


def _number(least: int, most: int, what: str) -> forms.IntegerField:
    wrong = f"Enter a number of {what} from {least} to {most:,}."
    messages = dict.fromkeys(("required", "invalid", "min_value", "max_value"), wrong)
    return forms.IntegerField(min_value=least, max_value=most, error_messages=messages)


class PolicyForm(forms.Form):
    """The next version of a policy. What is ticked counts where it is asked for: under “these”, under “named”."""

    name = forms.CharField(error_messages={"required": NAMELESS})
    where = forms.ChoiceField(
        choices=[(EVERYWHERE, ""), (HERE, "")],
        error_messages={"required": "Say where it holds.", "invalid_choice": "Say where it holds."},
    )
    connections = forms.MultipleChoiceField(
        required=False, error_messages={"invalid_choice": "Choose connections from the list."}
    )
    scope = forms.ChoiceField(
        choices=[(scope.value, "") for scope in Scope],
        error_messages={"required": "Say which fields it is about.", "invalid_choice": "Say which fields it is about."},
    )
    field = forms.MultipleChoiceField(
        required=False, error_messages={"invalid_choice": "There is no field “%(value)s” at any of the connections."}
    )
    approvals = _number(0, MOST_APPROVALS, "approvals")
    from_size = _number(1, LARGEST_SIZE, "changes proposed together")
    hours = _number(1, MOST_HOURS, "hours")
    asks_reason = forms.BooleanField(required=False)
    asks_ticket = forms.BooleanField(required=False)
    why = forms.CharField(required=False)

    def __init__(self, *args: Any, places: Sequence[Connection], kept: Collection[str] = (), **kwargs: Any) -> None:
        """`places`: the connections that are offered; `kept`: fields that the version in force names already."""
        super().__init__(*args, **kwargs)
        self.places, self.groups = places, field_groups(places, kept)
        self.fields["connections"].choices = [(str(place.pk), place.name) for place in places]  # type: ignore[attr-defined]
        self.fields["field"].choices = [  # type: ignore[attr-defined]  # declared above as fields of choices
            (each.name, each.label) for group in self.groups for each in group.fields
        ]

    @override
    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        if cleaned.get("where") == HERE and not cleaned.get("connections") and "connections" not in self.errors:
            self.add_error("connections", "Tick at least one connection, or choose all of them.")
        if cleaned.get("scope") == Scope.NAMED and not cleaned.get("field") and "field" not in self.errors:
            self.add_error("field", WITHOUT_FIELDS)
        return cleaned

    def draft(self) -> Draft:
        """What it says, once it is valid."""
        said = self.cleaned_data
        return Draft(
            name=said["name"],
            connections=[int(number) for number in said["connections"]] if said["where"] == HERE else [],
            scope=Scope(said["scope"]),
            fields=said["field"] if said["scope"] == Scope.NAMED else [],
            **{name: said[name] for name in ("from_size", "approvals", "asks_reason", "asks_ticket", "hours", "why")},
        )

    def refuse(self, wanted: Mapping[str, str]) -> None:
        """Puts what the flow wants otherwise at its place."""
        for part, sentence in wanted.items():
            self.add_error({"fields": "field"}.get(part, part), sentence)

    @property
    def chosen(self) -> set[str]:
        """The connections that are ticked."""
        return set(map(str, self["connections"].value() or ()))

    @property
    def ticked(self) -> set[str]:
        """The fields that are ticked."""
        return set(self["field"].value() or ())


@dataclass(frozen=True, slots=True)
class FieldChoice:
    """A field that can be ticked, and the connections that have it, by key and by name."""

    name: str
    label: str
    at: str
    where: str
    sensitive: bool


@dataclass(frozen=True, slots=True)
class FieldGroup:
    """Fields that stand together on the forms of their connections."""

    label: str
    fields: Sequence[FieldChoice]


def initial_of(version: PolicyVersion | None, *, everywhere: bool) -> dict[str, object]:
    """What stands in the form before anybody touches it."""
    if version is None:
        numbers = {"approvals": 1, "from_size": 1, "hours": 72}
        return {**numbers, "where": EVERYWHERE if everywhere else HERE, "scope": Scope.NAMED.value}
    same = ("name", "scope", "approvals", "from_size", "hours", "asks_reason", "asks_ticket")
    return {
        **{name: getattr(version, name) for name in same},
        "where": HERE if version.connection_ids else EVERYWHERE,
        "connections": version.connection_ids,
        "field": version.fields,
    }


def field_groups(places: Iterable[Connection], kept: Collection[str]) -> list[FieldGroup]:
    """Every field that somebody may change at one of these connections, each once, and those that are `kept`."""
    found: dict[tuple[str, str], list[tuple[Connection, str, bool]]] = {}
    group_of: dict[str, str] = {}
    for place in places:
        for field in place.provider.fields:
            if field.locked is Locked.NO or field.name in kept:
                group = group_of.setdefault(field.name, field.group)
                found.setdefault((group, field.name), []).append((place, field.label, field.sensitive))
    groups: dict[str, list[FieldChoice]] = {}
    for (group, name), having in found.items():
        groups.setdefault(group, []).append(_choice(name, having))
    return [FieldGroup(label, sorted(fields, key=lambda each: each.label)) for label, fields in groups.items()]


def _choice(name: str, having: Sequence[tuple[Connection, str, bool]]) -> FieldChoice:
    return FieldChoice(
        name=name,
        label=having[0][1],
        at=" ".join(str(place.pk) for place, *_ in having),
        where=listed([place.name for place, *_ in having]),
        sensitive=any(sensitive for *_, sensitive in having),
    )
