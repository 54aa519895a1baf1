"""manage.py demo: the whole console on this machine, with five played providers, people, customers and a history."""

from __future__ import annotations

import fcntl
import http
import http.client
import os
import sys
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from console.demo_people import DEMO_PEOPLE
from console.management.demo.connections import make_connections
from console.management.demo.people import make_people, strangers
from console.management.demo.policies import make_policies
from console.management.demo.processes import Asked, Family, Lost, free_port, port_problem
from console.management.demo.upgrading import bring_up_to_date
from providers.sandbox import Control
from providers.sandbox.service import DEFAULT_PORT

MOST_CUSTOMERS = 1_000_000


class Command(BaseCommand):
    """Everything runs in processes of its own, which end with this one."""

    help = "Serves the console with five sandbox providers and made-up customers, until Ctrl-C."
    requires_system_checks = ()  # the web server makes them all before it serves

    def add_arguments(self, parser: CommandParser) -> None:
        """Says what can be given."""
        parser.add_argument("--reset", action="store_true", help="forget everything and begin anew")
        parser.add_argument("--port", type=int, default=8000, help="0 takes a free one")
        parser.add_argument("--customers", type=int, default=0, metavar="N", help="make so many, up to a million")
        parser.add_argument("--no-browser", action="store_true", help="open no browser")

    def handle(self, *_: Any, port: int, reset: bool, no_browser: bool, customers: int = 0, **__: Any) -> None:
        """Starts everything, says where, and waits."""
        if problem := port_problem(port):
            raise CommandError(problem)
        if not 0 <= customers <= MOST_CUSTOMERS:
            raise CommandError(f"--customers takes a number from 0 to {MOST_CUSTOMERS:,}.")
        port = port or free_port(0)
        with only_one(), Family() as family:
            try:
                if reset:
                    forget()
                self._introduce(port, self._begin(family, port, customers))
                if not no_browser and has_display():
                    webbrowser.open(f"http://localhost:{port}")
                family.watch()
            except Asked:
                self.stdout.write("\nStopping …")
            except Lost as lost:
                raise CommandError(str(lost)) from None

    def _begin(self, family: Family, port: int, customers: int) -> str:
        """Starts one after the other what needs the one before; gives the address of the sandbox."""
        sandbox_port = free_port(DEFAULT_PORT if port != DEFAULT_PORT else 0)
        control = Control(f"http://127.0.0.1:{sandbox_port}")
        state = settings.STEWARD_DATA / "sandbox.sqlite3"
        family.begin("sandbox", "-m", "providers.sandbox", "--port", str(sandbox_port), "--state", str(state))
        bring_up_to_date(self.stdout)
        refuse_strangers()
        make_people()
        family.wait_for(lambda: control.faults("caibo"))
        make_policies(make_connections(control))
        family.begin("web server", *web_server(port))
        family.wait_for(lambda: first_page(port))
        os.environ.setdefault("STEWARD_SWEEP_SECONDS", "2")  # a visitor should not wait long for a second try,
        os.environ.setdefault("STEWARD_SETTLE_SECONDS", "6")  # and a played provider applies nothing late
        family.begin("worker", "manage.py", "worker")
        family.begin("history", "-m", "console.management.demo", control.url, str(customers), lasts=False)
        return control.url

    def _introduce(self, port: int, sandbox_url: str) -> None:
        self.stdout.write(f"Steward is ready: http://localhost:{port}\n")
        for person in DEMO_PEOPLE:
            self.stdout.write(f"  {person.username:4} {person.password:19} {person.name} {person.does}")
        self.stdout.write(f"The providers are played at {sandbox_url}; what they saw: {sandbox_url}/_sandbox/ledger")
        self.stdout.write("Customers and a history are being filled in. Ctrl-C stops everything; --reset begins anew.")
        self.stdout.flush()


def refuse_strangers() -> None:
    """Raises CommandError when somebody is there whom the demo did not make."""
    if strangers():
        raise CommandError(
            "This database has people of its own, and the demo's have passwords that everybody knows: "
            "run the demo without DATABASE_URL, or with an empty database."
        )


def web_server(port: int) -> tuple[str, ...]:
    """How production serves it too, but on this machine alone."""
    quiet = ("--log-level", "warning", "--graceful-timeout", "2", "--no-control-socket")
    size = ("--worker-class", "gthread", "--workers", "2", "--threads", "8")
    return ("-m", "gunicorn", "console.wsgi", "--bind", f"127.0.0.1:{port}", *size, *quiet)


def first_page(port: int) -> None:
    """The sign-in page is there; raises OSError as long as nobody answers, CommandError for another answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/sign-in/", headers={"Host": f"localhost:{port}"})
        status = connection.getresponse().status
    finally:
        connection.close()
    if status != http.HTTPStatus.OK:
        raise CommandError(f"The console answered its first page with {status}. The lines above may say why.")


def has_display() -> bool:
    """Whether a browser could open a window."""
    return sys.platform == "darwin" or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


@contextmanager
def only_one() -> Iterator[IO[str]]:
    """Two demos would share one database and one sandbox: the second one is told so."""
    try:
        settings.STEWARD_DATA.mkdir(parents=True, exist_ok=True)
        lock = (settings.STEWARD_DATA / "demo.lock").open("w")
    except OSError as problem:
        raise CommandError(f"Cannot write {problem.filename}: {problem.strerror}.") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise CommandError(f"A demo runs on {settings.STEWARD_DATA} already: stop that one first.") from None
        yield lock


def forget() -> None:
    """Deletes the embedded database and the sandbox's memory; raises CommandError where the database isn't ours."""
    if settings.DATABASES["default"]["ENGINE"] != "console.embedded":
        raise CommandError("--reset deletes the embedded database alone: empty the one of DATABASE_URL yourself.")
    settings.EMBEDDED.remove()
    for file in settings.STEWARD_DATA.glob("sandbox.sqlite3*"):
        file.unlink()
