"""Edit: what a worker does of an edit of a selection: looks it through without a change, puts the batch together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from django.db import connection as database

from console.dry_run import DryRun
from console.errors import ConsoleError, StepNotPossible
from console.flows import batches
from console.flows.bulk_edit import edit_of
from console.flows.working import Done, Work
from console.models import Batch, Bulk, BulkCustomer, BulkStatus, Customer
from console.models.sealing import key_ring
from console.permissions import Right, require
from console.wished import differs
from providers.fields import Violation

if TYPE_CHECKING:
    from providers.fields import Value

LOOKED_AT_ONCE = 500
PROPOSED_AT_ONCE = 200
SEALED_SAMPLE = "bulk sample"
DELETED = "What it asked for was deleted meanwhile. Select the customers once more."
ERASED = Violation(None, "erased", "The customer was erased, so there is nothing left to change.")
GONE = Violation(None, "gone", "The provider said that it has no such customer any more.")
UNREADABLE = Violation(None, "unreadable", "The values of the customer can't be opened.")


def check(work: Work) -> Done:
    """Looks at each customer of the selection beside what is asked for, and keeps what it found."""
    bulk, wishes = work.bulk, _wishes(work.bulk)
    run, done = DryRun(bulk.connection.provider), 0
    for chunk in _chunks(bulk, 0, LOOKED_AT_ONCE):
        waiting = _waiting(chunk, wishes)
        for place, customer in chunk:
            _look(run, place, customer, wishes, waiting.get(customer.pk, ()))
        done += len(chunk)
        work.goes_on(done)
    summary = run.summary()
    columns = {
        "summary": {"shapes": summary.counted(), "rules": bulk.connection.provider.rules_version},
        "sealed_sample": key_ring().seal(SEALED_SAMPLE, summary.examples()),
        "done": done,
    }
    return Done(BulkStatus.CHECKED, bulk.note, columns)


def run(work: Work) -> Done:
    """Puts the batch together: a change for each customer for whom anything differs, in the order of the selection.

    What was proposed is kept in the same transaction as how far it is, so that it goes on behind that.
    """
    bulk = work.bulk
    if bulk.batch is None:
        raise StepNotPossible("There is no batch that it could become.")
    _put_together(work, bulk.batch, _wishes(bulk))
    return Done(BulkStatus.DONE)


def _put_together(work: Work, batch: Batch, wishes: Mapping[str, Value]) -> None:
    bulk, done = work.bulk, work.bulk.done
    require(bulk.owner, Right.PROPOSE, bulk.connection)
    for chunk in _chunks(bulk, done, PROPOSED_AT_ONCE):
        done = chunk[-1][0]  # a place is a number of the selection
        items = [batches.Item(place, one.pk, wishes) for place, one in chunk if _is_different(one, wishes)]
        with work.keeping(done):
            if items:
                batches.add(batch, items)
    batches.close(batch)
    BulkCustomer.objects.filter(bulk=bulk).delete()


def _wishes(bulk: Bulk) -> Mapping[str, Value]:
    if wishes := edit_of(bulk).wishes:
        return wishes
    raise StepNotPossible(DELETED)


def _chunks(bulk: Bulk, after: int, size: int) -> Iterator[list[tuple[int, Customer]]]:
    """The customers of the selection with their places behind one, some at a time."""
    while True:
        places = BulkCustomer.objects.filter(bulk=bulk, place__gt=after).order_by("place")
        some = list(places.values_list("place", "customer")[:size])
        if not some:
            return
        known = Customer.objects.in_bulk([customer for _, customer in some])
        for customer in known.values():
            customer.connection = bulk.connection
        yield [(place, known[customer]) for place, customer in some]
        after = some[-1][0]


def _look(
    run: DryRun, place: int, customer: Customer, wishes: Mapping[str, Value], waiting: Sequence[Violation]
) -> None:
    if customer.is_erased:
        run.refuse(place, [ERASED])
        return
    try:
        record = customer.record
    except ConsoleError:
        run.refuse(place, [UNREADABLE])
        return
    besides = [*waiting, GONE] if customer.is_gone else waiting
    run.look(place, record, wishes, customer=customer.pk, who=str(customer), besides=besides)


def _is_different(customer: Customer, wishes: Mapping[str, Value]) -> bool:
    """Whether there is anything to propose; of whom nothing can be told, the batch says why."""
    try:
        record = customer.record
    except ConsoleError:
        return True
    rules = {field.name: field for field in customer.provider.fields}
    return any(differs(rules.get(name), wish, record.get(name)) for name, wish in wishes.items())


def _waiting(chunk: Sequence[tuple[int, Customer]], wishes: Mapping[str, Value]) -> dict[int, list[Violation]]:
    """Of whom another change waits for one of these fields already."""
    with database.cursor() as cursor:
        cursor.execute(_WAITING, [[customer.pk for _, customer in chunk], list(wishes)])
        found: dict[int, list[Violation]] = {}
        for customer, field in cursor.fetchall():
            sentence = "Another change waits for this field and has to end first."
            found.setdefault(customer, []).append(Violation(field, "already_waiting", sentence))
    return found


_WAITING = "SELECT customer_id, field FROM console_line WHERE customer_id = ANY(%s) AND field = ANY(%s) AND waiting"
