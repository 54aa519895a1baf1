"""A query out of an address or a form: what somebody typed, and a sentence for each part that will not do."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from console.auditing import kinds, sight
from console.auditing.query import CONSOLE, PARAMETERS, Query
from console.models import Change, Customer, User
from console.models.rows import BIGGEST_KEY
from console.permissions import Places
from providers import registry

LONGEST = 200
REQUEST_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked. With `problems`, by parameter, the query holds only what is right and is not to be run."""

    query: Query
    problems: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[str, str] = field(default_factory=dict)

    @property
    def fits(self) -> bool:
        """Whether nothing is wrong with it."""
        return not self.problems


class _Wrong(Exception):
    """A part will not do; the text says why."""


def parse(given: Mapping[str, Any], reader: User | None) -> Asked:
    """Reads what was given, as far as this reader may know of it: others' connections and customers do not exist.

    No reader is the command line: it knows of everything, and its days are UTC's.
    """
    texts = {name: str(given.get(name) or "").strip() for name in PARAMETERS}
    texts = {name: text for name, text in texts.items() if text}
    places = sight.sight(reader) if reader else sight.EVERYTHING
    parts, problems = dict[str, Any](), dict[str, str]()
    for name, text in texts.items():
        try:
            parts[name] = _READERS[name](_readable(text), places)
        except _Wrong as wrong:
            problems[name] = str(wrong)
    since, until = parts.get("since"), parts.get("until")
    if since and until and until < since:
        problems["until"] = "The period ends before it begins. Choose the same day or a later one."
    query = Query(**parts, zone=reader.time_zone if reader else "UTC")
    return Asked(query, problems, {name: text[:LONGEST] for name, text in texts.items()})


def field_names(places: Places) -> dict[str, str]:
    """The fields that providers in sight have, with what the first one calls each, by label."""
    configured = [each.provider for each in sight.connections(places)]
    providers = [*configured, *(registry.all() if places.everywhere else ())]
    labels: dict[str, str] = {}
    for one in [each for provider in providers for each in provider.fields]:
        labels.setdefault(one.name, one.label)
    return dict(sorted(labels.items(), key=lambda item: (item[1].lower(), item[0])))


def _readable(text: str) -> str:
    if len(text) > LONGEST:
        raise _Wrong(f"That is too long: {len(text)} characters, where at most {LONGEST} make sense.")
    if "\0" in text:
        raise _Wrong("That holds a character that cannot be searched for. Type it anew.")
    return text


def _person(text: str, places: Places) -> int:
    number = _number(text, "Choose a person from the list.")
    if number != CONSOLE and not sight.is_known(number, places):
        raise _Wrong("There is no such person where you read the audit. Choose one from the list.")
    return number


def _kind(text: str, _: Places) -> str:
    if not kinds.is_known(text):
        raise _Wrong(f"There are no events of the kind “{text}”. Choose one from the list.")
    return text


def _connection(text: str, places: Places) -> int:
    number = _number(text, "Choose a connection from the list.")
    if not places.connections().filter(pk=number).exists():
        raise _Wrong("There is no such connection where you read the audit. Choose one from the list.")
    return number


def _customer(text: str, places: Places) -> int:
    number = _number(text, "A customer is looked for by name below, or named by number.")
    if not Customer.objects.at(places.connections()).filter(pk=number).exists():
        raise _Wrong(f"There is no customer {number} where you read the audit. Look for them by name.")
    return number


def _change(text: str, places: Places) -> int:
    number = _number(text.removeprefix("#"), "A change is named by its number, such as 4711.")
    if not Change.objects.filter(pk=number, connection__in=places.connections()).exists():
        raise _Wrong(f"There is no change {number} where you read the audit. Its number stands on its page.")
    return number


def _field(text: str, places: Places) -> str:
    known = field_names(places)
    if text in known:
        return text
    called = [name for name, label in known.items() if text.lower() in {label.lower(), name.lower()}]
    if not called:
        raise _Wrong(f"No provider where you read the audit has a field “{text}”. Choose one that is offered.")
    if len(called) > 1:
        raise _Wrong(f"Several fields are called “{text}”: {', '.join(called)}. Choose one of them.")
    return called[0]


def _day(text: str, _: Places) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _Wrong(f"“{text}” is no date. Write it as year, month and day: 2026-05-31.") from None


def _outcome(text: str, _: Places) -> str:
    if text not in kinds.OUTCOMES:
        raise _Wrong(f"No change ends as “{text}”. Choose an outcome from the list.")
    return text


def _request(text: str, _: Places) -> str:
    """Nothing else: what was searched for stands in history for ever, where no name may be."""
    if not REQUEST_ID.fullmatch(text):
        raise _Wrong(f"The id of a request is 32 of the digits 0-9 and a-f; this is not: {text}")
    return text


def _number(text: str, what_to_do: str) -> int:
    is_one = text.isascii() and text.isdigit() and len(text) <= len(str(BIGGEST_KEY))
    if not is_one or int(text) > BIGGEST_KEY:
        raise _Wrong(f"“{text}” is no number. {what_to_do}")
    return int(text)


_READERS: Mapping[str, Callable[[str, Places], Any]] = {
    "person": _person,
    "kind": _kind,
    "connection": _connection,
    "customer": _customer,
    "change": _change,
    "field": _field,
    "since": _day,
    "until": _day,
    "outcome": _outcome,
    "request": _request,
}
