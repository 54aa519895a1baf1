"""Disclose: gives a person all that is held about them, at all connections where somebody may; history tells of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection as database
from django.db import transaction

from console.errors import NotPermitted, StepNotPossible
from console.flows.dossier import dossier_of
from console.flows.record import database_now, record
from console.models import Customer, Origin, User
from console.models.search import LONGEST, fold
from console.permissions import Right, places_where, refusal_sentence, require

MOST = 50
LONGEST_REFERENCE = 200


@dataclass(frozen=True, slots=True)
class Candidate:
    """Another record that may be the same person's, and what it has in common; a person chooses."""

    customer: Customer
    same: Sequence[str]


def candidates(customer: Customer, *, by: User) -> list[Candidate]:
    """Records with exactly the same e-mail, phone or name, wherever this person may disclose; what fits best first."""
    require(by, Right.DISCLOSE, customer.connection)
    places = places_where(by, Right.DISCLOSE)
    terms = [term for term in (fold(customer.email)[:LONGEST], _digits(customer.phone)) if term]
    name = customer.sort_name if customer.name else ""
    with database.cursor() as cursor:
        cursor.execute(_ALIKE, [terms, name, customer.pk, places.everywhere, places.ids, MOST])
        keys = [pk for (pk,) in cursor.fetchall()]
    others = Customer.objects.filter(pk__in=keys).select_related("connection").order_by("pk")
    found = [Candidate(other, same) for other in others if (same := _same(customer, other))]
    return sorted(found, key=lambda each: -len(each.same))


def disclose(pks: Collection[int], *, by: User, reference: str, origin: Origin = Origin.PAGE) -> dict[str, Any]:
    """All that is held about these customers, each opened, with one event in the history of each.

    `reference` names the request that it follows. Raises NotPermitted unless this person may at each of them.
    """
    reference = reference.strip()
    if not reference or len(reference) > LONGEST_REFERENCE:
        raise StepNotPossible(f"Name the request that it follows, in at most {LONGEST_REFERENCE} characters.")
    if not 0 < len(set(pks)) <= MOST:
        raise StepNotPossible(f"Choose from 1 to {MOST} records.")
    with transaction.atomic():
        customers = Customer.objects.locked(sorted(set(pks)))
        if len(customers) != len(set(pks)):
            raise StepNotPossible("One of the records is not there any more.")
        for customer in customers:
            require(by, Right.DISCLOSE, customer.connection)
        for customer in customers:
            values = {} if customer.is_erased else {"reference": reference}
            details = {"with": [each.pk for each in customers if each.pk != customer.pk]}
            record(customer, "customer.disclosed", by=by, origin=origin, details=details, values=values)
    made_at = database_now().isoformat(timespec="seconds")
    about = {"made at": made_at, "made by": by.name, "request": reference}
    return {**about, "records": [dossier_of(customer) for customer in customers]}


def why_not(customer: Customer, *, by: User) -> str:
    """Why this person may not disclose this record; empty where they may."""
    try:
        require(by, Right.DISCLOSE, customer.connection)
    except NotPermitted:
        return refusal_sentence(Right.DISCLOSE, customer.connection, to=by)
    return ""


def _same(customer: Customer, other: Customer) -> list[str]:
    pairs = {
        "e-mail": (fold(customer.email), fold(other.email)),
        "phone": (_digits(customer.phone), _digits(other.phone)),
        "name": (customer.sort_name if customer.name else "", other.sort_name if other.name else ""),
    }
    return [what for what, (mine, theirs) in pairs.items() if mine and mine == theirs]


def _digits(phone: str) -> str:
    return "".join(filter(str.isdigit, phone))


# By the words they are found by, and by the name as lists sort it: an index of each.
_ALIKE = """
    SELECT customer.id FROM console_customer customer
    WHERE customer.id IN (
        SELECT customer_id FROM console_searchterm WHERE term = ANY(%s::varchar[])
        UNION SELECT id FROM console_customer WHERE sort_name = %s AND sort_name <> ''
    ) AND customer.id <> %s AND customer.erased_at IS NULL AND (%s OR customer.connection_id = ANY(%s::bigint[]))
    ORDER BY customer.id LIMIT %s
"""
