"""Recalling: a record as the console knew it at any moment, each value with the event that brought it.

It is read from history alone. The database notes of each event which fields our copy learnt by it (`Mention`), so the
value then is the one that the last such event brought: one probe of an index for each field, however many events there
are. Order is that of the customer's chain; a moment only says up to where.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import connection as database
from django.utils import timezone

from console.errors import KeyMissing
from console.models import Change, Customer, Event, User
from console.models.rows import Table

if TYPE_CHECKING:
    from providers.fields import Field, Value

ALONE = frozenset({"customer.baseline", "customer.declared"})
"""Events that hold a value by itself; all others hold what it was and what it is."""

NEAR = 32
"""Events of one customer that were told at once may stand in another order than their moments, no further apart."""

FEW = 20


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the chain of a customer something stands."""

    event: int
    number: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Recalled:
    """One value as it was known, and the event that brought it; `event` is None for what the record alone tells."""

    value: Value
    event: Event | None


@dataclass(frozen=True, slots=True)
class Recollection:
    """A record as it was known after an event: of each field that was known the value.

    `place` is None where the console did not know the customer yet; `is_open` is False where the key of the values was
    erased: then it is known which event brought each value, and not the value.
    """

    customer: Customer
    place: Place | None
    values: Mapping[str, Recalled]
    is_open: bool = True

    def value(self, name: str) -> Value:
        """What was known of a field; None where nothing was."""
        known = self.values.get(name)
        return known.value if known else None

    @property
    def record(self) -> dict[str, Value]:
        """All values by field, without the identity."""
        return {name: known.value for name, known in self.values.items()}

    @property
    def latest(self) -> Event | None:
        """The event that last brought something."""
        events = [known.event for known in self.values.values() if known.event]
        return max(events, key=lambda event: event.pk, default=None)


@dataclass(frozen=True, slots=True)
class Steps:
    """The moments at which the record was last another one, and next became one; None where there is none."""

    previous: datetime | None
    next: datetime | None


def record_at(customer: Customer, moment: datetime) -> Recollection:
    """The record as it was known then."""
    return _after(customer, last_place(customer, moment))


def record_now(customer: Customer) -> Recollection:
    """The record as it is known, each value with the event that brought it."""
    told = _after(customer, _end(customer))
    if not told.is_open:
        return told
    record, fields = customer.record, fields_told(customer)
    known = {field.name: _as_told(field, record[field.name], told) for field in fields if field.name in record}
    return Recollection(customer, told.place, known)


def first_known(customer: Customer) -> datetime | None:
    """When the console came to know the customer."""
    with database.cursor() as cursor:
        cursor.execute("SELECT at FROM console_event WHERE subject = %s AND number = 1", [_subject(customer)])
        row = cursor.fetchone()
    return row[0] if row else None


def last_place(customer: Customer, moment: datetime) -> Place | None:
    """The last event of a customer up to a moment: found by halving the chain, flat in its length."""
    asked: Mapping[str, Any] = {
        "subject": _subject(customer),
        "length": customer.chain_length,
        "moment": moment,
        "near": NEAR,
    }
    with database.cursor() as cursor:
        cursor.execute(_PLACE, asked)
        row = cursor.fetchone()
    return Place(*row) if row else None


def steps_around(told: Recollection) -> Steps:
    """Where the record changed before and after what is told."""
    latest = told.latest
    asked: Mapping[str, Any] = {
        "customer": told.customer.pk,
        "fields": [field.name for field in fields_told(told.customer)],
        "latest": latest.pk if latest else 0,
        "latest_at": latest.at if latest else None,
        "after": told.place.event if told.place else 0,
    }
    with database.cursor() as cursor:
        cursor.execute(_STEPS, asked)
        return Steps(*cursor.fetchone())


def differences(then: Recollection, now: Recollection) -> list[str]:
    """The fields that hold another value, in the order of the form. Empty and never known are the same.

    Where the key was erased, those that another event brought: what they held, nobody can compare.
    """
    return [field.name for field in fields_told(then.customer) if _differs(field, then, now)]


def fields_told(customer: Customer) -> Sequence[Field]:
    """The fields that history tells of: not what names the record, and not moments that a provider writes by itself."""
    identity = customer.provider.identity
    return [field for field in customer.provider.fields if field.name not in identity and not field.is_stamp]


def brought(event: Event, name: str) -> Value:
    """The value that an event brought to a field. Raises KeyMissing where the key was erased."""
    value = event.values.get(name)
    if event.verb in ALONE:
        return value  # type: ignore[return-value]  # these hold no pairs
    return value[-1] if isinstance(value, list) and value else None


def _differs(field: Field, then: Recollection, now: Recollection) -> bool:
    if not (then.is_open and now.is_open):
        return _brought_by(then, field) != _brought_by(now, field)
    before, after = then.value(field.name), now.value(field.name)
    if field.is_blank(before) and field.is_blank(after):
        return False
    return not field.same(before, after)


def _brought_by(told: Recollection, field: Field) -> Event | None:
    known = told.values.get(field.name)
    return known.event if known else None


def _after(customer: Customer, place: Place | None) -> Recollection:
    if place is None:
        return Recollection(customer, None, {})
    names = [field.name for field in fields_told(customer)]
    with database.cursor() as cursor:
        cursor.execute(_LEARNT, {"customer": customer.pk, "fields": names, "last": place.event})
        told = {name: event for row in cursor.fetchall() for event in [_event(row, customer)] for name in row[-1]}
    try:
        customer.key  # noqa: B018 - unwrapped for the first time here
    except KeyMissing:
        return Recollection(customer, place, {name: Recalled(None, event) for name, event in told.items()}, False)
    return Recollection(customer, place, {name: Recalled(brought(event, name), event) for name, event in told.items()})


def _event(row: Sequence[Any], customer: Customer) -> Event:
    """With its actor, and of its change no more than who asked for it."""
    event = _EVENT.of(row)
    event.customer = customer
    event.actor = _ACTOR.of(row[len(_EVENT) :]) if event.actor_id else None
    if event.change_id:
        at = len(_EVENT) + len(_ACTOR)
        event.change = _CHANGE.of(row[at:])
        event.change.requester = _REQUESTER.of(row[at + len(_CHANGE) :])
    return event


def _as_told(field: Field, value: Value, told: Recollection) -> Recalled:
    """The value of the record, with the event that brought it, if history tells the same."""
    known = told.values.get(field.name)
    return Recalled(value, known.event if known and field.same(known.value, value) else None)


def _end(customer: Customer) -> Place | None:
    """Behind whatever there is, as of now."""
    return Place(_LAST, customer.chain_length, timezone.now()) if customer.chain_length else None


def _subject(customer: Customer) -> str:
    return f"customer:{customer.pk}"


_LAST = 2**63 - 1  # no event has a larger key
_PEOPLE = ("id", "username", "first_name", "last_name")
_EVENT, _ACTOR = Table(Event, "event"), Table(User, "actor", only=_PEOPLE)
_CHANGE, _REQUESTER = Table(Change, "change", only=("id", "requester_id")), Table(User, "requester", only=_PEOPLE)
# Of a missing place nobody can say when it was: then what is later is looked through no further.
_PLACE = """
    WITH RECURSIVE halves(low, high) AS (
        SELECT 0, %(length)s + 1
        UNION ALL
        SELECT
            CASE WHEN probe.is_before THEN probe.number ELSE low END,
            CASE WHEN probe.is_before THEN high ELSE probe.number END
        FROM halves CROSS JOIN LATERAL (
            SELECT (low + high) / 2 AS number, coalesce((
                SELECT event.at <= %(moment)s FROM console_event event
                WHERE event.subject = %(subject)s AND event.number = (low + high) / 2
            ), false) AS is_before
        ) AS probe
        WHERE high - low > 1
    )
    SELECT event.id, event.number, event.at FROM console_event event
    WHERE event.subject = %(subject)s AND event.at <= %(moment)s
        AND event.number BETWEEN (SELECT max(low) FROM halves) AND (SELECT max(low) FROM halves) + %(near)s
    ORDER BY event.number DESC LIMIT 1
"""
# Of each field a few are read and the last of them taken: asked for one alone, PostgreSQL may go through the events of
# all customers until it meets it.
_LEARNT = f"""
    WITH latest AS (
        SELECT named.field, (
            SELECT max(few.event_id) FROM (
                SELECT mention.event_id FROM console_mention mention
                WHERE mention.customer_id = %(customer)s AND mention.field = named.field AND mention.learnt
                    AND mention.event_id <= %(last)s
                ORDER BY mention.event_id DESC LIMIT {FEW}
            ) AS few
        ) AS event_id
        FROM unnest(%(fields)s::text[]) AS named(field)
    )
    SELECT {_EVENT.columns}, {_ACTOR.columns}, {_CHANGE.columns}, {_REQUESTER.columns},
        ARRAY(SELECT field FROM latest WHERE latest.event_id = event.id)
    FROM console_event event
        LEFT JOIN console_user actor ON actor.id = event.actor_id
        LEFT JOIN console_change change ON change.id = event.change_id
        LEFT JOIN console_user requester ON requester.id = change.requester_id
    WHERE event.id = ANY(ARRAY(SELECT DISTINCT event_id FROM latest WHERE event_id IS NOT NULL))
"""  # noqa: S608 - of our own names
_STEPS = f"""
    SELECT max(earlier), min(later)
    FROM unnest(%(fields)s::text[]) AS named(field) CROSS JOIN LATERAL (
        SELECT (
            SELECT max(few.at) FROM (
                SELECT mention.at FROM console_mention mention
                WHERE mention.customer_id = %(customer)s AND mention.field = named.field AND mention.learnt
                    AND mention.event_id < %(latest)s AND mention.at < %(latest_at)s
                ORDER BY mention.event_id DESC LIMIT {FEW}
            ) AS few
        ) AS earlier, (
            SELECT min(few.at) FROM (
                SELECT mention.at FROM console_mention mention
                WHERE mention.customer_id = %(customer)s AND mention.field = named.field AND mention.learnt
                    AND mention.event_id > %(after)s
                ORDER BY mention.event_id LIMIT {FEW}
            ) AS few
        ) AS later
    ) AS around
"""  # noqa: S608 - of our own numbers
