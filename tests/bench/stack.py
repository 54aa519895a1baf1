"""A console as it is run in earnest, but all on this machine: PostgreSQL, gunicorn, a worker, the sandbox."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from providers.sandbox import Control, Stopped
from tests.demos import ROOT, environment, free_port, manage, remove
from tests.processes import wait_for

PASSWORD = "a long pass phrase of the bench"
PROVIDER, CONNECTION = "flowwise", "Bench"
SLOTS, RATE = 20, 10_000


@dataclass(frozen=True, slots=True)
class Stack:
    """Everything runs. `folder` holds its data, `customers` are its customers' external ids."""

    folder: Path
    url: str
    control: Control
    customers: list[str]


@contextlib.contextmanager
def data_folder() -> Iterator[Path]:
    """A folder for one run, which is gone afterwards with the database in it."""
    with tempfile.TemporaryDirectory(prefix="steward-bench-") as name:
        try:
            yield Path(name)
        finally:
            remove(Path(name))


@contextlib.contextmanager
def stack(folder: Path, size: int) -> Iterator[Stack]:
    """Brings it up with so many customers at one provider, editable by ed; the worker is the bench's own to start."""
    web, played = free_port(), free_port()
    url, control = f"http://localhost:{web}", Control(f"http://127.0.0.1:{played}")
    with running(folder, "-m", "providers.sandbox", "--port", str(played)):
        wait_for(lambda: answers(control))
        ids = control.seed(PROVIDER, list(records(size)))
        furnish(folder, control, size)
        size_of_web = ("--worker-class", "gthread", "--workers", "2", "--threads", "8", "--log-level", "warning")
        with running(folder, "-m", "gunicorn", "console.wsgi", "--bind", f"127.0.0.1:{web}", *size_of_web):
            wait_for(lambda: is_up(url), seconds=60)
            yield Stack(folder, url, control, ids)


@contextlib.contextmanager
def running(folder: Path, *arguments: str) -> Iterator[None]:
    """A Python process of the project, ended with the block."""
    command = [sys.executable, *arguments]
    process = subprocess.Popen(command, cwd=ROOT, env=environment(folder), stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


def records(size: int) -> Iterator[dict[str, str]]:
    """Made-up customers, all different."""
    for number in range(size):
        yield {
            "id": f"cust_rec_{number}",
            "customer_id": f"bench-{number:06}",
            "project_id": "proj_bench",
            "scope": "PROJECT",
            "status": "ACTIVE",
            "added_on": "2026-01-05T10:30:00Z",
            "updated_on": "2026-01-05T10:30:00Z",
            "name": f"Customer {number:06}",
            "email": f"customer{number}@example.com",
            "phone": f"+9198{number:08}",
            "address": f"{number} Lake Road, Pune",
        }


def furnish(folder: Path, control: Control, size: int) -> None:
    """Everything a console needs, by the commands that an administrator would use."""
    file = folder / "customers.jsonl"
    file.write_text("".join(f"{json.dumps(record)}\n" for record in records(size)))
    limits = ("--slots", str(SLOTS), "--rate", str(RATE))
    account = ("--provider", PROVIDER, "--base-url", control.base_url(PROVIDER), *limits)
    secrets = {key.upper(): value for key, value in control.credentials(PROVIDER).items()}
    sources = [f"{key}=env:{key.upper()}" for key in control.credentials(PROVIDER)]
    must(folder, "migrate", "--verbosity", "0")
    must(folder, "connection", CONNECTION, *account, "--credential", *sources, **secrets)
    must(folder, "person", "ed", "--role", "editor", "operator", STEWARD_PASSWORD=PASSWORD)
    must(folder, "import_customers", "--connection", CONNECTION, str(file))


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
