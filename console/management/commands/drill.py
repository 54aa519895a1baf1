"""manage.py drill: shows on this very installation that delivery keeps its promises, whatever fails on the way."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from console.management.demo.processes import ROOT
from console.management.drill.misbehaviour import KINDS
from console.management.drill.plan import Plan
from console.management.drill.processes import end_with_parent
from console.management.drill.stage import OWN_SERVER, Stage, stage

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Command(BaseCommand):
    """Sets the stage; the drill itself is a process of its own, whose every setting leads to that stage."""

    help = (
        "Sends many changes through five failing providers while workers are killed, then compares what the console "
        "says with what the providers did. Works in a database of its own and ends by itself."
    )
    requires_system_checks: list[str] = []  # the drill's own processes make them, for the drill's own database

    def add_arguments(self, parser: CommandParser) -> None:
        """Says what can be given."""
        usual = Plan()
        for name, what in _NUMBERS.items():
            parser.add_argument(f"--{name}", type=int, default=getattr(usual, name), metavar="N", help=what)
        parser.add_argument("--faults", metavar="KIND,KIND…", help=f"only these of: {', '.join(KINDS)}")
        parser.add_argument("--json", action="store_true", help="print everything as JSON, and nothing else")
        parser.add_argument("--keep", action="store_true", help="leave database and logs for a look afterwards")

    def handle(self, *_: Any, **options: Any) -> None:
        """Runs it; ends with code 1 when what the console says is not what the providers did."""
        plan = _plan(options)
        with heeding() as heeded, stage(keep=options["keep"]) as ours:
            code = _perform(ours, plan, heeded, as_json=options["json"])
            if options["keep"]:
                self.stderr.write(_where(ours), str)
        if code:
            sys.exit(code if code > 0 else 128 - code)


@dataclass(slots=True)
class Heeded:
    """Whom a request to end is handed on to; nobody at first."""

    process: subprocess.Popen[bytes] | None = None

    def heed(self, *_: object) -> None:
        """The drill itself clears up what it began; before it runs, and after, this process does."""
        if self.process is None:
            raise KeyboardInterrupt
        self.process.terminate()


@contextlib.contextmanager
def heeding() -> Iterator[Heeded]:
    """Ctrl-C and its like end the drill in good order."""
    heeded = Heeded()
    before = {number: signal.signal(number, heeded.heed) for number in ENDING}
    try:
        yield heeded
    except KeyboardInterrupt:
        raise CommandError("Stopped before it began.", returncode=130) from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


_NUMBERS = {
    "changes": "how many changes are saved (default %(default)s)",
    "seed": "another seed plans another drill (default %(default)s)",
    "workers": "how many workers deliver (default %(default)s)",
    "writers": "how many threads save changes (default %(default)s)",
    "kills": "how often a worker is killed (default %(default)s)",
    "freezes": "how often one is frozen for longer than its lease (default %(default)s)",
    "restarts": "how often PostgreSQL is restarted, if it is the drill's own (default %(default)s)",
}
_AT_LEAST_ONE = ("changes", "workers", "writers")


def _plan(options: dict[str, Any]) -> Plan:
    """What was asked for; raises CommandError for what makes no sense."""
    numbers = {name: options[name] for name in _NUMBERS}
    for name, number in numbers.items():
        if number < (1 if name in _AT_LEAST_ONE else 0) and name != "seed":
            raise CommandError(f"--{name} {number} is too few.")
    if options["faults"] is None:
        return Plan(**numbers)
    kinds = tuple(dict.fromkeys(filter(None, options["faults"].split(","))))
    if strange := [kind for kind in kinds if kind not in KINDS]:
        raise CommandError(f"There is no fault {', '.join(strange)}: choose from {', '.join(KINDS)}.")
    return Plan(**numbers, kinds=kinds)


def _perform(ours: Stage, plan: Plan, heeded: Heeded, *, as_json: bool) -> int:
    """The drill, to its end."""
    command = [sys.executable, "-m", "console.management.drill", plan.written(), "json" if as_json else "words"]
    heeded.process = subprocess.Popen(  # noqa: S603 - our own module with arguments that we made
        command,
        cwd=ROOT,
        env=ours.environment,
        preexec_fn=partial(end_with_parent, signal.SIGTERM),  # noqa: PLW1509 - makes one system call and takes no lock
    )
    return heeded.process.wait()


def _where(ours: Stage) -> str:
    """How to look at what was kept, as lines for a shell."""
    if OWN_SERVER in ours.environment:
        return f"Kept until the next drill: STEWARD_DATA={ours.folder} leads manage.py to it."
    return (
        f"Kept: database {ours.database}, for which STEWARD_DATA={ours.folder} has the keys until the next drill. "
        f"When you are done: DROP DATABASE {ours.database}"
    )
