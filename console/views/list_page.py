"""What stands around the rows of the list: what narrows it and could, its columns and order, kept views."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from console.flows.listing import views_for, who_propose
from console.listing import Criteria, Flawed, Order, lacking, orders_of, per_state, sole, there, why_not_by_any
from console.models import Connection, SavedView, Sort, Standing, User
from console.permissions import Right, places_where
from console.views.columns import NAME, Column
from console.views.customer_list import Page
from console.views.list_asked import Asked

BY_CHIP = (Standing.PERSON, Standing.PENDING, Standing.MOVED, Standing.NEVER_READ)
"""States that a press narrows the list to; the others stand behind “More filters”."""

CARRYING = ("search", "narrow", "unnarrow", "keep-list")
"""The forms of the page that carry the token of the search: it comes anew with what is found while somebody types."""

DESCENDING = frozenset({Sort.KNOWN, Sort.TOUCHED})
"""What is put in order with the latest first when somebody asks for it."""


@dataclass(frozen=True, slots=True)
class Chip:
    """What narrows the list, or would: a press puts it on or takes it off."""

    label: str
    url: str
    is_on: bool
    count: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a column; `url` puts the list in its order, or turns that round. `why_not`: why that cannot be."""

    column: Column
    url: str = ""
    direction: str = ""  # ascending or descending, where the list is in its order
    why_not: str = ""


@dataclass(frozen=True)
class ListPage:
    """The list as its template shows it."""

    user: User
    connections: Sequence[Connection]
    asked: Asked
    order: Order
    columns: Sequence[Column]
    page: Page
    found_at: Mapping[int, int]
    why_not: str = ""  # why it is not in the order that was asked for

    carrying = CARRYING

    @property
    def criteria(self) -> Criteria:
        """What narrows it."""
        return self.asked.criteria

    @property
    def anywhere(self) -> Chip:
        """The same at all connections."""
        return Chip("All", self.asked.with_criteria(at=None), self.criteria.at is None)

    @property
    def places(self) -> list[Chip]:
        """The same at each connection, with how many were found there."""
        return [
            Chip(each.name, self.asked.with_criteria(at=each.pk), each.pk == self.criteria.at, self._found_at(each))
            for each in self.connections
        ]

    def _found_at(self, connection: Connection) -> str:
        number = self.found_at.get(connection.pk)
        return "" if number is None else f"{number:,}"

    @cached_property
    def states(self) -> list[Chip]:
        """Of states that want attention how many there are, and what is missing; of those found nothing is counted."""
        if self.asked.text:
            return [*(self._state(state) for state in BY_CHIP), self._missing()]
        question = self.asked.question(self.user, self.connections)
        counts = per_state(BY_CHIP, question)
        wanted = [self._state(state, counts[state].short) for state in BY_CHIP]
        return [*wanted, self._missing(lacking(question).short)]

    def _state(self, state: Standing, found: str = "") -> Chip:
        is_on = self.criteria.state is state
        url = self.asked.with_criteria(state=None if is_on else state)
        return Chip(str(state.label), url, is_on, found)

    def _missing(self, found: str = "") -> Chip:
        is_on = self.criteria.missing is Flawed.MISSING
        url = self.asked.with_criteria(missing=None if is_on else Flawed.MISSING)
        return Chip(Flawed.MISSING.label, url, is_on, found)

    @property
    def further(self) -> list[Chip]:
        """What narrows it and has no chip of its own, each with the address of the list without it; so its order, where
        no column shows it.
        """
        asked, without = self.criteria, self.asked.with_criteria
        known, changed = (asked.known_from, asked.known_to), (asked.changed_from, asked.changed_to)
        other_state = asked.state if asked.state not in BY_CHIP else None
        found = [
            (dict(self.providers).get(asked.provider, asked.provider), without(provider="")),
            (other_state.label if other_state else "", without(state=None)),
            (self._touched_by(), without(by=None)),
            (_period("Known", *known), without(known_from=None, known_to=None)),
            (_period("Changed", *changed), without(changed_from=None, changed_to=None)),
            (self._unseen_order, self.asked.sorted_by(Order())),
        ]
        return [Chip(str(label), url, is_on=True) for label, url in found if label]

    @property
    def _unseen_order(self) -> str:
        """What it is in order by, if none of its columns shows that."""
        if self.asked.text or any(head.direction for head in self.heads):
            return ""
        by = orders_of(self.sole).get(self.order.field)
        return f"By {by.label if by else self.order.sort.label}{', descending' if self.order.is_descending else ''}"

    @property
    def is_narrowed(self) -> bool:
        """Whether not all customers in sight are listed."""
        return bool(self.criteria.given() or self.asked.text)

    @property
    def filters(self) -> bool:
        """Whether something else than a text or a connection narrows it."""
        return bool(self.criteria.but(at=None).given())

    @property
    def kept_as(self) -> Mapping[str, str]:
        """What a form that keeps this list as a view carries beside the text; the order is the one that is seen."""
        return {**self.narrowing, "down": "", **self.order.given()}

    @cached_property
    def providers(self) -> list[tuple[str, str]]:
        """The providers in sight, by slug."""
        return sorted({(each.provider_slug, each.provider.title) for each in self.connections})

    @property
    def every_state(self) -> list[tuple[str, str, bool]]:
        """All states, as a form offers them."""
        return [(each.code, str(each.label), each is self.criteria.state) for each in Standing]

    @property
    def every_flaw(self) -> list[tuple[str, str, bool]]:
        """What may be wrong with a record, as a form offers it."""
        return [(each.value, each.label, each is self.criteria.missing) for each in Flawed]

    @cached_property
    def people(self) -> list[tuple[int, str]]:
        """Who may ask for changes where this person sees them."""
        return [(each.pk, each.name) for each in who_propose(self.connections)]

    @cached_property
    def heads(self) -> list[Head]:
        """The heads of the columns; what is found stands in the order of how well it matches, and in no other."""
        return [self._head(column) for column in (NAME, *self.columns)]

    def _head(self, column: Column) -> Head:
        order = self._order_by(column)
        if order is None or self.asked.text:
            return Head(column)
        if order.field and self._why_not_by_field:
            return Head(column, why_not=self._why_not_by_field)
        if order.name != self.order.name:
            return Head(column, self.asked.sorted_by(order))
        turned = replace(self.order, is_descending=not self.order.is_descending)
        return Head(column, self.asked.sorted_by(turned), "descending" if self.order.is_descending else "ascending")

    def _order_by(self, column: Column) -> Order | None:
        if column.sort is not None:
            return Order(column.sort, column.sort in DESCENDING)
        return Order(field=column.name) if column.name in orders_of(self.sole) else None

    @cached_property
    def _why_not_by_field(self) -> str:
        is_few = self.order.field or self.page.total.is_exact
        return "" if is_few else why_not_by_any(self.asked.question(self.user, self.connections))

    @property
    def unordered(self) -> str:
        """Why some of its columns are none to put it in order by."""
        return next((head.why_not for head in self.heads if head.why_not), "")

    @cached_property
    def views(self) -> list[SavedView]:
        """The views that this person can open."""
        return views_for(self.user)

    @property
    def hidden(self) -> Mapping[str, str]:
        """What a form has to carry so that it is about this list."""
        return self.asked.given()

    @property
    def shown(self) -> str:
        """The keys of its rows, as a form of what is selected carries them."""
        return ",".join(str(each.pk) for each in self.page.customers)

    @property
    def place(self) -> Mapping[str, int]:
        """Which page of it this is, as an address has it."""
        at = self.asked.cursor
        place = {"after": at.after, "before": at.before, "from": at.number if at.number > 1 else None}
        return {name: number for name, number in place.items() if number is not None}

    @property
    def narrowing(self) -> Mapping[str, str]:
        """The same, spelled out where a view stands for it: for the search and for what narrows further."""
        return {name: text for name, text in replace(self.asked, view=None).given().items() if name != "s"}

    @cached_property
    def editable(self) -> list[Connection]:
        """The connections of this list at which this person may ask for changes."""
        places = places_where(self.user, Right.PROPOSE)
        here = there(self.criteria, self.connections)
        return [each for each in here if places.everywhere or each.pk in places.ids]

    @property
    def sole(self) -> Connection | None:
        """The connection that it is of, where it is one."""
        return sole(self.criteria, self.connections)

    @property
    def all_of(self) -> str:
        """How many an edit of all that match would be of; empty where the list is of several connections."""
        return self.page.of if self.sole and self.page.customers else ""

    def _touched_by(self) -> str:
        if not self.criteria.by:
            return ""
        return f"Last touched by {dict(self.people).get(self.criteria.by, 'somebody who may no longer')}"


def _period(word: str, since: date | None, until: date | None) -> str:
    days = [f"since {since.isoformat()}" if since else "", f"until {until.isoformat()}" if until else ""]
    return f"{word} {' '.join(filter(None, days))}" if any(days) else ""
