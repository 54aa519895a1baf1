"""A plain HTTP client that authenticates as the contracts say."""

import base64
import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from providers.sandbox import Sandbox

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Told:
    """What a provider answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Caller:
    """Calls one sandbox, a new connection each time."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox

    def connect(self, timeout: float = 10) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self.sandbox.url.removeprefix("http://"), timeout=timeout)

    def send(
        self, connection: http.client.HTTPConnection, slug: str, target: str, document: object, method: str = "PUT"
    ) -> None:
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        headers = {"Content-Type": JSON, **authorization(slug, self.sandbox.credentials(slug))}
        connection.request(method, f"/{slug}{target}", None if document is None else body, headers)

    def put(self, slug: str, target: str, document: object, headers: Mapping[str, str] | None = None) -> Told:
        return self.call("PUT", slug, target, document, headers)

    def get(self, slug: str, target: str) -> Told:
        return self.call("GET", slug, target)

    def call(
        self,
        method: str,
        slug: str,
        target: str,
        document: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Told:
        connection = self.connect()
        try:
            if headers is None:
                self.send(connection, slug, target, document, method)
            else:
                body = document if isinstance(document, bytes) else json.dumps(document).encode()
                connection.request(method, f"/{slug}{target}", body, dict(headers))
            return told(connection)
        finally:
            connection.close()


def told(connection: http.client.HTTPConnection) -> Told:
    response = connection.getresponse()
    body = response.read()
    return Told(response.status, {name.lower(): value for name, value in response.getheaders()}, body)


def authorization(slug: str, known: Mapping[str, str]) -> dict[str, str]:
    if slug == "timepay":
        return {"Authorization": f"Bearer {known['token']}"}
    if slug in {"finosu", "caibo"}:
        return {"X-API-Key": known["api_key"]}
    if slug == "flowwise":
        return {"x-client-id": known["client_id"], "x-client-secret": known["client_secret"]}
    pair = f"{known['client_id']}:{known['client_secret']}"
    return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
