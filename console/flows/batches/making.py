"""Making: turns wishes into the rows of changes that wait for their batch, or says why one can't be a change.

It judges as `propose` does, and reads nothing: what it needs to know of many customers is given to it at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from console.dry_run import general
from console.errors import (
    AlreadyWaiting,
    ConsoleError,
    KeyMissing,
    NothingChanged,
    RulesBroken,
    StepNotPossible,
    ValuesMoved,
)
from console.flows.batches.members import member_digest
from console.flows.record import moment, record
from console.flows.standing import is_sensitive
from console.flows.wishes import check, different, labels_of, require_values
from console.models import Batch, BatchRefusal, Change, Customer, Line, Origin, Wait
from console.models.digests import content_digest
from console.models.judging import Need, Subject, need_of
from console.models.policies import rules_in_force
from console.models.rows import made, reserved

if TYPE_CHECKING:
    from providers.fields import Value

LONGEST_PROBLEM = 500
OF_THIS_CALL = 0
NOBODY = "There is no such customer at this connection."
NO_DIFFERENCE = "Nothing would be different from what we know."
_CODES: Mapping[type[ConsoleError], str] = {
    NothingChanged: "nothing",
    RulesBroken: "rules",
    ValuesMoved: "moved",
    AlreadyWaiting: "waiting",
    KeyMissing: "erased",
    StepNotPossible: "twice",
}


@dataclass(frozen=True, slots=True)
class Item:
    """What is wanted of one customer, at a place of the batch: from 1 upwards, with gaps where there is nothing to ask.

    `wishes` and `shown` as of a `Proposal`. `undoes`: the applied change whose lines it takes back.
    """

    place: int
    customer_id: int
    wishes: Mapping[str, Value]
    shown: Mapping[str, str] = field(default_factory=dict)
    undoes: int | None = None


@dataclass(frozen=True, slots=True)
class Unfit:
    """A row that is no change, for a reason that was found before: a code, and a sentence without a personal value."""

    place: int
    code: str
    problem: str
    customer_id: int | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """What becomes a change: the item, its wishes that differ, what the record held, its place with the customer."""

    item: Item
    customer: Customer
    wishes: Mapping[str, Value]
    record: Mapping[str, Value]
    place: int


class Making:
    """What becomes of items one after the other: rows to be written, none of which is yet."""

    def __init__(self, batch: Batch, customers: Mapping[int, Customer], waiting: dict[tuple[int, str], int]) -> None:
        self.batch, self.customers, self._waiting = batch, customers, waiting
        self.changes, self.lines, self.refusals = list[Change](), list[Line](), list[BatchRefusal]()
        self.touched: dict[int, Customer] = {}
        self.fields: dict[str, None] = {}
        self._made = list[Made]()
        self._provider = batch.connection.provider
        self._known = {field.name: field for field in self._provider.fields}
        self._why, self._version = batch.why, self._provider.rules_version
        self._rules, self._needs = rules_in_force(), dict[str, Need]()

    def make(self, item: Item, *, leaves_out_same: bool = False) -> None:
        """What an item comes to: rows to be written, or a refusal; neither for who stays the same, if so asked."""
        customer = self.customers.get(item.customer_id)
        if customer is None:
            self._refuse(item, "no customer", NOBODY)
            return
        try:
            self._make(item, customer)
        except NothingChanged as problem:
            if not leaves_out_same:
                self._refuse(item, _CODES[NothingChanged], _told(problem))
        except ConsoleError as problem:
            self._refuse(item, _CODES.get(type(problem), "refused"), _told(problem))

    def write(self) -> None:
        """Makes the rows, each with its key, and records them; to be called once, within `collected`."""
        if not self._made:
            return
        numbers = reserved(Change, len(self._made))
        keys = iter(reserved(Line, sum(len(one.wishes) for one in self._made)))
        for one, number in zip(self._made, numbers, strict=True):
            self._write(one, number, keys)

    def _make(self, item: Item, customer: Customer) -> None:
        require_values(customer)
        _ = customer.key  # which raises, if it does, before anything is done
        record = customer.record
        wishes = different(item.wishes, record, self._known)
        self._require_free(customer, wishes)
        check(wishes, wishes, item.shown, customer, record)
        customer.places += 1
        self._made.append(Made(item, customer, wishes, record, customer.places))
        self._waiting |= dict.fromkeys(((customer.pk, name) for name in wishes), OF_THIS_CALL)
        self.touched[customer.pk] = customer
        self.fields |= dict.fromkeys(wishes)

    def _require_free(self, customer: Customer, wishes: Iterable[str]) -> None:
        """Of a customer one line per field may wait."""
        held = {name: found for name in wishes if (found := self._waiting.get((customer.pk, name))) is not None}
        if not held:
            return
        labels = labels_of(customer, held)
        if twice := [labels[name] for name, number in held.items() if number == OF_THIS_CALL]:
            raise StepNotPossible(f"An earlier row of this batch asks for {', '.join(twice)} of the same customer.")
        raise AlreadyWaiting(labels, held)

    def _write(self, one: Made, number: int, keys: Iterator[int]) -> None:
        """The change with its lines, whose digests hold its number, and its event."""
        carried = self._provider.asked_and_carried(one.record, one.wishes)[1]
        change = self._change(one, number)
        lines = list(self._lines(one, change, keys, carried))
        change.batch_digest = member_digest(change, lines)
        self.changes.append(change)
        self.lines += lines
        self._record(one, change, carried)

    def _change(self, one: Made, number: int) -> Change:
        customer, batch = one.customer, self.batch
        return made(
            Change,
            id=number,
            customer=customer,
            connection=batch.connection,
            requester=batch.requester,
            idempotency_key=f"batch-{batch.pk}-{one.item.place}",
            content=content_digest(customer, one.wishes, self._why, batch.reference),
            place=one.place,
            origin=batch.origin,
            sealed_why=customer.key.seal("why", "", self._why) if self._why else None,
            reference=batch.reference,
            rules_version=self._version,
            wait=Wait.BATCH.value,
            size=max(1, batch.expected),
            batch=batch,
            batch_place=one.item.place,
            undoes_id=one.item.undoes,
            created_at=moment(customer),
        )

    def _lines(self, one: Made, change: Change, keys: Iterator[int], carried: Sequence[str]) -> Iterator[Line]:
        """What a line alone makes the request carry is what the whole change does where it is the only one."""
        alone = carried if len(one.wishes) == 1 else None
        for position, (name, wish) in enumerate(one.wishes.items()):
            known = {"field": name, "position": position, "had_before": name in one.record}
            line = made(Line, id=next(keys), change=change, customer=one.customer, **known)
            line.seal(one.record.get(name), wish)
            line.digest = line.current_digest(one.record, alone)
            line.needs = self._need(one.customer, name).approvals
            yield line

    def _need(self, customer: Customer, name: str) -> Need:
        """By the number of changes that is expected: judged anew when each is let go."""
        if name not in self._needs:
            subject = Subject(self.batch.connection_id, max(1, self.batch.expected))
            sensitive = is_sensitive(customer, name)
            self._needs[name] = need_of(name, self._rules, sensitive=sensitive, subject=subject)
        return self._needs[name]

    def _record(self, one: Made, change: Change, carried: Sequence[str]) -> None:
        values: dict[str, Value | list[Value]] = {
            name: [one.record.get(name), wish] for name, wish in one.wishes.items()
        }
        said = (("reason", self._why), ("reference", change.reference))
        values |= {name: text for name, text in said if text}
        details = {
            "fields": list(one.wishes),
            "carried": list(carried),
            "rules": change.rules_version,
            "batch": self.batch.pk,
            "place": change.batch_place,
        }
        details |= {"undoes": change.undoes_id} if change.undoes_id else {}
        by, origin = self.batch.requester, Origin(self.batch.origin)
        record(one.customer, "change.proposed", by=by, origin=origin, change=change, details=details, values=values)

    def _refuse(self, item: Item, code: str, problem: str) -> None:
        known = item.customer_id if item.customer_id in self.customers else None
        self.refusals.append(
            BatchRefusal(
                batch=self.batch, place=item.place, customer_id=known, code=code, problem=problem[:LONGEST_PROBLEM]
            )
        )


def _told(problem: ConsoleError) -> str:
    """Why, without a word of the row: it is kept unsealed."""
    if isinstance(problem, NothingChanged):
        return NO_DIFFERENCE
    if isinstance(problem, RulesBroken):
        return " ".join(dict.fromkeys(map(general, problem.violations)))
    return str(problem)
