"""The list among as many customers as the finding part makes: each filter and order, further on, and one record."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import httpx

from tests.bench import filling, pages
from tests.bench.figures import Spread, timed
from tests.bench.stack import CONNECTION

FROM = 9_000_000
"""Far beyond the others: the few customers whose record is opened."""
OPENED = 60
FIRST, DEEP, RECORD = "first page", "deep page", "customer"
# In the address, and what it is called. Everything is in step but one in a thousand, one in forty lacks something.
NARROWED = {
    "one connection": "at={connection}",
    "one provider": "provider=flowwise",
    "in step": "state=in-step",
    "moved there": "state=moved",
    "missing required": "missing=required",
    "last touched by Ed": "by={ed}",
    "known this year": "known_from=2026-01-01",
    "changed lately": "changed_from=2026-01-01",
    "by name, turned": "sort=name&down=1",
    "by ID": "sort=id",
    "by e-mail": "sort=email",
    "by provider": "sort=connection",
    "by state": "sort=state",
    "by known since": "sort=known&down=1",
    "by last change": "sort=touched&down=1",
}


def mark() -> None:
    """Lets some of the customers be touched by Ed, some moved at the provider, and some lack what is required."""
    from django.db import connection

    from console.models import User

    ed = User.objects.get(username="ed").pk
    with connection.cursor() as cursor:
        for statement in _MARKS:
            cursor.execute(statement, {"ed": ed})
        cursor.execute("ANALYZE console_customer")


def of_ours(browser: httpx.Client, count: int, spent: Callable[[], float]) -> dict[str, Spread]:
    """Each of them as one person sees it, over HTTP."""
    about = {"connection": _connection(), "ed": _ed()}
    kinds = {what: f"/customers/?{query.format(**about)}" for what, query in NARROWED.items()}
    kinds = {FIRST: "/customers/", DEEP: f"/customers/?after={_far()}&from=51", **kinds}
    taken = {what: timed(partial(_seen, browser, path), count, spent) for what, path in kinds.items()}
    keys = opened()
    record = timed(lambda number: pages.see(browser, f"/customers/{keys[number % len(keys)]}/"), count, spent)
    return {**taken, RECORD: record}


def fill() -> None:
    """Those whose record is opened, with a history, as an import makes them."""
    from console.models import Connection

    filling.fill([Connection.objects.get(name=CONNECTION)], range(FROM, FROM + OPENED))


def opened() -> list[int]:
    """The keys of those."""
    from console.models import Customer

    return list(Customer.objects.exclude(key_id="bench").order_by("-pk").values_list("pk", flat=True)[:OPENED])


def _seen(browser: httpx.Client, path: str, _: int) -> None:
    pages.see(browser, path)


def _far() -> int:
    """Somebody whom nine of ten stand before."""
    from console.models import Customer

    there = Customer.objects.order_by("sort_name", "pk")
    return there.values_list("pk", flat=True)[there.count() * 9 // 10]


def _connection() -> int:
    from console.models import Connection

    return Connection.objects.get(name=CONNECTION).pk


def _ed() -> int:
    from console.models import User

    return User.objects.get(username="ed").pk


_MARKS = (
    """UPDATE console_customer SET touched_by_id = %(ed)s, touched_at = known_at - id * interval '1 second'
    WHERE id %% 50 = 1 AND touched_at IS NULL""",
    """UPDATE console_customer SET drift = '{"phone": 1}' WHERE id %% 1000 = 2 AND drift = '{}'""",
    """UPDATE console_customer SET flaws = '{"email": "required"}' WHERE id %% 40 = 3 AND flaws = '{}'""",
)
