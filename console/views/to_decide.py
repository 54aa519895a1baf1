"""Requests that wait for a decision, in the order in which they end: the first ones on the page of work, all here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from operator import itemgetter

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from console.inbox import SOON, Place, Wanted, Whose, batches_to_decide, to_decide
from console.models import Connection, User
from console.models.rows import BIGGEST_KEY
from console.permissions import Right, connections_where, places_where
from console.views.batch_list import Row as BatchRow
from console.views.batch_list import batch_rows_of
from console.views.people import person
from console.views.rows import Row, holder, rows_of

PAGE = 50
MOST_CHIPS = 6
LABELS: Mapping[Whose, str] = {Whose.MINE: "For you", Whose.TEAM: "For the team", Whose.ALL: "All"}
FILTERS = ("connection", "author", "soon", "size")
MICROSECOND = timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Chip:
    """A choice that leads to the same list with one thing otherwise."""

    id: str
    label: str
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Request:
    """One that waits: its row, and what the reader can do about it."""

    row: Row
    is_soon: bool
    why_not: str
    can_take: bool
    can_let_go: bool
    taken_by: str
    others: int

    @property
    def told(self) -> list[object]:
        """Everything by which the list would show it differently."""
        return [self.row.number, self.is_soon, self.why_not, self.taken_by, self.row.fields]

    @property
    def can_decide(self) -> bool:
        """Nothing is against the reader's decision, unless it is taken."""
        return not self.why_not


@dataclass(frozen=True, slots=True)
class Alike:
    """Several of a list that ask for the same: `url` is where they are decided on together."""

    fields: str
    place: str
    count: int
    url: str


@require_GET
def requests(request: HttpRequest) -> HttpResponse:
    """All of them, a page at a time, by keyset."""
    reader = person(request)
    return render(request, "work/to_decide.html", {"deciding": Deciding(reader, request.GET, "to_decide", PAGE)})


class Deciding:
    """One reader's list, as its address asks for it. Whatever it says that is no choice counts as none."""

    def __init__(self, reader: User, given: QueryDict, page: str, most: int) -> None:
        self.reader, self.page, self.most, self.now = reader, reverse(page), most, timezone.now()
        self.given = _chosen(given, "decide", *FILTERS)
        self.paged: Mapping[str, str | None] = _chosen(given, "after", "before")
        self.decides, self.sees = places_where(reader, Right.DECIDE), places_where(reader, Right.SEE)
        self.wanted = self._wanted(given)

    @property
    def is_approver(self) -> bool:
        """Whether the reader decides anywhere."""
        return self.decides.everywhere or bool(self.decides.ids)

    @property
    def can_see(self) -> bool:
        """Whether there can be any for them."""
        return self.sees.everywhere or bool(self.sees.ids)

    @cached_property
    def numbers(self) -> list[int]:
        """Of those on this page."""
        found = list(self._found)
        if self.wanted.before:
            return found[-self.most :]
        return found[: self.most]

    @property
    def more(self) -> bool:
        """Whether there are others beyond these, in the direction in which one reads."""
        return len(self._found) > self.most

    @property
    def count(self) -> str:
        """How many, told no further than they stand here: “20+”; empty for none. A batch is one."""
        return f"{self.most}+" if self.more else str(len(self.numbers) + len(self.batches) or "")

    @cached_property
    def batches(self) -> list[BatchRow]:
        """The batches that wait, above the requests of the first page."""
        if self.is_paged:
            return []
        return batch_rows_of(batches_to_decide(self.reader, self.wanted, self.most), self.reader)

    @cached_property
    def requests(self) -> list[Request]:
        """They as rows."""
        rows = rows_of(self.numbers, self.reader)
        return [self._request(rows[number]) for number in self.numbers if number in rows]

    def take(self, rows: Mapping[int, Row]) -> None:
        """Makes them of rows that were read already."""
        vars(self)["requests"] = [self._request(rows[number]) for number in self.numbers if number in rows]

    @property
    def tells_standing(self) -> bool:
        """Whether any of them is taken, or for somebody else to decide: otherwise there is nothing to say of that."""
        return any(each.why_not or each.taken_by for each in self.requests)

    @property
    def alike(self) -> list[Alike]:
        """What several of these ask for in the same way, and the reader could decide on at once."""
        together: dict[bytes, list[Row]] = {}
        for each in self.requests:
            if each.can_decide and each.row.change.shape:
                together.setdefault(bytes(each.row.change.shape), []).append(each.row)
        return [
            Alike(rows[0].fields, rows[0].place, len(rows), reverse("change_alike", args=[rows[0].change.pk]))
            for rows in together.values()
            if len(rows) > 1
        ]

    @property
    def tabs(self) -> list[Chip]:
        """Whose requests are shown."""
        return [
            Chip(f"decide-{whose}", label, self._address({"decide": whose, "author": None}), self.wanted.whose is whose)
            for whose, label in LABELS.items()
            if self.is_approver or whose is Whose.ALL
        ]

    @property
    def is_for_the_reader(self) -> bool:
        """Whether these wait for them."""
        return self.wanted.whose is Whose.MINE

    @property
    def offers_filters(self) -> bool:
        """Whether there is something to narrow."""
        return len(self.requests) + len(self.batches) > 1 or self.is_filtered or self.is_paged

    @property
    def here(self) -> str:
        """Where one comes back to."""
        return self._address(self.paged)

    @property
    def is_filtered(self) -> bool:
        """Whether something narrows the list."""
        wanted = self.wanted
        return bool(wanted.connection or wanted.author or wanted.soon or wanted.together is not None)

    @property
    def is_paged(self) -> bool:
        """Whether it begins further on than with the first."""
        return bool(self.wanted.after or self.wanted.before)

    @property
    def unfiltered(self) -> str:
        """The same list without anything that narrows it."""
        return self._address(dict.fromkeys(FILTERS))

    @property
    def whole(self) -> str:
        """Where all of it is listed."""
        return self._address({}, reverse("to_decide"))

    @cached_property
    def connections(self) -> list[Connection]:
        """Where the reader's requests can be."""
        right = Right.SEE if self.wanted.whose is Whose.ALL else Right.DECIDE
        return list(connections_where(self.reader, right).only("id", "name").order_by("name"))

    @property
    def filters(self) -> list[Chip]:
        """What the list can be narrowed by; what is chosen already leads to the list without that."""
        wanted = self.wanted
        return [
            self._filter("soon", f"Ends within {SOON // timedelta(hours=1)} h", "soon", "1", wanted.soon),
            self._filter("size-one", "Asked for alone", "size", "one", wanted.together is False),
            self._filter("size-many", "Asked for with others", "size", "many", wanted.together is True),
            *self._places(),
            *self._authors(),
        ]

    @property
    def newer(self) -> str:
        """The page before; empty on the first one."""
        has = self.more if self.wanted.before else bool(self.wanted.after)
        return self._beside("before", 0) if has else ""

    @property
    def older(self) -> str:
        """The next page; empty on the last one."""
        has = bool(self.wanted.before) or self.more
        return self._beside("after", -1) if has else ""

    @cached_property
    def _found(self) -> dict[int, bool]:
        return to_decide(self.reader, self.wanted, self.most + 1)

    def _wanted(self, given: QueryDict) -> Wanted:
        asked = given.get("decide", "")
        whose = Whose(asked) if asked in set(Whose) else Whose.MINE
        return Wanted(
            whose if self.is_approver else Whose.ALL,
            _number(given.get("connection")),
            _number(given.get("author")),
            soon=given.get("soon") == "1",
            together={"one": False, "many": True}.get(given.get("size", "")),
            after=_place(given.get("after")),
            before=_place(given.get("before")),
        )

    def _request(self, row: Row) -> Request:
        change = row.change
        taken_by, ends = holder(change, self.now), change.expires_at
        why_not = self._why_not(row)
        mine = taken_by is not None and taken_by.pk == self.reader.pk
        return Request(
            row,
            ends is not None and ends - self.now <= SOON,
            why_not,
            can_take=not why_not and taken_by is None,
            can_let_go=not why_not and taken_by is not None,
            taken_by="you" if mine else taken_by.name if taken_by else "",
            others=change.size - 1,
        )

    def _why_not(self, row: Row) -> str:
        """Why the reader cannot decide on it; empty if they can."""
        change = row.change
        if not (self.decides.everywhere or change.connection_id in self.decides.ids):
            return f"It takes the role Approver at {row.place}."
        if change.requester_id == self.reader.pk:
            return "You asked for it, so somebody else decides."
        return "You approved it; somebody else has to, too." if self._found[change.pk] else ""

    def _places(self) -> list[Chip]:
        if len(self.connections) < 2:
            return []
        chosen = self.wanted.connection
        return [
            self._filter(f"at-{each.pk}", each.name, "connection", str(each.pk), chosen == each.pk)
            for each in self.connections
        ]

    def _authors(self) -> list[Chip]:
        """Those whose requests are on the page, where there is a choice."""
        names = {each.row.change.requester_id: each.row.author for each in self.requests}
        chosen = self.wanted.author
        if len(names) < 2 and chosen not in names:
            return []
        known = sorted(names.items(), key=itemgetter(1))[:MOST_CHIPS]
        return [self._filter(f"by-{pk}", f"by {name}", "author", str(pk), chosen == pk) for pk, name in known]

    def _filter(self, key: str, label: str, name: str, value: str, is_on: bool) -> Chip:
        return Chip(key, label, self._address({name: None if is_on else value}), is_on)

    def _address(self, other: Mapping[str, str | None], page: str = "") -> str:
        """The same list but for this; a page of it begins anew."""
        asked = QueryDict(mutable=True)
        asked.update({name: value for name, value in {**self.given, **other}.items() if value is not None})
        return f"{page or self.page}{'?' if asked else ''}{asked.urlencode()}"

    def _beside(self, direction: str, end: int) -> str:
        change = self.requests[end].row.change if self.requests else None
        if change is None or change.expires_at is None:
            return ""
        return self._address({direction: f"{(change.expires_at - EPOCH) // MICROSECOND}-{change.pk}"})


def _chosen(given: QueryDict, *names: str) -> dict[str, str]:
    return {name: str(given[name]) for name in names if given.get(name)}


def _place(text: str | None) -> Place | None:
    """Where a page begins, as an address says it: microseconds and a number."""
    until, _, number = (text or "").partition("-")
    key, since = _number(number), _number(until)
    if key is None or since is None:
        return None
    try:
        return Place(EPOCH + since * MICROSECOND, key)
    except OverflowError:
        return None


def _number(text: str | None) -> int | None:
    """A key out of an address, no larger than one can be."""
    if not (text and text.isascii() and text.isdigit() and len(text) <= len(str(BIGGEST_KEY))):
        return None
    return int(text) if int(text) <= BIGGEST_KEY else None
