"""What is broken on purpose, at the moments of the plan: workers, PostgreSQL, and the queue of wake-ups."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

from django.conf import settings
from django.db import connections, transaction

from console import embedded
from console.embedded import programs
from console.management.drill.outage import OUTAGE
from console.management.drill.plan import Deed, Plan
from console.management.drill.processes import Crew
from console.management.drill.stage import OWN_SERVER

COPIES = 20
JUNK = 200
NO_CONNECTION = 2**30
PATIENCE_WITH_LOCKS = "2s"


class Harm:
    """Does what the plan says once so many changes are saved; `done` counts it."""

    def __init__(self, plan: Plan, crew: Crew) -> None:
        self.done: Counter[Deed] = Counter()
        self._crew, self._luck = crew, plan.luck("harm")
        self._due = plan.deeds()
        folder = os.environ.get(OWN_SERVER)
        self._server = embedded.Server(Path(folder)) if folder else None

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes, and everybody who was frozen goes on."""
        return not self._due and not self._crew.frozen

    def do_what_is_due(self, saved: int) -> None:
        """Does at most one of each kind, so that the workers get to do something in between."""
        for deed in Deed:
            position = next((place for place, each in enumerate(self._due) if each[1] is deed), None)
            if position is not None and self._due[position][0] <= saved:
                del self._due[position]
                self.done[deed] += _DEEDS[deed](self)

    def kill(self) -> int:
        """SIGKILL in the middle of whatever it is at."""
        self._crew.kill(self._luck)
        return 1

    def freeze(self) -> int:
        """SIGSTOP until after its lease, and until what it was sending was given up."""
        lease, call = settings.STEWARD_LEASE_SECONDS, settings.STEWARD_CALL_SECONDS
        self._crew.freeze(self._luck, lease + call + self._luck.uniform(0.0, 2.0))
        return 1

    def restart(self) -> int:
        """In good order or as if the power had failed; only a server of our own."""
        if self._server is None:
            return 0
        data = self._server.data
        mode = self._luck.choice(["fast", "immediate"])
        programs.run("pg_ctl", "restart", "-w", "-m", mode, "-D", str(data), "-l", str(data / "log"))
        return 1

    def truncate(self) -> int:
        """All wake-ups are gone, those at work too."""
        return _as_owner("TRUNCATE procrastinate_jobs CASCADE")

    def duplicate(self) -> int:
        """Every wake-up many times over, and many for connections that don't exist."""
        return _as_owner(_COPY, [COPIES]) and _as_owner(_JUNK, [NO_CONNECTION, JUNK])


_DEEDS: Mapping[Deed, Callable[[Harm], int]] = {
    Deed.KILL: Harm.kill,
    Deed.FREEZE: Harm.freeze,
    Deed.RESTART: Harm.restart,
    Deed.TRUNCATE: Harm.truncate,
    Deed.DUPLICATE: Harm.duplicate,
}
_COPY = """
    INSERT INTO procrastinate_jobs (queue_name, task_name, priority, args, status)
    SELECT 'push', 'deliver', 0, jsonb_build_object('connection_id', connection.id),
        'todo'::procrastinate_job_status
    FROM console_connection connection, generate_series(1, %s) copy
"""
_JUNK = """
    INSERT INTO procrastinate_jobs (queue_name, task_name, priority, args, status)
    SELECT 'push', 'deliver', 0, jsonb_build_object('connection_id', %s::bigint), 'todo'::procrastinate_job_status
    FROM generate_series(1, %s)
"""


def _as_owner(statement: str, arguments: list[int] | None = None) -> int:
    """Whether it could be done: a frozen worker may hold the table, and PostgreSQL may be away."""
    try:
        with transaction.atomic("owner"), connections["owner"].cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{PATIENCE_WITH_LOCKS}'")
            cursor.execute(statement, arguments)
    except OUTAGE:
        return 0
    finally:
        connections["owner"].close()
    return 1
