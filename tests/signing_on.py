"""A console in a process of its own that is set up for single sign-on as the operations page says, and its provider."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import requests

from tests import openid
from tests.databases import Database, Databases, connected_to
from tests.demos import free_port
from tests.openid import OpenID
from tests.processes import end, wait_for

ROLES = {"groups": {"stewards": ["approver@Sqril", "viewer"], "auditors": ["reviewer"], "lost": ["editor@Nowhere"]}}


@dataclass(frozen=True, slots=True)
class Desk:
    """A console with single sign-on, and who vouches for people."""

    url: str
    provider: OpenID
    database: Database
    environment: dict[str, str]

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False, timeout=120)


@contextlib.contextmanager
def signing_on(databases: Databases) -> Iterator[Desk]:
    """Switched on by the environment, migrated, then served: on a database of its own, to which we are connected."""
    clone, port = databases.clone(), free_port()
    with OpenID() as provider, connected_to(clone):
        environment = {
            **clone.environment,
            "STEWARD_OIDC_ISSUER": provider.url,
            "STEWARD_OIDC_CLIENT_ID": openid.CLIENT,
            "STEWARD_OIDC_CLIENT_SECRET": openid.SECRET,
            "STEWARD_OIDC_NAME": "Acme",
            "STEWARD_OIDC_TAKES_IN": "true",
            "STEWARD_OIDC_ROLES": json.dumps(ROLES),
        }
        desk = Desk(f"http://localhost:{port}", provider, clone, environment)
        migrated = desk.manage("migrate", "--verbosity", "0")
        assert migrated.returncode == 0, migrated.stderr
        with _served(desk, port):
            yield desk
    databases.drop(clone)


@contextlib.contextmanager
def _served(desk: Desk, port: int) -> Iterator[None]:
    command = [sys.executable, "manage.py", "runserver", "--noreload", "--skip-checks", f"localhost:{port}"]
    process = subprocess.Popen(command, env=desk.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: _answers(desk.url), seconds=60)
        yield
    finally:
        end(process)


def _answers(url: str) -> bool:
    """Whether it serves a page: the first one takes the longest."""
    with contextlib.suppress(requests.RequestException):
        return requests.get(f"{url}/sign-in/", timeout=30).status_code == 200
    return False
