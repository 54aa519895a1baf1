"""Of decisions at the same moment one comes first; whoever comes after is told what happened, and by whom."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from queue import SimpleQueue

from django.db import connection as database

from console.backend import Backend
from console.errors import DecidedAlready, StepNotPossible
from console.flows import expire as expiring
from console.flows import review
from console.flows.glass import break_glass
from console.flows.propose import withdraw
from console.flows.record import database_now
from console.models import Change, Decision, Emergency, Event, Role, Status, User
from tests.cast import connect, person, sample
from tests.databases import Database
from tests.deciding import policy, seen
from tests.flows.helpers import fresh, wish
from tests.flows.test_glass import holding_the_hammer

ROUNDS, RACERS = 200, 20
WAITING = {Status.APPROVED, Status.RETURNED}

type Decide = Callable[[Change, dict[str, str]], object]


class Racers:
    """Threads with a database connection each, kept from round to round, that begin at the same moment."""

    def __init__(self, count: int) -> None:
        self._start, self._outcomes = threading.Barrier(count), SimpleQueue[object]()
        self._tasks = [SimpleQueue[Callable[[], object] | None]() for _ in range(count)]
        self._threads = [threading.Thread(target=self._run, args=(tasks,), daemon=True) for tasks in self._tasks]
        for thread in self._threads:
            thread.start()

    def race(self, *works: Callable[[], object]) -> list[object]:
        """Does all of them at once; gives what each came to, in the order of their ends: a value or an error."""
        for tasks, work in zip(self._tasks, works, strict=True):
            tasks.put(work)
        return [self._outcomes.get(timeout=60) for _ in works]

    def stop(self) -> None:
        """Lets them close their connections and end."""
        for tasks in self._tasks:
            tasks.put(None)
        for thread in self._threads:
            thread.join(timeout=60)

    def _run(self, tasks: SimpleQueue[Callable[[], object] | None]) -> None:
        database.ensure_connection()
        while work := tasks.get():
            self._start.wait(timeout=60)
            try:
                self._outcomes.put(work())
            except Exception as problem:  # noqa: BLE001 - whatever it is, the test's own thread tells
                self._outcomes.put(problem)
        database.close()


@contextmanager
def racers(count: int) -> Iterator[Racers]:
    runners = Racers(count)
    try:
        yield runners
    finally:
        runners.stop()


def as_in_a_request(user: User) -> User:
    """With what they may do at hand, so that nothing is asked twice."""
    found = Backend().get_user(user.pk)
    assert found
    return found


def approvers(count: int) -> list[User]:
    """So many people who may decide everywhere, each with a name of their own."""
    names = [{"username": f"d{place}", "first_name": "Decider", "last_name": str(place)} for place in range(count)]
    made = [User.objects.create(**name) for name in names]
    for user in made:
        user.grants.create(connection=None, role=Role.APPROVER)
    return [as_in_a_request(user) for user in made]


def decisions(author: User, hammer: User, deciders: list[User]) -> list[Decide]:
    """What each of twenty people does, the clock among them: each of it ends the waiting by itself."""
    return [
        lambda change, _: withdraw(change.pk, by=author),
        lambda change, _: expiring._end(change.pk),
        lambda change, shown: break_glass(change.pk, by=hammer, reason="It burns", seen=shown),
        *(_by(user, place) for place, user in enumerate(deciders)),
    ]


def _by(user: User, place: int) -> Decide:
    match place % 3:
        case 0:
            return lambda change, shown: review.approve(change.pk, by=user, seen=shown)
        case 1:
            return lambda change, shown: review.reject(change.pk, by=user, seen=shown, reason="No")
    return lambda change, _: review.return_to_author(change.pk, by=user, reason="Which?")


def test_invariant_17_of_twenty_decisions_at_once_exactly_one_wins_and_the_others_are_told(live_db: Database) -> None:
    policy("KYC fields", "occupation")
    ed, ops, adi = person("ed"), holding_the_hammer("ops"), sample(connect("sqril"))
    all_of_them = decisions(as_in_a_request(ed), as_in_a_request(ops), approvers(RACERS - 3))
    ways = Counter[str]()
    with racers(RACERS) as runners:
        for number in range(ROUNDS):
            ways[_round(runners, wish(adi, ed, {"occupation": "OCC10"}), all_of_them, in_time=number % 10 > 0)] += 1
    assert ways.total() == ROUNDS
    assert len(ways) > 3, f"They did not race: {ways}"


def test_of_two_who_approve_at_the_same_moment_the_second_completes_it(live_db: Database) -> None:
    policy("KYC fields", "occupation", approvals=2)
    ed, adi, two = person("ed"), sample(connect("sqril")), approvers(2)
    with racers(2) as runners:
        for _ in range(10):
            change = wish(adi, ed, {"occupation": "OCC10"})
            shown = seen(change)
            runners.race(*(partial(review.approve, change.pk, by=user, seen=shown) for user in two))
            assert fresh(change).state is Status.APPROVED
            withdraw(change.pk, by=ed)


def test_a_double_click_is_one_approval_and_one_event(live_db: Database) -> None:
    policy("KYC fields", "occupation", approvals=2)
    ed, adi, [ann] = person("ed"), sample(connect("sqril")), approvers(1)
    with racers(4) as runners:
        for _ in range(5):
            change = wish(adi, ed, {"occupation": "OCC10"})
            shown = seen(change)
            outcomes = runners.race(*[partial(review.approve, change.pk, by=ann, seen=shown)] * 4)
            assert [type(outcome) for outcome in outcomes].count(DecidedAlready) == 3
            assert Decision.objects.filter(change=change).count() == 1
            assert Event.objects.filter(change=change, verb="decision.approved").count() == 1
            withdraw(change.pk, by=ed)


def _round(runners: Racers, change: Change, all_of_them: list[Decide], *, in_time: bool) -> str:
    """All decide about one change; gives the first step that it took."""
    shown = seen(change)
    if not in_time:
        Change.objects.filter(pk=change.pk).update(expires_at=database_now())
    outcomes = runners.race(*(partial(decide, change, shown) for decide in all_of_them))
    steps = list(Event.objects.filter(change=change, details__has_key="from").select_related("actor").order_by("pk"))
    assert in_time or steps[0].verb in {"change.expired", "change.withdrawn"}
    _assert_one_won(change, outcomes, steps)
    _assert_told(outcomes, steps)
    if fresh(change).state in WAITING:
        withdraw(change.pk, by=change.requester)
    return steps[0].verb


def _assert_one_won(change: Change, outcomes: list[object], steps: list[Event]) -> None:
    """One step was taken from where all of them stood. Its author may take back what was let go a moment before."""
    first, *later = [(step.verb, step.details["from"]) for step in steps]
    assert first[1] == "proposed"
    assert later in ([], [("change.withdrawn", "approved")], [("change.withdrawn", "returned")])
    won = [outcome for outcome in outcomes if isinstance(outcome, Change) or outcome is True]
    assert len(won) == len(steps)
    decided = {"change.approved": "approve", "change.rejected": "reject"}.get(first[0])
    by_glass = Emergency.objects.filter(change=change).exists()
    acts = list(Decision.objects.filter(change=change).values_list("act", flat=True))
    assert acts == ([decided] if decided and not by_glass else [])
    assert fresh(change).lines.filter(waiting=True).exists() is (fresh(change).state in WAITING)


def _assert_told(outcomes: list[object], steps: list[Event]) -> None:
    """Nobody else met anything but a sentence, which names who was faster."""
    lost = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert [problem for problem in lost if not isinstance(problem, StepNotPossible)] == []
    names = ["time for deciding on this change is over", "Expired", *(step.actor.name for step in steps if step.actor)]
    not_told = [str(problem) for problem in lost if not any(name in str(problem) for name in names)]
    assert len(not_told) <= 1, not_told  # the author, who cannot withdraw what has ended
