"""Looking through: what an import would do, counted and shown, without doing it; and what is wrong with its rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import batched
from typing import TYPE_CHECKING

from console.bulk import file, problems
from console.bulk.problems import Problem, RefusedRow
from console.dry_run import DryRun, general
from console.flows.working import Done, Work
from console.importing import EXTERNAL_ID, BadRow, CellProblem, Row, Understood
from console.importing.seen import Seen
from console.importing.table import text_of
from console.models import Bulk, BulkKind, BulkStatus, Connection, Customer, Line
from console.models.sealing import key_ring
from console.permissions import Right, require
from console.wished import differs
from providers.fields import Violation

if TYPE_CHECKING:
    from providers.fields import Value

AT_ONCE = 500
SAMPLE = "bulk sample"
_NEEDED = ("connection_id", "external_id", "identity", "values", "sealed", "known", "name", "key_id", "wrapped_key")


def check(work: Work) -> Done:
    """Looks at every row beside what is known of its customer."""
    require(work.bulk.owner, Right.PROPOSE, work.bulk.connection)
    looking = _Looking(work.bulk)
    done = 0
    for some in batched(file.rows(work.bulk), AT_ONCE):
        refused = looking.at(some)
        done += len(some)
        with work.keeping(done):
            problems.keep(work.bulk, refused)
    return Done(BulkStatus.CHECKED, columns=looking.found())


def known_by_id(connection: Connection, ids: Iterable[str]) -> dict[str, Customer]:
    """The customers of these ids, with what is needed to compare them."""
    there = Customer.objects.filter(connection=connection, external_id__in=list(ids)).only(*_NEEDED, "erased_at")
    found = {customer.external_id: customer for customer in there}
    for customer in found.values():
        customer.connection = connection
    return found


class _Looking:
    """One going through a file."""

    def __init__(self, bulk: Bulk) -> None:
        self.bulk, self.connection, self.provider = bulk, bulk.connection, bulk.connection.provider
        self.understand, self.run = file.understanding(bulk), DryRun(self.provider)
        self.fills = bulk.kind == BulkKind.FILL
        self.labels = {field.name: field.label for field in self.provider.fields}
        self.seen, self.remarks, self.known_later = Seen(), Counter[str](), 0

    def at(self, rows: Sequence[Row | BadRow]) -> list[RefusedRow]:
        """Looks at some rows, and gives those that will not be carried out."""
        told = [(row, self.understand(row)) for row in rows if isinstance(row, Row)]
        known = known_by_id(self.connection, (one.external_id for _, one in told if one.external_id))
        waiting = {} if self.fills else _waiting(known.values(), self.bulk)
        refused = [self._bad(row) for row in rows if isinstance(row, BadRow)]
        for row, one in told:
            found = self._look(one, known.get(one.external_id), waiting)
            if found:
                refused.append(RefusedRow(row.number, tuple(map(text_of, row.cells)), tuple(found)))
        return refused

    def found(self) -> dict[str, object]:
        """What there is to be kept of it all."""
        summary = self.run.summary()
        counted = {"shapes": summary.counted(), "remarks": self.remarks, "known_later": self.known_later}
        sample = key_ring().seal(SAMPLE, summary.examples())
        return {"summary": {**counted, "rules": self.provider.rules_version}, "sealed_sample": sample}

    def _bad(self, row: BadRow) -> RefusedRow:
        self.run.refuse(row.number, [Violation(None, row.code, row.message)])
        return RefusedRow(row.number, (row.text,), (Problem("", row.code, row.message),))

    def _look(
        self, told: Understood, customer: Customer | None, waiting: Mapping[tuple[int, str], int]
    ) -> list[Problem]:
        self.remarks.update(remark.code for remark in told.remarks)
        in_the_way = [*self._in_the_way(told, customer)]
        said = [Problem("" if one.field == EXTERNAL_ID else one.field, one.code, one.message) for one in told.problems]
        said += [Problem(violation.field or "", violation.code, violation.message) for violation in in_the_way]
        refused = [*map(_without_words, told.problems), *in_the_way]
        if customer is None and (refused or not self.fills):
            self.run.refuse(told.number, refused)
            return said
        wishes = self._wishes(told, customer)
        record = customer.record if customer and not customer.is_erased else {}
        locked = _locked_by(customer, wishes, record, waiting) if customer else []
        looked = self.run.look(
            told.number,
            record,
            wishes,
            customer=customer.pk if customer else None,
            who=str(customer) if customer else told.external_id,
            refused=refused,
            besides=locked,
            judged=() if self.fills else None,
            is_new=customer is None,
        )
        already = {id(violation) for violation in refused}
        later = [violation for violation in looked.violations if id(violation) not in already]
        return said + [Problem(one.field or "", one.code, self._sentence(one)) for one in later]

    def _sentence(self, violation: Violation) -> str:
        """With the name of the field, as it stands in a list of all that is wrong."""
        label = self.labels.get(violation.field or "")
        return f"{label}: {violation.message}" if label else violation.message

    def _in_the_way(self, told: Understood, customer: Customer | None) -> Iterable[Violation]:
        if told.external_id and (line := self.seen.before(told.external_id, told.number)) is not None:
            yield Violation(
                None, "duplicate", f"This id stands in line {line:,} already, which is the one that counts."
            )
        if customer is None and told.external_id and not self.fills:
            sentence = f"Nobody with this id is known at {self.connection.name}. Fill the cache with them first."
            yield Violation(None, "unknown_customer", sentence)
        if customer is not None and customer.is_erased:
            yield Violation(None, "erased", "This customer was erased: nothing is kept of them any more.")

    def _wishes(self, told: Understood, customer: Customer | None) -> Mapping[str, Value]:
        """What is to be compared: filling never overwrites what became known later than the file."""
        as_of = self.bulk.as_of
        if not (self.fills and customer and as_of):
            return told.values
        wishes = {name: value for name, value in told.values.items() if not customer.known_after(name, as_of)}
        self.known_later += len(told.values) - len(wishes)
        return wishes


def _waiting(customers: Iterable[Customer], bulk: Bulk) -> dict[tuple[int, str], int]:
    """By customer and field the change that waits for its turn there already."""
    fields = set(bulk.mapping.values())
    there = Line.objects.filter(customer__in=[customer.pk for customer in customers], field__in=fields, waiting=True)
    return {(customer, name): change for customer, name, change in there.values_list("customer", "field", "change")}


def _locked_by(
    customer: Customer,
    wishes: Mapping[str, Value],
    record: Mapping[str, Value],
    waiting: Mapping[tuple[int, str], int],
) -> list[Violation]:
    """What can't be asked for, since another change asks for that field already."""
    found = []
    for name, wish in wishes.items() if waiting else ():
        change = waiting.get((customer.pk, name))
        rule = next((each for each in customer.provider.fields if each.name == name), None)
        if change and differs(rule, wish, record.get(name)):
            found.append(Violation(name, "waiting", "Another change of this field is waiting already."))
    return found


def _without_words(problem: CellProblem) -> Violation:
    """What is counted of a problem: nothing that quotes the row."""
    name = None if problem.field in {"", EXTERNAL_ID} else problem.field
    said = Violation(name, problem.code, problem.message)
    return Violation(name, problem.code, _GENERAL.get(problem.code) or general(said))


_GENERAL = {
    "identity": "The id is none that this provider gives.",
    "wrong_type": "The value is of a kind that the field never holds.",
    "duplicate": "The same id stands further up already.",
}
