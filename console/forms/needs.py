"""Needs: what the wishes of a form would need if they were saved now, and who could give it, in words."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from console.flows.standing import judged_wishes, standing
from console.models.judging import NO_POLICY, Judged, Need, Rule
from console.models.policies import rules_in_force
from console.permissions import Right, people_with, who_sentence
from console.sentences import listed

if TYPE_CHECKING:
    from console.models import Change, Customer, Line, User
    from providers.fields import Value

NUMBERS = ("no", "one", "two", "three", "four", "five")


@dataclass(frozen=True, slots=True)
class Needs:
    """How the wishes stand with the policies; `deciders`: who could approve them now, their author left out.

    `appointers` says who could let somebody decide, where too few can.
    """

    judged: Judged = field(default_factory=lambda: Judged(()))
    deciders: tuple[User, ...] = ()
    appointers: str = ""

    @property
    def approvals(self) -> int:
        """How many approvals the wish needs that needs most."""
        return self.judged.approvals

    @property
    def free(self) -> list[str]:
        """The fields whose wishes need nobody's approval."""
        return [line.field for line in self.judged.lines if not line.need.approvals]

    @property
    def waiting(self) -> list[str]:
        """The fields whose wishes have to wait for one."""
        return [line.field for line in self.judged.lines if line.need.approvals]

    @property
    def who(self) -> str:
        """Who could approve: “Ann or Sam”, or “Ann and Sam” where all of them have to. Empty for nobody."""
        if 1 < self.approvals == len(self.deciders):
            return listed([user.name for user in self.deciders])
        return who_sentence(self.deciders)

    @property
    def lack(self) -> str:
        """That too few people can approve, and who could appoint some; empty as long as there are enough."""
        if len(self.deciders) >= self.approvals:
            return ""
        if not self.deciders:
            return f"nobody else may give {_it(self.approvals)} here: {self.appointers} can appoint an approver"
        return f"only {self.who} can give one: {self.appointers} can appoint another approver"

    @property
    def sentences(self) -> dict[str, str]:
        """What stands at each field that needs an approval."""
        return {
            line.field: need_sentence(line.need) if line.missing else "approved already, as it is"
            for line in self.judged.lines
            if line.need.approvals
        }

    @property
    def wanted(self) -> dict[str, str]:
        """Which policy wants a reason (`why`) or a ticket (`reference`)."""
        asking = {"why": (self.judged.asks_reason, "reason"), "reference": (self.judged.asks_ticket, "ticket")}
        return {name: _wants(rules, what) for name, (rules, what) in asking.items() if rules}


def needs_of(customer: Customer, wishes: Mapping[str, Value], *, by: User, into: Change | None = None) -> Needs:
    """What somebody's wishes would need: one query for the policies, one for the people where somebody has to approve,
    and one for who can appoint them where nobody or too few can.

    `into`: their own change that the wishes go into; of its lines that are asked for as before the approvals stand.
    """
    if not wishes:
        return Needs()
    rules = rules_in_force()
    judged = judged_wishes(customer, wishes, by=by, size=into.size if into else 1, rules=rules)
    if into and judged.approvals:
        judged = _with_what_stands(judged, into, wishes, rules)
    if not judged.approvals:
        return Needs(judged)
    people = people_with(Right.DECIDE, customer.connection)
    deciders = tuple(user for user in people.values() if user.pk != by.pk)
    return Needs(judged, deciders, _appointers(customer, by) if len(deciders) < judged.approvals else "")


def need_sentence(need: Need) -> str:
    """How many approvals one field needs, and because of which policies: those that ask for that many."""
    how_many = f"needs {NUMBERS[need.approvals]} approval{'' if need.approvals == 1 else 's'}"
    if NO_POLICY in need.rules:
        return f"{how_many}: no policy says that none is needed"
    strictest = [rule for rule in need.asking if rule.approvals == need.approvals]
    return f"{how_many} ({policies(strictest)})"


def policies(rules: Sequence[Rule]) -> str:
    """Policies by their names: “policy “KYC fields””, “policies “KYC fields” and “Addresses””."""
    names = listed([f"“{rule.name}”" for rule in rules])
    return f"{'policy' if len(rules) == 1 else 'policies'} {names}"


def _with_what_stands(judged: Judged, into: Change, wishes: Mapping[str, Value], rules: Sequence[Rule]) -> Judged:
    """The same with the approvals of what the change asks for already, wherever the wish is no other."""
    lines = list(into.lines.all())
    before = standing(into, lines, rules=rules)
    known = {field.name for field in into.customer.provider.fields}
    same = {
        line.field: before.line(line.field)
        for line in lines
        if line.field in known and line.field in wishes and line.state.is_sent and _is_same(line, wishes[line.field])
    }
    return Judged(tuple(same.get(line.field, line) for line in judged.lines))


def _is_same(line: Line, wish: Value) -> bool:
    return line.rule.same(line.after, wish)


def _wants(rules: Collection[Rule], what: str) -> str:
    return f"The {policies(list(rules))} {'wants' if len(rules) == 1 else 'want'} a {what}."


def _appointers(customer: Customer, by: User) -> str:
    people = people_with(Right.ADMINISTER, customer.connection)
    return who_sentence(people.values(), reader=by) or "whoever runs this console"


def _it(approvals: int) -> str:
    return "it" if approvals == 1 else "them"
