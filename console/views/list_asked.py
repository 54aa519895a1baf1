"""What the page of customers is asked for: an address without anything personal, or the form of its search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.http import urlencode

from console.flows.listing import view_by_token
from console.listing import APART, NOTHING_ASKED, Criteria, Order, Question
from console.models import Connection, ListChoice, SavedView, Sort, User
from console.views import searches
from console.views.answers import is_swap
from console.views.customer_list import START, Cursor

LONGEST = 200
LONGEST_MOMENT = 15
LONGEST_ORDER = 80
BY_FIELD = "sort"
"""Where the criteria of a view name a field by which it is in order, as an address would."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A text under its token, criteria, an order if another than one's own, a place, a kept view.

    `lost`: what the token, or the link of a view, stood for is not known here.
    """

    text: str = ""
    token: str = ""
    criteria: Criteria = NOTHING_ASKED
    order: Order | None = None
    cursor: Cursor = field(default=START)
    view: SavedView | None = None
    lost: str = ""

    @classmethod
    def of(cls, request: HttpRequest, given: QueryDict, user: User) -> Self:
        """By an address, or by a form that carries what stands in one; the text from the session or from the view."""
        token, link = given.get("s", ""), given.get("view", "")
        view = view_by_token(link, reader=user) if link else None
        if link and not view:
            return cls(lost="view")
        text = searches.kept(request, token) if token else view.text if view else ""
        criteria = Criteria.of(view.criteria if view else given)
        asked = cls(text or "", token if text else "", criteria, order_of(given, view), Cursor.of(given), view)
        return asked if text is not None else replace(asked, lost="search")

    @classmethod
    def by_form(cls, request: HttpRequest) -> Self:
        """From the form; the text is kept in the session, and while one types under the token of the page."""
        given, text = request.POST, request.POST.get("q", "").strip()[:LONGEST]
        token, typed_at = (given.get("s", ""), _moment(given.get("n", ""))) if is_swap(request) else ("", 0)
        kept = searches.keep(request, text, token, typed_at) if text else ""
        return cls(text, kept, Criteria.of(given), order_of(given, None))

    def question(self, user: User, connections: Sequence[Connection]) -> Question:
        """What of that the database is asked."""
        return Question(self.criteria, connections, user.time_zone)

    def given(self) -> dict[str, str]:
        """As an address has it, without the place."""
        if self.view:
            return {"view": self.view.token} | self._ordered()
        return self.criteria.given() | ({"s": self.token} if self.token else {}) | self._ordered()

    def address(self, **but: Any) -> str:
        """Of the list, with this instead; None takes a part away."""
        parts: Mapping[str, Any] = {**self.given(), **but}
        query = urlencode({name: value for name, value in parts.items() if value not in {None, ""}})
        return f"{reverse('customers')}?{query}" if query else reverse("customers")

    def with_criteria(self, **but: Any) -> str:
        """The address of the same with other criteria; a kept view is left by it, and with a connection the order by a
        field of its provider.
        """
        leaves = self.order and self.order.field and but.get("at", self.criteria.at) != self.criteria.at
        asked = replace(self, view=None, criteria=self.criteria.but(**but), order=None if leaves else self.order)
        return asked.address()

    def turned(self, cursor: Cursor | None) -> str:
        """The address of another page; empty if there is none."""
        if cursor is None:
            return ""
        return self.address(**{"after": cursor.after, "before": cursor.before, "from": cursor.number})

    def sorted_by(self, order: Order) -> str:
        """The address of the same in another order."""
        return self.address(**{"down": None, **order.given()})

    def _ordered(self) -> dict[str, str]:
        return self.order.given() if self.order else {}


def order_of(given: Mapping[str, Any], view: SavedView | None) -> Order | None:
    """The order that an address or a view asks for, be it possible or not; None: that of the reader."""
    if order := _order(given.get("sort"), is_descending=bool(given.get("down"))):
        return order
    if view is None:
        return None
    by_field = _order(view.criteria.get(BY_FIELD), is_descending=view.is_descending)
    return by_field or Order(Sort(view.sort), view.is_descending)


def _order(name: object, *, is_descending: bool) -> Order | None:
    text = str(name or "")
    if text in Sort.values:
        return Order(Sort(text), is_descending)
    return Order(Sort.NAME, is_descending, field=text[:LONGEST_ORDER]) if APART in text else None


def order_of_choice(choice: ListChoice) -> Order:
    """The order that a person chose for good."""
    return Order(Sort(choice.sort), choice.is_descending)


def _moment(text: str) -> int:
    """When it was typed, as the browser counts; 0 where it doesn't say."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_MOMENT else 0
