"""Exports of customers: whoever sees the customers of a connection takes them home as a file that an import takes in.

A worker makes it, and it is kept like an export of the audit. What every page hides stays out of it, unless somebody
may be shown it and says why: such a file is of few customers, who are settled when it is asked for, and each hidden
value counts among those that one person is shown in an hour. The history of the connection tells of the export, of
each download, and that it was stopped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction

from console.errors import NotFit
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
    """What somebody wants to take home. `reason`: why hidden values are to go along; it counts where they are."""

    connection: Connection
    kind: Format
    which: Which = field(default_factory=Which)
    reveals: bool = False
    reason: str = ""

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
        wish = _settled(wish, customers, total)
        _count_values(customers, by)
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
    asked = export.query[OF_CUSTOMERS]
    [place] = export.query["places"]
    keys = tuple(asked["keys"]) if asked["keys"] is not None else None
    why = str(key_ring().open(SEALED_WHY, export.sealed_why)) if opened and export.sealed_why else ""
    which = Which(asked["criteria"], asked["zone"], keys, asked["chosen"])
    return Wish(Connection.objects.get(pk=place), Format(export.format), which, asked["reveals"], why)


def begun(export: Export) -> Wish:
    """What its worker is to make; raises NotPermitted, and NotFit, if its owner may no more."""
    wish = wish_of(export, opened=True)
    require(export.owner, Right.SEE, wish.connection)
    if wish.reveals:
        require_revealing(wish.connection, by=export.owner, reason=wish.reason)
    return wish


def finish_with(export: Export, wish: Wish, made: Result, *, hidden: Sequence[str], shown: Sequence[int]) -> None:
    """The file is whole, which history tells: at the connection, and of whoever is `shown` in it with what is hidden at
    each of them. Raises Ended if it is not this worker's any more.
    """

    def tell() -> None:
        if wish.reveals:
            reveal_many(shown, by=export.owner, reason=wish.reason, origin=Origin.WORKER)
        about = {"format": wish.kind, "count": made.count, "digest": made.digest, "export": export.pk}
        details = about | asked_in_history(wish) | ({"revealed": list(hidden)} if wish.reveals else {})
        record(wish.connection, "bulk.exported", by=export.owner, origin=Origin.WORKER, details=details)

    with transaction.atomic():
        Customer.objects.locked(shown)  # before the export, as erasing does
        finish(export, made, tell=tell)


def asked_in_history(wish: Wish) -> dict[str, Any]:
    """Which customers, by codes; nothing where it was all of the connection's."""
    if wish.which.chosen:
        return {"chosen": True}
    return {"criteria": dict(wish.which.criteria)} if wish.which.criteria else {}


def _settled(wish: Wish, customers: QuerySet[Customer], total: int) -> Wish:
    if total > MOST_REVEALED:
        raise NotFit(
            f"A file with what every page hides holds {MOST_REVEALED:,} customers at most, and these are {total:,}. "
            "Narrow the list, or leave out what is hidden."
        )
    keys = tuple(customers.order_by("pk").values_list("pk", flat=True))
    return replace(wish, which=replace(wish.which, keys=keys))


def _count_values(customers: QuerySet[Customer], by: User) -> None:
    """Counts each hidden value as if it were shown by itself."""
    values = sum(map(len, customers.order_by().exclude(sealed={}).values_list("sealed", flat=True)))
    most, hour = settings.STEWARD_REVEALS, timedelta(hours=1)
    if values > most:
        raise NotFit(
            f"These customers have {values:,} hidden values, and one person is shown {most:,} in an hour at most. "
            "Narrow the list, or leave out what is hidden."
        )
    if values:
        require_left("reveal", by.pk, most=most, within=hour, times=values)
        allow("reveal", by.pk, most=most, within=hour, times=values)
