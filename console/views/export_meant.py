"""Whom an export of customers is to be of: all in a list, whom a search found, or who is selected there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from django.db.models import Count
from django.urls import reverse
from django.utils.http import urlencode

from console.exporting.taking_out import meant
from console.flows.export_customers import Which, one, wish_of
from console.listing import NOTHING_ASKED, Criteria, there
from console.models import Connection, Customer, User
from console.models.people import Grant
from console.permissions import Right, roles_with
from console.views.list_asked import Asked
from console.views.picked import keys_in, picked
from console.views.selecting import keys_found

if TYPE_CHECKING:
    from datetime import date

    from django.http import HttpRequest, QueryDict

MOST_COUNTED = 10_000
LOST = "What was searched for here is not known any more. Search once more, then export."
GONE = "Whom that export was of is not known here. Choose them in the list, then export."


@dataclass(frozen=True, slots=True)
class Part:
    """Who of them is at one connection: a file is of one. Of many it is only known that they are more than so many."""

    connection: Connection
    count: int

    @property
    def words(self) -> str:
        """How many: “1 customer”, “More than 10,000 customers”."""
        if self.count > MOST_COUNTED:
            return f"More than {MOST_COUNTED:,} customers"
        return f"{self.count:,} customer{'' if self.count == 1 else 's'}"


@dataclass(frozen=True, slots=True)
class Meant:
    """Whom somebody means, among those whom they see. `carried`: what stands for it in an address; nothing personal."""

    connections: Sequence[Connection]
    carried: Mapping[str, str]
    criteria: Criteria = NOTHING_ASKED
    zone: str = "UTC"
    keys: Sequence[int] | None = None
    lost: str = ""

    @classmethod
    def of(cls, request: HttpRequest, given: QueryDict, user: User, connections: Sequence[Connection]) -> Self:
        """By an address or a form: `picked=1` for who is selected, `again` with the number of an export of theirs for
        who was, or what stands in the address of the list.
        """
        if given.get("picked"):
            return cls(connections, {"picked": "1"}, keys=picked(request))
        if number := given.get("again"):
            return cls._again(number, user, connections)
        asked = Asked.of(request, given, user)
        if asked.lost:
            return cls(connections, {}, keys=(), lost=LOST)
        carried = {name: text for name, text in asked.given().items() if name not in {"sort", "down"}}
        keys = keys_found(asked, connections, user) if asked.text else None
        return cls(connections, carried, asked.criteria, user.time_zone, keys)

    @classmethod
    def _again(cls, number: str, user: User, connections: Sequence[Connection]) -> Self:
        """Who had been chosen one by one for an export that this person may still have."""
        exports = (one(pk, by=user) for pk in keys_in([number]))
        asked = [wish_of(export).which for export in exports if export]
        keys = [key for which in asked if which.chosen for key in which.keys or ()]
        return cls(connections, {"again": number}, keys=keys) if keys else cls(connections, {}, keys=(), lost=GONE)

    @property
    def parts(self) -> list[Part]:
        """At which connections they are, by name, and how many at each."""
        here = sorted(there(self.criteria, self.connections), key=lambda each: (each.name.lower(), each.pk))
        counts = self._chosen_at() if self.keys is not None else {each.pk: self._count(each) for each in here}
        return [Part(each, counts[each.pk]) for each in here if counts.get(each.pk)]

    @property
    def list_url(self) -> str:
        """The list that it was asked for from; who is selected there is so on every page of it."""
        asked = {name: text for name, text in self.carried.items() if name not in {"picked", "again"}}
        return f"{reverse('customers')}?{urlencode(asked)}" if asked else reverse("customers")

    def which(self) -> Which:
        """They, as an export keeps it."""
        if self.keys is not None:
            return Which(keys=tuple(self.keys), chosen=True)
        return Which(self.criteria.but(at=None, provider="").given(), self.zone)

    def _count(self, connection: Connection) -> int:
        return meant(connection, self.which()).order_by()[: MOST_COUNTED + 1].count()

    def _chosen_at(self) -> dict[int, int]:
        chosen = Customer.objects.filter(pk__in=self.keys or (), erased_at=None, forgotten_at=None).order_by()
        return dict(chosen.values("connection").annotate(many=Count("pk")).values_list("connection", "many"))


def in_words(which: Which, connection: Connection) -> str:
    """“Customers at Caibo · needs a person · known since 2026-11-01”."""
    criteria = Criteria.of(which.criteria)
    words = [
        f"{'Chosen customers' if which.chosen else 'Customers'} at {connection.name}",
        str(criteria.state.label) if criteria.state else "",
        criteria.missing.label if criteria.missing else "",
        f"Last touched by {_name(criteria.by, connection)}" if criteria.by else "",
        _period("Known", criteria.known_from, criteria.known_to),
        _period("Changed", criteria.changed_from, criteria.changed_to),
    ]
    return " · ".join(filter(None, words))


def _name(pk: int, connection: Connection) -> str:
    """Of somebody who may ask for changes there; nobody else is named by their number."""
    grants = Grant.objects.filter(user=pk, role__in=roles_with(Right.PROPOSE), connection__in=[connection])
    everywhere = Grant.objects.filter(user=pk, role__in=roles_with(Right.PROPOSE), connection=None)
    found = (grants | everywhere).select_related("user").first()
    return found.user.name if found else "somebody who may no longer"


def _period(word: str, since: date | None, until: date | None) -> str:
    days = [f"since {since.isoformat()}" if since else "", f"until {until.isoformat()}" if until else ""]
    return f"{word} {' '.join(filter(None, days))}" if any(days) else ""
