"""The page on which the audit is searched: what was asked, what was found, and what could be asked next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.http import urlencode

from console import auditing
from console.auditing import CONSOLE, Asked, Facets, Found, Place, Query, kinds
from console.models import Customer, SavedSearch, User
from console.models.rows import BIGGEST_KEY
from console.views.audit_rows import THE_CONSOLE, Row, rows_of

if TYPE_CHECKING:
    from console.models import Connection
    from console.permissions import Places

MOST_CHOICES = 8
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
RARELY = ("connection", "field", "outcome", "change", "request")
"""What stands folded away unless it is used."""


@dataclass(frozen=True, slots=True)
class Chip:
    """What narrows the search, with the address of the search without it."""

    id: str
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Choice:
    """What would narrow the search further, and how many it would leave of those that were counted."""

    id: str
    label: str
    count: str
    url: str


@dataclass(frozen=True, slots=True)
class Group:
    """Choices of one kind."""

    label: str
    choices: Sequence[Choice]


@dataclass(frozen=True, slots=True)
class Kept:
    """A search that the reader keeps."""

    search: SavedSearch
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page begins."""

    after: Place | None = None
    before: Place | None = None

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Cursor:
        """From an address; what makes no sense there means the latest page."""
        after = _place(str(given.get("after") or ""))
        return cls(after, None if after else _place(str(given.get("before") or "")))

    @property
    def is_first(self) -> bool:
        """Whether it is the latest page."""
        return not (self.after or self.before)


class AuditPage:
    """One reader's search. `problems` are those of keeping it, beside those of what was asked."""

    def __init__(
        self,
        reader: User,
        places: Places,
        asked: Asked,
        cursor: Cursor | None = None,
        *,
        name: str = "",
        name_problem: str = "",
    ) -> None:
        self.reader, self.places, self.asked, self.cursor = reader, places, asked, cursor or Cursor()
        self.name, self.name_problem = name, name_problem

    @property
    def query(self) -> Query:
        return self.asked.query

    @property
    def problems(self) -> Mapping[str, str]:
        return self.asked.problems

    @property
    def given(self) -> Mapping[str, str]:
        """What stands in the form: what was typed where it was wrong, what it was taken for where it was right."""
        right = {name: str(value) for name, value in self.query.given().items()}
        return {**self.asked.given, **right}

    @cached_property
    def found(self) -> Found | None:
        """Nothing is searched where something is wrong."""
        if not self.asked.fits:
            return None
        return auditing.find(self.query, self.places, after=self.cursor.after, before=self.cursor.before)

    @cached_property
    def rows(self) -> list[Row]:
        return rows_of(auditing.listed(self.found.ids)) if self.found else []

    @property
    def count(self) -> str:
        """How many there are, as far as they were counted."""
        facets = self._facets
        if facets.is_all:
            return f"{facets.total:,} event{'' if facets.total == 1 else 's'}"
        if self._looked_back_only:
            return f"at least {facets.total:,} events" if facets.total != 1 else "at least 1 event"
        return f"{facets.total:,}+ events"

    @property
    def horizon(self) -> datetime | None:
        """How far back was looked, where that was not to the end."""
        return self.found.horizon.at if self.found and self.found.horizon else None

    @property
    def newer(self) -> str:
        return self._turn("before", self.found.newer) if self.found else ""

    @property
    def older(self) -> str:
        return self._turn("after", self.found.older) if self.found else ""

    @property
    def latest(self) -> str:
        """The search from its latest event on."""
        return address(self.query)

    @cached_property
    def chips(self) -> list[Chip]:
        """What narrows it, in words, the customer by name."""
        words = auditing.described(self.query)
        if self.customer:
            words["customer"] = str(self.customer)
        return [Chip(f"no-{name}", _first_up(text), address(self.query.without(name))) for name, text in words.items()]

    @cached_property
    def customer(self) -> Customer | None:
        """Whose events are shown, where it is one customer's."""
        number = self.query.customer
        return Customer.objects.filter(pk=number).select_related("connection").first() if number is not None else None

    @cached_property
    def groups(self) -> list[Group]:
        """What the events that were found could be narrowed by: where there is a choice."""
        facets, query = self._facets, self.query
        names = {user.pk: user.name for user in User.objects.filter(pk__in=facets.people)} | {CONSOLE: THE_CONSOLE}
        verbs = {} if "." in query.kind or query.outcome else facets.verbs
        people = facets.people if query.person is None else {}
        connections = {each.pk: each.name for each in self.connections}
        offered = [
            self._group("Kind", "kind", {verb: self._told(verb) for verb in verbs}, verbs),
            self._group("Who", "person", {pk: names.get(pk, f"Person {pk}") for pk in people}, people),
            self._group("Connection", "connection", {} if query.connection else connections, facets.connections),
            self._group("Outcome", "outcome", {} if query.outcome else kinds.OUTCOMES, facets.outcomes),
        ]
        return [group for group in offered if len(group.choices) > 1]

    @cached_property
    def connections(self) -> list[Connection]:
        return auditing.connections(self.places)

    @property
    def people(self) -> list[tuple[str, str]]:
        """Whom the form offers; whoever is asked for, too."""
        offered = [(str(user.pk), user.name) for user in auditing.people(self.places)]
        chosen = self.given.get("person", "")
        if chosen not in {"", "0", *(number for number, _ in offered)} and self.query.person is not None:
            offered.append((chosen, auditing.described(self.query)["person"]))
        return [("0", THE_CONSOLE), *offered]

    @property
    def kinds(self) -> list[tuple[str, str, list[tuple[str, str]]]]:
        return kinds.grouped()

    @property
    def outcomes(self) -> Mapping[str, str]:
        return kinds.OUTCOMES

    @property
    def fields(self) -> Mapping[str, str]:
        return auditing.field_names(self.places)

    @property
    def folds_open(self) -> bool:
        """Whether what is rarely asked for stands open."""
        return any(name in self.given for name in RARELY)

    @cached_property
    def kept(self) -> list[Kept]:
        """The reader's searches, by name."""
        now = self.query.stored()
        searches = self.reader.searches.order_by("name")
        return [Kept(each, address(Query.of(each.query)), each.query == now) for each in searches]

    @property
    def can_be_kept(self) -> bool:
        """Whether there is something to keep that is not kept yet."""
        return self.asked.fits and not self.query.is_empty and not any(each.is_current for each in self.kept)

    @property
    def export(self) -> str:
        """Where all that was found is taken home."""
        return f"{reverse('exports')}{_asked(self.query.address())}"

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """The query as fields of another form."""
        return [(name, str(value)) for name, value in self.query.given().items()]

    @property
    def _facets(self) -> Facets:
        return self.found.facets if self.found else Facets()

    @property
    def _looked_back_only(self) -> bool:
        return self._facets.total < auditing.MOST_FACETED

    def _told(self, verb: str) -> str:
        """Without its subject where all are of that one."""
        return kinds.VERBS.get(verb, verb) if self.query.kind else kinds.told(verb)

    def _group(self, label: str, name: str, labels: Mapping[Any, str], counts: Mapping[Any, int]) -> Group:
        more = "" if self._facets.is_all else "+"
        choices = [
            Choice(f"{name}-{value}", labels[value], f"{count:,}{more}", address(self.query.but(**{name: value})))
            for value, count in counts.items()
            if value in labels
        ]
        return Group(label, choices[:MOST_CHOICES])

    def _turn(self, direction: str, place: Place | None) -> str:
        if place is None:
            return ""
        begins = f"{(place.at - EPOCH) // MICROSECOND}-{place.id}"
        return f"{reverse('audit')}?{urlencode({**self.query.given(), direction: begins})}"


def address(query: Query) -> str:
    """Where a search stands."""
    return f"{reverse('audit')}{_asked(query.address())}"


def _asked(text: str) -> str:
    return f"?{text}" if text else ""


def _first_up(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def _place(text: str) -> Place | None:
    since, _, number = text.partition("-")
    if not all(part.isascii() and part.isdigit() and len(part) < len(str(BIGGEST_KEY)) for part in (since, number)):
        return None
    try:
        return Place(EPOCH + int(since) * MICROSECOND, int(number))
    except OverflowError:
        return None
