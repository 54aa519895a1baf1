"""Bulk: what a person decides about work on many customers: begins an import, assigns its columns, has it carried out,
stops it. What a worker does of it between two of these steps is `console/bulk/`.

Whose it is, it is theirs alone; of others', an operator of the connection sees that it is at work, and can end it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from console.errors import NotFit, StepNotPossible
from console.flows import batches, pausing, uploads, working
from console.flows.notify import notify_work
from console.flows.record import database_now
from console.models import (
    About,
    Batch,
    BatchStatus,
    Bulk,
    BulkCustomer,
    BulkKind,
    BulkPart,
    BulkStatus,
    ColumnMapping,
    Connection,
    Origin,
    User,
)
from console.models.bulk import BULK_AT_WORK, BULK_ENDED, BULK_TO_DO
from console.models.sealing import key_ring
from console.permissions import Right, connections_where, require

AT_ONCE = 5
MOST_LISTED = 100
LONGEST_NAME = 200
LONGEST_NOTE = 500
MOST_NAMED = 4
EXTERNAL_ID = "external_id"
NOTHING_CAME = frozenset({BatchStatus.FAILED, BatchStatus.WITHDRAWN})
WANTED = {"changes", "fills", "clears"}
STOPPED = "You stopped it."
FIRST_ASSIGN = "Assign the columns and have the file looked through first."
CHANGED_MEANWHILE = (
    "The rules of {connection} changed since the file was looked through, so it is looked through once more. "
    "Nothing was carried out."
)


@dataclass(frozen=True, slots=True)
class Import:
    """What somebody wants to import. `key`: of the form; `as_of`: when the values of the file were true; how it is
    written may be said, and is found out otherwise.
    """

    connection: Connection
    kind: BulkKind
    filename: str
    size: int
    key: str
    as_of: datetime | None = None
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""

    @property
    def once(self) -> str:
        """The same form makes one import of one file; with another file, or for another place, it makes another."""
        as_of = self.as_of.timestamp() if self.as_of else None
        said = [self.key, self.connection.pk, self.kind, self.filename, self.size, as_of]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def own(by: User) -> list[Bulk]:
    """This person's work with files, the latest first, where they still may see the customers."""
    there = connections_where(by, Right.SEE)
    found = Bulk.objects.filter(owner=by, connection__in=there).exclude(kind=BulkKind.EDIT)
    return list(found.select_related("connection", "batch").order_by("-pk")[:MOST_LISTED])


def one(pk: int, *, by: User) -> Bulk | None:
    """A piece of this person's work; None if there is none, it is another's, or they may no longer see it."""
    there = connections_where(by, Right.SEE)
    found = Bulk.objects.filter(pk=pk, owner=by, connection__in=there)
    return found.select_related("connection", "batch", "owner").first()


@transaction.atomic
def begin(wanted: Import, *, by: User) -> Bulk:
    """Opens an import, whose file then comes in pieces. Raises NotPermitted, or NotFit with a sentence for a part."""
    require(by, Right.PROPOSE, wanted.connection)
    uploads.require_size(wanted.size)
    User.objects.select_for_update(no_key=True).get(pk=by.pk)  # two windows do not pass the limit side by side
    if same := Bulk.objects.filter(owner=by, key=wanted.once).first():
        return same
    _require_as_of(wanted)
    if Bulk.objects.filter(owner=by).exclude(status__in=BULK_ENDED).count() >= AT_ONCE:
        raise NotFit(f"{AT_ONCE} imports or edits of yours are not finished. Finish or stop one of them first.")
    return Bulk.objects.create(
        owner=by,
        connection=wanted.connection,
        kind=wanted.kind,
        filename=wanted.filename[-LONGEST_NAME:],
        bytes_expected=wanted.size,
        as_of=wanted.as_of if wanted.kind == BulkKind.FILL else None,
        key=wanted.once,
        encoding=wanted.encoding[:20],
        delimiter=wanted.delimiter[:1],
        options={"sheet": wanted.sheet} if wanted.sheet else {},
    )


@transaction.atomic
def take_piece(pk: int, *, at: int, data: bytes, before: str = "", by: User) -> Bulk:
    """Takes the next piece of the file; with the last one a worker begins to read. Raises what `keep_piece` raises.

    The last piece once more, since its answer was lost, changes nothing.
    """
    bulk = _locked(pk, by)
    require(by, Right.PROPOSE, bulk.connection)
    if at + len(data) == bulk.bytes_expected == bulk.bytes_kept and not bulk.state.is_final:
        return bulk
    uploads.keep_piece(bulk, at=at, data=data, before=before)
    if bulk.bytes_kept == bulk.bytes_expected:
        _step(bulk, BulkStatus.TO_READ)
    return bulk


@transaction.atomic
def read_anew(pk: int, *, by: User, encoding: str = "", delimiter: str = "", sheet: str = "") -> Bulk:
    """Has the file read once more in another way than it was found to be written in; its columns may be others then."""
    bulk = _locked(pk, by)
    if bulk.status != BulkStatus.MAPPING:
        raise StepNotPossible("It can only be read in another way before its columns are assigned.")
    bulk.encoding, bulk.delimiter = encoding[:20], delimiter[:1]
    bulk.options, bulk.mapping = {"sheet": sheet} if sheet else {}, {}
    bulk.summary, bulk.sealed_sample = {}, ""
    _step(bulk, BulkStatus.TO_READ, "encoding", "delimiter", "options", "mapping", "summary", "sealed_sample")
    return bulk


@transaction.atomic
def assign(
    pk: int, *, mapping: Mapping[int, str], options: Mapping[str, Any], columns: Sequence[str], by: User
) -> Bulk:
    """Says which field each column fills and has the file looked through; remembered for the next one like it.

    Raises NotFit, whose `wanted` names what is missing.
    """
    bulk = _locked(pk, by)
    require(by, Right.PROPOSE, bulk.connection)
    if bulk.status not in {BulkStatus.MAPPING, BulkStatus.CHECKED}:
        raise StepNotPossible("Its columns can't be assigned any more.")
    require_fit(bulk, mapping)
    bulk.mapping, bulk.options = {str(at): name for at, name in mapping.items()}, {**bulk.options, **options}
    bulk.summary, bulk.sealed_sample = {}, ""
    _step(bulk, BulkStatus.TO_CHECK, "mapping", "options", "summary", "sealed_sample")
    _remember(bulk, columns)
    return bulk


@transaction.atomic
def assign_anew(pk: int, *, by: User) -> Bulk:
    """Goes back to the columns; nothing was carried out yet."""
    bulk = _locked(pk, by)
    if bulk.status != BulkStatus.CHECKED:
        raise StepNotPossible("Its columns can't be assigned any more.")
    _step(bulk, BulkStatus.MAPPING)
    return bulk


@transaction.atomic
def carry_out(pk: int, *, by: User, why: str = "", reference: str = "", origin: Origin = Origin.PAGE) -> Bulk:
    """Has it carried out as it was looked through. If the rules are others by now, it is looked through once more
    instead, and its note says so. `why` and `reference` are the batch's, where changes are proposed.

    Raises StepNotPossible, and ReasonMissing where a policy wants more than was said.
    """
    bulk = _locked(pk, by)
    require(by, Right.PROPOSE, bulk.connection)
    if bulk.status != BulkStatus.CHECKED:
        raise StepNotPossible(FIRST_ASSIGN)
    if not (wanted := bulk.summary["shapes"]["wanted"]):
        raise StepNotPossible("Nothing would change, so there is nothing to carry out.")
    if bulk.summary["rules"] != bulk.connection.provider.rules_version:
        bulk.note = CHANGED_MEANWHILE.format(connection=bulk.connection.name)
        _step(bulk, BulkStatus.TO_CHECK, "note")
        return bulk
    if bulk.kind == BulkKind.PROPOSE:
        bulk.batch = _batch(bulk, wanted, by=by, why=why, reference=reference)
    bulk.note = ""
    _step(bulk, BulkStatus.TO_RUN, "batch", "note")
    working.told(bulk, "bulk.begun", by=by, origin=origin)
    return bulk


@transaction.atomic
def stop(pk: int, *, by: User, note: str = STOPPED, origin: Origin = Origin.PAGE) -> Bulk:
    """Ends it where it is. What was carried out stays; the file is deleted, and the batch that was to come of it taken
    back. `note` is what its page says of that. Raises StepNotPossible, also where some of that batch may have left.
    """
    bulk = _locked(pk, by)
    if bulk.state.is_final:
        raise StepNotPossible("It has ended already: there is nothing to stop.")
    if bulk.status in {BulkStatus.TO_RUN, BulkStatus.RUNNING}:
        working.told(bulk, "bulk.stopped", by=by, origin=origin)
    bulk.note, bulk.ended_at = f"{note}{_how_far(bulk)}", database_now()
    _step(bulk, BulkStatus.STOPPED, "note", "ended_at")
    if bulk.batch and bulk.batch.state not in NOTHING_CAME:
        batches.withdraw(bulk.batch.pk, by=by)
    BulkPart.objects.filter(bulk=bulk).delete()
    return bulk


def at_work(by: User) -> list[Bulk]:
    """What workers do, or are about to do, for others at connections that this person may pause, the latest first."""
    at = Bulk.objects.filter(status__in=BULK_TO_DO | BULK_AT_WORK, connection__in=connections_where(by, Right.PAUSE))
    return list(at.exclude(owner=by).select_related("connection", "owner").order_by("-pk")[:MOST_LISTED])


@transaction.atomic
def stop_anothers(pk: int, *, by: User, reason: str) -> Bulk:
    """An operator of the connection ends what is at work there. Whoever began it reads who did so and why, and so does
    whoever reads the history of the connection. What was carried out stays; no batch comes of it.

    Raises Bulk.DoesNotExist where this person may not know of it, and StepNotPossible without a reason, or where its
    batch is whole: that one waits for others, or leaves.
    """
    there = Bulk.objects.filter(connection__in=connections_where(by, Right.PAUSE))
    bulk = there.select_for_update(no_key=True, of=("self",)).select_related("connection", "batch").get(pk=pk)
    if not bulk.state.is_at_work:
        raise StepNotPossible("It is not at work any more, so there is nothing to stop.")
    if not (said := pausing.reason_told(reason)):
        raise StepNotPossible("Say in a sentence why: whoever began it reads it.")
    working.told(bulk, "bulk.stopped", by=by, origin=Origin.PAGE, reason=said)
    note = f"{by.name} stopped it, who operates {bulk.connection.name}: “{said}”"
    bulk.note, bulk.ended_at = f"{note}{_how_far(bulk)}"[:LONGEST_NOTE], database_now()
    _step(bulk, BulkStatus.STOPPED, "note", "ended_at")
    if bulk.batch and batches.fail(bulk.batch, note).state not in NOTHING_CAME:
        raise StepNotPossible(f"It is batch {bulk.batch.pk} by now, and is ended there.")
    notify_work(bulk, About.STOPPED, by=by)
    BulkPart.objects.filter(bulk=bulk).delete()
    BulkCustomer.objects.filter(bulk=bulk).delete()
    return bulk


def fields_of(bulk: Bulk) -> list[str]:
    """The fields that its columns fill, without those that say whose row it is, in the order of the form."""
    given, identity = set(bulk.mapping.values()), bulk.connection.provider.identity
    return [each.name for each in bulk.connection.provider.fields if each.name in given - set(identity)]


def title(bulk: Bulk) -> str:
    """What it asks for, without a value: “Phone and E-mail, from a file”."""
    wanted = {name for name, _, turns in bulk.summary["shapes"]["fields"] if set(turns) & WANTED}
    labels = [each.label for each in bulk.connection.provider.fields if each.name in wanted]
    if len(labels) > MOST_NAMED:
        labels = [*labels[: MOST_NAMED - 1], f"{len(labels) - MOST_NAMED + 1} more fields"]
    named = " and ".join([", ".join(labels[:-1]), labels[-1]] if len(labels) > 1 else labels)
    return f"{named or 'Values'} from a file"


def remembered(bulk: Bulk, columns: Sequence[str]) -> ColumnMapping | None:
    """How columns of these names were assigned the last time, at this connection and for this kind of import."""
    digests = [_digest(columns, key) for key in key_ring().ids]
    found = ColumnMapping.objects.filter(connection=bulk.connection, kind=bulk.kind, columns__in=digests)
    return found.order_by("-at").first()


def require_fit(bulk: Bulk, mapping: Mapping[int, str]) -> None:
    """Raises NotFit unless every row can say whom it is about and something besides, and no field is filled twice."""
    provider, names = bulk.connection.provider, list(mapping.values())
    labels = {field.name: field.label for field in provider.fields} | dict.fromkeys([EXTERNAL_ID], "Id")
    wanted = {}
    if unknown := sorted(set(names) - labels.keys() - set(provider.identity)):
        wanted["mapping"] = f"{provider.title} has no field {unknown[0]}."
    elif twice := sorted({labels.get(name, name) for name in names if names.count(name) > 1}):
        wanted["mapping"] = f"Two columns are assigned to {twice[0]}: leave one of them out."
    elif EXTERNAL_ID not in names and provider.identity[0] not in names:
        label = labels.get(provider.identity[0], provider.identity[0])
        wanted["mapping"] = f"Say which column tells whose row it is: assign one to {label}, or to Id."
    elif not set(names) - {EXTERNAL_ID, *provider.identity} and bulk.kind == BulkKind.PROPOSE:
        wanted["mapping"] = "Assign at least one column to a field that is to change."
    if wanted:
        raise NotFit(wanted=wanted)


def _how_far(bulk: Bulk) -> str:
    """What a stop leaves of what was carried out, also by a worker that gave it back; empty where none of it was."""
    if bulk.status not in {BulkStatus.TO_RUN, BulkStatus.RUNNING} or not bulk.done:
        return ""
    if bulk.kind != BulkKind.FILL:
        return " Nothing of it is proposed."
    return f" {bulk.done:,} of {bulk.rows:,} rows had been carried out."


def _batch(bulk: Bulk, size: int, *, by: User, why: str, reference: str) -> Batch:
    batches.require_said(bulk.connection, fields_of(bulk), size, by=by, why=why, reference=reference)
    return batches.begin(
        bulk.connection,
        by=by,
        origin=Origin.IMPORT,
        title=title(bulk),
        key=f"bulk-{bulk.pk}",
        why=why,
        reference=reference,
        expected=size,
    )


def _require_as_of(wanted: Import) -> None:
    if wanted.kind != BulkKind.FILL:
        return
    if wanted.as_of is None:
        raise NotFit(wanted={"as_of": "Say when the values of the file were true."})
    if wanted.as_of > database_now():
        raise NotFit(wanted={"as_of": "This is in the future: nothing can be known from then."})


def _locked(pk: int, by: User) -> Bulk:
    return (
        Bulk.objects.select_for_update(no_key=True, of=("self",))
        .select_related("connection", "batch")
        .get(pk=pk, owner=by)
    )


def _step(bulk: Bulk, to: BulkStatus, *columns: str) -> None:
    bulk.status, bulk.done, bulk.tries = to, 0 if not to.is_final else bulk.done, 0
    bulk.save(update_fields=["status", "done", "tries", *columns])
    if to.is_at_work:
        working.wake()


def _remember(bulk: Bulk, columns: Sequence[str]) -> None:
    ColumnMapping.objects.update_or_create(
        connection=bulk.connection,
        kind=bulk.kind,
        columns=_digest(columns),
        defaults={"mapping": bulk.mapping, "options": bulk.options, "at": Now()},
    )


def _digest(columns: Sequence[str], key: str = "") -> bytes:
    return key_ring().digest("columns", list(columns), key=key)
