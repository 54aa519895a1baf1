"""TimePay as the sandbox plays it: one record of a campaign, patched by the keys inside `data`."""

from collections.abc import Mapping
from typing import Any, override

from providers.sandbox import checks
from providers.sandbox.api import Api, Book, Values, encoded, sentences
from providers.sandbox.auth import Scheme
from providers.sandbox.messages import Outcome, Request
from providers.sandbox.misuse import Misuse

LANGUAGES = (
    "hindi",
    "english",
    "bengali",
    "telugu",
    "marathi",
    "tamil",
    "gujarati",
    "kannada",
    "malayalam",
    "punjabi",
    "odia",
    "assamese",
)
_MONEY = ("loan_amount", "emi_amount", "current_emi")
_IDENTITY = ("campaignId", "loan_id", "lead_id")
_NEVER_BLANK = frozenset({"first_name", "last_name", "phone_number", "loan_period", "emi_due_date", *_MONEY})
_CHECKS: dict[str, checks.Check] = {
    "first_name": checks.text,
    "last_name": checks.text,
    "phone_number": checks.phone,
    "payment_status": checks.text,
    "language": checks.choice(LANGUAGES),
    "loan_period": checks.whole_number,
    "emi_due_date": checks.date,
    "lead_date": checks.date,
    **dict.fromkeys(_MONEY, checks.money),
}
_MESSAGES = {
    400: "The update did not pass validation",
    401: "The bearer token is missing or not valid",
    403: "The campaign does not belong to your organization",
    404: "No customer record matches",
    409: "Version conflict: another process modified the record, please retry",
    429: "Too many requests",
    500: "Something unexpected happened",
}


class Timepay(Api):
    slug = "timepay"
    title = "TimePay"
    schemes = (Scheme.BEARER,)
    update_path = "/api/v1/customers/update"
    fields = frozenset(_CHECKS) | frozenset(_IDENTITY)
    numbers = frozenset({*_MONEY, "loan_period"})
    open_fields = True

    @override
    def external_id(self, values: Values) -> str:
        kind = "loan" if values.get("loan_id") else "lead"
        name = _name(values["campaignId"], kind, values[f"{kind}_id"])
        if name is None:
            raise Misuse("The ids of a TimePay record must be text that a URL can carry.")
        return name

    @override
    def other_name(self, values: Values, /) -> str | None:
        both = values.get("loan_id") and values.get("lead_id")
        return _name(values["campaignId"], "lead", values["lead_id"]) if both else None

    @override
    def names(self, request: Request, settings: Values) -> str | None:
        body = request.document if isinstance(request.document, dict) else {}
        kind = "loan" if body.get("loan_id") else "lead"
        return _name(body.get("campaignId"), kind, body.get(f"{kind}_id"))

    @override
    def update(self, request: Request, book: Book) -> Outcome:
        body = request.document
        errors = _shape_errors(body) or _data_errors(body["data"])
        if errors:
            return self.refusal(errors)
        if not book.knows_campaign(body["campaignId"]):
            return self.refused(403)
        settings = book.settings(self.slug)
        found = book.find(self.slug, self.names(request, settings) or "")
        if found is None or not _is_the_one(found[1], body):
            return self.refused(404)
        external_id, values = found
        return self.accepted(external_id, values | self._kept(body["data"]), settings)

    @override
    def echo(self, values: Values, settings: Values) -> Any:
        identity = values.get("loan_id") or values.get("lead_id")
        return {
            "success": True,
            "message": "The customer data was updated",
            "data": {"id": identity, "result": "updated"},
        }

    @override
    def error(self, status: int, message: str | None = None) -> dict[str, Any]:
        body: dict[str, Any] = {"success": False, "message": message or _MESSAGES.get(status, "The request failed")}
        return {**body, "error": "InternalServerError"} if status >= 500 else body

    @override
    def refusal(self, errors: Mapping[str, str]) -> Outcome:
        return Outcome(400, {**self.error(400), "errors": sentences(errors)})

    def _kept(self, data: Values) -> dict[str, Any]:
        return {name: None if value == "" else value for name, value in self.stored(data).items()}


def _name(campaign: object, kind: str, identity: object) -> str | None:
    if not (isinstance(campaign, str) and isinstance(identity, str) and campaign and identity):
        return None
    parts = encoded(campaign), encoded(identity)
    return None if None in parts else f"{parts[0]}/{kind}:{parts[1]}"


def _is_the_one(values: Values, body: Values) -> bool:
    return all(values.get(key) == body[key] for key in ("loan_id", "lead_id") if body.get(key))


def _shape_errors(body: object) -> dict[str, str]:
    if not isinstance(body, dict):
        return {"": "The body must be a JSON object"}
    errors = {name: "is not a known parameter" for name in body if name not in {*_IDENTITY, "data"}}
    errors |= {name: "must be text" for name in _IDENTITY if name in body and not isinstance(body[name], str)}
    if checks.is_blank(body.get("campaignId")):
        errors["campaignId"] = "is required"
    if checks.is_blank(body.get("loan_id")) and checks.is_blank(body.get("lead_id")):
        errors["loan_id"] = "One of loan_id and lead_id is required"
    if not isinstance(body.get("data"), dict) or not body["data"]:
        errors["data"] = "must be an object with at least one field"
    return errors


def _data_errors(data: Values) -> dict[str, str]:
    errors = {name: "identifies the record and cannot be updated" for name in _IDENTITY if name in data}
    errors |= {name: "must not be empty" for name in _NEVER_BLANK & set(data) if checks.is_blank(data[name])}
    others = {name: value for name, value in data.items() if name not in errors}
    # Campaigns carry keys of their own: nothing is known of them but that they are single values.
    errors |= {
        name: "must be a single value"
        for name, value in others.items()
        if name not in _CHECKS and (value is None or isinstance(value, dict | list))
    }
    return errors | checks.problems(_CHECKS, others, frozenset(_CHECKS) - _NEVER_BLANK)
