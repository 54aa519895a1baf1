"""Exports of customers: whoever sees the customers of a connection takes them home as a file that an import takes in.

A worker makes it, and it is kept like an export of the audit. What every page hides stays out of it, unless somebody
may be shown it and says why: such a file is of few customers, who are settled when it is asked for, and each hidden
value counts among those that one person is shown in an hour. The history of the connection tells of the export, of
each download, and that it was stopped.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction

from console.errors import NotFit, StepNotPossible
from console.flows.allow import allow, require_left
from console.flows.exports import MOST_LISTED, require_room
from console.flows.making import OF_CUSTOMERS, Result, finish, wake
from console.flows.record import record
from console.flows.reveal import require_revealing, reveal_many
from console.models import Connection, Customer, Export, Format, Origin, User
from console.models.sealing import key_ring
from console.permissions import Right, may, places_where, require

if TYPE_CHECKING:
    from django.db.models import QuerySet

MOST_REVEALED = 1000  # customers in a file with what is hidden
SEALED_WHY = "export why"
NOBODY = "Nobody is found, so there is nothing to export. Select some customers, or widen the list."
MOVED = (
    "More or less is hidden of these customers than when it was asked for, and each value that is shown has to be "
    "counted and told. Ask for it once more."
)


@dataclass(frozen=True, slots=True)
class Which:
    """Which customers of a connection: those of these keys or, where it is None, all that match the criteria, by the
    days of a time zone. `chosen`: they were selected or found one by one.
    """

    criteria: Mapping[str, str] = field(default_factory=dict)
    zone: str = "UTC"
    keys: Sequence[int] | None = None
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to take home. `reason`: why hidden values are to go along, and `values`: how many of them
    were counted; both only where they do.
    """

    connection: Connection
    kind: Format
    which: Which = field(default_factory=Which)
    reveals: bool = False
    reason: str = ""
    values: int = 0

    def stored(self) -> dict[str, Any]:
        """As the export keeps it: numbers and codes. The reason is sealed beside it."""
        which = self.which
        keys = list(which.keys) if which.keys is not None else None
        return {
            OF_CUSTOMERS: {
                "criteria": dict(which.criteria),
                "zone": which.zone,
                "keys": keys,
                "chosen": which.chosen,
                "reveals": self.reveals,
                "values": self.values,
            },
            "places": [self.connection.pk],
        }


def ask(wish: Wish, customers: QuerySet[Customer], *, by: User) -> Export:
    """Asks for a file of these customers, who are what the wish says; a worker makes it.

    Raises NotPermitted, NotFit for nobody or too many or where a reason is missing, StepNotPossible while too many are
    being made, and TooMany where somebody would be shown more in an hour than one person may.
    """
    require(by, Right.SEE, wish.connection)
    if wish.reveals:
        wish = replace(wish, reason=require_revealing(wish.connection, by=by, reason=wish.reason))
    total = found(customers)
    require_room(by)
    if wish.reveals:
        _require_few(total)
    if wish.reveals or wish.which.keys is not None:
        wish = _settled(wish, customers)
    if wish.reveals:
        wish = replace(wish, values=_count_values(wish, by))
    with transaction.atomic():
        require_room(by, locks=True)
        why = key_ring().seal(SEALED_WHY, wish.reason) if wish.reveals else ""
        made = Export.objects.create(owner=by, format=wish.kind, query=wish.stored(), sealed_why=why, total=total)
        wake()
    return made


def found(customers: QuerySet[Customer]) -> int:
    """How many a file of these holds; raises NotFit, in a sentence that helps, if it is none or too many."""
    most = settings.STEWARD_EXPORT_LIMIT
    number = customers.order_by()[: most + 1].count()
    if number > most:
        raise NotFit(f"More than {most:,} customers are found, and an export holds {most:,} at most. Narrow the list.")
    if not number:
        raise NotFit(NOBODY)
    return number


def own(by: User) -> list[Export]:
    """This person's, newest first, but those for which they lost the right."""
    exports = Export.objects.filter(owner=by, query__has_key=OF_CUSTOMERS).order_by("-pk")
    seen, shown = (places_where(by, right) for right in (Right.SEE, Right.REVEAL))

    def is_theirs(export: Export) -> bool:
        [place] = export.query["places"]
        needed = [seen, shown] if export.query[OF_CUSTOMERS]["reveals"] else [seen]
        return all(places.everywhere or place in places.ids for places in needed)

    return [export for export in exports[:MOST_LISTED] if is_theirs(export)]


def one(pk: int, *, by: User) -> Export | None:
    """An export of this person's; None if there is none, it is another's, or they lost a right that it takes."""
    export = Export.objects.filter(pk=pk, owner=by, query__has_key=OF_CUSTOMERS).first()
    if export is None:
        return None
    wish = wish_of(export)
    rights = (Right.SEE, Right.REVEAL) if wish.reveals else (Right.SEE,)
    return export if all(may(by, right, wish.connection) for right in rights) else None


def wish_of(export: Export, *, opened: bool = False) -> Wish:
    """What was asked for; the reason only where it is `opened`, and empty once it has done its service."""
    [wish] = wishes_of([export])
    why = str(key_ring().open(SEALED_WHY, export.sealed_why)) if opened and export.sealed_why else ""
    return replace(wish, reason=why)


def wishes_of(exports: Sequence[Export]) -> list[Wish]:
    """What each of them was asked for, without reasons; one look at the connections serves them all."""
    connections = Connection.objects.in_bulk({place for export in exports for place in export.query["places"]})
    return [_wish_of(export, connections) for export in exports]


def begun(export: Export) -> Wish:
    """What its worker is to make; raises NotPermitted, and NotFit, if its owner may no more."""
    wish = wish_of(export, opened=True)
    require(export.owner, Right.SEE, wish.connection)
    if wish.reveals:
        require_revealing(wish.connection, by=export.owner, reason=wish.reason)
    return wish


def finish_with(
    export: Export, wish: Wish, made: Result, *, hidden: Sequence[str], shown: Mapping[int, Collection[str]]
) -> None:
    """The file is whole, which history tells: at the connection, and of whoever is `shown` in it with hidden values at
    each of them. Raises Ended if it is not this worker's any more, and StepNotPossible where history would tell of
    others than are shown, or where they are more than were counted.
    """

    def tell() -> None:
        if wish.reveals:
            reveal_many(list(shown), by=export.owner, reason=wish.reason, origin=Origin.WORKER)
        about = {"format": wish.kind, "count": made.count, "digest": made.digest, "export": export.pk}
        details = about | asked_in_history(wish) | ({"revealed": list(hidden)} if wish.reveals else {})
        record(wish.connection, "bulk.exported", by=export.owner, origin=Origin.WORKER, details=details)

    with transaction.atomic():
        _require_still(wish, shown, Customer.objects.locked(shown))  # before the export, as erasing does
        finish(export, made, tell=tell)


def asked_in_history(wish: Wish) -> dict[str, Any]:
    """Which customers, by codes; nothing where it was all of the connection's."""
    if wish.which.chosen:
        return {"chosen": True}
    return {"criteria": dict(wish.which.criteria)} if wish.which.criteria else {}


def _wish_of(export: Export, connections: Mapping[int, Connection]) -> Wish:
    asked = export.query[OF_CUSTOMERS]
    [place] = export.query["places"]
    keys = tuple(asked["keys"]) if asked["keys"] is not None else None
    which = Which(asked["criteria"], asked["zone"], keys, asked["chosen"])
    values = asked.get("values", 0)
    return Wish(connections[place], Format(export.format), which, asked["reveals"], values=values)


def _require_few(total: int) -> None:
    if total > MOST_REVEALED:
        raise NotFit(
            f"A file with what every page hides holds {MOST_REVEALED:,} customers at most, and these are {total:,}. "
            "Narrow the list, or leave out what is hidden."
        )


def _settled(wish: Wish, customers: QuerySet[Customer]) -> Wish:
    """With the keys of those who are in the file, and of nobody else: erasing somebody deletes what names them."""
    keys = tuple(customers.order_by("pk").values_list("pk", flat=True))
    return replace(wish, which=replace(wish.which, keys=keys))


def _count_values(wish: Wish, by: User) -> int:
    """Counts each hidden value of theirs as if it were shown by itself; gives how many they are."""
    customers = Customer.objects.filter(pk__in=wish.which.keys or ()).exclude(sealed={})
    values = sum(map(len, customers.values_list("sealed", flat=True)))
    most, hour = settings.STEWARD_REVEALS, timedelta(hours=1)
    if values > most:
        raise NotFit(
            f"These customers have {values:,} hidden values, and one person is shown {most:,} in an hour at most. "
            "Narrow the list, or leave out what is hidden."
        )
    if values:
        require_left("reveal", by.pk, most=most, within=hour, times=values)
        allow("reveal", by.pk, most=most, within=hour, times=values)
    return values


def _require_still(wish: Wish, shown: Mapping[int, Collection[str]], held: Sequence[Customer]) -> None:
    """Raises StepNotPossible where what was read of them is not what is held by now, or is more than was counted.

    Of an erased customer nothing is held, and finishing finds that the export was begun anew.
    """
    there = [customer for customer in held if not customer.is_erased]
    is_more = sum(map(len, shown.values())) > wish.values
    if is_more or any(set(shown[customer.pk]) != set(customer.sealed) for customer in there):
        raise StepNotPossible(MOVED)
