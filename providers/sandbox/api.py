"""What the five provider APIs have in common: routing, authentication, and the shape of a provider's file."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar, Protocol
from urllib.parse import quote

from providers.sandbox.auth import Scheme, allowed
from providers.sandbox.messages import Change, Outcome, Request
from providers.sandbox.misuse import Misuse

type Values = Mapping[str, Any]


class Book(Protocol):
    """What an API may look up while it judges a request."""

    def find(self, slug: str, name: str) -> tuple[str, dict[str, Any]] | None:
        """The record known by this external id or this other name, with its external id."""

    def knows_campaign(self, campaign: str) -> bool: ...

    def settings(self, slug: str) -> dict[str, Any]: ...


class Api(ABC):
    """One provider: `answer` judges a request and changes nothing, the caller applies the outcome's change."""

    slug: ClassVar[str]
    title: ClassVar[str]
    schemes: ClassVar[tuple[Scheme, ...]]
    update_path: ClassVar[str]
    read_path: ClassVar[str | None] = None
    fields: ClassVar[frozenset[str]]
    """Every name a record may hold."""
    numbers: ClassVar[frozenset[str]] = frozenset()
    """Names kept as text with their digits, numbers on the wire."""
    settings: ClassVar[frozenset[str]] = frozenset()
    """What `configure` accepts beside `path` and `auth`."""
    open_fields: ClassVar[bool] = False

    # What a provider's file supplies

    @abstractmethod
    def external_id(self, values: Values) -> str:
        """The external id of a record; KeyError when its identity is incomplete."""

    @abstractmethod
    def names(self, request: Request, settings: Values) -> str | None:
        """The external id that a request speaks of, whether or not such a record exists."""

    @abstractmethod
    def update(self, request: Request, book: Book) -> Outcome: ...

    @abstractmethod
    def echo(self, values: Values, settings: Values) -> Any:
        """The document of a 200 for a record with these values; None for an empty body."""

    @abstractmethod
    def error(self, status: int, message: str | None = None) -> dict[str, Any]:
        """The error document this provider gives with a status, documented or plausible."""

    @abstractmethod
    def refusal(self, errors: Mapping[str, str]) -> Outcome:
        """The 400 for these fields, in this provider's own shape; the name "" is the whole request."""

    def other_name(self, _: Values, /) -> str | None:
        """A second name by which a request may speak of the record with these values."""
        return None

    def touched(self, values: Values) -> dict[str, Any]:
        """The values as they stand once a write is through: the provider moves its own moments."""
        return dict(values)

    # What they share

    def subject(self, request: Request, settings: Values) -> str | None:
        """What `names` says, for a request whose path belongs to this API."""
        return self.names(request, settings) if self._methods(request, settings) else None

    def answer(self, request: Request, book: Book) -> Outcome:
        settings = book.settings(self.slug)
        methods = self._methods(request, settings)
        if not methods:
            return Outcome(404, html=True)
        if request.method not in methods:
            return Outcome(405, html=True, headers={"Allow": ", ".join(methods)})
        if not any(allowed(self.slug, scheme, request.headers) for scheme in self._schemes(settings)):
            return self.refused(401)
        return self.update(request, book) if request.method == "PUT" else self._read(request, book)

    def accepted(self, external_id: str, values: Values, settings: Values, *effects: Mapping[str, Any]) -> Outcome:
        kept = self.touched(values)
        return Outcome(200, self.echo(kept, settings), Change(external_id, kept, effects))

    def refused(self, status: int, message: str | None = None) -> Outcome:
        return Outcome(status, self.error(status, message))

    def stored(self, values: Values) -> dict[str, Any]:
        """Seeded values in the form records are kept; raises Misuse for a name the provider does not have."""
        strange = sorted(set(values) - self.fields)
        if strange and not self.open_fields:
            raise Misuse(f"{self.title} has no field {', '.join(strange)}.")
        return {name: str(value) if self._is_number(name, value) else value for name, value in values.items()}

    def wire(self, values: Values) -> dict[str, Any]:
        """Values with their numbers as numbers again."""
        return {name: Decimal(value) if self._is_number(name, value) else value for name, value in values.items()}

    def part(self, request: Request, settings: Values) -> str | None:
        """What stands in the path in place of the template's {id}."""
        template = (self._paths(settings).get(request.method) or self.update_path).split("/")[1:]
        return next((part for name, part in zip(template, request.parts, strict=False) if name.startswith("{")), None)

    def _read(self, request: Request, book: Book) -> Outcome:
        settings = book.settings(self.slug)
        found = book.find(self.slug, self.names(request, settings) or "")
        return Outcome(200, self.echo(found[1], settings)) if found else self.refused(404)

    def _paths(self, settings: Values) -> dict[str, str | None]:
        return {"GET": self.read_path, "PUT": settings.get("path", self.update_path)}

    def _methods(self, request: Request, settings: Values) -> tuple[str, ...]:
        return tuple(m for m, path in self._paths(settings).items() if path and _fits(path, request.parts))

    def _schemes(self, settings: Values) -> tuple[Scheme, ...]:
        return (Scheme(settings["auth"]),) if "auth" in settings else self.schemes

    def _is_number(self, name: str, value: object) -> bool:
        return name in self.numbers and value is not None and not isinstance(value, bool)


def _fits(template: str, parts: list[str]) -> bool:
    names = template.split("/")[1:]
    if len(names) != len(parts):
        return False
    return all(part if name.startswith("{") else name == part for name, part in zip(names, parts, strict=True))


def sentences(errors: Mapping[str, str]) -> list[str]:
    """What is wrong, each with the name of its field unless the words say it already."""
    return [wrong if not name or name in wrong else f"{name} {wrong}" for name, wrong in errors.items()]


def encoded(part: str) -> str | None:
    """A part of an external id, percent-encoded; None for text that no URL could carry."""
    try:
        return quote(part, safe="")
    except UnicodeEncodeError:
        return None
