"""Edit: what a worker does of an edit of a selection: looks it through without a change, puts the batch together.

The batch is made of what the preview showed: of whom it said something else, or who moved since, is left out of it, and
the batch says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from django.db import connection as database

from console.bulk import seen
from console.bulk.seen import Outcome, Seen
from console.dry_run import DryRun, Looked, general
from console.errors import ConsoleError, StepNotPossible
from console.flows import batches
from console.flows.bulk_edit import edit_of
from console.flows.working import Done, Work
from console.models import Batch, BatchRefusal, Bulk, BulkCustomer, BulkStatus, Customer
from console.models.sealing import key_ring
from console.permissions import Right, require
from providers.fields import Violation

if TYPE_CHECKING:
    from providers.fields import Value

LOOKED_AT_ONCE = 500
PROPOSED_AT_ONCE = 500
SEALED_SAMPLE = "bulk sample"
DELETED = "What it asked for was deleted meanwhile. Select the customers once more."
ERASED = Violation(None, "erased", "The customer was erased, so there is nothing left to change.")
GONE = Violation(None, "gone", "The provider said that it has no such customer any more.")
UNREADABLE = Violation(None, "unreadable", "The values of the customer can't be opened.")
MOVED, FREE = "moved", "free now"
AGAIN = "Select it again to see what would become of it."
MOVED_SENTENCE = f"What it holds changed after you had looked, so it was left out. {AGAIN}"
FREE_SENTENCE = f"It was refused when you looked, and could be changed now. {AGAIN}"


class Member(NamedTuple):
    """A customer of the selection at their place, and what the preview said of them, if they were looked at."""

    place: int
    customer: Customer
    seen: Seen | None


def check(work: Work) -> Done:
    """Looks at each customer of the selection beside what is asked for, and keeps what it found of all and of each."""
    bulk, wishes = work.bulk, _wishes(work.bulk)
    run, done = DryRun(bulk.connection.provider), 0
    for chunk in _chunks(bulk, 0, LOOKED_AT_ONCE):
        looks = zip(chunk, _looked_at(run, chunk, wishes), strict=True)
        found = {one.place: seen.as_looked_at(one.customer, wishes, looked) for one, looked in looks}
        done += len(chunk)
        with work.keeping(done):
            seen.keep(bulk, found)
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
    return Done(BulkStatus.DONE, _left_out(bulk.batch))


def _put_together(work: Work, batch: Batch, wishes: Mapping[str, Value]) -> None:
    bulk, done = work.bulk, work.bulk.done
    require(bulk.owner, Right.PROPOSE, bulk.connection)
    for chunk in _chunks(bulk, done, PROPOSED_AT_ONCE):
        done = chunk[-1].place  # a place is a number of the selection
        items, unfit = _sorted(chunk, wishes)
        with work.keeping(done):
            if items or unfit:
                batches.add(batch, items, unfit)
    batches.close(batch, keeping=work.keeping(done))
    BulkCustomer.objects.filter(bulk=bulk).delete()


def _left_out(batch: Batch) -> str:
    """Of how many the preview would not have been true."""
    count = BatchRefusal.objects.filter(batch=batch, code__in=[MOVED, FREE]).count()
    if not count:
        return ""
    who = "1 customer is" if count == 1 else f"{count:,} customers are"
    return f"{who} not what you looked at any more, and left out of the batch. Its list says why."


def _sorted(chunk: Sequence[Member], wishes: Mapping[str, Value]) -> tuple[list[batches.Item], list[batches.Unfit]]:
    """Who is proposed, and who is left out for which reason; who would stay as they are is neither."""
    refused = [one for one in chunk if one.seen and one.seen.outcome is Outcome.REFUSED]
    looks = _looked_at(DryRun(chunk[0].customer.provider), refused, wishes)
    items, unfit = [], [_still_refused(one, looked) for one, looked in zip(refused, looks, strict=True)]
    for one in chunk:
        if one.seen and one.seen.outcome is Outcome.REFUSED:
            continue
        became = _became(one, wishes)
        if isinstance(became, batches.Item):
            items.append(became)
        elif became:
            unfit.append(became)
    return items, unfit


def _became(one: Member, wishes: Mapping[str, Value]) -> batches.Item | batches.Unfit | None:
    """The item of who is as the preview showed them; compared once more, with the row locked, at the making."""
    try:
        shown = seen.digests(one.customer, wishes)
    except ConsoleError:
        return batches.Item(one.place, one.customer.pk, wishes)  # the batch says why it is none
    if one.seen is None or one.seen.held != seen.together(shown):
        return batches.Unfit(one.place, MOVED, MOVED_SENTENCE, one.customer.pk)
    return batches.Item(one.place, one.customer.pk, wishes, shown) if one.seen.outcome is Outcome.WANTED else None


def _still_refused(one: Member, looked: Looked) -> batches.Unfit:
    """Who was refused is not proposed, even where nothing is in the way any more: nobody saw what it would become."""
    if not looked.is_refused:
        return batches.Unfit(one.place, FREE, FREE_SENTENCE, one.customer.pk)
    sentences = " ".join(dict.fromkeys(map(general, looked.violations)))
    return batches.Unfit(one.place, looked.violations[0].code, sentences, one.customer.pk)


def _wishes(bulk: Bulk) -> Mapping[str, Value]:
    if wishes := edit_of(bulk).wishes:
        return wishes
    raise StepNotPossible(DELETED)


def _chunks(bulk: Bulk, after: int, size: int) -> Iterator[list[Member]]:
    """The customers of the selection with their places behind one, some at a time."""
    while True:
        places = BulkCustomer.objects.filter(bulk=bulk, place__gt=after).order_by("place")
        some = list(places.values_list("place", "customer", "seen")[:size])
        if not some:
            return
        known = Customer.objects.in_bulk([customer for _, customer, _ in some])
        for customer in known.values():
            customer.connection = bulk.connection
        yield [Member(place, known[customer], Seen.of(kept)) for place, customer, kept in some]
        after = some[-1][0]


def _looked_at(run: DryRun, chunk: Sequence[Member], wishes: Mapping[str, Value]) -> list[Looked]:
    """What would become of each."""
    waiting = _waiting(chunk, wishes) if chunk else {}
    return [_look(run, one.place, one.customer, wishes, waiting.get(one.customer.pk, ())) for one in chunk]


def _look(
    run: DryRun, place: int, customer: Customer, wishes: Mapping[str, Value], waiting: Sequence[Violation]
) -> Looked:
    if customer.is_erased:
        return _refused(run, place, ERASED)
    try:
        record = customer.record
    except ConsoleError:
        return _refused(run, place, UNREADABLE)
    besides = [*waiting, GONE] if customer.is_gone else waiting
    return run.look(place, record, wishes, customer=customer.pk, who=str(customer), besides=besides)


def _refused(run: DryRun, place: int, why: Violation) -> Looked:
    run.refuse(place, [why])
    return Looked({}, (why,))


def _waiting(chunk: Sequence[Member], wishes: Mapping[str, Value]) -> dict[int, list[Violation]]:
    """Of whom another change waits for one of these fields already."""
    with database.cursor() as cursor:
        cursor.execute(_WAITING, [[one.customer.pk for one in chunk], list(wishes)])
        found: dict[int, list[Violation]] = {}
        for customer, field in cursor.fetchall():
            sentence = "Another change waits for this field and has to end first."
            found.setdefault(customer, []).append(Violation(field, "already_waiting", sentence))
    return found


_WAITING = "SELECT customer_id, field FROM console_line WHERE customer_id = ANY(%s) AND field = ANY(%s) AND waiting"
