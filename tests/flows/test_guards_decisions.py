"""What the database itself refuses about decisions and states, tried by SQL, whoever asks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import product
from typing import Any

import psycopg
import pytest
from django.db import IntegrityError, ProgrammingError, transaction
from django.db import connection as database
from django.db.models import Model
from procrastinate.contrib.django.utils import connector_params

from console.flows.glass import break_glass
from console.flows.record import database_now
from console.models import Authorship, Change, Decision, Emergency, Line, Policy, PolicyVersion, Status, User, Wait
from console.models.states import STEPS
from tests.cast import connect, person, sample
from tests.databases import Database
from tests.deciding import approve, policy
from tests.flows.helpers import fresh, wish
from tests.flows.test_glass import holding_the_hammer
from tests.forcing import force

WISHES = {"occupation": "OCC10", "address": "Jl. Thamrin No. 88, Jakarta"}


@pytest.fixture
def change(db: None) -> Change:
    policy("KYC fields", "occupation", "address")
    return wish(sample(connect("sqril")), person("ed"), WISHES)


@contextmanager
def refused(sentence: str) -> Iterator[None]:
    """By a trigger or a constraint, with this sentence."""
    with pytest.raises(IntegrityError, match=sentence), transaction.atomic():
        yield


def give(change: Change, by: User, *fields: str, **more: Any) -> None:
    """Decisions as the rows that they are, past all flows."""
    for line in change.lines.filter(field__in=fields or WISHES):
        Decision.objects.create(**{
            "change": change, "line": line, "by": by, "act": "approve", "digest": line.digest, **more,
        })  # fmt: skip


def put(change: Change, status: str, **more: Any) -> None:
    """Another status by SQL, with whatever else that status asks of a row."""
    valid = {
        "approved_place": 1,
        "next_attempt_at": database_now(),
        "lease_until": database_now() + timedelta(hours=1),
        "expires_at": database_now() + timedelta(hours=1),
        "verdict": "not known",
        "maybe_applied": False,
        "wait": Wait.PERSON,
    }
    force(change, status, **{**valid, **more})


class TestADecision:
    def test_is_about_a_line_of_its_own_change(self, change: Change) -> None:
        other = wish(sample(change.connection, customer_id="cus_other"), person("ed"), WISHES)
        with refused("a decision is about a line of its own change"):
            give(other, person("ann"), line=change.lines.earliest("pk"))

    @pytest.mark.parametrize("status", [status for status in Status if status is not Status.PROPOSED])
    def test_is_about_what_is_proposed(self, change: Change, status: Status) -> None:
        Line.objects.filter(change=change).update(decision="approved", needs=0)
        for step in way_to(status):
            put(change, step)
        with refused(f"a change that is {status} is not decided on"):
            give(change, person("ann"))

    def test_invariant_18_is_never_by_whoever_asked(self, change: Change) -> None:
        Authorship.objects.filter(line__change=change).delete()
        with refused("nobody decides on what they proposed or edited"):
            give(change, person("ed"))

    def test_invariant_18_is_never_by_who_edited_the_line(self, change: Change) -> None:
        ann = person("ann")
        change.lines.get(field="address").authorships.create(user=ann)
        give(change, ann, "occupation")
        with refused("nobody decides on what they proposed or edited"):
            give(change, ann, "address")

    def test_is_about_the_line_as_it_stands(self, change: Change) -> None:
        with refused("a decision is about the line as it stands"):
            give(change, person("ann"), digest=b"\0" * 32)

    def test_is_a_known_act(self, change: Change) -> None:
        with refused("a_decision_is_a_known_act"):
            give(change, person("ann"), act="wave through")


@pytest.mark.parametrize("role", ["default", "owner"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE console_decision SET act = 'reject'",
        "UPDATE console_decision SET digest = ''",
        "DELETE FROM console_decision",
        "TRUNCATE console_decision",
    ],
)
def test_invariant_19_a_decision_is_never_altered_nor_taken_back(live_db: Database, role: str, statement: str) -> None:
    policy("KYC fields", "occupation")
    change = wish(sample(connect("sqril")), person("ed"), {"occupation": "OCC10"})
    approve(change, person("ann"))
    wanted = "append-only" if role == "owner" else "append-only|permission denied"
    with psycopg.connect(**connector_params(role)) as session, pytest.raises(psycopg.Error, match=wanted):
        session.execute(statement.encode())
    assert Decision.objects.get().act == "approve"


@pytest.mark.parametrize("model", [Decision, Emergency, Policy, PolicyVersion])
@pytest.mark.django_db
def test_the_application_deletes_nothing_by_which_changes_were_let_go(model: type[Model]) -> None:
    for statement in ("DELETE FROM {}", "TRUNCATE {}"):
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            _run(statement.format(model._meta.db_table))


class TestAnApproval:
    def test_leaves_no_line_open(self, change: Change) -> None:
        give(change, person("ann"))
        with refused("a change with an open line is not approved"):
            put(change, Status.APPROVED)

    def test_leaves_something_to_send(self, change: Change) -> None:
        for decision in ("rejected", "dropped"):
            Line.objects.filter(change=change).update(decision=decision)
            with refused("a change of which nothing is left is not approved"):
                put(change, Status.APPROVED)

    def test_needs_every_approval_of_every_line(self, change: Change) -> None:
        give(change, person("ann"), "occupation")
        Line.objects.filter(change=change).update(decision="approved")
        with refused("a line lacks an approval of what it is now"):
            put(change, Status.APPROVED)
        give(change, person("ann"), "address")
        put(change, Status.APPROVED)

    def test_needs_different_people(self, change: Change) -> None:
        give(change, person("ann"))
        Line.objects.filter(change=change).update(decision="approved", needs=2)
        with refused("a line lacks an approval of what it is now"):
            put(change, Status.APPROVED)
        give(change, person("sam"))
        put(change, Status.APPROVED)

    def test_needs_approvals_of_what_the_line_is_now(self, change: Change) -> None:
        give(change, person("ann"))
        Line.objects.filter(change=change).update(decision="approved", digest=b"\0" * 32)
        with refused("a line lacks an approval of what it is now"):
            put(change, Status.APPROVED)

    def test_is_no_rejection(self, change: Change) -> None:
        give(change, person("ann"), act="reject")
        Line.objects.filter(change=change).update(decision="approved")
        with refused("a line lacks an approval of what it is now"):
            put(change, Status.APPROVED)

    @pytest.mark.parametrize("status", [Status.REFUSED, Status.CONFLICT, Status.FAILED])
    def test_is_needed_once_more_to_send_again(self, change: Change, status: Status) -> None:
        give(change, person("ann"))
        Line.objects.filter(change=change).update(decision="approved")
        for step in way_to(status):
            put(change, step)
        Line.objects.filter(change=change).update(needs=2)
        with refused("a line lacks an approval of what it is now"):
            put(change, Status.APPROVED)

    def test_is_not_needed_where_the_glass_is_broken(self, change: Change) -> None:
        break_glass(change.pk, by=holding_the_hammer("ops"), reason="It burns")
        assert fresh(change).state is Status.APPROVED
        assert Emergency.objects.get().change == change


def way_to(status: Status) -> list[Status]:
    """The steps from proposed to a status, by the shortest way."""
    ways: list[list[Status]] = [[Status.PROPOSED]]
    for way in ways:
        if way[-1] is status:
            return way[1:]
        ways += [[*way, step] for step in sorted(STEPS.get(way[-1], ())) if step not in way]
    raise LookupError(status)


@pytest.mark.django_db
def test_invariant_19_of_all_pairs_of_states_only_the_allowed_pass_by_sql() -> None:
    """Each with a row that would be fit for where it goes, so that nothing but the step is refused."""
    caibo, ed = connect("caibo"), person("ed")
    passed = set()
    for number, source in enumerate(Status, 1):
        change = wish(sample(caibo, id=str(number)), ed)
        put(change, Status.PROPOSED, wait=Wait.AUTHOR)
        for step in way_to(source):
            put(change, step)
        for target in Status:
            if _passes(change, target):
                passed.add((source, target))
    allowed = {(source, target) for source, targets in STEPS.items() for target in targets}
    assert passed == allowed
    assert len(list(product(Status, Status))) == len(Status) ** 2 == 196


@pytest.mark.django_db
@pytest.mark.parametrize("status", [status for status in Status if status is not Status.PROPOSED])
def test_invariant_19_a_change_begins_as_proposed_and_as_nothing_else(status: Status) -> None:
    change = wish(sample(connect("caibo")), person("ed"))
    change.pk, change.place, change.idempotency_key, change.status = None, 99, "another", status
    change._state.adding = True
    change.lease_until, change.verdict = database_now(), "not known"
    with refused("a change begins as proposed"):
        change.save(force_insert=True)


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["requester_id", "customer_id"])
def test_a_change_keeps_whom_it_is_about_and_whom_it_is_from(name: str) -> None:
    change = wish(sample(connect("caibo")), person("ed"))
    other = person("jo").pk if name == "requester_id" else sample(change.connection, id="77").pk
    with refused("keeps its customer, its author"):
        Change.objects.filter(pk=change.pk).update(**{name: other})


def _passes(change: Change, target: Status) -> bool:
    """Whether this step is taken; it is taken back at once. That nothing changes is no step."""
    if fresh(change).state is target:
        return False
    refusal = ""
    try:
        with transaction.atomic():
            put(change, target)
            transaction.set_rollback(True)
    except IntegrityError as problem:
        refusal = str(problem)
    assert not refusal or "cannot go from" in refusal
    return not refusal


def _run(statement: str) -> None:
    with database.cursor() as cursor:
        cursor.execute(statement)
