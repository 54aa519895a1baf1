"""What a drill needs before it begins: five connections, people, and customers that every wish of the drill fits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.contrib.auth.hashers import make_password

from console.flows.appoint import Appointment, appoint
from console.flows.connect import Account, connect
from console.management.demo.connections import OPTIONS
from console.management.demo.customers import take_in
from console.management.drill.plan import FIELDS, Plan, value_of
from console.models import Connection, Customer, Origin, Role, User
from providers import registry
from providers.sandbox import Control

SLOTS, RATE = 6, 200
SPARE = 6
"""Some of the sandbox's customers don't fit, as they came in with half of their values."""


@dataclass(frozen=True, slots=True)
class Cast:
    """Who takes part. `customers` by the slug of their provider."""

    author: User
    operator: User
    connections: Mapping[str, Connection]
    customers: Mapping[str, list[Customer]]


def furnish(plan: Plan, control: Control) -> Cast:
    """Makes all of it, by the flows that an administrator's commands use."""
    connections = {provider.slug: _connect(provider.slug, control) for provider in registry.all()}
    for connection in connections.values():
        take_in(connection, control, plan.customers + SPARE)
    customers = {slug: _fitting(connection)[: plan.customers] for slug, connection in connections.items()}
    return Cast(_person("author", Role.EDITOR), _person("operator", Role.OPERATOR), connections, customers)


def _connect(slug: str, control: Control) -> Connection:
    account = Account(
        name=registry.get(slug).title,
        provider_slug=slug,
        base_url=control.base_url(slug),
        credentials=control.credentials(slug),
        options=OPTIONS.get(slug, {}),
        slots=SLOTS,
        rate=RATE,
    )
    return connect(account, by=None, origin=Origin.COMMAND)[0]


def _fitting(connection: Connection) -> list[Customer]:
    """Those whose record lets every field of the drill be changed."""
    wishes = dict.fromkeys(FIELDS[connection.provider_slug], value_of(0))
    found = Customer.objects.filter(connection=connection).order_by("pk").select_related("connection")
    return [customer for customer in found if not connection.provider.violations(customer.record, wishes)]


def _person(name: str, role: Role) -> User:
    """Somebody who can't sign in: nobody knows the password, and there is none."""
    wanted = Appointment(username=f"drill-{name}", roles=[role], hashed_password=make_password(None), first_name=name)
    return appoint(wanted, by=None, origin=Origin.COMMAND)[0]
