"""The named cast of the tests, and the customers they work on.

Ed and Jo edit, Ann and Sam approve, Ops operates, Rae reviews, Max and Ida administer, Vic holds no grant at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from console.flows.adopt import adopt
from console.models import Connection, Customer, Grant, Known, Origin, Role, User

if TYPE_CHECKING:
    from providers.sandbox import Sandbox

PASSWORD = "a long pass phrase of the cast"
SLUGS = ("timepay", "finosu", "caibo", "flowwise", "sqril")

CAST: Mapping[str, tuple[str, str, Role | None]] = {
    "ed": ("Ed", "Kowalski", Role.EDITOR),
    "jo": ("Jo", "Lindqvist", Role.EDITOR),
    "ann": ("Ann", "Mwangi", Role.APPROVER),
    "sam": ("Sam", "Tanaka", Role.APPROVER),
    "ops": ("Olu", "Peters", Role.OPERATOR),
    "rae": ("Rae", "Okafor", Role.REVIEWER),
    "max": ("Max", "Brandt", Role.ADMINISTRATOR),
    "ida": ("Ida", "Novak", Role.ADMINISTRATOR),
    "vic": ("Vic", "Stranger", None),
}

OPTIONS: Mapping[str, dict[str, str]] = {"finosu": {"loan_ids": "none"}}

# One customer of each provider, as the provider has them: the documentation pages' own, completed to a whole record.
SAMPLES: Mapping[str, dict[str, Any]] = {
    "timepay": {
        "campaignId": "camp_abc123",
        "loan_id": "LOAN-2025-00123",
        "first_name": "Asha",
        "last_name": "Rao",
        "phone_number": "+919021088123",
        "payment_status": "partial",
        "language": "hindi",
        "loan_amount": "125000.50",
        "loan_period": "24",
        "emi_due_date": "2026-12-05",
    },
    "finosu": {
        "id": "FN-20418",
        "taskType": "collections",
        "firstName": "Lena",
        "lastName": "Okafor",
        "email": "lena.okafor@example.com",
        "birthday": "1985-06-15",
        "ssnLastFour": "1234",
        "timezone": "America/Los_Angeles",
        "phoneNumber": "+14155550132",
        "streetAddress1": "123 Main St",
        "streetAddress2": "Apt 4B",
        "city": "San Francisco",
        "state": "CA",
        "zipCode": "94102",
        "doNotCall": True,
        "isTest": False,
    },
    "caibo": {
        "id": "12345",
        "name": "Ann Whitfield",
        "email": "ann.whitfield@example.com",
        "address": "1 High Street, London",
        "phone": "+442079460958",
        "memberId": "M-77",
    },
    "flowwise": {
        "customer_id": "cust_priya_sharma_2024",
        "scope": "PROJECT",
        "name": "Priya Sharma",
        "phone": "+919876543210",
        "email": "priya.sharma@gmail.com",
        "address": "123 Connaught Place, New Delhi, Delhi 110001, India",
    },
    "sqril": {
        "customer_id": "cus_8f31c2",
        "name_first": "Adi",
        "name_last": "Wijaya",
        "gender": "MALE",
        "ic_number": "3174012345678901",
        "ic_type": "NIC",
        "ic_country": "ID",
        "occupation": "OCC4",
        "country_of_residence": "ID",
        "phone": "+62812345679",
        "email": "adi.wijaya@example.com",
        "nationality": "ID",
        "dob": "1990-02-01",
        "address": "Jl. Kebon Sirih 12, Jakarta",
        "ic_expiry_date": "2030-01-31",
    },
}


def person(username: str, *connections: Connection) -> User:
    """Somebody of the cast, with their role at these connections, or everywhere when none is named."""
    first, last, role = CAST[username]
    user = User.objects.filter(username=username).first()
    if user is None:
        user = User.objects.create_user(username, password=PASSWORD, first_name=first, last_name=last)
    if role:
        for connection in connections or (None,):
            Grant.objects.get_or_create(user=user, connection=connection, role=role)
    return user


def connect(slug: str, sandbox: Sandbox | None = None, **options: str) -> Connection:
    """A connection to this provider, at the sandbox where one is given."""
    connection = Connection(
        provider_slug=slug, name=slug.title(), options={**OPTIONS.get(slug, {}), **options}, rate=1000
    )
    connection.base_url = sandbox.base_url(slug) if sandbox else f"https://{slug}.example.com"
    connection.credentials = (
        sandbox.credentials(slug) if sandbox else dict.fromkeys(connection.provider.credential_keys, "x")
    )
    connection.save()
    return connection


def sample(connection: Connection, sandbox: Sandbox | None = None, **changed: Any) -> Customer:
    """The sample customer of this connection's provider, in the cache and, where a sandbox is given, there too."""
    record = {
        name: value for name, value in {**SAMPLES[connection.provider_slug], **changed}.items() if value is not ...
    }
    if sandbox:
        sandbox.seed(connection.provider_slug, [record])
    provider = connection.provider
    identity = {name: record[name] for name in provider.identity if name in record}
    values = {name: value for name, value in record.items() if name not in identity}
    return adopt(connection, identity, values, how=Known.IMPORTED, by=None, origin=Origin.COMMAND, as_of=timezone.now())
