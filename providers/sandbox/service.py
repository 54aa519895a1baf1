"""A sandbox as a thing with a beginning and an end."""

import signal
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self, override

from providers.sandbox.auth import credentials
from providers.sandbox.catalogue import APIS
from providers.sandbox.control import PREFIX, Verbs, begin, perform
from providers.sandbox.server import Server
from providers.sandbox.state import State

DEFAULT_PORT = 8765


class Sandbox(Verbs):
    """The server in threads of this process, from `start` (or `with`) to `stop`; it may be started once.

    Without a state file everything is kept in memory. `people` bounds the sample customers per provider.
    """

    def __init__(self, port: int = 0, state: str | Path | None = None, people: int | None = None) -> None:
        self._port = port
        self._file = Path(state) if state else None
        self._people = people

    def start(self) -> Self:
        """Take the port and serve; raises CannotStart."""
        self._state = State(self._file)
        try:
            self._server = Server(self._port, self._state)
        except BaseException:
            self._state.close()
            raise
        begin(self._state, self._people)
        self.url = self._server.url
        serve = {"poll_interval": 0.02}
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs=serve, name="sandbox", daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """End at once, whatever hangs."""
        self._server.stop()
        self._thread.join()
        self._state.close()

    @override
    def _call(self, verb: str, **arguments: Any) -> Any:
        return perform(self._state, verb, arguments)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()


def serve(port: int, state: Path | None, say: Callable[[str], object]) -> None:
    """Serve until SIGINT or SIGTERM, saying where and with which credentials; raises CannotStart."""
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    with Sandbox(port, state) as sandbox:
        say(_introduction(sandbox))
        stopping.wait()


def _introduction(sandbox: Sandbox) -> str:
    lines = [f"Sandbox at {sandbox.url}, control at {sandbox.url}{PREFIX}about"]
    for slug, api in APIS.items():
        for scheme in api.schemes:
            known = "  ".join(f"{name}={value}" for name, value in credentials(slug, scheme).items())
            lines.append(f"  {api.title:9} {sandbox.base_url(slug)}  {known}")
    return "\n".join(lines)
