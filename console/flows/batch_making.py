"""Batch making: turns wishes into the rows of changes that wait for their batch, or says why one can't be a change.

It judges as `propose` does, and reads nothing: what it needs to know of many customers is given to it at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
from console.flows.batch_members import member_digest
from console.flows.record import record
from console.flows.standing import is_sensitive
from console.flows.wishes import Proposal, check, differences, labels_of, require_values
from console.models import Batch, BatchRefusal, Change, Customer, Line, Origin, Wait
from console.models.changes import content_digest
from console.models.judging import Need, Subject, need_of
from console.models.policies import rules_in_force
from console.models.rows import reserved

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
    """A change that is to be written, and what its history will tell of it."""

    change: Change
    lines: list[Line]
    record: Mapping[str, Value]


class Making:
    """What becomes of items one after the other: rows to be written, none of which is yet."""

    def __init__(self, batch: Batch, customers: Mapping[int, Customer], waiting: dict[tuple[int, str], int]) -> None:
        self.batch, self.customers, self._waiting = batch, customers, waiting
        self.made, self.refusals = list[Made](), list[BatchRefusal]()
        self.touched: dict[int, Customer] = {}
        self.fields: dict[str, None] = {}
        self._why, self._version = batch.why, batch.connection.provider.rules_version
        self._rules, self._needs = rules_in_force(), dict[str, Need]()

    @property
    def changes(self) -> list[Change]:
        """The changes that are to be written."""
        return [one.change for one in self.made]

    @property
    def lines(self) -> list[Line]:
        """Their lines."""
        return [line for one in self.made for line in one.lines]

    def make(self, item: Item) -> None:
        """A change, which lacks its number yet, or a refusal."""
        customer = self.customers.get(item.customer_id)
        if customer is None:
            self._refuse(item, "no customer", NOBODY)
            return
        try:
            self._make(item, customer)
        except ConsoleError as problem:
            self._refuse(item, _CODES.get(type(problem), "refused"), _told(problem))

    def number(self) -> None:
        """Gives all rows their keys, and seals and records what takes these; to be called once, within `collected`."""
        numbers = reserved(Change, len(self.made)) if self.made else []
        for one, number in zip(self.made, numbers, strict=True):
            one.change.pk = number
        keys = iter(reserved(Line, len(self.lines)) if self.made else [])
        for one in self.made:
            for line in one.lines:
                line.pk = next(keys)
            self._finish(one)

    def _make(self, item: Item, customer: Customer) -> None:
        require_values(customer)
        proposal = Proposal(customer.pk, item.wishes, "", shown=item.shown)
        wishes = differences(proposal, customer)
        self._require_free(customer, wishes)
        check(wishes, wishes, item.shown, customer)
        self.made.append(self._rows(item, customer, wishes))
        self.touched[customer.pk] = customer
        self.fields.update(dict.fromkeys(wishes))

    def _require_free(self, customer: Customer, wishes: Iterable[str]) -> None:
        """Of a customer one line per field may wait."""
        held = {name: found for name in wishes if (found := self._waiting.get((customer.pk, name))) is not None}
        labels = labels_of(customer, held)
        if twice := [labels[name] for name, number in held.items() if number == OF_THIS_CALL]:
            raise StepNotPossible(f"An earlier row of this batch asks for {', '.join(twice)} of the same customer.")
        if held:
            raise AlreadyWaiting(labels, held)

    def _rows(self, item: Item, customer: Customer, wishes: Mapping[str, Value]) -> Made:
        customer.places += 1
        change = Change(
            customer=customer,
            connection=self.batch.connection,
            requester=self.batch.requester,
            idempotency_key=f"batch-{self.batch.pk}-{item.place}",
            content=content_digest(customer, wishes, self._why, self.batch.reference),
            place=customer.places,
            origin=self.batch.origin,
            sealed_why=customer.key.seal("why", "", self._why) if self._why else None,
            reference=self.batch.reference,
            rules_version=self._version,
            wait=Wait.BATCH,
            size=max(1, self.batch.expected),
            batch=self.batch,
            batch_place=item.place,
            undoes_id=item.undoes,
        )
        before, lines = customer.record, list[Line]()
        for position, (name, after) in enumerate(wishes.items()):
            line = Line(change=change, customer=customer, field=name, position=position, had_before=name in before)
            line.seal(before.get(name), after)
            line.needs = self._need(customer, name).approvals
            lines.append(line)
            self._waiting[customer.pk, name] = OF_THIS_CALL
        return Made(change, lines, before)

    def _need(self, customer: Customer, name: str) -> Need:
        """By the number of changes that is expected: judged anew when each is let go."""
        if name not in self._needs:
            subject = Subject(self.batch.connection_id, max(1, self.batch.expected))
            sensitive = is_sensitive(customer, name)
            self._needs[name] = need_of(name, self._rules, sensitive=sensitive, subject=subject)
        return self._needs[name]

    def _finish(self, one: Made) -> None:
        """The digests hold the number of the change, and so does its event."""
        change = one.change
        for line in one.lines:
            line.change = change  # which has its number by now
            line.digest = line.current_digest(one.record)
        change.batch_digest = member_digest(change, one.lines)
        wishes = {line.field: line.after for line in one.lines}
        values: dict[str, Value | list[Value]] = {name: [one.record.get(name), wish] for name, wish in wishes.items()}
        said = (("reason", self._why), ("reference", change.reference))
        values |= {name: text for name, text in said if text}
        details = {
            "fields": list(wishes),
            "carried": list(change.customer.provider.asked_and_carried(one.record, wishes)[1]),
            "rules": change.rules_version,
            "batch": self.batch.pk,
            "place": change.batch_place,
        }
        details |= {"undoes": change.undoes_id} if change.undoes_id else {}
        by, origin = self.batch.requester, Origin(self.batch.origin)
        record(change.customer, "change.proposed", by=by, origin=origin, change=change, details=details, values=values)

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
