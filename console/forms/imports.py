"""Imports: what a person says of a file before it comes, and how its columns are assigned."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django import forms

from console.importing import DateStyle, Empty, Look, NumberStyle, Options, QuestionKind, asked
from console.models import BulkKind, Connection

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from providers.base import Provider

KINDS = (BulkKind.FILL, BulkKind.PROPOSE)
DATES, NUMBERS, EMPTY = "dates", "numbers", "empty"


class ImportForm(forms.Form):
    """Where, what for, as of when; and of the file its name and size, where a script sends it in pieces."""

    connection = forms.ModelChoiceField(
        queryset=Connection.objects.none(),
        error_messages={"required": "Choose where the customers are.", "invalid_choice": "Choose one of these."},
    )
    kind = forms.ChoiceField(
        choices=[(kind.value, kind.label) for kind in KINDS],
        error_messages={"required": "Choose what the file is for.", "invalid_choice": "Choose one of these."},
    )
    as_of = forms.DateTimeField(
        required=False, error_messages={"invalid": "Enter a date and a time, such as 2026-03-01 09:30."}
    )
    key = forms.RegexField(r"\A[\w-]{1,64}\Z", error_messages={"required": "Open the page anew, then try again."})
    filename = forms.CharField(required=False, max_length=1000)
    size = forms.IntegerField(required=False, min_value=0)

    def __init__(self, *args: Any, connections: QuerySet[Connection], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = self.fields["connection"]
        assert isinstance(chosen, forms.ModelChoiceField)  # noqa: S101 - declared so above; for the type alone
        chosen.queryset = connections


@dataclass(frozen=True, slots=True)
class Assignment:
    """Which field each column fills, the answers to what the file leaves open, and what is still to be said of it."""

    mapping: Mapping[int, str]
    options: Options = field(default_factory=Options)
    missing: Mapping[str, str] = field(default_factory=dict)


def assignment(data: Mapping[str, str], look: Look, provider: Provider, *, further: Collection[str] = ()) -> Assignment:
    """What was posted, as far as our own form could have posted it. `further` is that of `asked`."""
    names = {each.name for each in provider.fields} | {*provider.identity, "external_id"}
    given = {place: data.get(f"column-{place}", "") for place in range(len(look.columns))}
    mapping = {place: name for place, name in given.items() if name in names}
    dates = {place: DateStyle(style) for place in mapping if (style := data.get(f"{DATES}-{place}", "")) in _STYLES}
    said = {place: data.get(f"{NUMBERS}-{place}", "") for place in mapping}
    numbers = {place: NumberStyle(style) for place, style in said.items() if style in _NUMBER_STYLES}
    empty = Empty.CLEARS if data.get(EMPTY) == Empty.CLEARS else Empty.UNTOUCHED
    answered: Mapping[QuestionKind, Collection[int]] = {QuestionKind.DATES: dates, QuestionKind.NUMBERS: numbers}
    missing = {
        f"{question.kind.value}-{question.column}": f"Say how these {question.kind.value} read: it is not guessed."
        for question in asked(look, mapping, provider, further=further)
        if question.kind in answered and question.column not in answered[question.kind]
    }
    return Assignment(mapping, Options(empty, dates, numbers), missing)


_STYLES = frozenset(style.value for style in DateStyle)
_NUMBER_STYLES = frozenset(style.value for style in NumberStyle)
