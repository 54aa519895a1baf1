"""What scenes are made of: a page in a state, and the play by which all of them come about."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Page

from console.flows.propose import Proposal, propose_one
from console.models import Change, Connection, Customer, User
from tests.browser.stage import Stage, send_due

PEOPLE = ("ed", "jo", "ops", "max", "vic")


@dataclass(frozen=True, slots=True)
class Scene:
    """A page to look at: its address with the names of what was played, who looks, and what they do there first."""

    path: str
    who: str = "ed"
    does: Callable[[Page], object] = bool
    status: int = 200


@dataclass(slots=True)
class Play:
    """Plays on a stage; `numbers` has the keys of the changes, customers and connections that the scenes name."""

    stage: Stage
    people: Mapping[str, User]
    numbers: dict[str, int] = field(default_factory=dict)

    def customer(self, slug: str, number: int) -> Customer:
        external_id = list(self.stage.sandbox.records(slug))[number]
        found = Customer.objects.select_related("connection")
        return found.get(connection=self.stage.connections[slug], external_id=external_id)

    def ask(self, name: str, slug: str, number: int, who: str = "ed", why: str = "", **wishes: Any) -> Change:
        customer = self.customer(slug, number)
        item = Proposal(customer.pk, wishes, uuid.uuid4().hex, why=why, reference="SUP-4471" if why else "")
        change = propose_one(item, by=self.people[who])
        self.numbers[name] = change.pk
        return change

    def push(self, slug: str) -> None:
        send_due(self.stage.connections[slug])

    def spoil(self, slug: str, number: int, kind: str, **parameters: Any) -> None:
        external_id = self.customer(slug, number).external_id
        self.stage.sandbox.fault(slug, kind, external_id=external_id, **parameters)


def another_account(played: Play, name: str) -> Connection:
    """At SQRIL, with no customers yet."""
    connection = Connection.objects.get(pk=played.stage.connections["sqril"].pk)
    connection.pk, connection._state.adding = None, True
    connection.name = f"SQRIL, {name}"
    connection.save()
    return connection
