"""What a review is to be about: a period in days of the reader's zone, connections, and how many are drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, override

from django import forms
from django.utils import timezone

from console.flows.opening import LONGEST_TITLE, MOST_SAMPLED, Plan
from console.models import Connection

EVERYWHERE, HERE = "all", "these"
FIRST_DAY = date(2000, 1, 1)
NO_DAY = "Enter a day, such as 2026-10-31."
IN_THE_FUTURE = "That is in the future: a review is about what has ended. Choose a day until today."
A_DAY = timedelta(days=1)


class ReviewForm(forms.Form):
    """A plan. What is ticked counts under “these” alone."""

    title = forms.CharField(required=False, strip=True)
    since = forms.DateField(error_messages={"required": NO_DAY, "invalid": NO_DAY})
    until = forms.DateField(error_messages={"required": NO_DAY, "invalid": NO_DAY})
    where = forms.ChoiceField(choices=[(EVERYWHERE, ""), (HERE, "")], required=False)
    connections = forms.MultipleChoiceField(
        required=False, error_messages={"invalid_choice": "Choose connections from the list."}
    )
    sample = forms.IntegerField(
        error_messages=dict.fromkeys(
            ("required", "invalid"), f"Enter how many are to be drawn, from 1 to {MOST_SAMPLED}."
        )
    )
    longest_title = LONGEST_TITLE

    def __init__(self, *args: Any, places: Sequence[Connection], **kwargs: Any) -> None:
        """`places`: the connections at which the reader reads the audit."""
        super().__init__(*args, **kwargs)
        self.places = places
        self.fields["connections"].choices = [(str(place.pk), place.name) for place in places]  # type: ignore[attr-defined]  # declared above as a field of choices

    @override
    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        for name in ("since", "until"):
            if (day := cleaned.get(name)) and day < FIRST_DAY:
                self.add_error(name, f"Choose a day from {FIRST_DAY.year} on.")
            elif day and day > timezone.localdate():
                self.add_error(name, IN_THE_FUTURE)
        if cleaned.get("where") == HERE and not cleaned.get("connections") and "connections" not in self.errors:
            self.add_error("connections", "Tick at least one connection, or choose all of them.")
        return cleaned

    def plan(self) -> Plan:
        """What it says, once it is valid. Of today it holds what is over."""
        said = self.cleaned_data
        end = min(_midnight(said["until"] + A_DAY), timezone.now())
        numbers = [int(number) for number in said["connections"]] if said["where"] == HERE else []
        return Plan(said["title"], _midnight(said["since"]), end, numbers, said["sample"])

    def refuse(self, wanted: Mapping[str, str]) -> None:
        """Puts what the flow wants otherwise at its place."""
        for part, sentence in wanted.items():
            self.add_error(part, sentence)

    @property
    def chosen(self) -> set[str]:
        """The connections that are ticked."""
        return set(map(str, self["connections"].value() or ()))


def initial(since: date, until: date) -> dict[str, object]:
    """What stands in the form before anybody touches it."""
    is_whole = (until + A_DAY).day == 1 or since.day == until.day  # whole, or its first day alone
    title = f"{since:%B %Y}" if is_whole else f"{since.day} to {until.day} {until:%B %Y}"
    return {"title": title, "since": since, "until": until, "where": EVERYWHERE, "sample": 25}


def last_month(today: date) -> tuple[date, date]:
    """Its first and its last day."""
    last = today.replace(day=1) - A_DAY
    return last.replace(day=1), last


def this_month(today: date) -> tuple[date, date]:
    """From its first day until today."""
    return today.replace(day=1), today


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))
