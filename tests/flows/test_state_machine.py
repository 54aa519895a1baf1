"""Requests against a model in plain Python: whatever people, policies and providers do, both say the same."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any, ClassVar, NamedTuple

import pytest
from django.db import connection as database
from django.db import transaction
from django.db.models.functions import Now
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from console.errors import ConsoleError
from console.flows import review
from console.flows.decide import confirm, decide
from console.flows.expire import expire
from console.flows.propose import Proposal, propose_one, withdraw
from console.flows.refresh import take_over
from console.models import Change, Customer, Grant, Line, Origin, PolicyStatus, PolicyVersion, Role, User
from tests.cast import connect, person, sample
from tests.deciding import policy, seen
from tests.flows.plain import Desk, PlainRequest, Refused

VALUES = {
    "occupation": ["OCC4", "OCC10", "OCC2"],
    "address": ["Jl. Kebon Sirih 12, Jakarta", "Jl. Thamrin No. 88, Jakarta", "Jl. Sudirman 1, Jakarta"],
    "phone": ["+62812345679", "+6281299887766", "+6281311112222"],
}
NEEDS = {"occupation": 2, "address": 1, "phone": 0}
# Jo both edits and approves: she decides on what Ed asks for, and never on her own.
EDITORS, APPROVERS = ["ed", "jo"], ["ann", "sam", "jo"]
EVERYBODY = ["ed", "jo", "ann", "sam", "max"]

fields = st.sampled_from(sorted(VALUES))
places = st.integers(0, 2)
wishes = st.dictionaries(fields, places, min_size=1)
picks = st.integers(0, 99)
some_fields = st.sets(fields, min_size=1)


class FoundLine(NamedTuple):
    """A line as the database has it. `told`: the last step; `approving`: how many approved what the line is now."""

    status: str
    wait: str
    told: str
    field: str
    waiting: bool
    state: str
    needs: int
    approving: int


class Requests(RuleBasedStateMachine):
    """One customer, the people of the cast, and a model that is told the same."""

    everybody: ClassVar[dict[str, User]] = {}
    undone: transaction.Atomic | None = None

    @initialize()
    def begin(self) -> None:
        self.undone = transaction.atomic()
        self.undone.__enter__()
        self.customer, self.people = Customer.objects.get(), dict(self.everybody)
        record = {name: values[0] for name, values in VALUES.items()}
        self.desk, self.changes = Desk(record, NEEDS, set(APPROVERS)), list[int]()
        self._put_in_force(NEEDS)

    @rule(author=st.sampled_from(EDITORS), wanted=wishes, agrees=st.booleans())
    def propose(self, author: str, wanted: dict[str, int], agrees: bool) -> None:
        self._propose(author, {name: VALUES[name][place] for name, place in wanted.items()}, agrees=agrees)

    @rule(which=picks, own=st.booleans(), wanted=wishes, agrees=st.booleans())
    def amend(self, which: int, own: bool, wanted: dict[str, int], agrees: bool) -> None:
        waiting = self._some_waiting() if own else self._all()
        request, change = self._at(waiting[which % len(waiting)]) if waiting else self._one(which)
        by = request.author if own else EDITORS[which % 2]
        asked = {name: VALUES[name][place] for name, place in wanted.items()}
        replacing = self._agreed(agrees)
        item = Proposal(self.customer.pk, asked, uuid.uuid4().hex, why="Called.", replacing=replacing, amends=change.pk)
        self._same(
            lambda: self.desk.amend(request, by, asked, agrees=agrees),
            lambda: propose_one(item, by=self.people[by]),
        )

    @rule(which=picks, by=st.sampled_from(APPROVERS), some=some_fields)
    def approve(self, which: int, by: str, some: set[str]) -> None:
        if waiting := self._some_waiting():
            self._approve(waiting[which % len(waiting)], by, some)

    @rule(which=picks, by=st.sampled_from(APPROVERS))
    def approve_all(self, which: int, by: str) -> None:
        if waiting := self._some_waiting():
            self._approve(waiting[which % len(waiting)], by, set(VALUES))

    @precondition(lambda self: self.changes)
    @rule(which=picks, by=st.sampled_from(EVERYBODY), some=some_fields)
    def approve_whatever_it_is(self, which: int, by: str, some: set[str]) -> None:
        self._approve(which % len(self.changes), by, some)

    @rule(which=picks, by=st.sampled_from(APPROVERS), name=fields)
    def reject(self, which: int, by: str, name: str) -> None:
        if not (waiting := self._some_waiting()):
            return
        request, change = self._at(waiting[which % len(waiting)])
        if name in request.sent:
            shown = {name: self._shown(change)[name]}
            self._same(
                lambda: self.desk.reject(request, by, [name]),
                lambda: review.reject(change.pk, by=self.people[by], seen=shown, reason="Not confirmed."),
            )

    @precondition(lambda self: self.changes)
    @rule(which=picks, by=st.sampled_from(APPROVERS))
    def give_back(self, which: int, by: str) -> None:
        request, change = self._one(which)
        self._same(
            lambda: self.desk.give_back(request, by),
            lambda: review.return_to_author(change.pk, by=self.people[by], reason="Which street?"),
        )

    @precondition(lambda self: self.changes)
    @rule(which=picks, by=st.sampled_from(EDITORS))
    def withdraw(self, which: int, by: str) -> None:
        request, change = self._one(which)
        self._same(lambda: self.desk.withdraw(request, by), lambda: withdraw(change.pk, by=self.people[by]))

    @precondition(lambda self: self._held)
    @rule(which=picks, by=st.sampled_from(EDITORS))
    def confirm(self, which: int, by: str) -> None:
        request, change = self._at(self._held[which % len(self._held)])
        self._same(lambda: self.desk.confirm(request, by), lambda: confirm(change.pk, by=self.people[by]))

    @precondition(lambda self: self.changes)
    @rule(which=picks)
    def time_passes(self, which: int) -> None:
        request, change = self._one(which)
        waiting = Change.objects.filter(pk=change.pk, expires_at__isnull=False)
        waiting.update(expires_at=Now() - timedelta(seconds=1))
        self.desk.time_passes(request)
        expire()

    @rule(name=fields, place=places)
    def provider_moves(self, name: str, place: int) -> None:
        self.desk.provider_moves(name, VALUES[name][place])
        take_over(self.customer, {name: VALUES[name][place]}, by=None)

    @rule(which=picks, place=places)
    def what_is_asked_for_moves(self, which: int, place: int) -> None:
        if waiting := self._some_waiting():
            request, _ = self._at(waiting[which % len(waiting)])
            for name in sorted(request.sent)[which % 2 :][-1:]:
                self.provider_moves(name, place)

    @rule(name=st.sampled_from(["ann", "sam"]))
    def somebody_gets_or_loses_the_role(self, name: str) -> None:
        loses = name in self.desk.approvers
        self.desk.role_changes(name, has_it=not loses)
        if loses:
            Grant.objects.filter(user=self.people[name]).delete()
        else:
            person(name)
        self.people[name] = User.objects.get(username=name)

    @rule(needs=st.fixed_dictionaries(dict.fromkeys(VALUES, places)))
    def policies_change(self, needs: dict[str, int]) -> None:
        self._put_in_force(needs)
        self.desk.policies_change(needs)
        for change in Change.objects.to_decide().filter(pk__in=self.changes).order_by("pk"):
            decide(change.locked(), by=None, origin=Origin.WORKER)

    @invariant()
    def both_say_the_same(self) -> None:
        self._read()
        for request, number in zip(self.desk.requests, self.changes, strict=True):
            found = self.found[number]
            assert {(line.status, line.wait) for line in found} == {(request.status, request.wait)}
            for line in found:
                plain = request.lines[line.field]
                assert (line.waiting, line.state) == (plain.waiting, plain.state), line.field

    @invariant()
    def nothing_leaves_without_the_approvals_it_was_found_to_need(self) -> None:
        lines = [line for found in self.found.values() for line in found if line.status == "approved"]
        assert [line for line in lines if line.state == "approved" and line.approving < line.needs] == []

    @invariant()
    def the_last_event_of_each_is_that_of_the_state_it_is_in(self) -> None:
        lines = [line for found in self.found.values() for line in found]
        assert [line for line in lines if line.told != f"change.{line.status}"] == []

    def teardown(self) -> None:
        """Nothing of one example is there in the next."""
        if self.undone:
            transaction.set_rollback(True)
            self.undone.__exit__(None, None, None)

    def _put_in_force(self, needs: dict[str, int]) -> None:
        PolicyVersion.objects.filter(status=PolicyStatus.IN_FORCE).update(status=PolicyStatus.REPLACED)
        for name, count in needs.items():
            policy(name, name, approvals=count)

    def _read(self) -> None:
        """What the database has now, for all that is asked after a step: by one statement, since steps are many."""
        self.found: dict[int, list[FoundLine]] = {number: [] for number in self.changes}
        if not self.changes:
            return
        with database.cursor() as cursor:
            cursor.execute(FOUND, [STEPS, self.changes])
            for number, *line in cursor.fetchall():
                self.found[number].append(FoundLine(*line))

    @property
    def _waiting(self) -> list[int]:
        """The places of those that wait for somebody else's decision."""
        return [at for at, request in enumerate(self.desk.requests) if request.wait == "decision"]

    def _some_waiting(self) -> list[int]:
        """The same, once somebody has asked for something where nothing waits: of that there has to be enough."""
        if not self._waiting:
            asked = {name: next(v for v in values if v != self.desk.record[name]) for name, values in VALUES.items()}
            self._propose("ed", asked, agrees=True)
        return self._waiting

    @property
    def _held(self) -> list[int]:
        """The places of those that wait for their author."""
        return [at for at, request in enumerate(self.desk.requests) if request.wait == "author"]

    def _agreed(self, agrees: bool) -> dict[str, int]:
        """What a page says that was just loaded: which change waits for each field."""
        if not agrees:
            return {}
        return dict(Line.objects.filter(customer=self.customer, waiting=True).values_list("field", "change"))

    def _all(self) -> list[int]:
        return list(range(len(self.changes))) or self._some_waiting()

    def _propose(self, author: str, asked: dict[str, str], *, agrees: bool) -> None:
        replacing = self._agreed(agrees)
        item = Proposal(self.customer.pk, asked, uuid.uuid4().hex, why="Called.", replacing=replacing)
        made = self._same(
            lambda: self.desk.propose(author, asked, agrees=agrees),
            lambda: propose_one(item, by=self.people[author]),
        )
        if isinstance(made, Change) and made.pk not in self.changes:
            self.changes.append(made.pk)

    def _approve(self, at: int, by: str, some: set[str]) -> None:
        request, change = self._at(at)
        if names := [name for name in request.sent if name in some]:
            shown = {name: digest for name, digest in self._shown(change).items() if name in names}
            self._same(
                lambda: self.desk.approve(request, by, names),
                lambda: review.approve(change.pk, by=self.people[by], seen=shown),
            )

    def _one(self, which: int) -> tuple[PlainRequest, Change]:
        return self._at(which % len(self.changes))

    def _at(self, at: int) -> tuple[PlainRequest, Change]:
        return self.desk.requests[at], Change.objects.get(pk=self.changes[at])

    def _shown(self, change: Change) -> dict[str, str]:
        return seen(change, *VALUES)

    @staticmethod
    def _same(plain: Callable[[], Any], real: Callable[[], Any]) -> Any:
        """Does both; if one refuses, so must the other, for the same reason."""
        refused, made = "", None
        try:
            plain()
        except Refused as refusal:
            refused = refusal.why
        try:
            made = real()
        except ConsoleError as refusal:
            happened = type(refusal).__name__
        else:
            happened = ""
        assert happened == refused
        return made


FOUND = """
    SELECT change.id, change.status, change.wait,
        (SELECT event.verb FROM console_event event
         WHERE event.change_id = change.id AND event.verb = ANY(%s) ORDER BY event.id DESC LIMIT 1),
        line.field, line.waiting, line.decision, line.needs,
        (SELECT count(DISTINCT given.by_id) FROM console_decision given
         WHERE given.line_id = line.id AND given.act = 'approve' AND given.digest = line.digest
            AND given.by_id <> change.requester_id)
    FROM console_change change JOIN console_line line ON line.change_id = change.id WHERE change.id = ANY(%s)
"""
STEPS = [
    f"change.{word}" for word in ("proposed", "approved", "returned", "rejected", "withdrawn", "expired", "superseded")
]


# Making a failure smaller takes minutes with a database behind it: its steps are short enough to read as they are.
SHORT = settings(deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])


def furnish() -> dict[str, User]:
    """The customer and the people, who are there before every example."""
    sample(connect("sqril"))
    people = {name: person(name) for name in EVERYBODY}
    Grant.objects.create(user=people["jo"], connection=None, role=Role.APPROVER)
    return people


@pytest.mark.django_db
def test_whatever_happens_requests_go_the_way_of_the_model() -> None:
    Requests.everybody = furnish()
    run_state_machine_as_test(Requests, settings=settings(SHORT, max_examples=40, stateful_step_count=30))
