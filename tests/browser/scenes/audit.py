"""The audit: events searched and narrowed, the proof, exports in every state."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from django.utils import timezone

from console.auditing import Query
from console.exporting import make_all
from console.flows import exports, making
from console.flows.seal import seal
from console.flows.searches import save as save_search
from console.models import Event, Export, Format, Grant, Role, User
from tests.browser.scenes.playing import Play, Scene
from tests.cast import PASSWORD, person
from tests.flows.sealing import happen


def play(played: Play) -> None:
    """History is signed, Rae and Sue take packs along; and the numbers of some events."""
    _sealed()
    _exported(played)
    applied, long = played.numbers["applied"], played.numbers["rq_long"]
    told = {
        "event": Event.objects.filter(change=applied, verb="change.applied").latest("pk"),
        "event_seen": Event.objects.filter(customer=played.numbers["finosu"]).earliest("pk"),
        "event_long": Event.objects.filter(change=long, verb="change.proposed").latest("pk"),
    }
    played.numbers |= {name: event.pk for name, event in told.items()}


def _sealed() -> None:
    """History is signed three times, and something happens after that."""
    for _ in range(3):
        seal()
        happen(2)


def _exported(played: Play) -> None:
    """Rae has a pack, and one that waits; Sue, who reviews too, has some in every other state."""
    rae, sue, tim = person("rae"), *(User.objects.create_user(name, password=PASSWORD) for name in ("sue", "tim"))
    Grant.objects.bulk_create(Grant(user=user, role=Role.REVIEWER) for user in (sue, tim))
    pack = exports.ask(Query(change=played.numbers["applied"]), Format.PACK, by=rae)
    gone = exports.ask(Query(kind="decision"), Format.CSV, by=sue)
    make_all(threading.Event())
    exports.stop(gone, by=sue)
    stopped = exports.ask(Query(kind="connection"), Format.JSONL, by=sue)
    exports.stop(stopped, by=sue)
    failed = exports.ask(Query(kind="customer"), Format.CSV, by=sue)
    Export.objects.filter(pk=failed.pk).update(status="failed", note=making.GAVE_UP, ended_at=timezone.now())
    running = exports.ask(Query(), Format.PACK, by=sue)
    taken = making.claim()
    if taken:
        making.beat(taken, running.total // 3)
    waiting = exports.ask(Query(connection=played.numbers["sqril_connection"]), Format.JSONL, by=rae)
    numbers = {"pack": pack, "gone": gone, "stopped": stopped, "failed": failed, "running": running, "waits": waiting}
    played.numbers.update({f"export_{name}": export.pk for name, export in numbers.items()})
    save_search(Query(kind="decision"), "Decisions, every Monday", by=sue)
    save_search(Query(outcome="unknown"), "Nobody knows " + "أرصدة العملاء " * 4, by=sue)


SCENES: Mapping[str, Scene] = {
    "audit": Scene("/audit/", who="rae"),
    "audit, narrowed": Scene("/audit/?kind=change&connection={sqril_connection}&since=2020-01-01", who="rae"),
    "audit, nothing found": Scene("/audit/?kind=installation&change={applied}", who="rae"),
    "audit, what makes no sense": Scene(
        "/audit/?since=2026-05-02&until=2026-05-01&field=shoe_size&change=x", who="rae", status=422
    ),
    "audit, not for an editor": Scene("/audit/", status=403),
    "audit, one event": Scene("/audit/events/{event}/", who="rae"),
    "audit, an event of a record": Scene("/audit/events/{event_seen}/", who="rae"),
    "audit, an event with long contents": Scene("/audit/events/{event_long}/", who="rae"),
    "audit, long contents": Scene("/audit/?change={rq_long}", who="rae"),
    "audit, searches kept": Scene("/audit/?kind=decision", who="sue"),
    "proof": Scene("/audit/proof/", who="rae"),
    "exports": Scene("/audit/exports/?change={applied}", who="rae"),
    "exports in every state": Scene("/audit/exports/", who="sue"),
    "exports, refused": Scene("/audit/exports/?since=2026-05-02&until=2026-05-01", who="rae", status=422),
    "exports, none": Scene("/audit/exports/?kind=change", who="tim"),
    "export, a pack": Scene("/audit/exports/{export_pack}/", who="rae"),
    "export being made": Scene("/audit/exports/{export_running}/", who="sue"),
    "export that waits": Scene("/audit/exports/{export_waits}/", who="rae"),
    "export that failed": Scene("/audit/exports/{export_failed}/", who="sue"),
    "export, its file deleted": Scene("/audit/exports/{export_gone}/", who="sue"),
}
