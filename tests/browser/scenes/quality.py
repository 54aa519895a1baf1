"""Records that a provider would refuse, as the scenes of quality show them: some of them seen to, one under way."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from console.flows import quality
from console.flows.assign import assign_next
from console.flows.propose import Proposal, propose_one
from console.models import Connection, Flaw, FlawDay
from console.models.quality import Rule
from tests.browser.scenes.playing import Play, Scene
from tests.cast import person, sample

if TYPE_CHECKING:
    from console.models import Customer

PEOPLE: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("Made", "Suartana", {"phone": None}),
    ("Ketut", "Arimbawa", {"phone": "call her son"}),
    ("Wulan", "Sari", {"phone": None, "email": "wulan@example"}),
    ("Bayu", "Nugraha", {"phone": "none, uses WhatsApp of the neighbour across the street"}),
    ("Nur", "Hidayah", {"phone": None}),
    ("Dimas", "Prasetyo", {"email": "dimas.example.com", "address": None}),
    ("Siti Nurhaliza binti", "Abdullah-Kusumawardhani", {"phone": None}),
    ("Ayu", "Lestari", {"phone": None}),
)
BEFORE = (11, 11, 12, 12, 12, 14, 13, 13, 10, 10, 9, 9, 9, 8, 7, 7, 7, 7, 6, 6)


def play(played: Play) -> None:
    """Some customers of SQRIL and Finosu, and how many there were in the days before."""
    sqril, finosu = played.stage.connections["sqril"], played.stage.connections["finosu"]
    made = [_made(sqril, number, *one) for number, one in enumerate(PEOPLE)]
    for number, zip_code in enumerate(("9410", "SW1A 1AA")):
        sample(finosu, id=f"FN-9{number}", firstName="Noor", lastName=f"Bakker {number}", zipCode=zip_code)
    ed, jo, rule = person("ed"), person("jo"), Rule(sqril.pk, "phone", "required")
    _put_right(made[0])
    assign_next(2, rule, jo, by=jo)
    assign_next(1, rule, ed, by=jo)
    quality.count()
    _days(rule)


def _made(sqril: Connection, number: int, first: str, last: str, wrong: Mapping[str, Any]) -> Customer:
    whole = {"email": f"{first.lower().split()[0]}@example.com", **wrong}
    return sample(sqril, customer_id=f"cus_q{number}", name_first=first, name_last=last, **whole)


def _put_right(customer: Customer) -> None:
    """A change that asks for it waits."""
    proposal = Proposal(customer.pk, {"phone": "+62812345679"}, uuid.uuid4().hex, why="She called.")
    propose_one(proposal, by=person("ed"))


def _days(rule: Rule) -> None:
    """Counted for some weeks, the worker away for two days of them."""
    Flaw.objects.of(rule).filter(pk__lte=Flaw.objects.of(rule).first().pk).update(  # type: ignore[union-attr]  # made above
        since=datetime.now(UTC) - timedelta(days=19)
    )
    today = datetime.now(UTC).date()
    FlawDay.objects.bulk_create(
        FlawDay(
            connection_id=rule.connection,
            field=rule.field,
            code=rule.code,
            count=count,
            day=today - timedelta(days=back),
        )
        for back, count in zip(range(len(BEFORE), 0, -1), BEFORE, strict=True)
        if back not in {13, 12}
    )


SCENES: Mapping[str, Scene] = {
    "quality": Scene("/quality/"),
    "quality, of a viewer": Scene("/quality/", who="rae"),
    "quality of nobody": Scene("/quality/", who="vic"),
    "quality, nothing wrong": Scene("/quality/", who="lea"),
    "quality, none of a kind": Scene("/quality/?kind=mine", who="rae"),
    "quality, none assigned": Scene("/quality/{sqril_connection}/phone/required/?whose=mine&done=1", who="kim"),
    "quality, a rule": Scene("/quality/{sqril_connection}/phone/required/"),
    "quality, wrong values": Scene("/quality/{sqril_connection}/phone/invalid_phone/"),
    "quality, of one who may not": Scene("/quality/{sqril_connection}/phone/required/", who="rae"),
    "quality, nothing left": Scene("/quality/{sqril_connection}/occupation/required/"),
    "quality, fixing": Scene("/quality/{sqril_connection}/phone/required/next/"),
}
