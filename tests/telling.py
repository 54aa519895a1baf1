"""Changes and events as the database would give them, and what is told of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from console.explain import Explanation, state_sentence
from console.models import Change, Connection, Customer, Event, Origin, Status, User
from console.sentences import event_sentence

NOW = datetime(2025, 11, 21, 10, 24, tzinfo=UTC)
ED = User(pk=1, username="ed", first_name="Ed", last_name="Kowalski")
JO = User(pk=2, username="jo", first_name="Jo", last_name="Lindqvist")
ANN = User(pk=5, username="ann", first_name="Ann", last_name="Mwangi")
SAM = User(pk=6, username="sam", first_name="Sam", last_name="Tanaka")


def change(
    status: Status,
    slug: str = "sqril",
    *,
    paused: bool = False,
    interrupted: bool = False,
    gone: bool = False,
    **about: Any,
) -> Change:
    """Ed's change at a provider, as the database would give it."""
    options = {"finosu": {"loan_ids": "none"}}.get(slug, {})
    connection = Connection(pk=3, provider_slug=slug, name=slug.title(), options=options)
    if paused:
        connection.paused_at, connection.pause_reason = NOW, "The provider does not accept our credentials"
    if interrupted:
        connection.failures, connection.interrupted_at = 5, NOW
        connection.probe_at = NOW + timedelta(minutes=2)
    customer = Customer(pk=4, connection=connection, gone_at=NOW if gone else None)
    return Change(pk=17, customer=customer, connection=connection, requester=ED, status=status, **about)


def told(asked: Change, **about: Any) -> Explanation:
    return state_sentence(asked, now=NOW, **about)


def whole(explained: Explanation) -> str:
    return f"{explained.word} {explained.headline} {explained.following}"


def sentence(customer: Customer, verb: str, by: User | None = None, values: Any = None, **details: Any) -> str:
    """What is told of an event of this customer that was just written."""
    named = {name.replace("_", " ") if name == "because_of" else name: value for name, value in details.items()}
    event = Event(
        customer=customer,
        subject=f"customer:{customer.pk}",
        number=99,
        verb=verb,
        actor=by,
        origin=Origin.PAGE,
        details=named,
    )
    if values:
        event.sealed_values = customer.key.seal("event", f"{event.subject}/{event.number}", values)
    return event_sentence(event, customer.provider.fields)
