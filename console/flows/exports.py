"""Exports: a file of what the audit holds, asked for by one person, made by a worker, and kept for them alone. What
becomes of a file of customers (`export_customers`) once it is made is the same, and here, too.

Whoever may read the audit may take home what they may read, up to `STEWARD_EXPORT_LIMIT` events in one file. It is kept
sealed, and deleted after `STEWARD_EXPORT_DAYS`. That somebody made one and fetched it stands in their history.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection as database
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from console.auditing import Query, count, refusal, sight
from console.errors import NotFit, NotPermitted, StepNotPossible
from console.flows.making import OF_CUSTOMERS, are_to_make, end, give_up_lost, locked, query_of, wake
from console.flows.record import database_now, record
from console.models import Change, Connection, Customer, Export, ExportPart, ExportStatus, Format, Origin, User
from console.permissions import Places, Right, may, refusal_sentence

AT_ONCE = 3
MOST_LISTED = 100
UNFINISHED = (ExportStatus.WAITING, ExportStatus.RUNNING)
KEPT = (*UNFINISHED, ExportStatus.DONE)

TIME_IS_OVER = "Files are kept for some days only, and those are over. Ask for it once more."
DELETED = "You deleted the file."
ERASED = "A customer who may stand in it was erased, so the file was deleted. Ask for it once more."


def ask(query: Query, kind: Format, *, by: User) -> Export:
    """Asks for a file; a worker makes it. Raises a ConsoleError if nothing is found, or too much, or they may not."""
    with transaction.atomic():
        places = sight(by)
        _require(query, by)
        require_room(by, locks=True)
        asked = {"search": query.stored(), "places": concerned(query, places)}
        export = Export.objects.create(owner=by, format=kind, query=asked, total=found(query, places))
        wake()
    return export


def require_room(by: User, *, locks: bool = False) -> None:
    """Raises StepNotPossible where as many exports are being made for this person as may be. It `locks` the person, so
    that two windows do not pass the limit side by side.
    """
    if locks:
        User.objects.select_for_update(no_key=True).get(pk=by.pk)
    if Export.objects.filter(owner=by, status__in=UNFINISHED).count() >= AT_ONCE:
        raise StepNotPossible(
            f"{AT_ONCE} of your exports are being made already. Wait for one of them, or stop one, then ask again."
        )


def found(query: Query, places: Places) -> int:
    """How many events an export of this holds; raises NotFit, in a sentence that helps, if it is none or too many."""
    most = settings.STEWARD_EXPORT_LIMIT
    number = count(query, places, most + 1)
    if number > most:
        raise NotFit(
            f"More than {most:,} events are found, and an export holds {most:,} at most. "
            "Narrow the search: a shorter period, one connection, one person or one kind of event."
        )
    if not number:
        raise NotFit("Nothing is found, so there is nothing to export. Widen the search.")
    return number


def concerned(query: Query, places: Places) -> list[int] | None:
    """The connections of which such an export may hold anything; None: all of them, and what belongs to none.

    What reviews said of a change belongs to none: who reads everything has that in the export of the change, too.
    """
    of_a_change_alone = query.change and not (query.connection or query.customer)
    one = query.connection or _connection_of(query)
    if one and not (places.everywhere and of_a_change_alone):
        return [one]
    return None if places.everywhere else sorted(places.ids)


def own(by: User) -> list[Export]:
    """This person's, newest first, but those for which they lost the right."""
    held, theirs = sight(by), _of_the_audit(by).order_by("-pk")[:MOST_LISTED]
    return [export for export in theirs if _covers(held, export)]


def one(pk: int, *, by: User) -> Export | None:
    """An export of this person's; None if there is none, it is another's, or they lost the right to it."""
    export = _of_the_audit(by).filter(pk=pk).first()
    return export if export and _covers(sight(by), export) else None


def download(export: Export, *, by: User) -> Export:
    """Lets its owner have the file, and history tell of it; raises StepNotPossible if there is none."""
    with transaction.atomic():
        fresh = Export.objects.select_for_update(no_key=True).get(pk=export.pk, owner=by)
        if fresh.status != ExportStatus.DONE:
            raise StepNotPossible(fresh.note or "There is no file of it yet.")
        if (until := kept_until(fresh)) and until < database_now():  # no worker came by to delete it
            raise StepNotPossible(TIME_IS_OVER)
        _tell(fresh, "downloaded", by, digest=fresh.digest)
    return fresh


def stop(export: Export, *, by: User) -> Export:
    """Stops one that is not made yet, or deletes the file of one that is; raises StepNotPossible if it has ended."""
    with transaction.atomic():
        fresh = Export.objects.select_for_update(no_key=True).get(pk=export.pk, owner=by)
        if fresh.status in UNFINISHED:
            _tell(fresh, "export_stopped", by, done=fresh.done)
            end([fresh.pk], ExportStatus.STOPPED, "You stopped it.")
        elif fresh.status == ExportStatus.DONE:
            end([fresh.pk], ExportStatus.FORGOTTEN, DELETED)
        else:
            raise StepNotPossible("It has ended already: there is nothing to stop, and no file of it.")
    return fresh


def kept_until(export: Export) -> datetime | None:
    """When its file will be deleted; None while there is none."""
    done = export.status == ExportStatus.DONE and export.ended_at
    return export.ended_at + timedelta(days=settings.STEWARD_EXPORT_DAYS) if done and export.ended_at else None


def tidy() -> bool:
    """Ends what too many workers left, deletes files whose time is over, and calls for what is to be made.

    Says whether anything is.
    """
    give_up_lost()
    forget_old()
    waits = are_to_make()
    if waits:
        wake()
    return waits


def forget_old() -> int:
    """Deletes the files of which the time is over; says how many."""
    over = Now() - timedelta(days=settings.STEWARD_EXPORT_DAYS)
    old = Export.objects.filter(status=ExportStatus.DONE, ended_at__lt=over)
    with transaction.atomic():
        return end(locked(old), ExportStatus.FORGOTTEN, TIME_IS_OVER)


def forget_with(customer: Customer) -> int:
    """Deletes every file that may hold this customer's values, and says how many; what is being made begins anew.

    Joins the transaction that destroys the key. Until that has ended no export is asked for, begun, or gone on with, so
    that none can be made of what was read before.
    """
    with database.cursor() as cursor:
        cursor.execute("LOCK TABLE console_export IN SHARE ROW EXCLUSIVE MODE")
    kept = [one for one in Export.objects.filter(status__in=KEPT) if _may_hold(one, customer)]
    running = [one.pk for one in kept if one.status == ExportStatus.RUNNING]
    ExportPart.objects.filter(export__in=running).delete()
    again = {"status": ExportStatus.WAITING, "tries": 0, "done": 0, "beat_at": None}
    Export.objects.filter(pk__in=running).update(**again)
    done = [one.pk for one in kept if one.status == ExportStatus.DONE]
    return end(done, ExportStatus.FORGOTTEN, ERASED) + len(running)


def _of_the_audit(by: User) -> QuerySet[Export]:
    return Export.objects.filter(owner=by).exclude(query__has_key=OF_CUSTOMERS)


def _tell(export: Export, what: str, by: User, **more: Any) -> None:
    """In the history of its owner; of customers, in that of their connection."""
    details = {"export": export.pk, "format": export.format, **more}
    if OF_CUSTOMERS not in export.query:
        record(by, f"audit.{what}", by=by, origin=Origin.PAGE, details=details)
        return
    connection = Connection.objects.get(pk=export.query["places"][0])
    record(connection, f"bulk.{what}", by=by, origin=Origin.PAGE, details=details)


def _require(query: Query, by: User) -> None:
    if why_not := refusal(by):
        raise NotPermitted(why_not)
    one = query.connection or _connection_of(query)
    there = Connection.objects.filter(pk=one).first() if one else None
    if there and not may(by, Right.AUDIT, there):
        raise NotPermitted(refusal_sentence(Right.AUDIT, there, to=by))


def _connection_of(query: Query) -> int | None:
    if query.change:
        return Change.objects.filter(pk=query.change).values_list("connection", flat=True).first()
    if query.customer:
        return Customer.objects.filter(pk=query.customer).values_list("connection", flat=True).first()
    return None


def _covers(held: Places, export: Export) -> bool:
    """Whether somebody who has the right at these places has it wherever the export is about."""
    wanted = export.query.get("places")
    return held.everywhere or (wanted is not None and set(wanted) <= set(held.ids) and bool(held.ids))


def _may_hold(export: Export, customer: Customer) -> bool:
    query, places = query_of(export), export.query.get("places")
    if (chosen := export.query.get(OF_CUSTOMERS, {}).get("keys")) is not None:
        return customer.pk in chosen
    if query.customer:
        return query.customer == customer.pk
    if query.change:
        return Change.objects.filter(pk=query.change, customer=customer).exists()
    return places is None or customer.connection_id in places
