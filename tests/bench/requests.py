"""Requests that wait for a decision, ever more of them: what an approver's pages cost among them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from tests.bench.backlog import copied, run
from tests.bench.figures import Figure, Spread, timed
from tests.bench.filling import owner, steps_unwatched
from tests.bench.pages import see_each
from tests.bench.sizes import GROWTH, WORST, processes
from tests.bench.stack import CONNECTION, OTHER_CONNECTION, PASSWORD, Stack, must
from tests.bench.used import processor_milliseconds
from tests.demos import signed_in

FEW, MANY = 100, 100_000
READY = 40  # with customers of their own, to be looked at
PATTERN = "request-%"
WISHES = {"occupation": "OCC10", "address": "Jl. Thamrin No. 88, Jakarta", "phone": "+6281299887766"}
ALIKE = {"occupation": "OCC11"}

type Taken = dict[str, Spread]


def measure(stack: Stack, count: int) -> Iterator[Figure]:
    """Pages of who decides everywhere, of who decides at one connection, and of who asked for all of it."""
    furnish(stack)
    ready, alike = propose(WISHES), propose(ALIKE)
    taken = []
    for size in (FEW, MANY):
        grow(ready, size)
        taken.append(dict(seen(stack, ready, alike[0], count)))
    yield Figure("requests", "p50 / p95", f"{FEW:,} → {MANY:,} wait; of {count} each, one client")
    for what, first in taken[0].items():
        yield compared(what, first, taken[1][what])


def furnish(stack: Stack) -> None:
    """Who decides, and the policy because of which somebody has to."""
    from django.utils import timezone

    from console.models import Policy, PolicyStatus, PolicyVersion

    must(stack.folder, "person", "ann", "--role", "approver", STEWARD_PASSWORD=PASSWORD)
    one = ("--role", "approver", "--connection", OTHER_CONNECTION)
    must(stack.folder, "person", "sam", *one, STEWARD_PASSWORD=PASSWORD)
    PolicyVersion.objects.create(
        policy=Policy.objects.create(),
        number=1,
        name="KYC fields",
        scope="named",
        fields=["occupation", "address"],
        status=PolicyStatus.IN_FORCE,
        decided_at=timezone.now(),
    )


def propose(wishes: Mapping[str, str]) -> list[int]:
    """Some that are as real as can be, for customers that nobody has changed yet."""
    from console.flows.propose import Proposal, propose
    from console.models import Customer, User

    ed = User.objects.get(username="ed")
    there = Customer.objects.filter(connection__name=OTHER_CONNECTION, changes=None).order_by("pk")
    numbers = there.values_list("pk", flat=True)[:READY]
    saved = propose([Proposal(pk, wishes, f"inbox-{pk}", why="Verified by call-back.") for pk in numbers], by=ed)
    if refused := [outcome for outcome in saved if isinstance(outcome, Exception)]:
        raise SystemExit(f"a change was refused: {refused[0]}")
    return [outcome.pk for outcome in saved if not isinstance(outcome, Exception)]


def grow(ready: list[int], size: int) -> None:
    """Copies one of them, with its customer and its lines, until so many wait: every other one at each connection,
    one in ten taken by somebody, ending over the next three days.
    """
    from console.models import Change, Connection, Customer, Line

    one = "(SELECT customer_id FROM console_change WHERE id = %s)"
    start = Customer.objects.filter(external_id__startswith="request-").count() + 2 * READY
    places = [Connection.objects.get(name=name).pk for name in (CONNECTION, OTHER_CONNECTION)]
    at = f"CASE n %% 2 WHEN 0 THEN {places[0]} ELSE {places[1]} END"
    customers = {"external_id": "'request-' || n", "sort_name": "'request ' || n", "connection_id": at}
    run(
        copied(Customer, customers, f"generate_series(%s + 1, %s) n, console_customer t WHERE t.id = {one}"),
        start,
        size,
        ready[0],
    )
    changes = {
        "customer_id": "c.id",
        "connection_id": "c.connection_id",
        "idempotency_key": "c.external_id",
        "shape": "NULL",
        "expires_at": "now() + (c.id %% 4320 + 10) * interval '1 minute'",
        "claimed_by_id": "CASE c.id %% 10 WHEN 0 THEN t.requester_id END",
        "claimed_at": "CASE c.id %% 10 WHEN 0 THEN now() END",
    }
    new = "c.external_id LIKE %s AND NOT EXISTS (SELECT FROM console_change o WHERE o.customer_id = c.id)"
    source = f"console_customer c, console_change t WHERE t.id = %s AND {new}"
    with steps_unwatched():
        run(copied(Change, changes, source), ready[0], PATTERN)
    lines = {"change_id": "c.id", "customer_id": "c.customer_id"}
    new = "c.idempotency_key LIKE %s AND NOT EXISTS (SELECT FROM console_line o WHERE o.change_id = c.id)"
    run(copied(Line, lines, f"console_change c, console_line t WHERE t.change_id = %s AND {new}"), ready[0], PATTERN)
    for table in ("change", "customer", "line", "decision"):
        owner(f"VACUUM ANALYZE console_{table}")


def seen(stack: Stack, ready: list[int], alike: int, count: int) -> Iterator[tuple[str, Spread]]:
    """What each page takes with the requests that wait by now."""
    spent = partial(processor_milliseconds, *processes(stack))
    for who, pages in paths(ready, alike).items():
        with signed_in(stack.url, who, PASSWORD) as browser:
            for what, path in pages.items():
                yield what, timed(partial(see_each, browser, path), count, spent)


def paths(ready: list[int], alike: int) -> Mapping[str, Mapping[str, Callable[[int], str]]]:
    """Who looks at what."""
    return {
        "ann": {
            "review page": lambda number: f"/changes/{ready[number % len(ready)]}/",
            "work, who decides": lambda _: "/",
            "work, team": lambda _: "/?decide=team",
            "work, all": lambda _: "/?decide=all",
            "to decide": lambda _: "/to-decide/",
            "alike": lambda _: f"/changes/{alike}/alike/",
            "counted on every page": lambda _: "/you/",
        },
        "sam": {"work, decides at one": lambda _: "/"},
        "ed": {"work, who asked": lambda _: "/"},
    }


def compared(what: str, first: Spread, second: Spread) -> Figure:
    """A line that compares many with few, by what a page takes of the processors."""
    growth = second.processor / first.processor
    kept = growth <= GROWTH and max(first.p95, second.p95) <= WORST
    how = f"{growth:.2f} times on processors: {first.processor:.1f} → {second.processor:.1f} ms, at most {GROWTH}"
    return Figure(what, f"{first} → {second}", how, kept)
