"""SQRIL as the sandbox plays it: all four editable values in every update, names that nobody can change."""

from collections.abc import Mapping
from typing import Any, override

from providers.sandbox import checks
from providers.sandbox.api import Api, Book, Values, sentences
from providers.sandbox.auth import Scheme
from providers.sandbox.messages import Outcome, Request
from providers.sandbox.moments import later_than

_REQUIRED: dict[str, checks.Check] = {
    "email": checks.email,
    "phone": checks.phone,
    "occupation": checks.choice(f"OCC{number}" for number in range(1, 12)),
    "address": checks.text,
}
_CAUTION: dict[str, checks.Check] = {
    "gender": checks.choice(("MALE", "FEMALE")),
    "ic_number": checks.text,
    "ic_type": checks.choice(("NIC", "PP", "WEP")),
    "ic_country": checks.text,
    "country_of_residence": checks.text,
    "nationality": checks.text,
    "dob": checks.date,
    "ic_expiry_date": checks.date,
}
_CHECKS = _REQUIRED | _CAUTION
_FIXED = ("customer_id", "name_first", "name_last", "created_at", "updated_at")
_ALL = ("customer_id", "name_first", "name_last", *_CAUTION, *_REQUIRED, "created_at", "updated_at")
_ERRORS = {
    400: ("VALIDATION_ERROR", "The request is not valid"),
    401: ("AUTHENTICATION_REQUIRED", "Basic authentication is required"),
    403: ("FORBIDDEN", "This account may not do that"),
    404: ("CUSTOMER_NOT_FOUND", "There is no such customer"),
    409: ("CONFLICT", "The customer was changed at the same time"),
    429: ("TOO_MANY_REQUESTS", "Too many requests"),
}


class Sqril(Api):
    slug = "sqril"
    title = "SQRIL"
    schemes = (Scheme.BASIC,)
    update_path = "/updateCustomer"
    read_path = "/checkCustomer"
    fields = frozenset(_ALL)
    settings = frozenset({"editable"})

    @override
    def external_id(self, values: Values) -> str:
        return str(values["customer_id"])

    @override
    def names(self, request: Request, settings: Values) -> str | None:
        return request.query.get("customer_id")

    @override
    def update(self, request: Request, book: Book) -> Outcome:
        settings = book.settings(self.slug)
        name = self.names(request, settings)
        if not name:
            return self.refused(400, "customer_id is required")
        found = book.find(self.slug, name)
        if found is None:
            return self.refused(404)
        external_id, values = found
        body = request.document
        if not isinstance(body, dict):
            return self.refused(400, "The body must be a JSON object")
        locked = _locked(values, body, settings)
        if locked:
            return self.refusal(dict.fromkeys(locked, "cannot be updated"))
        wrong = _wrong(body)
        return self.refused(400, wrong) if wrong else self.accepted(external_id, values | body, settings)

    @override
    def echo(self, values: Values, settings: Values) -> Any:
        return {name: values.get(name) for name in _ALL}

    @override
    def error(self, status: int, message: str | None = None) -> dict[str, Any]:
        code, sentence = _ERRORS.get(status, ("INTERNAL_ERROR", "The request could not be completed"))
        return {"error_code": code, "error_message": message or sentence}

    @override
    def refusal(self, errors: Mapping[str, str]) -> Outcome:
        document = {**self.error(400, "; ".join(sentences(errors))), "error_code": "IMMUTABLE_FIELDS"}
        return Outcome(400, {**document, "details": {"immutable_fields": [name for name in errors if name]}})

    @override
    def touched(self, values: Values) -> dict[str, Any]:
        return {**values, "updated_at": later_than(values.get("updated_at"))}


def _locked(values: Values, body: Values, settings: Values) -> list[str]:
    editable = {*settings.get("editable", ())}
    # A later page of the provider takes the gender of customers in Peru, and of no others.
    if values.get("country_of_residence") == "PE":
        editable.add("gender")
    return [name for name in body if name in _FIXED or (name in _CAUTION and name not in editable)]


def _wrong(body: Values) -> str | None:
    unknown = [name for name in body if name not in _CHECKS]
    if unknown:
        return f"{', '.join(unknown)}: not a known field"
    missing = [name for name in _REQUIRED if checks.is_blank(body.get(name))]
    if missing:
        return f"{', '.join(missing)}: required in every update"
    wrong = checks.problems(_CHECKS, body)
    return "; ".join(f"{name} {sentence}" for name, sentence in wrong.items()) or None
