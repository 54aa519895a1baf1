"""A console as it is run in earnest, but all on this machine: PostgreSQL, a web server, the sandbox."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from providers.sandbox import Control, Stopped
from tests.bench.records import at_the_sandbox, other_at_the_sandbox
from tests.demos import ROOT, environment, free_port, manage, remove
from tests.processes import wait_for

PASSWORD = "a long pass phrase of the bench"
PROVIDER, CONNECTION = "flowwise", "Bench"
OTHER_PROVIDER, OTHER_CONNECTION = "sqril", "Elsewhere"
SLOTS, RATE = 20, 10_000
GUNICORN, GRANIAN = "gunicorn", "granian"
# One person does here what many would do.
UNLIMITED = dict.fromkeys(("STEWARD_SEARCHES", "STEWARD_READINGS", "STEWARD_EXPORTS", "STEWARD_MISSES"), "1000000000")


@dataclass(frozen=True, slots=True)
class Stack:
    """Everything runs. `folder` holds its data, `web` is the web server's process, `customers` are at the sandbox."""

    folder: Path
    url: str
    control: Control
    customers: list[str]
    web: subprocess.Popen[bytes]


@contextlib.contextmanager
def data_folder() -> Iterator[Path]:
    """A folder for one run, which is gone afterwards with the database in it."""
    with tempfile.TemporaryDirectory(prefix="steward-bench-") as name:
        try:
            yield Path(name)
        finally:
            remove(Path(name))


@contextlib.contextmanager
def stack(folder: Path, pushed: int) -> Iterator[Stack]:
    """Brings it up without customers; the sandbox has so many of them, for the pushes of a worker to come."""
    played = free_port()
    control = Control(f"http://127.0.0.1:{played}")
    with running(folder, "-m", "providers.sandbox", "--port", str(played)):
        wait_for(lambda: answers(control))
        ids = control.seed(PROVIDER, [at_the_sandbox(number) for number in range(pushed)])
        control.seed(OTHER_PROVIDER, [other_at_the_sandbox(number) for number in range(pushed)])
        furnish(folder, control)
        with serving(folder, GUNICORN) as (url, web):
            yield Stack(folder, url, control, ids, web)


@contextlib.contextmanager
def serving(folder: Path, server: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The console behind one of the web servers, with two processes of eight threads."""
    port = free_port()
    url = f"http://localhost:{port}"
    with running(folder, *command(server, port)) as process:
        wait_for(lambda: is_up(url), seconds=60)
        yield url, process


def command(server: str, port: int) -> tuple[str, ...]:
    """How a web server is started."""
    if server == GRANIAN:
        more = ("--interface", "wsgi", "--workers", "2", "--blocking-threads", "8", "--no-ws", "--log-level", "warning")
        return ("-m", "granian", "console.wsgi:application", "--host", "127.0.0.1", "--port", str(port), *more)
    size = ("--worker-class", "gthread", "--workers", "2", "--threads", "8", "--log-level", "warning")
    waits = ("--keep-alive", "30")  # for who signed in first, until all have
    return ("-m", "gunicorn", "console.wsgi", "--bind", f"127.0.0.1:{port}", *size, *waits)


@contextlib.contextmanager
def running(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A Python process of the project, ended with the block."""
    arguments = (sys.executable, *arguments)
    process = subprocess.Popen(arguments, cwd=ROOT, env={**environment(folder), **UNLIMITED}, stdout=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)


def furnish(folder: Path, control: Control) -> None:
    """Everything a console needs but customers, by the commands that an administrator would use."""
    must(folder, "migrate", "--verbosity", "0")
    for provider, name in ((PROVIDER, CONNECTION), (OTHER_PROVIDER, OTHER_CONNECTION)):
        limits = ("--slots", str(SLOTS), "--rate", str(RATE))
        account = ("--provider", provider, "--base-url", control.base_url(provider), *limits)
        secrets = {key.upper(): value for key, value in control.credentials(provider).items()}
        sources = [f"{key}=env:{key.upper()}" for key in control.credentials(provider)]
        must(folder, "connection", name, *account, "--credential", *sources, **secrets)
    must(folder, "person", "ed", "--role", "editor", "operator", STEWARD_PASSWORD=PASSWORD)


def must(folder: Path, *arguments: str, **more: str) -> None:
    """Runs a command of the console, which has to succeed."""
    done = manage(folder, *arguments, **more)
    if done.returncode:
        raise SystemExit(f"manage.py {arguments[0]} failed: {done.stderr}")


def answers(control: Control) -> bool:
    """Whether the sandbox is there."""
    try:
        control.faults(PROVIDER)
    except Stopped:
        return False
    return True


def is_up(url: str) -> bool:
    """Whether the console is there."""
    try:
        return httpx.get(f"{url}/sign-in/", trust_env=False).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


@contextlib.contextmanager
def entered(folder: Path) -> Iterator[None]:
    """Makes this process one of the console's for the block, so that it may call its flows."""
    os.environ.update(environment(folder), DJANGO_SETTINGS_MODULE="console.settings")
    import django
    from django.conf import settings
    from django.db import connections

    django.setup()
    try:
        yield
    finally:
        connections.close_all()
        settings.EMBEDDED.leave()
