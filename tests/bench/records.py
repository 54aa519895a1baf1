"""Made-up customers: each number gives the same one at any time, with names as unevenly spread as real ones are."""

from __future__ import annotations

from typing import Any

FIRST_NAMES = (
    "Asha Ravi Meera Arjun Kiran Lata Nikhil Divya Sanjay Adi Budi Citra Dewi Eka Fajar Gita Hadi Indah Joko Ann "
    "Ben Clara Dan Ellen Frank Grace Henry Iris Jack Karin Lars Mona Nils Olga Pavel Rosa Sven Tilda Ulla"
)
FIRST, COMMON = FIRST_NAMES.split(), "Priya"
SYLLABLES = ("ka", "ri", "mo", "sha", "ne", "lu", "ti", "ban", "wo", "ger")


def name_of(number: int) -> tuple[str, str]:
    """Given and family name; one in ten is called Priya, and there are a thousand family names."""
    given = COMMON if number % 10 == 0 else FIRST[number % len(FIRST)]
    return given, "".join(SYLLABLES[scattered(number) // 10**place % 10] for place in range(3)).capitalize()


def scattered(number: int) -> int:
    """Eight digits that look like chance, another eight for each number."""
    return number * 2_654_435_761 % 10**8


def email_of(number: int) -> str:
    """Everybody has an address of their own."""
    first, last = name_of(number)
    return f"{first}.{last}{number}@example.com".lower()


def phone_of(number: int) -> str:
    """Everybody has a number of their own; its last digits tell them apart."""
    return f"+9198{scattered(number):08}"


def records_of(slug: str, number: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Identity and values of one customer, in stored form."""
    return {"flowwise": flowwise, "sqril": sqril}[slug](number)


def flowwise(number: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """A plain record."""
    values = {
        "scope": "PROJECT",
        "name": " ".join(name_of(number)),
        "email": email_of(number),
        "phone": phone_of(number),
        "address": f"{number} Lake Road, Pune",
    }
    return {"customer_id": f"bench-{number:06}"}, values


def sqril(number: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """A long record, some of it sensitive."""
    first, last = name_of(number)
    values = {
        "name_first": first,
        "name_last": last,
        "gender": "FEMALE",
        "ic_number": f"3174{number:012}",
        "ic_type": "NIC",
        "ic_country": "ID",
        "occupation": "OCC4",
        "country_of_residence": "ID",
        "phone": phone_of(number),
        "email": email_of(number),
        "nationality": "ID",
        "dob": "1990-02-01",
        "address": f"Jl. Kebon Sirih {number}, Jakarta",
        "ic_expiry_date": "2030-01-31",
    }
    return {"customer_id": f"cus_{number:06}"}, values


def at_the_sandbox(number: int) -> dict[str, Any]:
    """The same plain record, as the sandbox keeps it."""
    identity, values = flowwise(number)
    stamps = {"status": "ACTIVE", "added_on": "2026-01-05T10:30:00Z", "updated_on": "2026-01-05T10:30:00Z"}
    return {"id": f"cust_rec_{number}", "project_id": "proj_bench", **stamps, **identity, **values}


def other_at_the_sandbox(number: int) -> dict[str, Any]:
    """The same long record, as the sandbox keeps it."""
    identity, values = sqril(number)
    return {**identity, **values}
