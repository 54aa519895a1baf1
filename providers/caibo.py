"""Caibo: a client of a payment service written in .NET. Every update carries name and e-mail.

Sources: the page "Update Customer" with its OpenAPI schema and, where a field says so, other pages.
"""

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, ClassVar, override

from providers.base import Answer, BadIdentity, Capabilities, Option, Provider, Record
from providers.fields import Clearing, Field, Kind, Locked, Meaning, Required, Sent, Unit, Value, Violation
from providers.options import send_option
from providers.refusals import complaints, said, texts

_SCHEMA = "Update Customer, schema Client"
_PERSON, _RECORD, _ACCOUNT = "Person", "Record", "Account"
_ID = re.compile(r"[1-9][0-9]{0,18}")
_LARGEST_ID = 2**63 - 1


def _editable(
    name: str, label: str, kind: Kind, longest: int, meaning: Meaning | None, *, group: str = _PERSON, hint: str = ""
) -> Field:
    required = name in {"name", "email"}
    return Field(
        name=name,
        label=label,
        kind=kind,
        group=group,
        help=hint,
        required=Required.ALWAYS if required else Required.NO,
        sent=Sent.ALWAYS if required else Sent.WHEN_CHANGED,
        clearing=Clearing.NO if required else Clearing.NULL,
        max_length=longest,
        length_unit=Unit.UTF16,
        meaning=meaning,
        source=_SCHEMA,
    )


def _owned(
    name: str, label: str, kind: Kind, reason: str, *, group: str = _ACCOUNT, required: Required = Required.NO
) -> Field:
    return Field(
        name=name,
        label=label,
        kind=kind,
        group=group,
        locked=Locked.FORBIDDEN,
        locked_reason=reason,
        required=required,
        sent=Sent.NEVER,
        source=_SCHEMA,
        server_owned=True,
    )


TABLE = (
    _owned(
        "id",
        "Customer ID",
        Kind.WHOLE_NUMBER,
        "Caibo knows this customer by this number, so it cannot change.",
        group=_RECORD,
        required=Required.ALWAYS,
    ),
    _editable("name", "Name", Kind.TEXT, 100, Meaning.FULL_NAME),
    _editable("email", "E-mail", Kind.EMAIL, 100, Meaning.EMAIL),
    _editable("phone", "Phone", Kind.PHONE, 20, Meaning.PHONE),
    _editable("address", "Address", Kind.TEXT, 255, Meaning.ADDRESS, hint="The whole address; lines are sent as one."),
    _editable(
        "memberId", "Member ID", Kind.TEXT, 50, None, group=_RECORD, hint="The customer's number in your own books."
    ),
    _owned("ownerId", "Owner ID", Kind.WHOLE_NUMBER, "Caibo decides who owns a customer."),
    _owned("ownerName", "Owner", Kind.TEXT, "Caibo decides who owns a customer."),
    _owned("userId", "User ID", Kind.WHOLE_NUMBER, "Caibo connects a customer with a user by itself."),
    _owned("hasPaymentRequests", "Has payment requests", Kind.YES_NO, "Caibo keeps this up from its payments."),
    _owned("totalDeposits", "Total deposits", Kind.DECIMAL, "Caibo adds this up from its payments."),
    _owned("createDate", "Created", Kind.DATE_TIME, "Caibo set this when the customer was created."),
)


class Caibo(Provider):
    """The adapter. The answer to an update may be empty or the record; problems come as RFC 9457 documents."""

    slug: ClassVar[str] = "caibo"
    title: ClassVar[str] = "Caibo"
    source_url: ClassVar[str] = "https://docs.caibo.digital/"
    sources: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"Update Customer": "https://docs.caibo.digital/ipg/customer/update_customer"}
    )
    default_base_url: ClassVar[str] = "https://apay.caibo.digital"
    default_path: ClassVar[str] = "/customers/{id}"
    default_auth: ClassVar[str] = "api_key"
    identity: ClassVar[tuple[str, ...]] = ("id",)
    table: ClassVar[tuple[Field, ...]] = TABLE
    can: ClassVar[Capabilities] = Capabilities(resend_harmless=True)
    own_options: ClassVar[tuple[Option, ...]] = (send_option(),)

    @override
    def identify(self, external_id: str) -> dict[str, Value]:
        typed = external_id.strip()
        if not _ID.fullmatch(typed) or int(typed) > _LARGEST_ID:
            raise BadIdentity("Enter the customer's number at Caibo, such as 12345.")
        return {"id": typed}

    @override
    def external_id(self, values: Record) -> str:
        return str(self.identify(str(values.get("id") or ""))["id"])

    @override
    def reasons(self, document: Mapping[str, Any], status: int) -> Iterator[Violation]:
        members = {name.casefold(): value for name, value in document.items()}
        errors = tuple(complaints(self.fields, members.get("errors")))
        summary = next(texts([members.get("detail"), members.get("title")]), "")
        for field, text in errors or tuple(complaints(self.fields, summary)):
            yield said(self.title, text, field=field, status=status)

    @override
    def is_own_404(self, document: Mapping[str, Any]) -> bool:
        """Every member of a problem document may be missing or null, so any one that is there will do."""
        names = {name.casefold() for name, value in document.items() if value is not None}
        return bool(names & {"type", "title", "status", "detail"})

    @override
    def accepted(self, answer: Answer, before: Record) -> Mapping[str, Value] | None:
        """What the 200 holds is not specified: nothing, or the record."""
        if not answer.body.strip():
            return None
        document = answer.json()
        return None if document is None else self.record(document, before)
