"""How long work on many customers keeps what it holds of them: files, first rows, samples, rows that were refused."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection as database
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce, Now

from console.flows import working
from console.flows.batches.building import fail
from console.flows.notify import notify_work
from console.models import About, Bulk, BulkPart, BulkProblem, BulkStatus, Customer
from console.models.bulk import BULK_ENDED

TIME_IS_OVER = "What it is made of is kept for some days only, and those are over. Ask for it once more."
ERASED = (
    "A customer who may stand in it was erased, so what was kept of it was deleted. "
    "What had been carried out by then stays; for the rest, ask once more, without them."
)


def tidy() -> bool:
    """Ends what too many workers left, deletes what was kept long enough, and calls for what is to be done.

    Says whether anything is.
    """
    give_up_lost()
    forget_old()
    waits = working.are_to_do()
    if waits:
        working.wake()
    return waits


@transaction.atomic
def give_up_lost() -> None:
    """Ends what too many workers left, and the batch that it was to become."""
    for bulk in working.lost_for_good():
        if bulk.batch and bulk.status == BulkStatus.RUNNING:
            fail(bulk.batch, working.GAVE_UP)
        working.give_up(bulk)
        notify_work(bulk, About.FAILED, by=None)


def kept_until(bulk: Bulk) -> datetime:
    """When what it holds of customers is deleted."""
    return (bulk.ended_at or bulk.created_at) + timedelta(days=settings.STEWARD_EXPORT_DAYS)


@transaction.atomic
def forget_old() -> int:
    """Deletes what is kept of the piece of work whose time is over the longest; says how many that were."""
    over = Now() - timedelta(days=settings.STEWARD_EXPORT_DAYS)
    old = _with_content().annotate(since=Coalesce("ended_at", "created_at")).filter(since__lt=over)
    idle = old.exclude(status__in=working.TAKEN_UP.values())
    some = [bulk.pk for bulk in idle.order_by("pk").select_for_update(no_key=True, skip_locked=True, of=("self",))[:1]]
    _end(some, TIME_IS_OVER)
    return len(some)


def hold() -> None:
    """Until the transaction ends nothing is asked for, taken up or gone on with: first thing of one that erases, whose
    customers what is being carried out may be waiting for.
    """
    with database.cursor() as cursor:
        cursor.execute("LOCK TABLE console_bulk IN SHARE ROW EXCLUSIVE MODE")


def forget_with(customer: Customer) -> int:
    """Deletes all that may hold this customer's values and stops what is not carried out yet; says how many that were.

    Joins the transaction that destroys the key, which began with `hold`.
    """
    there = [bulk.pk for bulk in _with_content().filter(connection=customer.connection_id)]
    _end(there, ERASED)
    return len(there)


def _end(numbers: list[int], note: str) -> None:
    """Ends what of these has not, with the batch that it was to become, and deletes what they hold."""
    unfinished = Bulk.objects.filter(pk__in=numbers).exclude(status__in=BULK_ENDED)
    for bulk in unfinished.select_related("batch"):
        notify_work(bulk, About.STOPPED, by=None)
        if bulk.batch:
            fail(bulk.batch, note)
    unfinished.update(status=BulkStatus.STOPPED, note=note, ended_at=Now())
    working.forget_content(numbers)


def _with_content() -> QuerySet[Bulk]:
    """What holds anything of customers."""
    holds = Q(Exists(BulkPart.objects.filter(bulk=OuterRef("pk")))) | Q(
        Exists(BulkProblem.objects.filter(bulk=OuterRef("pk")))
    )
    return Bulk.objects.filter(holds | ~Q(sealed_look="") | ~Q(sealed_sample="") | ~Q(sealed_wishes=""))
