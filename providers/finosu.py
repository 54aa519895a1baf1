"""Finosu: a borrower who is called by schedule. An update may make call tasks anew, so none is repeated by itself.

Sources: the page "Update Customer" and, where a field says so, other pages of the same documentation.
"""

import dataclasses
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, ClassVar, override

from providers.base import BadOptions, Capabilities, Leaf, Node, Option, Provider, Record
from providers.fields import Choice, Field, Kind, Locked, Meaning, Required, Sent, Violation
from providers.options import clear_as_option, problems_of, read_option, read_path_option, split
from providers.refusals import complaints, said

_PAGE = "Update Customer"
_OLDER = "Update Customer, an older version"
_PERSON, _CONTACT, _ADDRESS, _CALLS, _RECORD = "Person", "Contact", "Address", "Calls", "Record"
_KEYS_OF_ERRORS = ("message", "error", "errors", "detail")
_LOANS = Choice("omit", "Import all loans (loanIds is left out)"), Choice("none", "Import no loan (an empty loanIds)")


def _text(name: str, label: str, group: str, meaning: Meaning | None, required: Required = Required.ONCE_SET) -> Field:
    source = _OLDER if required is Required.ONCE_SET else _PAGE
    return Field(name=name, label=label, kind=Kind.TEXT, group=group, meaning=meaning, required=required, source=source)


TABLE = (
    Field(
        name="id",
        label="Customer ID",
        kind=Kind.TEXT,
        group=_RECORD,
        locked=Locked.FORBIDDEN,
        locked_reason="Finosu knows this customer by this ID, so it cannot change.",
        required=Required.ALWAYS,
        sent=Sent.ALWAYS,
        source=_PAGE,
    ),
    Field(
        name="taskType",
        label="Task type",
        kind=Kind.CHOICE,
        group=_CALLS,
        help="Decides which calls are scheduled. Every update carries it, and Finosu may schedule calls anew.",
        required=Required.ALWAYS,
        sent=Sent.ALWAYS,
        choices=(Choice("collections", "collections"),),
        open_choices=True,
        source=_PAGE,
    ),
    _text("firstName", "First name", _PERSON, Meaning.GIVEN_NAME),
    _text("lastName", "Last name", _PERSON, Meaning.FAMILY_NAME),
    Field(
        name="email",
        label="E-mail",
        kind=Kind.EMAIL,
        group=_CONTACT,
        required=Required.ONCE_SET,
        meaning=Meaning.EMAIL,
        source=_OLDER,
    ),
    Field(
        name="phoneNumber",
        label="Phone",
        kind=Kind.PHONE,
        group=_CONTACT,
        home="US",
        meaning=Meaning.PHONE,
        source=_PAGE,
    ),
    Field(
        name="birthday",
        label="Birthday",
        kind=Kind.DATE,
        group=_PERSON,
        required=Required.ONCE_SET,
        sensitive=True,
        meaning=Meaning.BIRTH_DATE,
        source=_OLDER,
    ),
    Field(
        name="ssnLastFour",
        label="SSN, last four digits",
        kind=Kind.TEXT,
        group=_PERSON,
        digits=4,
        sensitive=True,
        source=_PAGE,
    ),
    Field(
        name="timezone",
        label="Time zone",
        kind=Kind.TIME_ZONE,
        group=_CALLS,
        help="Calls keep to the hours of this zone.",
        meaning=Meaning.TIME_ZONE,
        source=_PAGE,
    ),
    _text("streetAddress1", "Street address", _ADDRESS, Meaning.STREET),
    _text("streetAddress2", "Street address, second line", _ADDRESS, Meaning.STREET_EXTRA, Required.NO),
    _text("city", "City", _ADDRESS, Meaning.CITY),
    Field(
        name="state",
        label="State",
        kind=Kind.US_STATE,
        group=_ADDRESS,
        required=Required.ONCE_SET,
        meaning=Meaning.REGION,
        source=_OLDER,
    ),
    Field(
        name="zipCode",
        label="ZIP code",
        kind=Kind.ZIP,
        group=_ADDRESS,
        required=Required.ONCE_SET,
        meaning=Meaning.POSTAL_CODE,
        source=_OLDER,
    ),
    Field(
        name="doNotCall",
        label="Do not call",
        kind=Kind.YES_NO,
        group=_CALLS,
        help="Every update carries it, so that nobody who opted out is ever called.",
        required=Required.ALWAYS,
        sent=Sent.ALWAYS,
        source=_PAGE,
    ),
    Field(
        name="isTest",
        label="Test customer",
        kind=Kind.YES_NO,
        group=_RECORD,
        help="Marks a record that stands for nobody.",
        source=_PAGE,
    ),
    Field(
        name="externalMetadata",
        label="Further details",
        kind=Kind.JSON,
        group=_RECORD,
        help="Whatever else your systems keep here, as names and values.",
        source=_PAGE,
    ),
)


class Finosu(Provider):
    """The adapter. `doNotCall` is carried as just read; `sync`, `loanId` and `test` are never sent."""

    slug: ClassVar[str] = "finosu"
    title: ClassVar[str] = "Finosu"
    source_url: ClassVar[str] = "https://docs.finosu.com/"
    sources: ClassVar[Mapping[str, str]] = MappingProxyType(
        {_PAGE: "https://docs.finosu.com/api-reference/endpoint/customers/update"}
    )
    default_base_url: ClassVar[str] = ""
    default_path: ClassVar[str] = "/customers/{id}"
    default_auth: ClassVar[str] = "api_key"
    identity: ClassVar[tuple[str, ...]] = ("id",)
    table: ClassVar[tuple[Field, ...]] = TABLE
    can: ClassVar[Capabilities] = Capabilities(reads=True, reads_before_sending=True, echoes=True)
    own_options: ClassVar[tuple[Option, ...]] = (
        Option(
            "loan_ids",
            "Loans at an update",
            "An update that names no loans makes Finosu import all of them. Choose what your account wants.",
            required=True,
            choices=_LOANS,
        ),
        Option(
            "task_types",
            "Task types",
            "The values your company may use, separated by commas; capital letters count.",
            default="collections",
        ),
        read_option(),
        read_path_option("/customers/{id}"),
        clear_as_option(),
    )

    @override
    def under_settings(self) -> tuple[Field, ...]:
        values = split(self.settings.get("task_types", "")) or ("collections",)
        choices = tuple(Choice(value, value) for value in values)
        return tuple(
            dataclasses.replace(field, choices=choices) if field.name == "taskType" else field for field in self.table
        )

    @override
    def names_in_body(self, before: Record) -> tuple[str, ...]:
        return ("id",)

    @override
    def body(self, before: Record, members: Mapping[str, Leaf]) -> Node:
        if "loan_ids" not in self.settings:  # guessing would import loans, or fail to
            raise BadOptions(tuple(problems_of(self.settings, self.options, self.table)))
        return {**members, "loanIds": Leaf([])} if self.settings["loan_ids"] == "none" else members

    @override
    def reasons(self, document: Mapping[str, Any], status: int) -> Iterator[Violation]:
        """Those that name a field, from wherever they stand; otherwise the first sentence there is."""
        found = [each for key in _KEYS_OF_ERRORS for each in complaints(self.fields, document.get(key))]
        named = {field: text for field, text in reversed(found) if field}
        for field, text in reversed(named.items()):
            yield said(self.title, text, field=field, status=status)
        if found and not named:
            yield said(self.title, found[0][1], status=status)

    @override
    def is_own_404(self, document: Mapping[str, Any]) -> bool:
        """No 404 is documented; one whose words speak of a customer is no gateway's."""
        found = (text for key in _KEYS_OF_ERRORS for _, text in complaints(self.fields, document.get(key)))
        return any("customer" in text.casefold() for text in found)
