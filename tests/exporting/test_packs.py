"""Evidence packs of real history: proved by verify.py alone in an empty folder, and no longer once they are altered."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from django.conf import LazySettings
from django.utils import timezone

from console import exporting
from console.auditing import Query, sight
from console.exporting import proofs
from console.flows.seal import ONE_SEALER, seal
from console.models import Change, Checkpoint, Customer, Event, Status
from console.proof.verify import fingerprint, read_note
from tests.cast import connect, person, sample
from tests.databases import url
from tests.exporting.histories import exported, history, members, packed, verify
from tests.flows.helpers import fresh, push, wish

if TYPE_CHECKING:
    from providers.sandbox import Sandbox
    from tests.databases import Database

PROVED, ALTERED, CANNOT = 0, 1, 2


def key() -> str:
    """The fingerprint of the key that signed last."""
    return fingerprint(read_note(Checkpoint.objects.latest("size").note).public)


def rows(pack: bytes, name: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in members(pack)[f"{name}.jsonl"].splitlines()]


def test_a_pack_of_one_change_proves_itself_alone_in_an_empty_folder(
    live_db: Database, sandbox: Sandbox, tmp_path: Path
) -> None:
    played = history(sandbox)
    pack, made = exported(Query(change=played.change.pk), by=played.people["rae"])
    code, said = verify(tmp_path, pack, "--key", key(), "--installation", proofs.installation())
    assert code == PROVED, said
    assert (made.note, fresh(played.change).state) == ("", Status.APPLIED)
    events = rows(pack, "events")
    assert events[0]["verb"] == "change.proposed"
    assert len(events) == made.count == Event.objects.filter(change=played.change).count()
    assert all(event["leaf"] is not None for event in events)
    assert [row["decision"] for row in rows(pack, "lines")] == ["approved"]
    assert [row["name"] for row in rows(pack, "decisions")] == ["Ann Mwangi"]
    assert [row["outcome"] for row in rows(pack, "attempts")] == ["accepted"]


def test_the_summary_tells_who_asked_who_approved_what_was_sent_and_what_came_back(
    live_db: Database, sandbox: Sandbox
) -> None:
    played = history(sandbox)
    page = members(exported(Query(change=played.change.pk), by=played.people["rae"])[0])["index.html"].decode()
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", page.split("<h2>What this is")[1]))
    for told in (
        "Ed Kowalski asked to set Phone to",
        "“He rang and read it out to me.”",
        "Ann Mwangi approved Phone",
        "Sent: accepted, not confirmed",
        "+441632960961",
        "status 200",
    ):
        assert told in words, told
    assert "<script" not in page
    assert read_note(Checkpoint.objects.latest("size").note).installation in page


@pytest.mark.parametrize("narrowed", ["everything", "customer", "person", "period", "field", "kind"])
def test_whatever_a_pack_is_narrowed_to_it_proves_itself(
    narrowed: str, live_db: Database, sandbox: Sandbox, tmp_path: Path
) -> None:
    played, today = history(sandbox), timezone.now().date()
    other = history(sandbox, "sqril")
    seal()
    wish(other.customer, played.people["ed"], {"phone": "+6281299887766"})
    query = {
        "everything": Query(),
        "customer": Query(customer=other.customer.pk),
        "person": Query(person=played.people["ann"].pk),
        "period": Query(since=today - timedelta(days=1), until=today),
        "field": Query(field="phone"),
        "kind": Query(kind="change.applied"),
    }[narrowed]
    pack, made = exported(query)
    code, said = verify(tmp_path, pack, "--key", key())
    assert code == PROVED, said
    assert 0 < made.count <= Event.objects.count()
    assert "checkpoints/latest.txt" in members(pack)


def test_a_pack_of_later_days_goes_on_from_a_checkpoint_that_was_kept(
    live_db: Database, sandbox: Sandbox, tmp_path: Path
) -> None:
    played = history(sandbox)
    seal()
    kept = Checkpoint.objects.latest("size")
    (tmp_path / "kept.txt").write_text(kept.note)
    wish(played.customer, played.people["ed"], {"email": "ann.new@example.com"})
    pack, _ = exported(Query(customer=played.customer.pk))
    code, said = verify(tmp_path, pack, "--checkpoint", "kept.txt")
    assert code == PROVED, said


def test_sensitive_values_are_masked_and_others_told(live_db: Database, sandbox: Sandbox) -> None:
    played = history(sandbox, "finosu", {"ssnLastFour": "8642", "firstName": "Helena"})
    pack, _ = exported(Query(customer=played.customer.pk), by=played.people["rae"])
    everything = b"".join(members(pack).values()).decode()
    hex_runs = re.sub(r"[0-9a-f]{16,}", "", everything)
    assert not re.search(r"\b(8642|1234)\b", hex_runs)
    assert "1985-06-15" not in hex_runs
    lines = {row["field"]: row for row in rows(pack, "lines")}
    assert (lines["ssnLastFour"]["after"], lines["firstName"]["after"]) == ("••••", "Helena")


def test_of_an_erased_customer_a_pack_has_the_ciphertext_alone_and_proves_itself_all_the_same(
    live_db: Database, sandbox: Sandbox, tmp_path: Path
) -> None:
    played = history(sandbox)
    Customer.objects.filter(pk=played.customer.pk).update(wrapped_key=None, erased_at=timezone.now())
    pack, _ = exported(Query(change=played.change.pk))
    code, said = verify(tmp_path, pack)
    assert code == PROVED, said
    assert [row["before"] for row in rows(pack, "lines")] == [None]
    assert all(row["about"]["shown"] == {} for row in rows(pack, "events"))  # type: ignore[index]  # JSON
    assert "This customer was erased" in members(pack)["index.html"].decode()


def test_a_reviewer_of_one_connection_takes_home_what_happened_there(
    live_db: Database, sandbox: Sandbox, tmp_path: Path
) -> None:
    played, elsewhere = history(sandbox), history(sandbox, "sqril")
    played.people["rae"].grants.all().delete()
    rae = person("rae", played.connection)
    pack, _ = exported(Query(), by=rae, places=sight(rae))
    assert {row["subject"] for row in rows(pack, "events")} == {f"customer:{played.customer.pk}"}
    assert {row["id"] for row in rows(pack, "changes")} == {played.change.pk}
    assert str(elsewhere.customer) not in b"".join(members(pack).values()).decode()
    code, said = verify(tmp_path, pack)
    assert code == PROVED, said


def test_of_events_that_are_not_sealed_in_time_the_pack_says_so(
    live_db: Database, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "SEALED_WITHIN", 0.3)
    played = history(sandbox)
    seal()
    wish(played.customer, played.people["ed"], {"email": "ann.new@example.com"})
    with psycopg.connect(url("default", live_db.name), autocommit=True) as another:
        another.execute("SELECT pg_advisory_lock(%s)", [ONE_SEALER])
        pack, made = exported(Query(customer=played.customer.pk))
    assert [row["verb"] for row in rows(pack, "events") if row["leaf"] is None] == ["change.proposed"]
    assert made.note == "1 of its events is not sealed yet: ask once more in a minute to have it proved."
    assert "1 of the events is not covered by a signed checkpoint yet." in members(pack)["index.html"].decode()
    code, said = verify(tmp_path, pack)
    assert code == PROVED, said


def test_an_installation_that_never_sealed_says_that_nothing_can_be_proved(
    live_db: Database, sandbox: Sandbox, settings: LazySettings, tmp_path: Path
) -> None:
    played = history(sandbox)
    settings.STEWARD_SEALING_KEYS = ""
    pack, made = exported(Query(change=played.change.pk))
    assert made.note == "Nothing of it can be proved: this installation has not sealed its history yet."
    assert "This pack can't be proved" in members(pack)["index.html"].decode()
    code, said = verify(tmp_path, pack)
    assert code != PROVED, said


def _without_the_last_event(files: dict[str, bytes]) -> None:
    files["events.jsonl"] = b"".join(files["events.jsonl"].splitlines(keepends=True)[:-1])


def _another_actor(files: dict[str, bytes]) -> None:
    files["events.jsonl"] = re.sub(rb'"actor":\d+', b'"actor":777', files["events.jsonl"], count=1)


def _another_value(files: dict[str, bytes]) -> None:
    files["lines.jsonl"] = files["lines.jsonl"].replace(b"+441632960961", b"+441632960962")


def _another_approver(files: dict[str, bytes]) -> None:
    files["decisions.jsonl"] = files["decisions.jsonl"].replace(b"Ann Mwangi", b"Sam Tanaka")


def _another_answer(files: dict[str, bytes]) -> None:
    files["attempts.jsonl"] = re.sub(rb'"sealed_response":"..', b'"sealed_response":"00', files["attempts.jsonl"])


def _another_summary(files: dict[str, bytes]) -> None:
    files["index.html"] = files["index.html"].replace(b"Ann Mwangi", b"Sam Tanaka")


def _another_checkpoint(files: dict[str, bytes]) -> None:
    files["checkpoints/latest.txt"] = re.sub(rb"\nlife \d+", b"\nlife 9", files["checkpoints/latest.txt"])


@pytest.mark.parametrize(
    "alter",
    [
        _without_the_last_event,
        _another_actor,
        _another_value,
        _another_approver,
        _another_answer,
        _another_summary,
        _another_checkpoint,
    ],
)
def test_a_pack_in_which_anything_was_altered_is_not_proved(
    alter: object, live_db: Database, sandbox: Sandbox, tmp_path: Path
) -> None:
    pack, _ = exported(Query(change=history(sandbox).change.pk))
    files = members(pack)
    before = dict(files)
    alter(files)  # type: ignore[operator]  # a function
    assert files != before
    code, said = verify(tmp_path, packed(files))
    assert code == ALTERED, said


def test_put_together_anew_from_the_same_files_it_is_proved_as_well(
    live_db: Database, sandbox: Sandbox, tmp_path: Path
) -> None:
    pack, _ = exported(Query(change=history(sandbox).change.pk))
    code, said = verify(tmp_path, packed(members(pack)))
    assert code == PROVED, said


def test_a_truncated_pack_and_one_under_another_key_cannot_be_checked(
    live_db: Database, sandbox: Sandbox, tmp_path: Path
) -> None:
    pack, _ = exported(Query(change=history(sandbox).change.pk))
    program = members(pack)["verify.py"]
    assert verify(tmp_path, pack[: len(pack) // 2], program=program)[0] == CANNOT
    assert verify(tmp_path, pack, "--key", "00" * 32)[0] == CANNOT
    assert verify(tmp_path, pack, "--installation", "00000000-0000-4000-8000-000000000000")[0] == CANNOT


def test_a_change_that_ended_another_way_proves_itself_as_well(
    live_db: Database, sandbox: Sandbox, tmp_path: Path
) -> None:
    ed, caibo = person("ed"), connect("caibo", sandbox)
    customer = sample(caibo, sandbox)
    sandbox.fault("caibo", "status", status=422)
    change = wish(customer, ed)
    push(customer)
    assert Change.objects.get(pk=change.pk).state is not Status.APPLIED
    pack, _ = exported(Query(change=change.pk))
    code, said = verify(tmp_path, pack)
    assert code == PROVED, said
