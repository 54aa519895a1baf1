"""What travels: a request as it arrived, the outcome a provider's API gives it, and the answer that leaves."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, unquote

from providers.sandbox import documents

JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Request:
    """One request below a provider's base URL; `target` is path and query exactly as sent."""

    slug: str
    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    document: Any = field(default=None)

    @classmethod
    def arrived(cls, slug: str, method: str, target: str, headers: Mapping[str, str], body: bytes) -> "Request":
        document = documents.read(body) if body else documents.MALFORMED
        return cls(slug, method, target, headers, body, document)

    @property
    def parts(self) -> list[str]:
        """The path's segments, percent-decoded one by one: an encoded slash does not split."""
        return [unquote(part) for part in self.target.partition("?")[0].split("/")[1:]]

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(self.target.partition("?")[2], keep_blank_values=True))

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class Change:
    """What an accepted request does to a record, and what it sets off elsewhere."""

    external_id: str
    values: Mapping[str, Any]
    effects: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a provider makes of a request; without a document the body is empty."""

    status: int
    document: Any = None
    change: Change | None = None
    html: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)

    def answer(self) -> "Answer":
        if self.html:
            return page(self.status, self.headers)
        return Answer.json(self.status, self.document, self.headers)


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers and body as they leave."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @classmethod
    def json(cls, status: int, document: object, headers: Mapping[str, str] | None = None) -> "Answer":
        if document is None:
            return cls(status, {**(headers or {})}, b"")
        return cls(status, {"Content-Type": JSON, **(headers or {})}, documents.write(document).encode())


def page(status: int, headers: Mapping[str, str] | None = None) -> Answer:
    """The page a proxy or a web server shows: nothing of a provider's API in it."""
    words = reason(status)
    text = f"<!doctype html><html><head><title>{status} {words}</title></head><body><h1>{words}</h1></body></html>"
    return Answer(status, {"Content-Type": HTML, **(headers or {})}, text.encode())


def reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Status"
