"""A provider whose answers are written by the test, in place of the network."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import httpx

from providers.base import Client, Preview, Provider

BASE_URL = "https://api.provider.example/root"
SECRETS = {"token": "t0ken-s3cr3t", "api_key": "k3y-s3cr3t", "client_id": "cl13nt-id", "client_secret": "cl13nt-s3cr3t"}


class Stage:
    """Answers every request with the same thing, and keeps the requests."""

    def __init__(
        self,
        status: int = 200,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        error: Exception | None = None,
    ) -> None:
        self.status = status
        self.body = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        self.headers = {"Content-Type": "application/json", **(headers or {})}
        self.error = error
        self.requests: list[httpx.Request] = []

    def client(self, provider: Provider) -> Client:
        """A client of that provider whose every request ends here."""
        transport = httpx.MockTransport(self._answer)
        return provider.connect(base_url=BASE_URL, credentials=SECRETS, transport=transport)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if self.error:
            raise self.error
        return httpx.Response(self.status, content=self.body, headers=self.headers)

    @property
    def request(self) -> httpx.Request:
        """The only request there was."""
        (request,) = self.requests
        return request

    @property
    def sent(self) -> Any:
        """Its body, numbers with their digits."""
        return exact(self.request.content)


def exact(text: bytes | str) -> Any:
    """JSON with its numbers as the text of their digits."""
    return json.loads(text, parse_float=Decimal)


def shown(preview: Preview) -> str:
    """The body of a preview as a page shows it."""
    return "".join(span.text for span in preview.body)
