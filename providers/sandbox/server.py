"""The HTTP server: five APIs and a control address on one loopback port, one thread a connection."""

import contextlib
import errno
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, override
from urllib.parse import parse_qsl

from providers.sandbox import documents, exchange
from providers.sandbox.catalogue import APIS
from providers.sandbox.control import PREFIX, perform
from providers.sandbox.messages import Answer, Request, page
from providers.sandbox.misuse import CannotStart, Misuse, Stopped
from providers.sandbox.state import State
from providers.sandbox.wire import Wire, deliver, encode, is_reset

HOST = "127.0.0.1"
_MOST_BYTES = 4 << 20


class Server(ThreadingHTTPServer):
    """Serves until `stop`, which ends every connection, the hanging ones too."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, port: int, state: State) -> None:
        """Take the port; raises CannotStart."""
        self.state = state
        self.stopping = threading.Event()
        self._connections: set[socket.socket] = set()
        self._changed = threading.Condition()
        try:
            super().__init__((HOST, port), Handler)
        except (OSError, OverflowError) as error:
            raise CannotStart(_why(port, error)) from error

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.server_port}"

    def stop(self) -> None:
        """End the serving thread's loop and all connections; a thread that is busy still is waited for briefly."""
        self.stopping.set()
        self.shutdown()
        self.server_close()
        with self._changed:
            for connection in self._connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            self._changed.wait_for(lambda: not self._connections, timeout=2)

    @override
    def server_bind(self) -> None:
        # HTTPServer's own asks the name service who we are, which can take seconds.
        socket.socket.bind(self.socket, self.server_address)
        self.server_name, self.server_port = HOST, self.socket.getsockname()[1]
        self.server_address = (HOST, self.server_port)

    @override
    def process_request(self, request: Any, client_address: Any) -> None:
        with self._changed:
            self._connections.add(request)
        super().process_request(request, client_address)

    @override
    def shutdown_request(self, request: Any) -> None:
        if is_reset(request):
            self.close_request(request)
        else:
            super().shutdown_request(request)
        with self._changed:
            self._connections.discard(request)
            self._changed.notify_all()


class Handler(BaseHTTPRequestHandler):
    """One connection: reads requests, has them judged, lets the answers leave."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    @override
    def handle(self) -> None:
        # A client that leaves and a sandbox that stops are everyday ends of a connection.
        with contextlib.suppress(ConnectionError, Stopped):
            super().handle()

    @override
    def finish(self) -> None:
        with contextlib.suppress(OSError):
            super().finish()

    @override
    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet: the ledger tells what came."""

    def respond(self) -> None:
        body = self._body()
        if isinstance(body, Answer):
            self._plain(body, close=True)
        elif self.path.startswith(PREFIX):
            self._plain(self._control(body))
        else:
            self._provider(body)

    do_GET = do_PUT = do_POST = do_PATCH = do_DELETE = do_OPTIONS = respond  # noqa: N815 (http.server's names)

    def _body(self) -> bytes | Answer:
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers:
            return page(411)
        if not length.isdecimal():
            return page(400)
        if int(length) > _MOST_BYTES:
            return page(413)
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            raise ConnectionAbortedError("The client left in the middle of its request.")
        return body

    def _provider(self, body: bytes) -> None:
        slug, slash, rest = self.path[1:].partition("/")
        if slug not in APIS:
            self._plain(page(404))
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request.arrived(slug, self.command, slash + rest, headers, body)
        reply = exchange.take(self.server.state, request)
        wire = Wire(self.connection, self.server.stopping)
        if reply.fault and reply.fault.kind == "late-apply" and wire.wait(reply.fault["seconds"]):
            exchange.apply_late(self.server.state, request, reply.entry)
        if not deliver(wire, reply.answer, reply.fault):
            self.close_connection = True

    def _control(self, body: bytes) -> Answer:
        # A web page open in a browser on this machine has no business here.
        if "Origin" in self.headers:
            return Answer.json(403, {"error": "The control address is not for web pages."})
        verb, _, query = self.path.removeprefix(PREFIX).partition("?")
        arguments = documents.read(body) if body else dict(parse_qsl(query))
        try:
            return Answer.json(200, {"result": perform(self.server.state, verb, arguments)})
        except Misuse as error:
            return Answer.json(400, {"error": str(error)})

    def _plain(self, answer: Answer, *, close: bool = False) -> None:
        self.wfile.write(encode(answer, close=close))
        self.close_connection = self.close_connection or close


def _why(port: int, error: Exception) -> str:
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        return f"Port {port} is in use: stop what runs there, or choose another with --port."
    return f"The sandbox cannot listen on port {port}: {getattr(error, 'strerror', None) or error}."
