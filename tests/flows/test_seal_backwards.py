"""Nothing is signed that contradicts what was signed before: a database that was set back, or altered, is refused."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.conf import LazySettings
from django.db import connections
from django.test import Client

from console.errors import CannotSeal
from console.flows.leaves import standing
from console.flows.outside import Outside
from console.flows.seal import accept_restored, seal
from console.models import Checkpoint, Event, Leaf
from console.proof.verify import read_note
from tests.flows.conftest import PutBack
from tests.flows.sealing import forget, happen, kept_note, tree_fits

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.usefixtures("live_db")

type Host = Callable[[str], None]


@pytest.fixture
def on_host(settings: LazySettings, seals: Path) -> Host:
    """From now on this process is one that has just begun, on a host of that name."""

    def begin(name: str) -> None:
        settings.STEWARD_SEALS = seals / name
        forget()

    begin("one")
    return begin


def alter(statement: str) -> None:
    """As the owner of the tables, who takes the guards away first."""
    tables = ("console_leaf", "console_subtree", "console_checkpoint")
    with connections["owner"].cursor() as cursor:
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(statement)
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def sealed(count: int) -> Checkpoint:
    """So many events happen and are sealed; gives the checkpoint."""
    happen(count)
    seal()
    return Checkpoint.objects.latest("size")


def refused(why: str, message: str) -> None:
    """Sealing is refused, that is told once, and nothing is signed, not in the next round either."""
    before = Checkpoint.objects.count()
    happen(1)
    with pytest.raises(CannotSeal, match=message):
        seal()
    with pytest.raises(CannotSeal, match="has to accept it"):
        seal()
    told = Event.objects.get(verb="installation.seal_refused", details__why=why)
    assert standing().refusal == told
    assert Checkpoint.objects.count() == before


def test_a_database_that_was_set_back_is_not_signed_until_a_person_accepts_it(
    put_back: PutBack, on_host: Host, seals: Path
) -> None:
    first = sealed(3)
    backup = put_back()
    last = sealed(4)
    with backup:
        refused("behind", "was set back")
        assert "steward_sealing_refused 1.0" in Client().get("/metrics").text
        on_host("two")  # which knows nothing of what was signed
        with pytest.raises(CannotSeal, match="has to accept it"):
            seal()
        on_host("one")
        assert accept_restored(by=None, reason="The disk was broken.") == first
        accepted = Event.objects.get(verb="installation.seal_accepted")
        about = {"kept": last.size, "found": first.size, "reason": "The disk was broken."}
        assert {name: accepted.details[name] for name in about} == about
        assert seal() == 3  # what happened since, the refusal and that it was accepted
        assert standing().refusal is None
        assert "steward_sealing_refused 0.0" in Client().get("/metrics").text
        assert tree_fits()
    [aside] = (seals / "one").glob("*/set-aside-*.txt")
    assert aside.read_text() == last.note


def test_a_database_without_any_seal_is_refused_by_whoever_knows_of_one(put_back: PutBack, on_host: Host) -> None:
    happen(2)
    backup = put_back()
    seal()
    with backup:
        refused("behind", "holds 0 sealed events")
        assert accept_restored(by=None, reason="We began anew.") is None
        assert seal() == Event.objects.count()


def test_a_process_that_goes_on_while_its_database_is_set_back_notices(put_back: PutBack) -> None:
    sealed(3)
    backup = put_back()
    sealed(4)
    with backup:
        refused("behind", "was set back")


def test_another_history_of_the_same_length_is_refused(put_back: PutBack, on_host: Host) -> None:
    sealed(3)
    backup = put_back()
    sealed(4)
    with backup:
        on_host("two")
        sealed(4)
        on_host("one")
        refused("differs", "another history")


def test_another_history_that_is_longer_by_now_is_refused(put_back: PutBack, on_host: Host) -> None:
    sealed(3)
    backup = put_back()
    sealed(4)
    with backup:
        on_host("two")
        sealed(400)
        on_host("one")
        refused("unfit", "does not give what was signed")


def test_each_host_whose_file_is_ahead_is_told_by_itself(put_back: PutBack, on_host: Host) -> None:
    sealed(3)
    backup = put_back()
    sealed(4)
    on_host("two")
    sealed(4)
    with backup:
        on_host("one")
        refused("behind", "was set back")
        accept_restored(by=None, reason="The disk was broken.")
        on_host("two")
        with pytest.raises(CannotSeal, match="was set back"):
            seal()
        accept_restored(by=None, reason="The disk was broken.")
        for host in ("one", "two", "one"):
            on_host(host)
            sealed(1)
        assert tree_fits()


def test_hosts_seal_in_turn_and_check_what_the_others_signed(on_host: Host, seals: Path) -> None:
    for round_ in range(4):
        for host in ("one", "two", "three"):
            on_host(host)
            sealed(round_ * 100 + 1)
    assert tree_fits()
    assert {read_note(kept_note(seals / host)).size for host in ("three",)} == {Leaf.objects.count()}
    on_host("one")
    assert seal() == 0
    assert read_note(kept_note(seals / "one")).size == Leaf.objects.count()


ALTERED = {
    "a leaf's hash": "UPDATE console_leaf SET hash = sha256('another') WHERE index = 2",
    "a leaf taken away": "DELETE FROM console_leaf WHERE index = 2",
    "a leaf too many": "INSERT INTO console_leaf (index, hash, event_id) SELECT 9, '', max(id) FROM console_event",
    "a signed root": "UPDATE console_checkpoint SET root = sha256('another')",
    "a signed size": "UPDATE console_checkpoint SET size = size + 1",
    "a signed text": "UPDATE console_checkpoint SET note = replace(note, 'life 0', 'life 1')",
    "no text": "UPDATE console_checkpoint SET note = 'x'",
}


@pytest.mark.parametrize("statement", ALTERED.values(), ids=ALTERED.keys())
@pytest.mark.parametrize("host", ["new", "knowing an earlier one"])
def test_what_was_altered_below_is_not_signed(on_host: Host, statement: str, host: str) -> None:
    sealed(2)
    on_host("two")
    sealed(2)
    happen(5)
    alter(statement)
    on_host("one" if host != "new" else "three")
    refused("unfit", "does not give what was signed")
    with pytest.raises(CannotSeal, match="cannot be accepted"):
        accept_restored(by=None, reason="Whatever.")


def test_a_subtree_that_was_altered_is_not_signed_over(on_host: Host) -> None:
    sealed(300)
    alter("UPDATE console_subtree SET hash = sha256('another')")
    forget()
    refused("unfit", "does not give what was signed")


def test_a_note_that_an_unknown_key_signed_is_not_built_upon(on_host: Host, settings: LazySettings) -> None:
    ours = settings.STEWARD_SEALING_KEYS
    settings.STEWARD_SEALING_KEYS = f"first:{'A' * 43}="  # called as ours is
    sealed(2)
    settings.STEWARD_SEALING_KEYS = ours
    on_host("two")
    happen(1)
    with pytest.raises(CannotSeal, match="cannot be checked"):
        seal()
    assert Checkpoint.objects.count() == 1


@pytest.mark.parametrize("text", ["", "x", "steward/\n", "\x00\x01"])
def test_a_file_that_cannot_be_read_is_not_taken_for_none(on_host: Host, seals: Path, text: str) -> None:
    first = sealed(2)
    [file] = (seals / "one").glob("*/checkpoint.txt")
    file.write_text(text or "\n")
    happen(1)
    with pytest.raises(CannotSeal, match="cannot be used"):
        seal()
    assert accept_restored(by=None, reason="Somebody edited it.") == first
    assert seal() == 2
    assert [path.read_text() for path in (seals / "one").glob("*/set-aside-*.txt")] == [text or "\n"]


def test_a_host_whose_folder_was_lost_goes_on_from_what_the_database_can_prove(on_host: Host, seals: Path) -> None:
    sealed(300)
    on_host("a new one")
    sealed(2)
    assert tree_fits()
    assert kept_note(seals / "a new one") == Checkpoint.objects.latest("size").note


def test_a_file_that_cannot_be_kept_lets_nothing_be_signed(settings: LazySettings, tmp_path: Path) -> None:
    (tmp_path / "seals").write_text("a file, where the folder would be")
    settings.STEWARD_SEALS = tmp_path / "seals"
    happen(1)
    with pytest.raises(OSError, match="seals"):
        seal()
    assert not Leaf.objects.exists()


def test_whoever_comes_late_does_not_put_a_shorter_note_into_the_file(on_host: Host, tmp_path: Path) -> None:
    shorter, longer = sealed(1).note, sealed(1).note
    outside = Outside(tmp_path)
    late = outside.prepare(shorter)
    outside.put(outside.prepare(longer))
    assert outside.read() == longer
    assert not late.exists()
    outside.put(outside.prepare(shorter))
    assert outside.read() == longer
    assert [path.name for path in tmp_path.iterdir() if path.name != "lock"] == ["checkpoint.txt"]


def test_only_what_was_refused_is_accepted_and_for_a_reason(on_host: Host) -> None:
    sealed(2)
    with pytest.raises(CannotSeal, match="nothing to accept"):
        accept_restored(by=None, reason="Just so.")
    with pytest.raises(CannotSeal, match="what happened"):
        accept_restored(by=None, reason=" ")
    assert not Event.objects.filter(verb="installation.seal_accepted").exists()
