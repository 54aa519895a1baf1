"""What the pages of reviews show: how far each is, and what one looks at."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from django.db.models import Count, Q
from django.utils import timezone

from console.errors import KeyMissing
from console.flows import examine
from console.flows.risks import Risk
from console.inbox import people_by_number
from console.models import Connection, Mark, Review, ReviewItem
from console.sentences import listed
from console.views.reasons import BADGES, WORDS, Why, people_in, why
from console.views.rows import Row, rows_of

if TYPE_CHECKING:
    from datetime import datetime

    from console.flows.population import Fit
    from console.models import User

PAGE = 50
MOST_NAMED = 20
WITH_COUNTS = {
    "total": Count("items"),
    "open": Count("items", filter=Q(items__mark=Mark.OPEN)),
    "questioned": Count("items", filter=Q(items__mark=Mark.QUESTIONED)),
}


@dataclass(frozen=True, slots=True)
class Progress:
    """How many are to be looked at, how many were not yet, and how many questions are open."""

    total: int
    open: int
    questioned: int

    @property
    def done(self) -> int:
        """How many nobody has to look at any more."""
        return self.total - self.open - self.questioned

    @property
    def words(self) -> str:
        """“12 of 40 done, 2 questions open”."""
        asked = f", {self.questioned} question{'' if self.questioned == 1 else 's'} open" if self.questioned else ""
        return f"{self.done} of {self.total} done{asked}"


@dataclass(frozen=True, slots=True)
class Listed:
    """One review in the list of them."""

    review: Review
    progress: Progress
    period: str
    where: str


def listed_reviews(reader: User) -> list[Listed]:
    """All that the reader may read: those that are open first, then the latest."""
    found = examine.reviews_of(reader).select_related("opened_by", "signed_by").annotate(**WITH_COUNTS)
    reviews = sorted(found, key=lambda review: (review.signed_at is not None, -review.pk))
    names = _place_names({number for review in reviews for number in review.connection_ids})
    return [
        Listed(review, Progress(review.total, review.open, review.questioned), period(review), where(review, names))  # type: ignore[attr-defined]  # annotated above
        for review in reviews
    ]


@dataclass(frozen=True, slots=True)
class Filter:
    """What narrows the list of what is looked at: its name in the address, and how many it leaves."""

    name: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One change under review in the list."""

    item: ReviewItem
    row: Row
    why: Sequence[Why]
    badge: tuple[str, str, str]
    is_own: bool


class ReviewPage:
    """One review for one reader. Each part asks the database only when it is shown."""

    def __init__(self, review: Review, reader: User, *, only: str = "", after: int = 0, fit: Fit | None = None) -> None:
        self.review, self.reader, self.after, self.fit = review, reader, after, fit
        self.only = only if only in FILTERS else ""

    @cached_property
    def progress(self) -> Progress:
        """How far it is."""
        marks = dict(self.review.items.order_by().values_list("mark").annotate(count=Count("pk")))
        return Progress(sum(marks.values()), marks.get(Mark.OPEN, 0), marks.get(Mark.QUESTIONED, 0))

    @cached_property
    def filters(self) -> list[Filter]:
        """All, and whatever narrows it to something."""
        counts = self.review.items.aggregate(**{name or "all": Count("pk", filter=FILTERS[name]) for name in FILTERS})
        return [
            Filter(name, LABELS[name], counts[name or "all"])
            for name in FILTERS
            if not name or counts[name or "all"] or name == self.only
        ]

    @cached_property
    def rows(self) -> list[ItemRow]:
        """One page of what is looked at, in the order of the review."""
        items = self._found[:PAGE]
        numbers = [item.change_id for item in items]
        rows, own = rows_of(numbers, self.reader), examine.in_hand_of(self.reader, numbers)
        names = names_in(items)
        return [
            ItemRow(
                item, rows[item.change_id], why(item.reasons, names), BADGES[Mark(item.mark)], item.change_id in own
            )
            for item in items
        ]

    @property
    def next_after(self) -> int | None:
        """Where the next page begins, if there is one."""
        return self._found[PAGE - 1].position if len(self._found) > PAGE else None

    @cached_property
    def _found(self) -> list[ReviewItem]:
        chosen = self.review.items.filter(FILTERS[self.only], position__gt=self.after)
        return list(chosen.select_related("marked_by").order_by("position")[: PAGE + 1])

    @cached_property
    def first_open(self) -> ReviewItem | None:
        """Where the reader goes on."""
        return next_open(self.review, self.reader)

    @cached_property
    def left(self) -> str:
        """Why it can't be signed off yet."""
        return "" if self.review.signed_at else examine.what_is_left(self.review)

    @property
    def conclusion(self) -> str:
        """What was concluded."""
        try:
            return examine.conclusion_of(self.review)
        except KeyMissing:
            return ""

    @property
    def period(self) -> str:
        """From which day to which."""
        return period(self.review)

    @cached_property
    def where(self) -> str:
        """At which connections."""
        return where(self.review, _place_names(set(self.review.connection_ids)))

    @property
    def moved(self) -> list[int]:
        """The first changes that went on since, as far as they are named."""
        return list(self.fit.moved[:MOST_NAMED]) if self.fit else []

    @property
    def more_moved(self) -> int:
        """How many went on beside those that are named."""
        return max(0, len(self.fit.moved) - MOST_NAMED) if self.fit else 0


def next_open(review: Review, reader: User, *, after: int = 0) -> ReviewItem | None:
    """The next one that nobody looked at and the reader may, after a position; else the first such one."""
    waiting = list(review.items.filter(mark=Mark.OPEN).order_by("position"))
    ordered = [item for item in waiting if item.position > after] + [item for item in waiting if item.position < after]
    own = examine.in_hand_of(reader, [item.change_id for item in ordered])
    return next((item for item in ordered if item.change_id not in own), None)


def names_in(items: Collection[ReviewItem]) -> dict[int, str]:
    """The names of all whom the reasons of these name."""
    numbers = {number for item in items for number in people_in(item.reasons)}
    return {number: user.name for number, user in people_by_number(sorted(numbers)).items()}


def period(review: Review) -> str:
    """“1 Sep 2026 to 30 Sep 2026”: the last day is the one that it holds the end of; a part of a day with its time."""
    last = review.until - timedelta(microseconds=1)
    first, end = _day(review.since), _day(last)
    if timezone.localtime(review.until).time().isoformat() != "00:00:00":
        end = f"{_day(review.until)}, {timezone.localtime(review.until):%H:%M}"
    return first if first == end else f"{first} to {end}"


def where(review: Review, names: Mapping[int, str]) -> str:
    """“all connections”, or their names."""
    if not review.connection_ids:
        return "all connections"
    return listed([names.get(number, f"connection {number}") for number in review.connection_ids])


def _day(moment: datetime) -> str:
    local = timezone.localtime(moment)
    return f"{local.day} {local:%b %Y}"


def _place_names(numbers: Collection[int]) -> dict[int, str]:
    return dict(Connection.objects.filter(pk__in=numbers).values_list("pk", "name")) if numbers else {}


def _because_of(risk: Risk) -> Q:
    return Q(reasons__contains=[{"code": risk}])


FILTERS: Mapping[str, Q] = {
    "": Q(),
    "open": Q(mark=Mark.OPEN),
    "questioned": Q(mark=Mark.QUESTIONED),
    **{risk.value: _because_of(risk) for risk in Risk},
}
LABELS: Mapping[str, str] = {
    "": "All",
    "open": "To look at",
    "questioned": "Questioned",
    **{risk.value: words for risk, words in WORDS.items()},
}
