"""Adopt: takes a customer into the cache, with the baseline that opens their history."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from console.errors import CannotBeRead, RulesBroken, StepNotPossible
from console.flows.record import database_now, record
from console.flows.send import read
from console.models import Connection, Customer, Known, Origin, User
from console.permissions import Right, require
from providers import errors
from providers.base import BadIdentity
from providers.fields import Violation

if TYPE_CHECKING:
    from providers.fields import Value


def add_by_id(connection: Connection, external_id: str, *, by: User) -> Customer:
    """Takes in the customer with this id: read from the provider where it can be read, otherwise marked never read.

    Gives the cached one if there is one already. Raises RulesBroken when the text is no id of this provider, and
    CannotBeRead when the provider has no such customer or did not answer.
    """
    require(by, Right.PROPOSE, connection)
    identity = _identity(connection, external_id)
    same = Customer.objects.filter(connection=connection, external_id=connection.provider.external_id(identity))
    if known := same.first():
        return known
    values = _read_new(connection, identity) if connection.provider.capabilities.reads else {}
    try:
        return adopt(connection, identity, values, how=Known.READ, by=by, origin=Origin.PAGE)
    except StepNotPossible:  # somebody else added it while we were reading
        return same.get()


@transaction.atomic
def adopt(
    connection: Connection,
    identity: Mapping[str, Value],
    values: Mapping[str, Value],
    *,
    how: Known,
    by: User | None,
    origin: Origin,
    as_of: datetime | None = None,
) -> Customer:
    """Makes the cached copy and its baseline event; raises StepNotPossible if this customer is cached already."""
    customer = Customer(connection=connection, identity=dict(identity))
    customer.external_id = connection.provider.external_id(identity)
    customer.new_key()
    now = as_of or database_now()
    customer.learn(values, how=how, at=now)
    customer.version = 1
    customer.describe()
    try:
        with transaction.atomic():
            customer.save()
    except IntegrityError:
        raise StepNotPossible(f"{connection.name} already has a customer {customer.external_id}.") from None
    customer.index()
    baseline(customer, values, how=how, at=now, by=by, origin=origin)
    return customer


def baseline(
    customer: Customer, values: Mapping[str, Value], *, how: Known, at: datetime, by: User | None, origin: Origin
) -> None:
    """Opens the history of a customer that learnt these values just now."""
    details = {
        "how": how if values else "never read",
        "fields": sorted(values),
        "as of": at.isoformat(),
        "connection": customer.connection_id,
    }
    learnt = [name for name in customer.known if name in values]
    record(customer, "customer.baseline", by=by, origin=origin, details=details, values=dict(values), learnt=learnt)


def _identity(connection: Connection, external_id: str) -> dict[str, Value]:
    try:
        return dict(connection.provider.identify(external_id.strip()))
    except BadIdentity as problem:
        raise RulesBroken((Violation(None, "bad_identity", str(problem)),)) from None


def _read_new(connection: Connection, identity: Mapping[str, Value]) -> dict[str, Value]:
    try:
        return read(connection, identity)
    except errors.Refused as refusal:
        if refusal.gone:
            raise CannotBeRead(f"{connection.name} has no customer with this id.") from None
        raise CannotBeRead(f"{connection.name} refuses to show this customer.") from None
    except errors.ProviderError:
        raise CannotBeRead(f"{connection.name} did not answer as it should. Nothing was added; try again.") from None
