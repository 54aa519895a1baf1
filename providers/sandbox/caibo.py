"""Caibo as the sandbox plays it: a closed schema, problem documents for errors, and as a rule an empty 200."""

import re
from collections.abc import Mapping
from typing import Any, override

from providers.sandbox import checks
from providers.sandbox.api import Api, Book, Values
from providers.sandbox.auth import Scheme
from providers.sandbox.messages import Outcome, Request, reason

_LENGTHS = {"name": 100, "email": 100, "address": 255, "phone": 20, "memberId": 50}
_OWNED = ("id", "ownerId", "userId", "ownerName", "hasPaymentRequests", "totalDeposits", "createDate")
_NULLABLE = frozenset({"address", "phone", "memberId"})
_SECTIONS = {400: "6.5.1", 403: "6.5.3", 404: "6.5.4", 409: "6.5.8", 500: "6.6.1"}
_MEDIA_TYPE = re.compile(r"(application|text)/json|application/[^\s;]+\+json")
_INT64 = range(-(2**63), 2**63)


class Caibo(Api):
    """Either scheme is accepted: the provider's pages contradict each other; setting `auth` chooses one."""

    slug = "caibo"
    title = "Caibo"
    schemes = (Scheme.API_KEY, Scheme.BEARER)
    update_path = "/customers/{id}"
    fields = frozenset({*_LENGTHS, *_OWNED})
    numbers = frozenset({"id", "ownerId", "userId", "totalDeposits"})
    settings = frozenset({"empty_answers"})

    @override
    def external_id(self, values: Values) -> str:
        return str(values["id"])

    @override
    def names(self, request: Request, settings: Values) -> str | None:
        part = self.part(request, settings) or ""
        return str(int(part)) if re.fullmatch(r"-?[0-9]{1,19}", part) and int(part) in _INT64 else None

    @override
    def update(self, request: Request, book: Book) -> Outcome:
        settings = book.settings(self.slug)
        external_id = self.names(request, settings)
        if external_id is None:
            return self.refusal({"id": "The value is not a valid identifier."})
        if not _MEDIA_TYPE.fullmatch(request.media_type):
            return self.refused(415)
        found = book.find(self.slug, external_id)
        if found is None:
            return self.refused(404)
        errors = _errors(self.wire(found[1]), request.document)
        if errors:
            return self.refusal(errors)
        asked = {name: value for name, value in request.document.items() if name in _LENGTHS}
        return self.accepted(external_id, found[1] | asked, settings)

    @override
    def echo(self, values: Values, settings: Values) -> Any:
        return None if settings.get("empty_answers", True) else self.wire({name: values.get(name) for name in _ALL})

    @override
    def error(self, status: int, message: str | None = None) -> dict[str, Any]:
        section = _SECTIONS.get(status)
        return {
            "type": f"https://tools.ietf.org/html/rfc7231#section-{section}" if section else None,
            "title": reason(status),
            "status": status,
            "detail": message,
            "instance": None,
        }

    @override
    def refusal(self, errors: Mapping[str, str]) -> Outcome:
        # The service names properties as its own classes spell them, with a capital.
        named = {name[:1].upper() + name[1:]: [wrong] for name, wrong in errors.items()}
        document = self.error(400, next(iter(errors.values())))
        return Outcome(400, {**document, "errors": named} if any(errors) else document)


_ALL = ("id", "ownerId", "userId", "ownerName", *_LENGTHS, "hasPaymentRequests", "totalDeposits", "createDate")


def _errors(record: Values, body: object) -> dict[str, str]:
    if not isinstance(body, dict):
        return {"": "The body could not be read as a customer."}
    errors = {name: "The property is not part of a customer." for name in body if name not in _ALL}
    errors |= {
        name: "The property belongs to the service and cannot be changed."
        for name in _OWNED
        if name in body and body[name] != record.get(name)
    }
    required = {name: "The field is required." for name in ("name", "email") if checks.is_blank(body.get(name))}
    return errors | required | _value_errors({name: body[name] for name in _LENGTHS if name in body}, required)


def _value_errors(values: Values, required: Mapping[str, str]) -> dict[str, str]:
    errors = {}
    for name, value in values.items():
        if name in required or (value is None and name in _NULLABLE):
            continue
        wrong = checks.text(value) or _too_long(name, str(value))
        if not wrong and name == "email":
            wrong = checks.email(value)
        if wrong:
            errors[name] = f"The field {wrong}."
    return errors


def _too_long(name: str, value: str) -> str | None:
    # A .NET service counts UTF-16 units: an emoji is two.
    units = len(value.encode("utf-16-le")) // 2
    return f"must have at most {_LENGTHS[name]} characters" if units > _LENGTHS[name] else None
