"""SQRIL: a sender of payouts whose identity was checked. Every update carries all four fields that can change.

Sources: the page "Update Customer" with its OpenAPI schemas and, where a field says so, other pages.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, ClassVar, override

from providers.base import BadIdentity, Capabilities, Option, Provider, Record
from providers.fields import Choice, Field, Kind, Locked, Meaning, Required, Sent, Value, Violation
from providers.options import read_option, read_path_option
from providers.refusals import complaints, field_called, said, texts

_PAGE = "Update Customer"
_REQUEST = "Update Customer, request schema"
_RESPONSE = "Update Customer, response schema"
_PERSON, _CONTACT, _WORK, _DOCUMENT, _RECORD = "Person", "Contact", "Work", "Identity document", "Record"


def _required(name: str, label: str, kind: Kind, meaning: Meaning, *, group: str = _CONTACT) -> Field:
    return Field(
        name=name,
        label=label,
        kind=kind,
        group=group,
        required=Required.ALWAYS,
        sent=Sent.ALWAYS,
        choices=tuple(Choice(f"OCC{n}", f"OCC{n}") for n in range(1, 12)) if kind is Kind.CHOICE else (),
        open_choices=kind is Kind.CHOICE,
        home="ID" if kind is Kind.PHONE else "",
        meaning=meaning,
        source=_REQUEST,
    )


def _forbidden(
    name: str, label: str, kind: Kind, reason: str, *, group: str = _RECORD, meaning: Meaning | None = None
) -> Field:
    return Field(
        name=name,
        label=label,
        kind=kind,
        group=group,
        locked=Locked.FORBIDDEN,
        locked_reason=reason,
        sent=Sent.NEVER,
        meaning=meaning,
        source=_PAGE if meaning else _RESPONSE,
        server_owned=not meaning,
    )


def _uncertain(
    name: str,
    label: str,
    kind: Kind,
    *,
    group: str = _DOCUMENT,
    choices: tuple[str, ...] = (),
    sensitive: bool = False,
    found_whole: bool = False,
    meaning: Meaning | None = None,
) -> Field:
    return Field(
        name=name,
        label=label,
        kind=kind,
        group=group,
        locked=Locked.CAUTION,
        locked_reason="SQRIL does not say whether this may change; an administrator can open it for this connection.",
        required=Required.ONCE_SET,
        sent=Sent.NEVER,
        choices=tuple(Choice(value, _LABELS.get(value, value)) for value in choices),
        open_choices=bool(choices) or kind is Kind.COUNTRY,
        sensitive=sensitive,
        found_whole=found_whole,
        meaning=meaning,
        source=_RESPONSE,
    )


_LABELS = {"MALE": "Male", "FEMALE": "Female"}

TABLE = (
    _forbidden(
        "name_first",
        "First name",
        Kind.TEXT,
        "SQRIL does not let anyone change a first name.",
        group=_PERSON,
        meaning=Meaning.GIVEN_NAME,
    ),
    _forbidden(
        "name_last",
        "Last name",
        Kind.TEXT,
        "SQRIL does not let anyone change a last name.",
        group=_PERSON,
        meaning=Meaning.FAMILY_NAME,
    ),
    _required("email", "E-mail", Kind.EMAIL, Meaning.EMAIL),
    _required("phone", "Phone", Kind.PHONE, Meaning.PHONE),
    _required("occupation", "Occupation", Kind.CHOICE, Meaning.OCCUPATION, group=_WORK),
    _required("address", "Address", Kind.TEXT, Meaning.ADDRESS),
    _uncertain("gender", "Gender", Kind.CHOICE, group=_PERSON, choices=("MALE", "FEMALE"), meaning=Meaning.GENDER),
    _uncertain("dob", "Birth date", Kind.DATE, group=_PERSON, sensitive=True, meaning=Meaning.BIRTH_DATE),
    _uncertain("nationality", "Nationality", Kind.COUNTRY, group=_PERSON, meaning=Meaning.NATIONALITY),
    _uncertain("country_of_residence", "Country of residence", Kind.COUNTRY, group=_PERSON, meaning=Meaning.COUNTRY),
    _uncertain("ic_type", "Type of document", Kind.CHOICE, choices=("NIC", "PP", "WEP")),
    _uncertain("ic_number", "Document number", Kind.TEXT, sensitive=True, found_whole=True),
    _uncertain("ic_country", "Issued by", Kind.COUNTRY),
    _uncertain("ic_expiry_date", "Expires", Kind.DATE),
    Field(
        name="customer_id",
        label="Customer ID",
        kind=Kind.TEXT,
        group=_RECORD,
        locked=Locked.FORBIDDEN,
        locked_reason="SQRIL knows this customer by this ID, so it cannot change.",
        required=Required.ALWAYS,
        sent=Sent.ALWAYS,
        source=_PAGE,
    ),
    _forbidden("created_at", "Created", Kind.DATE_TIME, "SQRIL set this when the customer was registered."),
    _forbidden("updated_at", "Last changed", Kind.DATE_TIME, "SQRIL sets this at every change."),
)


class Sqril(Provider):
    """The adapter. The customer's ID stands in the query; the answer is the flat record."""

    slug: ClassVar[str] = "sqril"
    title: ClassVar[str] = "SQRIL"
    source_url: ClassVar[str] = "https://docs.sqril.io/"
    sources: ClassVar[Mapping[str, str]] = MappingProxyType(
        {_PAGE: "https://docs.sqril.io/sqril-saa-s-api/payout-endpoints/update-customer"}
    )
    default_base_url: ClassVar[str] = "https://api.sqril.com"
    default_path: ClassVar[str] = "/updateCustomer"
    default_auth: ClassVar[str] = "basic"
    identity: ClassVar[tuple[str, ...]] = ("customer_id",)
    table: ClassVar[tuple[Field, ...]] = TABLE
    can: ClassVar[Capabilities] = Capabilities(
        reads=True, reads_before_sending=True, echoes=True, changed_field="updated_at", resend_harmless=True
    )
    own_options: ClassVar[tuple[Option, ...]] = (read_option(), read_path_option("/checkCustomer"))

    @override
    def query(self, before: Record) -> Mapping[str, str]:
        return {"customer_id": str(before.get("customer_id") or "")}

    @override
    def identify(self, external_id: str) -> dict[str, Value]:
        if "/" in external_id:
            raise BadIdentity("A customer ID at SQRIL has no slash in it.")
        return super().identify(external_id)

    @override
    def reasons(self, document: Mapping[str, Any], status: int) -> Iterator[Violation]:
        message = next(texts([document.get("error_message"), document.get("error_code")]), "")
        details = document.get("details")
        named = tuple(texts(details.get("immutable_fields"))) if isinstance(details, Mapping) else ()
        for name in named:
            yield self._immutable(name, message, status)
        for field, text in complaints(self.fields, message) if not named else ():
            yield said(self.title, text, field=field, status=status)

    @override
    def is_own_404(self, document: Mapping[str, Any]) -> bool:
        return isinstance(document.get("error_code"), str) and isinstance(document.get("error_message"), str)

    def _immutable(self, name: str, message: str, status: int) -> Violation:
        field = field_called(self.fields, name)
        label = self.field(field).label if field else name
        reason = said(self.title, message, field=field, status=status)
        first = f"SQRIL does not let anyone change “{label}”."
        return replace(reason, code="immutable", message=f"{first} {reason.message}" if message else first)
