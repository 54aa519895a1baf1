"""Values: what our copy of each customer holds, against what its history says it learnt. It wants the keys of values.

It opens every value there is, so it takes longer than everything else and is done when asked for. Customers that were
erased have no values left.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection as database
from django.db import transaction

from console.errors import KeyMissing
from console.models import Customer, Line
from console.recalling import differences, record_at, record_now
from console.verifying.findings import Code, Finding, Report

AT_ONCE = 200


def misremembered(report: Report) -> Iterator[Finding]:
    """The fields of which our copy holds another value than history tells of, and lines that nobody asked for so."""
    with transaction.atomic():
        with database.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        known = Customer.objects.filter(erased_at__isnull=True).select_related("connection").order_by("pk")
        for count, customer in enumerate(known.iterator(chunk_size=AT_ONCE), start=1):
            yield from _of(customer)
            if count % AT_ONCE == 0:
                report.progress("customers", count)


def _of(customer: Customer) -> Iterator[Finding]:
    place = f"customer {customer.pk}"
    try:
        with database.cursor() as cursor:
            cursor.execute("SELECT statement_timestamp()")
            [now] = cursor.fetchone()
        for field in differences(record_at(customer, now), record_now(customer)):
            yield Finding(Code.VALUE, place, f"Our copy holds another {field} than its history tells of.")
        for line in Line.objects.filter(customer=customer).select_related("change").order_by("pk"):
            line.change.customer = customer
            _ = line.before, line.after
    except KeyMissing as problem:
        yield Finding(Code.VALUE, place, f"Not everything of it can be opened. {problem}")
