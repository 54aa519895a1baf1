"""A whole demo in processes of its own, with a folder of its own, for tests and measurements."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from console.embedded import Server

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = re.compile("STEWARD_|DATABASE_|DJANGO_|SECRET_KEY|ALLOWED_HOSTS")
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Demo:
    """A demo that has said that it is ready. `said`: its lines so far."""

    process: subprocess.Popen[str]
    port: int
    said: str

    @property
    def url(self) -> str:
        """Where the console is."""
        return f"http://localhost:{self.port}"

    def stop(self) -> str:
        """Ends it as Ctrl-C does; gives the rest of what it said."""
        self.process.send_signal(signal.SIGINT)
        return self.process.communicate(timeout=30)[0]


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(folder: Path) -> dict[str, str]:
    """What a fresh terminal would hand to a console with its data in this folder."""
    kept = {name: value for name, value in os.environ.items() if not SETTINGS.match(name)}
    return {**kept, "STEWARD_DATA": str(folder)}


def manage(folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """`manage.py` with these arguments, to its end."""
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env={**environment(folder), **more}, capture_output=True, text=True, check=False, timeout=120
    )


@contextlib.contextmanager
def demo(folder: Path, *arguments: str) -> Iterator[Demo]:
    """A running demo; it is stopped with the block, by force if need be."""
    port = free_port()
    command = [sys.executable, "manage.py", "demo", "--no-browser", "--port", str(port), *arguments]
    process = subprocess.Popen(command, cwd=ROOT, env=environment(folder), stdout=subprocess.PIPE, text=True)
    try:
        yield Demo(process, port, _until_ready(process))
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)


@contextlib.contextmanager
def signed_in(url: str, username: str, password: str) -> Iterator[httpx.Client]:
    """A browser's worth of HTTP client, signed in."""
    with httpx.Client(base_url=url, timeout=30, trust_env=False) as client:
        token = TOKEN.search(client.get("/sign-in/").text)
        form = {"username": username, "password": password, "csrfmiddlewaretoken": token[1] if token else ""}
        answer = client.post("/sign-in/", data=form, headers={"Referer": f"{url}/sign-in/"})
        assert answer.status_code in {302, 303}, f"{username} could not sign in: {answer.status_code}"
        yield client


def remove(folder: Path) -> None:
    """Deletes the database that a console with its data in this folder made."""
    Server(folder).remove()


def _until_ready(process: subprocess.Popen[str]) -> str:
    said = ""
    assert process.stdout
    for line in process.stdout:
        said += line
        if "Ctrl-C" in line:
            return said
    raise AssertionError(f"the demo ended before it was ready: {said}")
