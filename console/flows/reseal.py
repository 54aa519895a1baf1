"""Reseal: brings what is kept into line with which fields a connection calls sensitive, once that was set anew.

Batch by batch, each customer by themselves: the values, what they are found by, and exchanges as they are shown.
"""

from __future__ import annotations

from django.db import connection as database
from django.db import transaction

from console.errors import KeyMissing
from console.models import Attempt, Change, Connection, Customer
from console.models.digests import shape_of
from providers.redaction import hidden

AT_ONCE = 100


def reseal(connection: Connection) -> int:
    """Gives how many customers were out of line. Interrupted, it goes on where it was when it is done again."""
    count = 0
    while some := _out_of_line(connection):
        count += sum(_reseal(pk) for pk in some)
        if len(some) < AT_ONCE:
            break
    return count


@transaction.atomic
def _reseal(pk: int) -> bool:
    [customer] = Customer.objects.locked([pk])
    try:
        customer.keep_anew()
    except KeyMissing:  # erased, or of a key that is not there: nothing of it can be told from what is kept
        return False
    for change in Change.objects.filter(customer=customer).prefetch_related("lines", "attempts"):
        change.customer, change.connection = customer, customer.connection
        _hide(change)
    return True


def _hide(change: Change) -> None:
    """In what a change shows in the open: its exchanges, what the provider answered, what it is alike with."""
    customer, provider = change.customer, change.customer.provider
    for line in change.lines.all():
        line.change = change
    lines = list(change.lines.all())
    before, after = ({line.field: getattr(line, part) for line in lines} for part in ("before", "after"))
    hide = provider.sensitive_texts(customer.record, before, after)
    for attempt in change.attempts.all():
        attempt.customer = customer
        _show_anew(attempt, hide)
    problems = [{**each, "message": hidden(str(each.get("message", "")), hide)} for each in change.problems]
    shape = change.shape and shape_of(customer, before, after)
    shown = {"problems": problems, "note": hidden(change.note, hide), "shape": shape}
    Change.objects.filter(pk=change.pk).update(**shown)


def _show_anew(attempt: Attempt, hide: set[str]) -> None:
    key, provider = attempt.customer.key, attempt.customer.provider
    shown = {"note": hidden(attempt.note, hide)}
    for name, sealed in (("request", attempt.sealed_request), ("response", attempt.sealed_response)):
        if sealed:
            shown[f"shown_{name}"] = provider.redact(key.open_bytes(name, str(attempt.pk), sealed), hide)
    Attempt.objects.filter(pk=attempt.pk).update(**shown)


def _out_of_line(connection: Connection) -> list[int]:
    """Those with an open value of a sensitive field, or a sealed one of a field that is none."""
    fields = connection.provider.fields
    sensitive, plain = ([field.name for field in fields if field.sensitive is wanted] for wanted in (True, False))
    with database.cursor() as cursor:
        cursor.execute(_OUT_OF_LINE, [connection.pk, sensitive, plain, AT_ONCE])
        return [pk for (pk,) in cursor.fetchall()]


_OUT_OF_LINE = """
    SELECT id FROM console_customer
    WHERE connection_id = %s AND erased_at IS NULL AND (values ?| %s::text[] OR sealed ?| %s::text[])
    ORDER BY id LIMIT %s
"""
