"""manage.py keys: says what the keys of the ring still open, and brings everything under the one that wraps."""

from __future__ import annotations

import signal
import threading
from typing import Any

from django.core.management.base import CommandParser

from console.flows.rotate import Standing, rotate, status
from console.management.base import TablesCommand

NOT_THERE = "a key that is not in STEWARD_KEYS"


class Command(TablesCommand):
    """Beside people and workers, who notice nothing; interrupted, it goes on where it was when it is started again."""

    help = (
        "status: how much each key of STEWARD_KEYS opens, and which could go. rotate: seals everything anew under the "
        "first key, the one that wraps; it may run beside everything else, and be stopped at any time."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Says what can be given."""
        parser.add_argument("do", choices=["status", "rotate"])

    def handle(self, *_: Any, **options: Any) -> None:
        """Rotates if told so, and says how things stand."""
        if options["do"] == "rotate":
            self._rotate()
        self._tell(status())

    def _rotate(self) -> None:
        stopping = threading.Event()
        before = signal.signal(signal.SIGINT, lambda *_: stopping.set())
        try:
            report = rotate(progress=self._progress, stopping=stopping)
        finally:
            signal.signal(signal.SIGINT, before)
        for what, count in sorted(report.moved.items()):
            self.stdout.write(f"moved: {count} {what}")
        for what, count in report.in_use.items():
            if count:
                self.stdout.write(f"in use to the very end: {count} {what}. Run it again.")
        for what, count in report.lost.items():
            if count:
                self.stdout.write(f"not to be opened: {count} {what}. Their key is missing.")
        if stopping.is_set():
            self.stdout.write("Stopped. Run it again, and it goes on where it was.")

    def _progress(self, what: str, count: int) -> None:
        if count and count % 10_000 == 0:
            self.stderr.write(f"… {count} {what}")

    def _tell(self, standing: Standing) -> None:
        self.stdout.write(f"The key {standing.current} wraps.")
        for what, counts in standing.under.items():
            under = ", ".join(f"{count} under {key or NOT_THERE}" for key, count in sorted(counts.items()))
            if under:
                self.stdout.write(f"{what}: {under}")
        if needed := sorted(standing.needed):
            self.stdout.write(f"Still needed beside it: {', '.join(key or NOT_THERE for key in needed)}.")
        else:
            self.stdout.write("It opens everything: no other key is needed.")
