"""Records in which every field holds a hostile text, with all that comes of them: changes, refusals, reviews, notices.

At each provider ten records: over them each field holds every one of the fifty payloads, five at a time.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone

from console.auditing import Query
from console.exporting import make_all
from console.flows import export_customers, exports, review
from console.flows.erase import ask as ask_to_erase
from console.flows.examine import mark
from console.flows.export_customers import Wish
from console.flows.opening import Plan, open_review
from console.flows.propose import Proposal, propose_one
from console.flows.seal import seal
from console.flows.searches import save as save_search
from console.models import Change, Connection, Customer, Event, Format, Grant, Mark, Role, Status, User
from providers.fields import Field, Kind
from providers.identity import id_problem
from tests.browser.payloads import GROUPS, PAYLOADS
from tests.browser.stage import Stage, send_due
from tests.cast import PASSWORD, SAMPLES, SLUGS, connect, person, sample
from tests.deciding import policy
from tests.views.standing import standing

# The field that a person changes at each provider, into whatever of a group may be typed there.
TYPED = {"timepay": "last_name", "finosu": "city", "caibo": "address", "flowwise": "address", "sqril": "address"}
RECKONED = {Kind.MONEY, Kind.DECIMAL, Kind.WHOLE_NUMBER}


@dataclass(frozen=True, slots=True)
class Subject:
    """One record and what is about it. `number`: which of the ten."""

    slug: str
    number: int
    customer: Customer
    change: Change

    @property
    def event(self) -> Event:
        """The last of its history that tells values."""
        return Event.objects.filter(customer=self.customer, verb="change.proposed").latest("pk")


def subjects(on: Stage) -> list[Subject]:
    """Everything made; Hal, who may look at everything, has a hostile name as well."""
    ed, hal = person("ed"), hal_who_sees_all()
    made = [each for connection in connections(on) for each in _subjects(on, connection, ed)]
    _talked_about(made, hal)
    _reviewed(made, hal)
    _audited(hal)
    return made


def hal_who_sees_all() -> User:
    """Holds every role everywhere."""
    hal = User.objects.create_user("hal", password=PASSWORD, first_name=PAYLOADS[8], last_name=PAYLOADS[0])
    for role in Role:
        Grant.objects.create(user=hal, role=role)
    return hal


def connections(on: Stage) -> Iterator[Connection]:
    """One of each provider, named as hostilely as there is room."""
    for number, slug in enumerate(SLUGS):
        connection = connect(slug, on.sandbox)
        connection.name = f"{slug} {PAYLOADS[8 + number]}"[:80]
        connection.save()
        yield connection


def group(number: int) -> str:
    """Five payloads in one text."""
    return " ".join(GROUPS[number % len(GROUPS)])


def held_by(fields: Iterable[Field], number: int) -> dict[str, Any]:
    """What this record of the ten holds in each of these fields, as the provider's answer is understood."""
    held: dict[str, Any] = {}
    for place, field in enumerate(fields):
        text = group(number + place)
        wire: Any = {text: [text, {text: None}]} if field.kind is Kind.JSON else text
        if field.kind is not Kind.YES_NO:  # of which an answer with anything else is none
            held[field.name] = field.from_wire(wire)
    return held


def _subjects(on: Stage, connection: Connection, ed: User) -> Iterator[Subject]:
    """Of ten changes three are refused in hostile words, three applied, four wait for somebody to decide."""
    customers = [_customer(on, connection, number) for number in range(len(GROUPS))]
    ways = ["refused", "applied", "waits"] * 3 + ["waits"]
    for way in ("refused", "applied", "waits"):
        if way == "waits":
            send_due(connection)
            policy(f"Policy {PAYLOADS[10]}"[:60], TYPED[connection.provider_slug], at=[connection])
        for number, customer in enumerate(customers):
            if ways[number] == way:
                change = _change(on, customer, number, way, ed)
                yield Subject(connection.provider_slug, number, customer, change)


def _customer(on: Stage, connection: Connection, number: int) -> Customer:
    """Held like this by the provider as well, whose sandbox only wants a number where one is reckoned with."""
    provider = connection.provider
    held = held_by((field for field in provider.fields if field.name not in provider.identity), number)
    own = provider.field("loan_id" if "loan_id" in provider.identity else provider.identity[0])
    hostile_id = f"{4000 + number} {GROUPS[number][0][:60]}"
    held[own.name] = f"{4000 + number}" if own.kind in RECKONED or id_problem(hostile_id) else hostile_id
    reckoned = {field.name: "1" for field in provider.fields if field.kind in RECKONED and field.name in held}
    customer = sample(connection, **held)
    on.sandbox.seed(connection.provider_slug, [{**SAMPLES[connection.provider_slug], **held, **reckoned}])
    return customer


def _change(on: Stage, customer: Customer, number: int, way: str, ed: User) -> Change:
    words, field = group(number), customer.provider.field(TYPED[customer.connection.provider_slug])
    about: dict[str, Any] = {"why": words[:500], "reference": GROUPS[number][0][:60]}
    wishes = {field.name: _typed(customer, field, number)}
    if way == "applied":
        change = standing(customer, ed, Status.APPLIED, wishes={**wishes, **about})
        Change.objects.filter(pk=change.pk).update(ended_at=timezone.now())
        return change
    fault: dict[str, Any] = {"external_id": customer.external_id, "field": field.name, "message": words}
    on.sandbox.fault(customer.connection.provider_slug, "refuse", **fault)
    return propose_one(Proposal(customer.pk, wishes, uuid.uuid4().hex, **about), by=ed)


def _typed(customer: Customer, field: Field, number: int) -> str:
    """As much of a group as a person may type there."""
    said = ""
    for payload in (*GROUPS[number], "Low Street"):
        longer = f"{said} {payload}".strip()
        if not customer.provider.violations(customer.record, {field.name: longer}):
            said = longer
    return said


def _talked_about(made: list[Subject], hal: User) -> None:
    """Hal comments on what waits, sends one back, and wants one record erased."""
    waiting = [each for each in made if each.change.state is Status.PROPOSED]
    for each in waiting:
        review.comment(each.change.pk, by=hal, text=group(each.number)[:500])
    review.return_to_author(waiting[0].change.pk, by=hal, reason=group(1)[:500])
    ask_to_erase(made[0].customer.pk, by=hal, reference=PAYLOADS[9])


def _reviewed(made: list[Subject], hal: User) -> None:
    now = timezone.now()
    plan = Plan(f"Review {PAYLOADS[11]}", now - timedelta(days=1), now + timedelta(microseconds=1), [], 100)
    for number, item in enumerate(open_review(plan, by=hal).items.all()):
        mark(item.pk, Mark.QUESTIONED, by=hal, note=group(number)[:500])


def _audited(hal: User) -> None:
    save_search(Query(kind="change"), PAYLOADS[12][:60], by=hal)
    exports.ask(Query(kind="change"), Format.CSV, by=hal)
    here = Connection.objects.earliest("pk")
    export_customers.ask(Wish(here, Format.XLSX), here.customers.all(), by=hal)
    make_all(threading.Event())
    seal()
