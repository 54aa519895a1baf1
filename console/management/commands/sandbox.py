"""manage.py sandbox: the five provider APIs on this machine, for trying the console out without a real provider."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from providers.sandbox import CannotStart
from providers.sandbox.service import DEFAULT_PORT, serve


class Command(BaseCommand):
    """Serves until it is told to stop; the made-up customers are remembered from one start to the next."""

    help = "Plays the five provider APIs on this machine and prints their base URLs and credentials."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="0 takes a free one (default: %(default)s)")
        parser.add_argument("--state", type=Path, help="file that keeps customers and ledger (default: under var/)")

    def handle(self, *_args: Any, port: int, state: Path | None, **_options: Any) -> None:
        try:
            serve(port, state or settings.STEWARD_DATA / "sandbox.sqlite3", self._say)
        except CannotStart as error:
            raise CommandError(str(error)) from error

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
