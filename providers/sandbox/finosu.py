"""Finosu as the sandbox plays it.

Where the documentation leaves a consequence open, the sandbox takes the worst reading, so that a careless update
shows: every update makes call tasks, a missing `loanIds` imports all loans, a missing `doNotCall` lifts an opt-out.
"""

from collections.abc import Iterator, Mapping
from typing import Any, override

from providers.sandbox import checks
from providers.sandbox.api import Api, Book, Values, sentences
from providers.sandbox.auth import Scheme
from providers.sandbox.messages import Outcome, Request

_NEVER_BLANK = frozenset({"firstName", "lastName", "email", "birthday", "streetAddress1", "city", "state", "zipCode"})
_CHECKS: dict[str, checks.Check] = {
    "firstName": checks.text,
    "lastName": checks.text,
    "email": checks.email,
    "birthday": checks.date,
    "ssnLastFour": checks.four_digits,
    "timezone": checks.time_zone,
    "phoneNumber": checks.phone,
    "streetAddress1": checks.text,
    "streetAddress2": checks.text,
    "city": checks.text,
    "state": checks.us_state,
    "zipCode": checks.zip_code,
    "doNotCall": checks.yes_or_no,
    "isTest": checks.yes_or_no,
    "externalMetadata": checks.json_object,
}
_KEPT = (*_CHECKS, "taskType")
_ORDERS: dict[str, checks.Check] = {
    "test": checks.yes_or_no,
    "loanIds": checks.whole_numbers,
    "sync": checks.yes_or_no,
    "loanId": checks.text,
}
_MESSAGES = {
    400: "The customer could not be updated",
    401: "The API key is missing or not valid",
    403: "This API key may not update the customer",
    404: "There is no customer with this id",
    429: "Too many requests",
}


class Finosu(Api):
    slug = "finosu"
    title = "Finosu"
    schemes = (Scheme.API_KEY,)
    update_path = "/customers/{id}"
    read_path = "/customers/{id}"
    fields = frozenset(_KEPT) | {"id"}
    settings = frozenset({"task_types"})

    @override
    def external_id(self, values: Values) -> str:
        return str(values["id"])

    @override
    def names(self, request: Request, settings: Values) -> str | None:
        return self.part(request, settings)

    @override
    def update(self, request: Request, book: Book) -> Outcome:
        settings = book.settings(self.slug)
        external_id = self.names(request, settings) or ""
        found = book.find(self.slug, external_id)
        if found is None:
            return self.refused(404)
        body = request.document
        errors = _errors(external_id, body)
        task_types = settings.get("task_types", ["collections"])
        if errors:
            return self.refusal(errors)
        if body.get("taskType") not in task_types:
            return self._unknown_task_type(task_types)
        asked = {name: None if value == "" else value for name, value in body.items() if name in _KEPT}
        if "test" in body:
            asked.setdefault("isTest", body["test"])
        values = {**found[1], "doNotCall": False, **asked}
        return self.accepted(external_id, values, settings, *_effects(found[1], body))

    @override
    def echo(self, values: Values, settings: Values) -> Any:
        return {name: values.get(name) for name in ("id", *_KEPT)}

    @override
    def error(self, status: int, message: str | None = None) -> dict[str, Any]:
        return {"message": message or _MESSAGES.get(status, "The request failed")}

    @override
    def refusal(self, errors: Mapping[str, str]) -> Outcome:
        named = {name: [wrong] for name, wrong in errors.items() if name}
        return Outcome(400, {**self.error(400, "; ".join(sentences(errors))), **({"errors": named} if named else {})})

    def _unknown_task_type(self, task_types: list[str]) -> Outcome:
        sentence = f"taskType must be one of: {', '.join(task_types)}"
        return Outcome(400, {**self.error(400, sentence), "validTaskTypes": task_types})


def _errors(external_id: str, body: object) -> dict[str, str]:
    if not isinstance(body, dict):
        return {"": "The body must be a JSON object"}
    errors = {name: "is not a known field" for name in body if name not in {*_KEPT, *_ORDERS, "id"}}
    if body.get("id") != external_id:
        errors["id"] = "must be present and equal to the id in the path"
    errors |= {name: "must not be empty" for name in _NEVER_BLANK & set(body) if checks.is_blank(body[name])}
    others = {name: value for name, value in body.items() if name not in errors}
    return errors | checks.problems(_CHECKS | _ORDERS, others, frozenset(_CHECKS) - _NEVER_BLANK)


def _effects(before: Values, body: Values) -> Iterator[dict[str, Any]]:
    yield {"effect": "call task made", "taskType": body["taskType"]}
    if body.get("loanIds", "all"):
        yield {"effect": "loans imported", "loans": body.get("loanIds", "all")}
    if body.get("sync"):
        yield {"effect": "missing data fetched"}
    if before.get("doNotCall") and "doNotCall" not in body:
        yield {"effect": "opt-out lifted"}
