"""The database's own ceiling: the statements of real claims and settlements, played again without Python's work.

Each push is claimed and settled once while its statements are written down, and rolled back. What is written down is
then played by plain connections, one for each slot, with the commits and the keys of real life.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from tests.bench.figures import Spread, per_second, timed
from tests.bench.proposing import let_go, pause, propose
from tests.bench.stack import CONNECTION, SLOTS

# Keys that are handed out while statements are written down begin here, so that they are recognised in them.
RECOGNISED = 1_500_000_000

# A key as it was made, and the row and column of the result in which it stood.
type Keys = dict[bytes, tuple[int, int]]


@dataclass(slots=True)
class Script:
    """The statements of one push, each with the keys that it made when it was written down."""

    statements: list[tuple[bytes, Keys]] = field(default_factory=list)

    def __len__(self) -> int:
        return sum(not text.startswith((b"BEGIN", b"COMMIT")) for text, _ in self.statements)


def statements_alone(count: int) -> tuple[float, int]:
    """How many claims and settlements a second the database takes, and how many statements one is.

    No more of them than one claim looks at: with more, it would lock another customer than its script goes on with.
    """
    from console.models.claiming import CANDIDATES

    count = min(count, CANDIDATES // SLOTS * SLOTS)
    scripts = [written_down(change) for change in _alone(propose(count))]
    start = threading.Barrier(SLOTS + 1)
    players = [threading.Thread(target=play, args=(scripts[slot::SLOTS], start)) for slot in range(SLOTS)]
    for player in players:
        player.start()
    start.wait()
    began = time.perf_counter()
    for player in players:
        player.join()
    return per_second(count, time.perf_counter() - began), max(map(len, scripts))


def by_the_flows(count: int) -> Spread:
    """Claims and settlements one after the other, the statements and all that Python does for them; no HTTP."""
    propose(count)
    let_go()
    spread = timed(lambda _: claim_and_settle(), count - 3, lambda: time.process_time() * 1000)
    pause()
    return spread


def claim_and_settle() -> None:
    """The next due change, as if the provider had accepted it at once."""
    from console.flows.claims import Claim
    from console.flows.deliver import NotNow, claim
    from console.flows.settle import settle

    claimed: object = NotNow(0.0)
    while isinstance(claimed, NotNow):
        claimed = claim(here())
    if not isinstance(claimed, Claim):
        raise SystemExit("nothing was left to claim")
    settle(claimed, accepted())


@cache
def here() -> int:
    """The key of the connection that pushes go through."""
    from console.models import Connection

    return Connection.objects.get(name=CONNECTION).pk


def accepted() -> Any:
    """What came of it where a provider accepts without an echo."""
    from console.flows.claims import Result
    from console.models import Outcome
    from providers.http import Exchange

    body = b'{"message": "Customer updated successfully"}'
    exchange = Exchange("PUT", "http://127.0.0.1/flowwise/customer/x", b'{"phone": "+919000000000"}', 200, body, 0.001)
    return Result(Outcome.ACCEPTED, exchange=exchange, answered=True)


def _alone(changes: Sequence[int]) -> Iterator[int]:
    """Each of them while it is the only one that is due, so that its script names no other customer."""
    from django.db import transaction

    from console.models import Change, Connection

    Connection.objects.filter(name=CONNECTION).update(paused_at=None, pause="")
    for change in changes:
        with transaction.atomic():
            Change.objects.filter(pk__in=changes).exclude(pk=change).update(next_attempt_at="2100-01-01T00:00Z")
            yield change
            transaction.set_rollback(True)


def written_down(change: int) -> Script:
    """Claims and settles this change, the only one that is due, and keeps what was asked of the database."""
    from django.db import connection

    from console.models import Change

    script, _ = Script(), here()
    customer = Change.objects.get(pk=change).customer_id
    _begin_keys_at(RECOGNISED + change * 100)
    with connection.execute_wrapper(_writer(script, customer)):
        claim_and_settle()
    return script


def _writer(script: Script, customer: int) -> Callable[..., Any]:
    """Keeps each statement with its values in it; savepoints here are the transactions of real life.

    A claim locks any customer of those that are due; played again, it locks the one whose script it is.
    """
    this_one = f"ORDER BY customer.id <> {customer}".encode()

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        done = execute(sql, params, many, context)
        cursor = context["cursor"].cursor
        if sql.startswith("SAVEPOINT"):
            script.statements.append((b"BEGIN", {}))
        elif sql.startswith("RELEASE"):
            script.statements.append((b"COMMIT", {}))
        else:
            text = cursor.connection.cursor().mogrify(sql, params).encode()
            text = text.replace(b"ORDER BY random()", this_one)
            script.statements.append((text, _keys_in(cursor.pgresult)))
        return done

    return note


def _keys_in(result: Any) -> Keys:
    """Where a result has keys that were made while statements are written down."""
    places = ((row, column) for row in range(result.ntuples) for column in range(result.nfields)) if result else ()
    found = {place: result.get_value(*place) or b"" for place in places}
    return {value: place for place, value in found.items() if value.isdigit() and int(value) >= RECOGNISED}


def _begin_keys_at(number: int) -> None:
    from tests.bench.filling import owner

    for table in ("attempt", "event"):
        owner(f"SELECT setval(pg_get_serial_sequence('console_{table}', 'id'), {number})")


def play(scripts: Sequence[Script], start: threading.Barrier) -> None:
    """One connection's scripts, one after the other."""
    from django.db import connection

    connection.ensure_connection()
    database = connection.connection.pgconn
    start.wait()
    for script in scripts:
        keys: dict[bytes, bytes] = {}
        for text, made in script.statements:
            for old, new in keys.items():
                text = text.replace(old, new)  # noqa: PLW2901
            result = database.exec_(text)
            if result.error_message:
                raise SystemExit(f"the database refused a statement: {result.error_message.decode()}")
            keys |= {old: result.get_value(*place) for old, place in made.items()}
    connection.close()
