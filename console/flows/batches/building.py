"""Building: puts a batch together out of wishes, many at a time, until it is whole and can be decided on.

Each wish becomes a change with its lines, its authorships and its event, judged by the same rules as a single one; what
cannot become a change is kept with its reason. A call is whole or nothing, and the same places again change nothing, so
that whoever puts a batch together may be killed at any point and go on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from django.db import connection as database
from django.db import transaction

from console.errors import NotFit, ReasonMissing, StepNotPossible
from console.flows.batch_steps import LONGEST_NOTE, begun, locked, take
from console.flows.batches.making import Item as Item  # noqa: PLC0414 - whoever builds finds them here
from console.flows.batches.making import Making
from console.flows.batches.making import Unfit as Unfit  # noqa: PLC0414
from console.flows.batches.members import IN_PART, NO_CHANGE, digest_of, judged, needs_of, standing, sum_up
from console.flows.batches.outlining import outline, to_keep
from console.flows.batches.rows import customers_locked, write_new
from console.flows.decide import told
from console.flows.notify import notify_batch
from console.flows.record import collected, database_now
from console.flows.wake import wake
from console.flows.wishes import ask_for_more
from console.models import About, Batch, BatchRefusal, BatchStatus, BatchTally, Change, Connection, Origin, User
from console.models.judging import Asked, Subject, judge
from console.models.policies import rules_in_force
from console.models.sealing import key_ring
from console.permissions import Right, may, people_with, require

MOST_ITEMS = 500
LONGEST_TITLE, LONGEST_KEY = 200, 64
LONGEST_SAID = {"why": ("the reason", 2000), "reference": ("the ticket", 120)}
EVENED_OUT_AT_ONCE = 5_000
NOTHING_IN_IT = "None of its rows became a change, so there is nothing to decide on. Its list says why, row by row."
MAY_NO_LONGER = "{author} may not ask for changes at {connection} any more, so nobody decides on it."
NO_FORM = "This came from no form of this page, or only a part of it did. Open the page again, then ask once more."


@dataclass(slots=True)
class Added:
    """What became of the items: places → numbers of changes; places → why there is none; and how many were there."""

    made: dict[int, int] = field(default_factory=dict)
    refused: dict[int, str] = field(default_factory=dict)
    known: int = 0


@transaction.atomic
def begin(  # noqa: PLR0913 - a batch is told that much to begin with
    connection: Connection,
    *,
    by: User,
    origin: Origin,
    title: str,
    key: str,
    why: str = "",
    reference: str = "",
    expected: int = 0,
    undoes: Batch | None = None,
) -> Batch:
    """A new batch that is being put together; the same key gives the same batch.

    `title` says what it asks for, without a personal value; `expected` how many rows it will be made of, which says
    which policies apply until it is closed. Raises NotPermitted, NotFit with a sentence for what is too long, and
    StepNotPossible where the key was used elsewhere.
    """
    require(by, Right.PROPOSE, connection)
    require_key(key)
    why, reference = _said(why=why, reference=reference)
    made = {
        "connection": connection,
        "origin": origin,
        "title": " ".join(title.split())[:LONGEST_TITLE],
        "sealed_why": key_ring().seal("batch why", why) if why else "",
        "reference": reference,
        "expected": expected,
        "undoes": undoes,
    }
    batch, is_new = Batch.objects.get_or_create(requester=by, idempotency_key=key, defaults=made)
    if is_new:
        return begun(batch)
    if batch.connection_id != connection.pk or batch.undoes_id != (undoes.pk if undoes else None):
        raise StepNotPossible(f"This form was already saved as batch {batch.pk}, which asks for something else.")
    return batch


def require_key(key: str) -> None:
    """Raises NotFit for what no form has as its key."""
    if not 0 < len(key) <= LONGEST_KEY or "\0" in key:
        raise NotFit(NO_FORM)


def require_said(
    connection: Connection, fields: Sequence[str], size: int, *, by: User, why: str, reference: str
) -> None:
    """Raises ReasonMissing where a policy wants a reason or a ticket for so many changes of these fields."""
    sensitive = {each.name: each.sensitive for each in connection.provider.fields}
    asked = [Asked(name, sensitive.get(name, True)) for name in fields]
    subject = Subject(connection.pk, max(1, size), frozenset({by.pk}))
    ask_for_more(judge(asked, rules_in_force(), subject=subject), why, reference)


@transaction.atomic
def add(batch: Batch, items: Sequence[Item], unfit: Sequence[Unfit] = (), *, leaves_out_same: bool = False) -> Added:
    """Puts up to 500 wishes into a batch that is being put together, in one transaction: the caller's, if one is open.

    `unfit` is kept as refusals beside them; where its code is “in part”, the rest of the place is among the items.
    Places that are taken already are left as they are, so the same call may be made again. Of what cannot become a
    change the reason is kept (RulesBroken, NothingChanged, ValuesMoved, AlreadyWaiting, KeyMissing, no such customer);
    with `leaves_out_same` nothing of who stays as they are. Raises StepNotPossible once the batch is not being put
    together any more, NotPermitted where its author may no longer propose.
    """
    if len(items) > MOST_ITEMS:
        raise ValueError(f"At most {MOST_ITEMS} items at once.")
    batch = _being_built(batch)
    taken = _taken(batch, [item.place for item in items] + [one.place for one in unfit])
    new = {item.place: item for item in items if item.place not in taken}
    added = Added(known=len(items) - len(new))
    customers = customers_locked({item.customer_id for item in new.values()}, batch.connection)
    making = Making(batch, customers, _waiting_lines(customers))
    with collected() as events:
        for item in sorted(new.values(), key=lambda one: one.place):
            making.make(item, leaves_out_same=leaves_out_same)
        making.write()
    write_new(making.changes, making.lines, events, making.touched.values(), by=batch.requester)
    added.made = {change.batch_place or 0: change.pk for change in making.changes}
    added.refused = {one.place: one.problem for one in making.refusals}
    beside = [one for one in unfit if one.place not in taken]
    refusals = making.refusals + [_unfit(batch, one) for one in beside]
    BatchRefusal.objects.bulk_create(refusals, ignore_conflicts=True)
    _count_in_part(batch, sum(one.code == IN_PART and one.place in added.made for one in beside))
    _keep_fields(batch, making.fields)
    return added


def close(batch: Batch, *, keeping: AbstractContextManager[None] | None = None) -> Batch:
    """Ends the putting together: counts, outlines, hashes and judges the batch. It then waits for its decision, or goes
    ahead where nothing needs one; it has failed where nothing is in it, a policy wants more than was said, or its
    author may not ask for it any more. `keeping`: the transaction in which its end is kept, and what takes long is not.

    May be called again, and goes on where it was interrupted. Raises StepNotPossible for a batch that was taken back.
    """
    sum_up(batch)
    batch.size = size = standing(batch).size
    _even_out(batch, size)
    found = outline(batch)
    with keeping or nullcontext(), transaction.atomic():
        batch = locked(batch.pk)
        if batch.state is not BatchStatus.BUILDING:
            if batch.state is BatchStatus.WITHDRAWN:
                raise StepNotPossible(f"Batch {batch.pk} was taken back.")
            return batch
        batch.size, batch.digest = size, digest_of(batch)
        batch.outline = to_keep(batch, found)
        return _decided_on(batch)


@transaction.atomic
def fail(batch: Batch, note: str) -> Batch:
    """It cannot be put together; `note` says why in a sentence without a personal value."""
    batch = locked(batch.pk)
    if batch.state is not BatchStatus.BUILDING:
        return batch
    return _failed(batch, note)


def _said(**texts: str) -> list[str]:
    """What was said beside it as it is kept. Nothing is cut off in silence, since it is read by who decides."""
    kept = {name: text.replace("\0", "").strip() for name, text in texts.items()}
    wanted = {}
    for name, text in kept.items():
        what, most = LONGEST_SAID[name]
        if len(text) > most:
            wanted[name] = f"Shorten {what}: it may have {most:,} characters, not {len(text):,}."
    if wanted:
        raise NotFit(wanted=wanted)
    return list(kept.values())


def _decided_on(batch: Batch) -> Batch:
    """What follows from the policies, now that all is in it, and from what its author may still do."""
    if not batch.size:
        return _failed(batch, NOTHING_IN_IT)
    author, there = batch.requester, batch.connection
    if not may(author, Right.PROPOSE, there):
        return _failed(batch, MAY_NO_LONGER.format(author=author.name, connection=there.name))
    found = judged(batch)
    try:
        ask_for_more(found, batch.why, batch.reference)
    except ReasonMissing as problem:
        return _failed(batch, str(problem))
    whole: dict[str, Any] = {"size": batch.size, "digest": batch.digest, "outline": batch.outline}
    whole |= {"needs": needs_of(found)}
    details = {"size": batch.size, "fields": batch.fields, "policies": told(found.rules)}
    details |= {"digest": bytes(batch.digest).hex()}
    now = database_now()
    if found.for_approval:
        until = now + found.lasts
        take(batch, BatchStatus.WAITING, by=batch.requester, details=details, expires_at=until, **whole)
        deciding = people_with(Right.DECIDE, batch.connection).values()
        others = [person for person in deciding if person.pk != batch.requester_id]
        notify_batch(batch, About.ASKED, by=batch.requester, to=others)
        return batch
    take(batch, BatchStatus.CANARY, by=batch.requester, details=details, approved_at=now, **whole)
    wake(batch.connection_id)
    return batch


def _failed(batch: Batch, note: str) -> Batch:
    take(batch, BatchStatus.FAILED, by=None, origin=Origin.WORKER, note=note, size=standing(batch).size)
    notify_batch(batch, About.FAILED, by=None)
    wake(batch.connection_id)
    return batch


def _being_built(batch: Batch) -> Batch:
    batch = locked(batch.pk)
    if batch.state is not BatchStatus.BUILDING:
        raise StepNotPossible(f"Batch {batch.pk} is “{batch.state.label}”, so nothing more can be put into it.")
    require(batch.requester, Right.PROPOSE, batch.connection)
    return batch


def _taken(batch: Batch, places: Sequence[int]) -> set[int]:
    changes = Change.objects.filter(batch=batch, batch_place__in=places).values_list("batch_place", flat=True)
    refusals = BatchRefusal.objects.filter(batch=batch, place__in=places).values_list("place", flat=True)
    return {*filter(None, changes), *refusals}


def _waiting_lines(customers: Collection[int]) -> dict[tuple[int, str], int]:
    """For which fields of which customers a line waits, and of which change."""
    with database.cursor() as cursor:
        cursor.execute(_WAITING, [list(customers)])
        return {(customer, name): change for customer, name, change in cursor.fetchall()}


def _unfit(batch: Batch, one: Unfit) -> BatchRefusal:
    return BatchRefusal(
        batch=batch, place=one.place, customer_id=one.customer_id, code=one.code, problem=one.problem[:LONGEST_NOTE]
    )


def _count_in_part(batch: Batch, count: int) -> None:
    """The database takes each refusal for a row that became no change; so many of them stand beside one."""
    if count:
        counts = {NO_CHANGE: -count, IN_PART: count}
        BatchTally.objects.bulk_create(BatchTally(batch=batch, state=state, count=n) for state, n in counts.items())


def _keep_fields(batch: Batch, names: Iterable[str]) -> None:
    known = dict.fromkeys([*batch.fields, *names])
    if len(known) > len(batch.fields):
        batch.fields = list(known)
        batch.save(update_fields=["fields"])


def _even_out(batch: Batch, size: int) -> None:
    """Writes how many there are to those that were taken for another number, piece by piece."""
    after = 0
    while True:
        with transaction.atomic(), database.cursor() as cursor:
            cursor.execute(_EVEN_OUT, {"batch": batch.pk, "after": after, "most": EVENED_OUT_AT_ONCE, "size": size})
            [last] = cursor.fetchone()
        if last is None:
            return
        after = last


_WAITING = "SELECT customer_id, field, change_id FROM console_line WHERE customer_id = ANY(%s) AND waiting"
_EVEN_OUT = """
    WITH piece AS (
        SELECT id, batch_place FROM console_change WHERE batch_id = %(batch)s AND batch_place > %(after)s
        ORDER BY batch_place LIMIT %(most)s
    ), evened AS (
        UPDATE console_change AS change SET size = %(size)s FROM piece
        WHERE change.id = piece.id AND change.size <> %(size)s RETURNING 1
    )
    SELECT max(batch_place) FROM piece
"""
