"""Flowwise as the sandbox plays it: the 200 is the record, an error names no field."""

from collections.abc import Mapping
from typing import Any, override

from providers.sandbox import checks
from providers.sandbox.api import Api, Book, Values
from providers.sandbox.auth import Scheme
from providers.sandbox.messages import Outcome, Request
from providers.sandbox.moments import later_than

_CHECKS: dict[str, checks.Check] = {
    "name": checks.text,
    "email": checks.email,
    "phone": checks.phone,
    "address": checks.text,
}
_SCOPE = checks.choice(("PROJECT", "GLOBAL"))
_ALL = ("id", "added_on", "updated_on", "customer_id", "project_id", "scope", "status", *_CHECKS)
_ERRORS = {
    400: ("The customer data is not valid or not complete", "invalid_customer_data", "validation_error"),
    401: ("The API credentials are not valid", "unauthorized", "authentication_error"),
    403: ("This is not allowed for your account", "forbidden", "permission_error"),
    404: ("No customer has this customer ID", "customer_not_found", "resource_error"),
    409: ("The customer was changed at the same time", "conflict", "conflict_error"),
    429: ("Too many requests", "too_many_requests", "rate_limit_error"),
}
_SERVER_ERROR = ("The customer was not updated because of a server error", "update_failed", "server_error")


class Flowwise(Api):
    slug = "flowwise"
    title = "Flowwise"
    schemes = (Scheme.CLIENT,)
    update_path = "/customer/{customer_id}"
    fields = frozenset(_ALL)

    @override
    def external_id(self, values: Values) -> str:
        return str(values["customer_id"])

    @override
    def names(self, request: Request, settings: Values) -> str | None:
        return self.part(request, settings)

    @override
    def update(self, request: Request, book: Book) -> Outcome:
        settings = book.settings(self.slug)
        found = book.find(self.slug, self.names(request, settings) or "")
        if found is None:
            return self.refused(404)
        external_id, values = found
        errors = _errors(values, request.document)
        if errors:
            return self.refusal(errors)
        asked = {name: value or None for name, value in request.document.items() if name in _CHECKS}
        return self.accepted(external_id, values | asked, settings)

    @override
    def echo(self, values: Values, settings: Values) -> Any:
        return {name: values.get(name) for name in _ALL}

    @override
    def error(self, status: int, message: str | None = None) -> dict[str, Any]:
        sentence, code, kind = _ERRORS.get(status, _SERVER_ERROR)
        return {"message": message or sentence, "code": code, "type": kind}

    @override
    def refusal(self, errors: Mapping[str, str]) -> Outcome:
        return self.refused(400, next(iter(errors.values())))

    @override
    def touched(self, values: Values) -> dict[str, Any]:
        return {**values, "updated_on": later_than(values.get("updated_on"))}


def _errors(record: Values, body: object) -> dict[str, str]:
    if not isinstance(body, dict):
        return {"": "The body must be a JSON object"}
    if body.get("customer_id") != record["customer_id"]:
        return {"customer_id": "The customer ID is missing or differs from the one in the path"}
    if _SCOPE(body.get("scope")):
        return {"scope": "The scope is missing or not one of PROJECT and GLOBAL"}
    if body["scope"] != record["scope"]:
        return {"scope": "The scope of a customer cannot be changed"}
    if set(body) - {"customer_id", "scope", *_CHECKS}:
        return {"": "The body holds a field that cannot be updated"}
    wrong = checks.problems(_CHECKS, body, frozenset(_CHECKS))
    return {"": f"Not valid: {next(iter(wrong.values()))}"} if wrong else {}
