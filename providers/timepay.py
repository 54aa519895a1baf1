"""TimePay: one record within one calling campaign. An update is a patch that holds only what changes.

Sources: the page "Update Customer" and, where a field says so, "Add Customer" of the same documentation.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, ClassVar, override
from urllib.parse import quote, unquote

from providers.base import Answer, BadIdentity, Capabilities, Leaf, Node, Option, Provider, Record
from providers.errors import OutcomeUnknown
from providers.fields import Choice, Field, Kind, Locked, Meaning, Required, Sent, Value, Violation
from providers.identity import checked_id
from providers.options import clear_as_option, declared_fields, split
from providers.refusals import complaints, said, texts

_PAGE = "Update Customer"
_BEYOND = "Add Customer"
_RECORD, _PERSON, _LOAN = "Record", "Person", "Loan"
_IDS = ("loan_id", "lead_id")
_KIND_OF_ID = {"loan": "loan_id", "lead": "lead_id"}

LANGUAGES = (
    *("hindi", "english", "bengali", "telugu", "marathi", "tamil"),
    *("gujarati", "kannada", "malayalam", "punjabi", "odia", "assamese"),
)


def _id(name: str, label: str, reason: str, *, required: Required = Required.NO, sent: Sent = Sent.WHEN_HELD) -> Field:
    return Field(
        name=name,
        label=label,
        kind=Kind.TEXT,
        group=_RECORD,
        locked=Locked.FORBIDDEN,
        locked_reason=reason,
        required=required,
        sent=sent,
        source=_PAGE,
    )


def _amount(name: str, label: str) -> Field:
    return Field(name=name, label=label, kind=Kind.MONEY, group=_LOAN, required=Required.ONCE_SET, source=_BEYOND)


TABLE = (
    _id(
        "campaignId",
        "Campaign",
        "TimePay knows this record by its campaign, so a record cannot move to another one.",
        required=Required.ALWAYS,
        sent=Sent.ALWAYS,
    ),
    _id("loan_id", "Loan ID", "TimePay knows this record by its loan ID, so the ID cannot change."),
    _id("lead_id", "Lead ID", "TimePay knows this record by its lead ID, so the ID cannot change."),
    Field(
        name="first_name",
        label="First name",
        kind=Kind.TEXT,
        group=_PERSON,
        required=Required.ONCE_SET,
        meaning=Meaning.GIVEN_NAME,
        source=_PAGE,
    ),
    Field(
        name="last_name",
        label="Last name",
        kind=Kind.TEXT,
        group=_PERSON,
        required=Required.ONCE_SET,
        meaning=Meaning.FAMILY_NAME,
        source=_BEYOND,
    ),
    Field(
        name="phone_number",
        label="Phone",
        kind=Kind.PHONE,
        group=_PERSON,
        home="IN",
        help="The number that this campaign calls.",
        required=Required.ONCE_SET,
        meaning=Meaning.PHONE,
        source=_PAGE,
    ),
    Field(
        name="language",
        label="Language",
        kind=Kind.CHOICE,
        group=_PERSON,
        help="The language that calls are held in.",
        choices=tuple(Choice(language, language.capitalize()) for language in LANGUAGES),
        open_choices=True,
        meaning=Meaning.LANGUAGE,
        source=_BEYOND,
    ),
    Field(
        name="payment_status",
        label="Payment status",
        kind=Kind.CHOICE,
        group=_LOAN,
        help="TimePay publishes no full list; an administrator can add values in the connection's settings.",
        choices=(Choice("paid", "Paid"), Choice("partial", "Partial")),
        open_choices=True,
        source=_PAGE,
    ),
    _amount("loan_amount", "Loan amount"),
    _amount("emi_amount", "Instalment (EMI)"),
    _amount("current_emi", "Current instalment"),
    Field(
        name="loan_period",
        label="Loan period",
        kind=Kind.WHOLE_NUMBER,
        group=_LOAN,
        help="How many instalments there are.",
        unit="instalments",
        required=Required.ONCE_SET,
        source=_BEYOND,
    ),
    Field(
        name="emi_due_date",
        label="Instalment due",
        kind=Kind.DATE,
        group=_LOAN,
        required=Required.ONCE_SET,
        source=_BEYOND,
    ),
    Field(name="lead_date", label="Lead date", kind=Kind.DATE, group=_LOAN, source=_BEYOND),
)


class TimePay(Provider):
    """The adapter. There is no read and no echo; a 409 may be the answer to our own earlier try."""

    slug: ClassVar[str] = "timepay"
    title: ClassVar[str] = "TimePay"
    source_url: ClassVar[str] = "https://agents.docs.timepay.ai/"
    sources: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            _PAGE: "https://agents.docs.timepay.ai/api-reference/agents/customer-data/update-customer-data",
            _BEYOND: "https://agents.docs.timepay.ai/api-reference/agents/customer-data/add-customer",
        }
    )
    default_base_url: ClassVar[str] = "https://api.agents.timepay.ai"
    default_path: ClassVar[str] = "/api/v1/customers/update"
    default_auth: ClassVar[str] = "bearer"
    identity: ClassVar[tuple[str, ...]] = ("campaignId", *_IDS)
    one_of: ClassVar[tuple[tuple[str, ...], ...]] = (_IDS,)
    table: ClassVar[tuple[Field, ...]] = TABLE
    can: ClassVar[Capabilities] = Capabilities(resend_harmless=True, conflict_may_be_ours=True)
    own_options: ClassVar[tuple[Option, ...]] = (
        Option(
            "payment_statuses",
            "Further payment statuses",
            "Values that your campaigns use besides paid and partial, separated by commas.",
        ),
        Option(
            "fields",
            "Further fields",
            "Keys of your campaigns as name:kind, as in city:text, score:whole number, tier:choice(a|b).",
        ),
        clear_as_option(),
    )

    @override
    def option_problems(self, options: Mapping[str, str]) -> Iterable[Violation]:
        _, wrong = declared_fields(options.get("fields", ""), [field.name for field in self.table])
        return wrong

    @override
    def under_settings(self) -> tuple[Field, ...]:
        names = [field.name for field in self.table]
        declared, _ = declared_fields(self.settings.get("fields", ""), names)
        return (*(self._with_statuses(field) for field in self.table), *(_declared(*entry) for entry in declared))

    @override
    def names_in_body(self, before: Record) -> tuple[str, ...]:
        known_by = next((name for name in _IDS if not self.field(name).is_blank(before.get(name))), "loan_id")
        return ("campaignId", known_by)

    @override
    def body(self, before: Record, members: Mapping[str, Leaf]) -> Node:
        ids = {name: members[name] for name in self.names_in_body(before) if name in members}
        return {**ids, "data": {name: leaf for name, leaf in members.items() if name not in self.identity}}

    @override
    def external_id(self, values: Record) -> str:
        for kind, name in _KIND_OF_ID.items():
            if not self.field(name).is_blank(values.get(name)):
                campaign, known_by = checked_id(values.get("campaignId")), checked_id(values.get(name))
                return f"{quote(campaign, safe='')}/{kind}:{quote(known_by, safe='')}"
        raise BadIdentity("Give the loan ID of the record, or its lead ID.")

    @override
    def identify(self, external_id: str) -> dict[str, Value]:
        campaign, slash, rest = external_id.strip().partition("/")
        kind, colon, known_by = rest.partition(":")
        if not slash or not colon or kind not in _KIND_OF_ID:
            raise BadIdentity("Enter campaign/loan:ID or campaign/lead:ID, such as camp_abc123/loan:LOAN-2025-00123.")
        return {"campaignId": checked_id(unquote(campaign)), _KIND_OF_ID[kind]: checked_id(unquote(known_by))}

    @override
    def reasons(self, document: Mapping[str, Any], status: int) -> Iterator[Violation]:
        message = next(texts(document.get("message")), "")
        if status == 403:
            yield said(self.title, message, field="campaignId", status=status)
            return
        for field, text in complaints(self.fields, document.get("errors") or message):
            yield said(self.title, text, field=field, status=status)

    @override
    def is_own_404(self, document: Mapping[str, Any]) -> bool:
        return document.get("success") is False and isinstance(document.get("message"), str)

    @override
    def accepted(self, answer: Answer, before: Record) -> None:
        document = answer.json()
        if not isinstance(document, dict) or document.get("success") is not True:
            raise OutcomeUnknown("the answer does not say that the update succeeded")

    def _with_statuses(self, field: Field) -> Field:
        if field.name != "payment_status":
            return field
        further = split(self.settings.get("payment_statuses", ""))
        known = {choice.value for choice in field.choices}
        more = tuple(Choice(value, value) for value in further if value not in known)
        return replace(field, choices=field.choices + more)


def _declared(name: str, kind: Kind, values: tuple[str, ...]) -> Field:
    return Field(
        name=name,
        label=name.replace("_", " ").strip().capitalize() or name,
        kind=kind,
        group="Your fields",
        choices=tuple(Choice(value, value) for value in values),
        open_choices=bool(values),
        source="The settings of this connection",
    )
