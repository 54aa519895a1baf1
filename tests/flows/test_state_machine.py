"""Requests against a model in plain Python: whatever people, policies and providers do, both say the same."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Count, F, Q
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
from console.models import Change, Event, Grant, Line, Origin, PolicyStatus, PolicyVersion, Role, User
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


class Requests(RuleBasedStateMachine):
    """One customer, the people of the cast, and a model that is told the same."""

    undone: transaction.Atomic | None = None

    @initialize()
    def begin(self) -> None:
        self.undone = transaction.atomic()
        self.undone.__enter__()
        self.customer = sample(connect("sqril"))
        self.people = {name: person(name) for name in EVERYBODY}
        Grant.objects.get_or_create(user=self.people["jo"], connection=None, role=Role.APPROVER)
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
        for number in self.changes:
            change = Change.objects.get(pk=number).locked()
            if change in Change.objects.to_decide():
                decide(change, by=None, origin=Origin.WORKER)

    @invariant()
    def both_say_the_same(self) -> None:
        found = Change.objects.filter(pk__in=self.changes).prefetch_related("lines").in_bulk()
        for request, number in zip(self.desk.requests, self.changes, strict=True):
            change = found[number]
            assert (change.status, change.wait) == (request.status, request.wait)
            for line in change.lines.all():
                plain = request.lines[line.field]
                assert (line.waiting, line.state) == (plain.waiting, plain.state), line.field

    @invariant()
    def nothing_leaves_without_the_approvals_it_was_found_to_need(self) -> None:
        exact = Q(decisions__digest=F("digest"), decisions__act="approve") & ~Q(decisions__by=F("change__requester"))
        counted = Line.objects.annotate(approving=Count("decisions__by", filter=exact, distinct=True))
        sent = counted.filter(change__in=self.changes, change__status="approved", decision="approved")
        assert not sent.filter(approving__lt=F("needs")).exists()

    @invariant()
    def the_last_event_of_each_is_that_of_the_state_it_is_in(self) -> None:
        steps = Event.objects.filter(change__in=self.changes, verb__in=STEPS).order_by("change", "-pk")
        told = dict(steps.distinct("change").values_list("change", "verb"))
        found = Change.objects.filter(pk__in=self.changes).values_list("pk", "status")
        assert told == {number: f"change.{status}" for number, status in found}

    def teardown(self) -> None:
        """Nothing of one example is there in the next."""
        if self.undone:
            transaction.set_rollback(True)
            self.undone.__exit__(None, None, None)

    def _put_in_force(self, needs: dict[str, int]) -> None:
        PolicyVersion.objects.filter(status=PolicyStatus.IN_FORCE).update(status=PolicyStatus.REPLACED)
        for name, count in needs.items():
            policy(name, name, approvals=count)

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


STEPS = [
    f"change.{word}" for word in ("proposed", "approved", "returned", "rejected", "withdrawn", "expired", "superseded")
]


# Making a failure smaller takes minutes with a database behind it: its steps are short enough to read as they are.
SHORT = settings(deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])


@pytest.mark.django_db
def test_whatever_happens_requests_go_the_way_of_the_model() -> None:
    run_state_machine_as_test(Requests, settings=settings(SHORT, max_examples=40, stateful_step_count=30))
