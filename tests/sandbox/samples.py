"""One acceptable update per provider, of a customer that every sandbox has."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Sample:
    """Where and what to send, and what then must be different in the record."""

    slug: str
    external_id: str
    target: str
    document: dict[str, Any]
    changed: dict[str, Any]


SAMPLES = {
    sample.slug: sample
    for sample in (
        Sample(
            "timepay",
            "camp_abc123/loan:LOAN-2025-00123",
            "/api/v1/customers/update",
            {"campaignId": "camp_abc123", "loan_id": "LOAN-2025-00123", "data": {"payment_status": "paid"}},
            {"payment_status": "paid"},
        ),
        Sample(
            "finosu",
            "cust_12345",
            "/customers/cust_12345",
            {"id": "cust_12345", "taskType": "collections", "firstName": "Jordana", "doNotCall": True, "loanIds": []},
            {"firstName": "Jordana"},
        ),
        Sample(
            "caibo",
            "12345",
            "/customers/12345",
            {"name": "Casey Morgan", "email": "newemail@example.com", "phone": "+1234567890"},
            {"email": "newemail@example.com", "phone": "+1234567890"},
        ),
        Sample(
            "flowwise",
            "cust_priya_sharma_2024",
            "/customer/cust_priya_sharma_2024",
            {
                "customer_id": "cust_priya_sharma_2024",
                "scope": "PROJECT",
                "name": "Priya Sharma",
                "phone": "+919876543210",
                "email": "priya.sharma@gmail.com",
                "address": "456 Defence Colony, New Delhi, Delhi 110024, India",
            },
            {"email": "priya.sharma@gmail.com", "address": "456 Defence Colony, New Delhi, Delhi 110024, India"},
        ),
        Sample(
            "sqril",
            "CUS-ID-40000",
            "/updateCustomer?customer_id=CUS-ID-40000",
            {
                "email": "john.updated@example.com",
                "phone": "+62812345679",
                "occupation": "OCC10",
                "address": "Jl. Thamrin No. 88, Jakarta",
            },
            {"phone": "+62812345679", "occupation": "OCC10", "address": "Jl. Thamrin No. 88, Jakarta"},
        ),
    )
}
