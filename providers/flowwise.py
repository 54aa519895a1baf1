"""Flowwise: a merchant's customer, of one project or of all. Every update carries customer_id and scope.

Source: the page "Update Customer" with its OpenAPI schemas.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, ClassVar, override

from providers.base import Capabilities, Option, Provider, Record
from providers.fields import Choice, Field, Kind, Locked, Meaning, Required, Sent, Violation
from providers.options import clear_as_option, send_option
from providers.refusals import said, texts

_REQUEST = "Update Customer, schema CustomerRequest"
_RESPONSE = "Update Customer, schema CustomerResponse"
_PERSON, _RECORD = "Person", "Record"


def _editable(name: str, label: str, kind: Kind, meaning: Meaning, hint: str = "") -> Field:
    home = "IN" if kind is Kind.PHONE else ""
    return Field(
        name=name, label=label, kind=kind, group=_PERSON, help=hint, home=home, meaning=meaning, source=_REQUEST
    )


def _owned(name: str, label: str, kind: Kind, reason: str) -> Field:
    return Field(
        name=name,
        label=label,
        kind=kind,
        group=_RECORD,
        locked=Locked.FORBIDDEN,
        locked_reason=reason,
        sent=Sent.NEVER,
        source=_RESPONSE,
        server_owned=True,
    )


TABLE = (
    Field(
        name="customer_id",
        label="Customer ID",
        kind=Kind.TEXT,
        group=_RECORD,
        locked=Locked.FORBIDDEN,
        locked_reason="Flowwise knows this customer by this ID, so it cannot change.",
        required=Required.ALWAYS,
        sent=Sent.ALWAYS,
        source=_REQUEST,
    ),
    Field(
        name="scope",
        label="Scope",
        kind=Kind.CHOICE,
        group=_RECORD,
        help="Whether the customer belongs to one project or to all of them.",
        locked=Locked.FORBIDDEN,
        locked_reason="Flowwise does not say whether a customer may move between one project and all of them.",
        required=Required.ALWAYS,
        sent=Sent.ALWAYS,
        choices=(Choice("PROJECT", "This project"), Choice("GLOBAL", "All projects")),
        open_choices=True,
        source=_REQUEST,
    ),
    _editable("name", "Name", Kind.TEXT, Meaning.FULL_NAME),
    _editable("phone", "Phone", Kind.PHONE, Meaning.PHONE),
    _editable("email", "E-mail", Kind.EMAIL, Meaning.EMAIL),
    _editable("address", "Address", Kind.TEXT, Meaning.ADDRESS, "The whole address; lines are sent as one."),
    _owned("status", "Status", Kind.TEXT, "Flowwise decides on the status of a customer."),
    _owned("project_id", "Project", Kind.TEXT, "Flowwise put this customer into its project."),
    _owned("id", "Record ID", Kind.TEXT, "Flowwise numbers its records by itself."),
    _owned("added_on", "Added", Kind.DATE_TIME, "Flowwise set this when the customer was added."),
    _owned("updated_on", "Last changed", Kind.DATE_TIME, "Flowwise sets this at every change."),
)


class Flowwise(Provider):
    """The adapter. The answer is the record; errors name no field, so they concern the whole of it."""

    slug: ClassVar[str] = "flowwise"
    title: ClassVar[str] = "Flowwise"
    source_url: ClassVar[str] = "https://www.cashfree.com/docs/"
    sources: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "Update Customer": "https://www.cashfree.com/docs/api-reference/payments/latest/flowwise/customers/update-a-customer"
        }
    )
    default_base_url: ClassVar[str] = "https://sandbox.flowwise.com/router"
    default_path: ClassVar[str] = "/customer/{customer_id}"
    default_auth: ClassVar[str] = "client"
    identity: ClassVar[tuple[str, ...]] = ("customer_id",)
    table: ClassVar[tuple[Field, ...]] = TABLE
    can: ClassVar[Capabilities] = Capabilities(echoes=True, changed_field="updated_on", resend_harmless=True)
    own_options: ClassVar[tuple[Option, ...]] = (send_option(), clear_as_option())

    @override
    def names_in_body(self, before: Record) -> tuple[str, ...]:
        return ("customer_id",)

    @override
    def reasons(self, document: Mapping[str, Any], status: int) -> Iterator[Violation]:
        for text in texts(document.get("message")):
            yield said(self.title, text, status=status)

    @override
    def is_own_404(self, document: Mapping[str, Any]) -> bool:
        return document.get("code") == "customer_not_found"
