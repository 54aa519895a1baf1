"""What the pages of quality show: the rules that records break, and the records that break one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from django.db.models import FETCH_RAISE, Q
from django.http import QueryDict
from django.urls import reverse
from django.utils.http import urlencode

from console.flaw_words import Wrong
from console.flows.assign import next_one
from console.models import Connection, Customer, Flaw, Line, User
from console.models.quality import FlawQuerySet, Rule, Tally
from console.models.rows import BIGGEST_KEY
from console.models.states import IN_FLIGHT
from console.permissions import Right, connections_where, may, people_with, refusal_sentence
from console.sentences.words import told
from console.views.quality_trend import Trend, trends

PAGE = 50
MOST_TRIED = 20  # rules of which it is asked whether they have a next one for the reader


class Kind(StrEnum):
    """What kind of flaw a list is narrowed to."""

    ALL, MISSING, WRONG, MINE = "", "missing", "wrong", "mine"


class Whose(StrEnum):
    """Which of a rule are shown."""

    ALL, MINE, FREE = "", "mine", "free"


LABELS: Mapping[Kind, str] = {
    Kind.ALL: "All",
    Kind.MISSING: "Missing",
    Kind.WRONG: "Wrong",
    Kind.MINE: "Yours",
}
WHOSE: Mapping[Whose, str] = {Whose.ALL: "All", Whose.MINE: "Yours", Whose.FREE: "Unassigned"}


@dataclass(frozen=True, slots=True)
class Chip:
    """A choice that leads to the same list with one thing otherwise."""

    label: str
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule that records of a connection break."""

    connection: Connection
    tally: Tally
    trend: Trend
    can_fix: bool

    @property
    def wrong(self) -> Wrong:
        """What it is, in words."""
        return Wrong(self.connection.provider, self.tally.rule.field, self.tally.rule.code)

    @property
    def count(self) -> str:
        """How many: “208”, “about 12,400”."""
        return said(self.tally.count, is_exact=self.tally.is_exact)

    @property
    def url(self) -> str:
        """Its own page."""
        return place("quality_rule", self.tally.rule)

    @property
    def next_url(self) -> str:
        """Where the next one is put right; empty where the reader can't."""
        return place("quality_next", self.tally.rule) if self.can_fix and not self.wrong.why_not else ""


class Queue:
    """All that is wrong where the reader sees customers, by rule and connection; what stops every update first."""

    def __init__(self, reader: User, given: QueryDict) -> None:
        self.reader = reader
        self.connections = list(connections_where(reader, Right.SEE).order_by("name"))
        self.at = next((each for each in self.connections if str(each.pk) == given.get("at")), None)
        self.kind = next((kind for kind in Kind if kind and kind == given.get("kind")), Kind.ALL)

    @cached_property
    def _all(self) -> list[Broken]:
        here = {each.pk: each for each in self.connections}
        tallies = Flaw.objects.tallies(list(here), self.reader)
        drawn = trends({tally.rule: tally.count for tally in tallies})
        able = {pk: may(self.reader, Right.PROPOSE, each) for pk, each in here.items()}
        return [
            Broken(here[tally.rule.connection], tally, drawn[tally.rule], able[tally.rule.connection])
            for tally in tallies
        ]

    @cached_property
    def rules(self) -> list[Broken]:
        """Those that are asked for."""
        here = [each for each in self._all if self.at in (None, each.connection)]
        return sorted(filter(self._is_wanted, here), key=lambda each: (not each.wrong.stops, -each.tally.count))

    @property
    def is_empty(self) -> bool:
        """Nothing is wrong anywhere, whatever is asked for."""
        return not self._all

    @property
    def count(self) -> str:
        """How many in all of these."""
        exact = all(each.tally.is_exact for each in self.rules)
        return said(sum(each.tally.count for each in self.rules), is_exact=exact)

    @cached_property
    def first(self) -> Broken | None:
        """The rule to begin with, of those that have a next one for the reader: first those whose flaws they see to."""
        able = sorted((each for each in self.rules if each.next_url), key=lambda each: not each.tally.mine)
        return next((each for each in able[:MOST_TRIED] if next_one(each.tally.rule, by=self.reader)), None)

    @property
    def can_fix(self) -> bool:
        """Whether they may put right any at all."""
        return any(may(self.reader, Right.PROPOSE, each) for each in self.connections)

    @property
    def places(self) -> list[Chip]:
        """The connections to choose from: those at which something is wrong."""
        troubled = {each.connection for each in self._all} | {self.at}
        here = [each for each in self.connections if each in troubled]
        return [
            Chip("All connections", self._address(None, self.kind), self.at is None),
            *(Chip(each.name, self._address(each, self.kind), each == self.at) for each in here),
        ]

    @property
    def kinds(self) -> list[Chip]:
        """The kinds to choose from."""
        return [Chip(label, self._address(self.at, kind), kind is self.kind) for kind, label in LABELS.items()]

    def _is_wanted(self, each: Broken) -> bool:
        wanted = {
            Kind.ALL: True,
            Kind.MISSING: each.wrong.is_missing,
            Kind.WRONG: not each.wrong.is_missing,
            Kind.MINE: bool(each.tally.mine),
        }
        return wanted[self.kind]

    @staticmethod
    def _address(at: Connection | None, kind: Kind) -> str:
        return address(reverse("quality"), at=str(at.pk) if at else "", kind=kind)


@dataclass(frozen=True, slots=True)
class Row:
    """A record that breaks the rule: what it holds, masked where that is hidden, and what is being done about it."""

    flaw: Flaw
    held: str
    change: int | None
    fix_url: str


@dataclass
class RulePage:
    """One rule at one connection, and a page of the records that break it; the one found first comes first."""

    reader: User
    connection: Connection
    rule: Rule
    given: QueryDict = field(repr=False)

    @cached_property
    def wrong(self) -> Wrong:
        """What it is, in words."""
        return Wrong(self.connection.provider, self.rule.field, self.rule.code)

    @cached_property
    def tally(self) -> Tally | None:
        """How many there are; none once all is put right."""
        tallies = Flaw.objects.tallies([self.connection.pk], self.reader)
        return next((tally for tally in tallies if tally.rule == self.rule), None)

    @property
    def count(self) -> str:
        """How many, in words."""
        return said(self.tally.count, is_exact=self.tally.is_exact) if self.tally else "0"

    @cached_property
    def trend(self) -> Trend:
        """How it went."""
        return trends({self.rule: self.tally.count if self.tally else 0})[self.rule]

    @property
    def why_not(self) -> str:
        """Why the reader can't put it right; empty where they can."""
        if not may(self.reader, Right.PROPOSE, self.connection):
            return refusal_sentence(Right.PROPOSE, self.connection, to=self.reader)
        return self.wrong.why_not

    @cached_property
    def whose(self) -> Whose:
        """Which are shown."""
        return next((whose for whose in Whose if whose and whose == self.given.get("whose")), Whose.ALL)

    @property
    def chips(self) -> list[Chip]:
        """Which can be shown."""
        here = place("quality_rule", self.rule)
        return [Chip(label, address(here, whose=whose), whose is self.whose) for whose, label in WHOSE.items()]

    @cached_property
    def rows(self) -> list[Row]:
        """Those of this page."""
        flaws = self._found[:PAGE]
        flaws = flaws[::-1] if self._before else flaws
        waiting = _under_way(flaws, self.rule.field)
        return [self._row(flaw, waiting.get(flaw.customer_id)) for flaw in flaws]

    @property
    def next(self) -> str:
        """Where the later ones are."""
        more = bool(self._before) or len(self._found) > PAGE
        return self._turn("after", self.rows[-1]) if more and self.rows else ""

    @property
    def previous(self) -> str:
        """Where the earlier ones are."""
        more = len(self._found) > PAGE if self._before else bool(self._after)
        return self._turn("before", self.rows[0]) if more and self.rows else ""

    @cached_property
    def people(self) -> list[User]:
        """Who can see to them, the reader first."""
        able = people_with(Right.PROPOSE, self.connection)
        return sorted(able.values(), key=lambda each: (each != self.reader, each.name))

    @property
    def is_done(self) -> bool:
        """The reader asked for the next one, and there was none."""
        return bool(self.given.get("done"))

    @property
    def next_url(self) -> str:
        """Where the next one is put right."""
        return place("quality_next", self.rule)

    @cached_property
    def elsewhere(self) -> Broken | None:
        """The rule to go on with once the reader is done here."""
        return Queue(self.reader, QueryDict()).first if self.is_done else None

    @cached_property
    def _found(self) -> list[Flaw]:
        """One more than a page, in the direction in which one turns."""
        narrowed = self._narrowed(Flaw.objects.of(self.rule))
        if self._before:
            turned = narrowed.filter(pk__lt=self._before).order_by("-connection_id", "-field", "-code", "-pk")
        else:
            turned = narrowed.filter(pk__gt=self._after)
        with_all = turned.select_related("customer", "assigned_to").defer(*_UNSHOWN).fetch_mode(FETCH_RAISE)
        return list(with_all[: PAGE + 1])

    @cached_property
    def _after(self) -> int:
        return number(self.given.get("after"))

    @cached_property
    def _before(self) -> int:
        return number(self.given.get("before"))

    def _narrowed(self, flaws: FlawQuerySet) -> FlawQuerySet:
        match self.whose:
            case Whose.MINE:
                return flaws.filter(assigned_to=self.reader)
            case Whose.FREE:
                return flaws.free_but_for(each.pk for each in self.people)
            case _:
                return flaws

    def _turn(self, way: str, row: Row) -> str:
        return address(place("quality_rule", self.rule), whose=self.whose, **{way: str(row.flaw.pk)})

    def _row(self, flaw: Flaw, change: int | None) -> Row:
        customer, name = flaw.customer, self.rule.field
        known = name in customer.values or name in customer.sealed
        value = True if name in customer.sealed else customer.values.get(name)  # what is sealed is masked, unopened
        held = told(self.wrong.field, value) if known and self.wrong.field else ""
        return Row(flaw, held if held != "nothing" else "", change, edit_url(flaw))


def edit_url(flaw: Flaw) -> str:
    """The form of its record, the cursor at its field; what is saved there leads to the next one."""
    form = reverse("customer_edit", args=[flaw.customer_id])
    return address(form, field=flaw.field, fixing=f"{flaw.field}:{flaw.code}:{flaw.pk}")


def place(name: str, rule: Rule) -> str:
    """The address of a page about a rule."""
    return reverse(name, args=[rule.connection, rule.field, rule.code])


def address(page: str, **given: str) -> str:
    """With what is asked of it, if anything."""
    asked = urlencode({name: value for name, value in given.items() if value})
    return f"{page}?{asked}" if asked else page


def said(count: int, *, is_exact: bool) -> str:
    """A count in words: “208”, “about 12,400”: of one that is not exact no more digits than are known."""
    if is_exact:
        return f"{count:,}"
    size = 10 ** max(0, len(str(count)) - 3)
    return f"about {round(count / size) * size:,}"


def number(text: str | None) -> int:
    """A key out of an address; 0 for what is none."""
    if not text or not (text.isascii() and text.isdigit()) or len(text) > len(str(BIGGEST_KEY)):
        return 0
    return min(int(text), BIGGEST_KEY)


def _under_way(flaws: Sequence[Flaw], name: str) -> dict[int, int]:
    """By customer, the change that asks for another value already."""
    customers = [flaw.customer_id for flaw in flaws]
    lines = Line.objects.filter(Q(waiting=True) | Q(change__status__in=sorted(IN_FLIGHT)), customer__in=customers)
    return dict(lines.filter(field=name).values_list("customer", "change"))


_SHOWN = ("id", "name", "external_id", "values", "sealed", "connection")
_UNSHOWN = [f"customer__{each.name}" for each in Customer._meta.concrete_fields if each.name not in _SHOWN]
