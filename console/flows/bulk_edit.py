"""Bulk edit: the same wishes for a selection of customers. Frozen when it is made, looked through by a worker without a
change, shown, and only then put together as one batch, on which others decide.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

from django.db import connection as database
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from console.errors import NotFit, NothingChanged, RulesBroken, StepNotPossible
from console.flows import batches, working
from console.flows.record import database_now
from console.flows.wishes import ask_for_more
from console.models import BatchStatus, Bulk, BulkCustomer, BulkKind, BulkStatus, Connection, Customer, Origin, User
from console.models.bulk import BULK_ENDED
from console.models.judging import Asked, Judged, Subject, judge
from console.models.policies import rules_in_force
from console.models.rows import Table
from console.models.sealing import key_ring
from console.permissions import Right, connections_where, places_where, require
from providers.fields import Clearing, Locked, Required, Violation

if TYPE_CHECKING:
    from providers.base import Provider
    from providers.fields import Field, Value

MOST = 100_000
AT_ONCE = 5
MOST_LISTED = 50
IDLE = timedelta(hours=1)
SEALED_WISHES = "bulk wishes"
SEALED_WHY = "bulk why"
NOTHING_CAME = frozenset({BatchStatus.FAILED, BatchStatus.WITHDRAWN})
STOPPED = "You stopped it."
LEFT = "Nothing was asked for, and another selection was made since."
LOOKED_THROUGH_AGAIN = (
    "The rules of this connection changed since it was looked through, so it is looked through once more. "
    "Nothing was proposed."
)


@dataclass(frozen=True, slots=True)
class Edit:
    """What is wanted of each customer (None = clear), why, and the ticket it belongs to."""

    wishes: Mapping[str, Value]
    why: str = ""
    reference: str = ""


@transaction.atomic
def select(customers: QuerySet[Customer], *, connection: Connection, key: str, by: User) -> Bulk:
    """Freezes a selection, as far as it is of this connection: whoever joins or leaves it later is not meant. The same
    key makes one. Raises NotPermitted, or NotFit for none, too many, or too much unfinished.
    """
    require(by, Right.PROPOSE, connection)
    User.objects.select_for_update(no_key=True).get(pk=by.pk)  # two windows do not pass the limit side by side
    if same := Bulk.objects.filter(owner=by, key=key).first():
        return same
    _let_go_of_idle(by)
    if Bulk.objects.filter(owner=by).exclude(status__in=BULK_ENDED).count() >= AT_ONCE:
        raise NotFit(f"{AT_ONCE} imports or edits of yours are not finished. Finish or stop one of them first.")
    bulk = Bulk.objects.create(owner=by, connection=connection, kind=BulkKind.EDIT, status=BulkStatus.MAPPING, key=key)
    bulk.rows = _freeze(bulk, customers.filter(connection=connection))
    bulk.save(update_fields=["rows"])
    return bulk


@transaction.atomic
def ask(pk: int, edit: Edit, *, by: User) -> Bulk:
    """Says what is wanted and has it looked through, which changes nothing; what was asked before gives way.

    Raises NothingChanged, RulesBroken for a value that no record could hold, ReasonMissing, StepNotPossible.
    """
    bulk = _locked(pk, by)
    require(by, Right.PROPOSE, bulk.connection)
    if bulk.status not in {BulkStatus.MAPPING, BulkStatus.CHECKED}:
        raise StepNotPossible("What it asks for can't be changed any more.")
    if not edit.wishes:
        raise NothingChanged("Nothing is to change. Set or empty a field, then look at what would become of it.")
    if problems := violations_in(edit.wishes, bulk.connection.provider):
        raise RulesBroken(problems)
    bulk.summary = {}
    ask_for_more(judged(bulk, edit.wishes), edit.why, edit.reference)
    bulk.sealed_wishes = key_ring().seal(SEALED_WISHES, dict(edit.wishes))
    bulk.sealed_why = key_ring().seal(SEALED_WHY, edit.why) if edit.why else ""
    bulk.reference, bulk.sealed_sample, bulk.note = edit.reference, "", ""
    columns = ("sealed_wishes", "sealed_why", "reference", "summary", "sealed_sample", "note")
    return _step(bulk, BulkStatus.TO_CHECK, *columns)


@transaction.atomic
def carry_out(pk: int, *, by: User) -> Bulk:
    """Has it put together as one batch, once however often it is asked for. If the rules are others by now than those
    by which it was looked through, that is done once more instead, and said in its note.
    """
    bulk = _locked(pk, by)
    require(by, Right.PROPOSE, bulk.connection)
    if bulk.batch:
        return bulk
    if bulk.status != BulkStatus.CHECKED:
        raise StepNotPossible("It has to be looked through before it can be proposed.")
    if not bulk.summary["shapes"]["wanted"]:
        raise StepNotPossible("Nothing would change, so there is nothing to propose.")
    if bulk.summary["rules"] != bulk.connection.provider.rules_version:
        bulk.note = LOOKED_THROUGH_AGAIN
        return _step(bulk, BulkStatus.TO_CHECK, "note")
    edit = edit_of(bulk)
    ask_for_more(judged(bulk, edit.wishes), edit.why, edit.reference)
    bulk.batch = batches.begin(
        bulk.connection,
        by=by,
        origin=Origin.PAGE,
        title=title(bulk),
        key=f"bulk-{bulk.pk}",
        why=edit.why,
        reference=edit.reference,
        expected=bulk.rows,
    )
    return _step(bulk, BulkStatus.TO_RUN, "batch")


@transaction.atomic
def stop(pk: int, *, by: User) -> Bulk:
    """Ends it where it is: nothing of it is proposed, also what was put together already. Raises StepNotPossible, also
    where some of that may have left.
    """
    bulk = _locked(pk, by)
    if bulk.state.is_final:
        raise StepNotPossible("It has ended already: there is nothing to stop.")
    bulk.note, bulk.ended_at = STOPPED, database_now()
    _step(bulk, BulkStatus.STOPPED, "note", "ended_at")
    if bulk.batch and bulk.batch.state not in NOTHING_CAME:
        batches.withdraw(bulk.batch.pk, by=by)
    BulkCustomer.objects.filter(bulk=bulk).delete()
    return bulk


def one(pk: int, *, by: User) -> Bulk | None:
    """An edit of this person's; None if there is none, it is another's, or they may no longer see its customers."""
    there = connections_where(by, Right.SEE)
    found = Bulk.objects.filter(pk=pk, owner=by, kind=BulkKind.EDIT, connection__in=there)
    return found.select_related("connection", "batch", "owner").first()


def unfinished(by: User) -> list[Bulk]:
    """This person's edits that have not ended, the latest first."""
    sees = places_where(by, Right.SEE)
    asked: Mapping[str, Any] = {"owner": by.pk, "ended": sorted(BULK_ENDED), "everywhere": sees.everywhere}
    with database.cursor() as cursor:
        cursor.execute(_UNFINISHED, {**asked, "ids": sees.ids, "most": MOST_LISTED})
        rows = cursor.fetchall()
    found = [_BULK.of(row) for row in rows]
    for bulk, row in zip(found, rows, strict=True):
        bulk.connection = _CONNECTION.of(row[len(_BULK) :])
    return found


# Written out, since every first page of the list asks it.
_BULK, _CONNECTION = Table(Bulk, "bulk"), Table(Connection, "connection")
_UNFINISHED = f"""
    SELECT {_BULK.columns}, {_CONNECTION.columns}
    FROM console_bulk bulk JOIN console_connection connection ON connection.id = bulk.connection_id
    WHERE bulk.owner_id = %(owner)s AND bulk.kind = 'edit' AND bulk.status <> ALL(%(ended)s)
        AND (%(everywhere)s OR bulk.connection_id = ANY(%(ids)s))
    ORDER BY bulk.id DESC LIMIT %(most)s"""  # noqa: S608 - of our own names


def edit_of(bulk: Bulk) -> Edit:
    """What it asks for, in the order of the form; no wishes where nothing was asked yet, or all of it was deleted."""
    opened = key_ring().open(SEALED_WISHES, bulk.sealed_wishes) if bulk.sealed_wishes else {}
    why = str(key_ring().open(SEALED_WHY, bulk.sealed_why)) if bulk.sealed_why else ""
    wishes = cast("dict[str, Value]", opened)
    order = [field.name for field in bulk.connection.provider.fields]
    in_order = sorted(wishes, key=lambda name: order.index(name) if name in order else len(order))
    return Edit({name: wishes[name] for name in in_order}, why, bulk.reference)


def judged(bulk: Bulk, wishes: Mapping[str, Value]) -> Judged:
    """What a batch of these wishes would need: its size counts."""
    size = bulk.summary["shapes"]["wanted"] if bulk.summary else bulk.rows
    rules = {field.name: field for field in bulk.connection.provider.fields}
    asked = [Asked(name, sensitive=name not in rules or rules[name].sensitive) for name in wishes]
    return judge(asked, rules_in_force(), subject=Subject(bulk.connection_id, size, frozenset({bulk.owner_id})))


def violations_in(wishes: Mapping[str, Value], provider: Provider) -> tuple[Violation, ...]:
    """What no record of this provider could take, whatever it holds."""
    rules = {field.name: field for field in provider.fields}
    found = (_violation(name, rules.get(name), wish, provider) for name, wish in wishes.items())
    return tuple(violation for violation in found if violation)


def can_be_set(field: Field) -> bool:
    """Whether the field can be given a value at all."""
    return field.locked is Locked.NO


def can_be_cleared(field: Field) -> bool:
    """Whether the field can be emptied whatever it holds."""
    return can_be_set(field) and field.required is Required.NO and field.clearing is not Clearing.NO


def title(bulk: Bulk) -> str:
    """What it asks for, without a value: “Set Occupation and empty Address”."""
    labels = {field.name: field.label for field in bulk.connection.provider.fields}
    wishes = edit_of(bulk).wishes
    to_set = [labels.get(name, name) for name, wish in wishes.items() if wish is not None]
    to_clear = [labels.get(name, name) for name, wish in wishes.items() if wish is None]
    parts = [f"{verb} {_listed(names)}" for verb, names in (("set", to_set), ("empty", to_clear)) if names]
    told = " and ".join(parts) or "nothing yet"
    return f"{told[:1].upper()}{told[1:]}"[:200]


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]


def _violation(name: str, field: Field | None, wish: Value, provider: Provider) -> Violation | None:
    if field is None:
        return Violation(name, "unknown_field", f"{provider.title} has no such field that can be changed.")
    if not can_be_set(field):
        reason = field.locked_reason or f"{provider.title} does not let anyone change this."
        return Violation(name, "locked", reason)
    if field.is_blank(wish):
        return None if can_be_cleared(field) else Violation(name, "not_clearable", why_not_cleared(field, provider))
    problem = field.problem(wish)
    return Violation(name, problem.code, problem.message, problem.parameters) if problem else None


def why_not_cleared(field: Field, provider: Provider) -> str:
    """Why a field can't be emptied, in a sentence."""
    if field.required is Required.ALWAYS:
        return f"{provider.title} needs it in every update, so it cannot be emptied."
    if field.required is Required.ONCE_SET:
        return "It can be changed but not left empty."
    return f"{provider.title} offers no way to empty this."


def _freeze(bulk: Bulk, customers: QuerySet[Customer]) -> int:
    """Keeps who is meant, in one statement; says how many."""
    chosen, parameters = customers.order_by("pk").values("pk")[: MOST + 1].query.sql_with_params()
    with database.cursor() as cursor:
        cursor.execute(_FREEZE.format(chosen=chosen), [bulk.pk, *parameters])
        count: int = cursor.rowcount
    if count > MOST:
        raise NotFit(f"More than {MOST:,} customers are selected. Narrow the selection, or do it in several parts.")
    if not count:
        raise NotFit("None of these customers can be found any more. Select some, then go on.")
    return count


def _let_go_of_idle(by: User) -> None:
    """Ends selections with which nothing was done for an hour: a form that was left is no unfinished work."""
    idle = Bulk.objects.filter(owner=by, kind=BulkKind.EDIT, status=BulkStatus.MAPPING, created_at__lt=Now() - IDLE)
    numbers = list(idle.values_list("pk", flat=True))
    BulkCustomer.objects.filter(bulk__in=numbers).delete()
    Bulk.objects.filter(pk__in=numbers).update(status=BulkStatus.STOPPED, note=LEFT, ended_at=Now())


def _locked(pk: int, by: User) -> Bulk:
    row = Bulk.objects.select_for_update(no_key=True, of=("self",)).select_related("connection", "batch", "owner")
    return row.get(pk=pk, owner=by, kind=BulkKind.EDIT)


def _step(bulk: Bulk, to: BulkStatus, *columns: str) -> Bulk:
    bulk.status, bulk.done, bulk.tries = to, bulk.done if to.is_final else 0, 0
    bulk.save(update_fields=["status", "done", "tries", *columns])
    if to.is_at_work:
        working.wake()
    return bulk


# The places are those of the numbers of the customers, so that the same selection has the same order.
_FREEZE = """
    INSERT INTO console_bulkcustomer (bulk_id, place, customer_id)
    SELECT %s, row_number() OVER (ORDER BY chosen.id), chosen.id FROM ({chosen}) AS chosen (id)
"""
