"""A history as real flows write it: changes sent, approved, rejected and taken back, sign-ins; sealed on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from console.flows import review
from console.flows.propose import withdraw
from console.flows.record import record
from console.flows.seal import seal
from console.models import Customer, Origin, User
from tests.cast import SLUGS, connect, person, sample
from tests.deciding import approve, policy, reject
from tests.flows.helpers import push, wish

if TYPE_CHECKING:
    from providers.sandbox import Sandbox

EDITED = {
    "timepay": ("last_name", "Rao {}"),
    "finosu": ("city", "Oakland {}"),
    "caibo": ("address", "{} High Street, London"),
    "flowwise": ("address", "{} Defence Colony, New Delhi, Delhi 110024, India"),
    "sqril": ("address", "Jl. Thamrin No. 88{}, Jakarta"),
}


def live(sandbox: Sandbox, *, rounds: int = 4, sign_ins: int = 160) -> list[Customer]:
    """Some hundred events of all kinds, in a tree with several checkpoints; gives the customers."""
    ed, ann = person("ed"), person("ann")
    customers = [sample(connect(slug, sandbox), sandbox) for slug in SLUGS]
    policy("KYC fields", "occupation", at=[customers[-1].connection])
    for number in range(rounds):
        for customer in customers:
            field, text = EDITED[customer.connection.provider_slug]
            wish(customer, ed, {field: text.format("ABCDEFGH"[number])})
            push(customer)
        _decide(customers, number, ed, ann)
        sign_in(sign_ins // rounds, ed, ann, person("sam"), person("rae"))
        seal()
    return customers


def sign_in(times: int, *people: User) -> None:
    """Everybody so often in turn."""
    with transaction.atomic():
        for number in range(times):
            by = people[number % len(people)]
            record(by, "person.signed_in", by=by, origin=Origin.PAGE)


def _decide(customers: list[Customer], number: int, ed: User, ann: User) -> None:
    """At a connection where fields need an approval: one that gets it, one that does not, one that is taken back."""
    adi = customers[-1]
    change = wish(adi, ed, {"occupation": f"OCC{number + 5}"})
    review.comment(change.pk, by=ann, text="Which call was that?")
    approve(change, ann)
    push(adi)
    reject(wish(adi, ed, {"occupation": "OCC3"}), ann)
    withdraw(wish(adi, ed, {"occupation": "OCC2"}).pk, by=ed)
