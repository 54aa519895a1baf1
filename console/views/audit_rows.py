"""Events as the audit lists them: when, what in a sentence, who, where from, and of what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils import timezone

from console.auditing import kinds
from console.models import Batch, Event, Origin, Policy, PolicyVersion, Review, User
from console.sentences import event_sentence, event_tone

if TYPE_CHECKING:
    from datetime import datetime

    from providers.fields import Field

THE_CONSOLE = "The console"


def came_from(origin: str) -> str:
    """From where an event came, in a word. A page it is, too, where no customer's was open: signing in, a search."""
    if origin == Origin.PAGE:
        return "page"
    return str(Origin(origin).label) if origin in Origin else origin


@dataclass(frozen=True, slots=True)
class About:
    """The subject of an event: what it is called, where it is, if it has a page."""

    name: str
    kind: str
    url: str = ""
    spoken: str = ""  # what tells it from another of the same name


@dataclass(frozen=True, slots=True)
class Row:
    """One event."""

    event: Event
    sentence: str
    tone: str
    about: About

    @property
    def at(self) -> datetime:
        return self.event.at

    @property
    def url(self) -> str:
        """The page of the event."""
        return address_of("audit_event", self.event.pk)

    @property
    def change_url(self) -> str:
        """The page of the change that it is about; empty for none."""
        return address_of("change", self.event.change_id) if self.event.change_id else ""

    @property
    def moment(self) -> str:
        """When, to the second in the reader's zone: “21 Nov 2026, 10:24:07”."""
        local = timezone.localtime(self.at)
        return f"{local.day} {local:%b %Y, %H:%M:%S}"

    @property
    def who(self) -> str:
        """Who did it; the console by itself, too."""
        return self.event.actor.name if self.event.actor else THE_CONSOLE

    @property
    def behalf(self) -> str:
        """For whom the console did it."""
        return self.event.behalf.name if self.event.behalf else ""

    @property
    def origin(self) -> str:
        """From where: “worker”."""
        return came_from(self.event.origin)

    @property
    def kind(self) -> str:
        """“Changes: Applied”."""
        return kinds.told(self.event.verb)


def address_of(name: str, number: int) -> str:
    """The address of a page with one number in it: a list asks for a hundred, and working each out takes its time."""
    before, after = _around(name)
    return f"{before}{number}{after}"


@cache
def _around(name: str) -> tuple[str, str]:
    before, _, after = reverse(name, args=[0]).partition("0")
    return before, after


def rows_of(events: Sequence[Event]) -> list[Row]:
    """They as rows; the events come as `auditing.events` loads them."""
    named = subjects(events)
    return [Row(each, event_sentence(each, fields_of(each)), event_tone(each), named[each.subject]) for each in events]


def fields_of(event: Event) -> Sequence[Field]:
    """Those of the customer's provider; none where the event is of no customer."""
    return event.customer.provider.fields if event.customer else ()


def subjects(events: Iterable[Event]) -> Mapping[str, About]:
    """What the subjects of these events are called: one question for each kind of them."""
    found: dict[str, About] = {}
    numbers: dict[str, list[int]] = {}
    for event in events:
        kind, _, number = event.subject.partition(":")
        if event.customer:
            place = event.connection.name if event.connection else ""
            url = address_of("customer", event.customer.pk)
            found[event.subject] = About(
                str(event.customer), f"customer at {place}", url, f"customer {event.customer.pk}"
            )
        elif event.connection and kind != "batch":
            url = address_of("connection", event.connection.pk)
            found[event.subject] = About(event.connection.name, "connection", url, "connection")
        elif event.subject not in found:
            numbers.setdefault(kind, []).append(int(number or 0))
    for kind, wanted in numbers.items():
        found |= {f"{kind}:{number}": about for number, about in _named(kind, wanted).items()}
    return found


def _named(kind: str, numbers: Sequence[int]) -> dict[int, About]:
    names = _NAMING[kind](numbers) if kind in _NAMING else {}
    known = {number: About(f"{kind} {number}", kind) for number in numbers}
    if kind == "installation":
        known = {number: About("This installation", "all of it") for number in numbers}
    return known | names


def _people(numbers: Sequence[int]) -> dict[int, About]:
    return {user.pk: About(user.name, "person") for user in User.objects.filter(pk__in=numbers)}


def _policies(numbers: Sequence[int]) -> dict[int, About]:
    versions = PolicyVersion.objects.filter(policy__in=Policy.objects.filter(pk__in=numbers)).order_by("number")
    names = {version.policy_id: version.name for version in versions}
    return {number: About(name, "policy", reverse("policy", args=[number])) for number, name in names.items()}


def _reviews(numbers: Sequence[int]) -> dict[int, About]:
    reviews = Review.objects.filter(pk__in=numbers)
    return {each.pk: About(each.title, "review", reverse("review", args=[each.pk])) for each in reviews}


def _batches(numbers: Sequence[int]) -> dict[int, About]:
    batches = Batch.objects.filter(pk__in=numbers)
    return {each.pk: About(each.title, "batch", reverse("batch", args=[each.pk])) for each in batches}


_NAMING = {"person": _people, "policy": _policies, "review": _reviews, "batch": _batches}
