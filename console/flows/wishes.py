"""Wishes: what somebody wants to be different in a record, as their form says it, and what stands in the way of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from console.errors import KeyMissing, Move, NothingChanged, ReasonMissing, RulesBroken, ValuesMoved
from console.models.digests import content_digest
from console.wished import differs as differs  # noqa: PLC0414 - whoever proposes finds it here
from console.wished import is_unseen as is_unseen  # noqa: PLC0414
from console.wished import violations_of as violations_of  # noqa: PLC0414

if TYPE_CHECKING:
    from console.models import Customer
    from console.models.judging import Judged
    from providers.fields import Field, Value


@dataclass(frozen=True, slots=True)
class Proposal:
    """What somebody wants to be different in one record. Absent = untouched, None = clear; values in stored form.

    `shown` maps a field to the digest of the value that the person saw; a field that moved since is not overwritten.
    `key` makes saving twice the same as saving once.

    `replacing` maps a field to the number of the change whose waiting line the person saw there and agrees to take the
    place of; where that change is their own and nobody approved it yet, it is amended by the whole form. `amends` is
    the change that the form edits: it shows what that one asks for, so a field that is put back to what the record
    holds is asked for no more; `amends_as` is what it asked for by then (`Change.asks`), if the form knows. `corrects`
    is a change that ended unapplied and that this one takes the place of. `undoes` is one that was applied and whose
    lines it takes back.
    """

    customer_id: int
    wishes: Mapping[str, Value]
    key: str
    shown: Mapping[str, str] = field(default_factory=dict)
    why: str = ""
    reference: str = ""
    replacing: Mapping[str, int] = field(default_factory=dict)
    amends: int | None = None
    amends_as: str = ""
    corrects: int | None = None
    undoes: int | None = None

    def content(self, customer: Customer) -> bytes:
        """What makes two saves of one form the same save."""
        return content_digest(customer, self.wishes, self.why, self.reference)


def require_values(customer: Customer) -> None:
    """Raises KeyMissing where nothing can be sealed any more: the customer was erased."""
    if customer.is_erased:
        raise KeyMissing("This customer was erased, so there is nothing left to change.")


def differences(item: Proposal, customer: Customer) -> dict[str, Value]:
    """The wishes that differ from what we know, in the order of the form; raises NothingChanged if none does."""
    return different(item.wishes, customer.record, fields_of(customer))


def different(wishes: Mapping[str, Value], record: Mapping[str, Value], known: Mapping[str, Field]) -> dict[str, Value]:
    """The same beside a record and among fields that are at hand."""
    found = {name: wish for name, wish in wishes.items() if differs(known.get(name), wish, record.get(name))}
    if not found:
        raise NothingChanged
    if len(found) == 1:
        return found
    order = list(known)
    return dict(sorted(found.items(), key=lambda pair: order.index(pair[0]) if pair[0] in known else len(order)))


def fields_of(customer: Customer) -> dict[str, Field]:
    """The fields that the connection declares, by name."""
    return {field.name: field for field in customer.provider.fields}


def labels_of(customer: Customer, names: Iterable[str]) -> dict[str, str]:
    """What the pages call these fields; one that is declared no longer keeps its name."""
    known = fields_of(customer)
    return {name: known[name].label if name in known else name for name in names}


def check(
    asked: Mapping[str, Value],
    new: Mapping[str, Value],
    shown: Mapping[str, str],
    customer: Customer,
    record: Mapping[str, Value] | None = None,
) -> None:
    """Raises RulesBroken if the provider would refuse what is asked, ValuesMoved if what is new in it was wished for
    in view of another value than the one that the record holds now (`record`, where it was opened already).
    """
    record = customer.record if record is None else record
    if violations := violations_of(customer.provider, record, asked):
        raise RulesBroken(violations)
    if moves := _moves(new, shown, customer, record):
        raise ValuesMoved(moves)


def ask_for_more(judged: Judged, why: str, reference: str, *, besides: str = "") -> None:
    """Raises ReasonMissing if a policy wants a reason or a ticket that was not given; `besides`: who else wants one."""
    wanted = {"why": besides} if besides else {}
    if judged.asks_reason and not why.strip():
        wanted["why"] = f"Say why: the policy “{judged.asks_reason[0].name}” wants a reason."
    if judged.asks_ticket and not reference.strip():
        wanted["reference"] = f"Name the ticket: the policy “{judged.asks_ticket[0].name}” wants one."
    if wanted:
        raise ReasonMissing(wanted)


def _moves(
    wishes: Mapping[str, Value], shown: Mapping[str, str], customer: Customer, record: Mapping[str, Value]
) -> dict[str, Move]:
    return {
        name: Move(customer.provider.field(name).label, record.get(name), ours)
        for name, ours in wishes.items()
        if name in shown and shown[name] != customer.shown_digest(name, record.get(name))
    }
