"""manage.py audit: whether history fits, sealed and exported from the command line, with exit codes for scripts."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.core.management.base import CommandError

from console.flows.seal import ring, seal
from console.models import Checkpoint, Event, Installation
from console.proof.notes import SealingKey, sign_checkpoint
from providers.sandbox import Sandbox
from tests.attacker import attacker
from tests.cast import connect, person, sample
from tests.databases import Database, Databases, connected_to
from tests.flows.sealing import forget, happen

pytestmark = pytest.mark.usefixtures("live_db")

OTHER = SealingKey.of("other", b"o" * 32)


@dataclass(frozen=True, slots=True)
class Ended:
    """What a command wrote, and the code with which it ended."""

    code: int
    out: str
    err: str


def audit(*arguments: str) -> Ended:
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("audit", *arguments, stdout=out, stderr=err, no_color=True)
    except CommandError as problem:
        return Ended(problem.returncode, out.getvalue(), f"{err.getvalue()}{problem}")
    return Ended(0, out.getvalue(), err.getvalue())


def note(*, key: SealingKey | None = None, size: int = 1, installation: str = "") -> str:
    signing = key or ring().first
    assert signing
    name = installation or str(Installation.objects.get().name)
    return sign_checkpoint(signing, installation=name, size=size, root=b"r" * 32, at=1, life=0)


def test_a_history_that_nobody_touched_fits() -> None:
    happen(3)
    count = Event.objects.count()
    assert audit("seal").out == f"{count} events sealed. The last checkpoint covers {count} events.\n"
    ended = audit("verify")
    assert (ended.code, ended.err) == (0, "")
    assert f"Looked at {count} events, {count} leaves, 1 checkpoints in " in ended.out
    assert ended.out.endswith("Everything fits.\n")


def test_one_that_was_tampered_with_names_the_place_and_ends_with_1(live_db: Database) -> None:
    event = happen(3)
    seal()
    with attacker(live_db, seed=1) as somebody:
        somebody.run("UPDATE console_event SET origin = 'page' WHERE id = %s", event.pk)
    ended = audit("verify")
    assert (ended.code, ended.err) == (1, "History does not fit: 1 findings.")
    altered = (
        f"altered    event {event.subject}/{event.number}: What stands in it does not give its hash: it was altered."
    )
    assert ended.out.splitlines()[0] == altered


def test_a_database_that_was_set_back_is_found_by_the_file_that_was_not(
    live_db: Database, databases: Databases, tmp_path: Path, seals: Path
) -> None:
    happen(2)
    seal()
    with connected_to(live_db):  # which closes what leads there: nobody may be connected
        pass
    backup = databases.copy(live_db.name)
    happen(5)
    seal()
    copied = tmp_path / "copied.txt"
    copied.write_text(Checkpoint.objects.latest("size").note)
    with connected_to(backup):
        ended = audit("verify")
        assert ended.code == 1
        assert f"the checkpoint in {seals}" in ended.out
        assert "or the database was set back" in ended.out
        forget()
        for file in seals.glob("*/checkpoint.txt"):
            file.unlink()
        alone = audit("verify")
        assert (alone.code, alone.err) == (
            0,
            "No checkpoint from outside the database: that it was set back would not show.\n",
        )
        assert audit("verify", "--checkpoint", str(copied)).code == 1
    databases.drop(backup)


def test_a_checkpoint_that_was_copied_long_ago_still_fits(tmp_path: Path) -> None:
    happen(2)
    seal()
    copied = tmp_path / "copied.txt"
    copied.write_text(Checkpoint.objects.latest("size").note)
    happen(300)
    seal()
    assert audit("verify", "--checkpoint", str(copied)).code == 0


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (None, "cannot be read: No such file or directory."),
        ("", "is no checkpoint, or not all of it."),
        ("truncated", "is no checkpoint, or not all of it."),
        ("stranger", "is signed by a key that is not known here: "),
        ("elsewhere", "is of another installation: "),
    ],
)
def test_a_file_that_is_no_checkpoint_of_ours_cannot_be_compared(
    tmp_path: Path, text: str | None, sentence: str
) -> None:
    happen(1)
    seal()
    file = tmp_path / "copied.txt"
    texts = {
        "truncated": note()[:-20],
        "stranger": note(key=OTHER),
        "elsewhere": note(installation="00000000-0000-0000-0000-000000000000"),
    }
    if text is not None:
        file.write_text(texts.get(text, text))
    ended = audit("verify", "--checkpoint", str(file))
    assert ended.code == 2
    assert ended.err.startswith(f"{file} {sentence}")


def test_only_the_keys_that_were_given_are_believed(settings: LazySettings) -> None:
    happen(1)
    seal()
    key = ring().first
    assert key
    grouped = " ".join(key.fingerprint[at : at + 4] for at in range(0, 64, 4))
    assert grouped in audit("key").out
    assert audit("verify", "--key", grouped).code == 0
    ended = audit("verify", "--key", OTHER.fingerprint)
    assert ended.code == 1
    assert "It is signed by a key that is not known here: " in ended.out
    assert (
        audit("verify", "--key", "abc").err
        == "'abc' is no fingerprint: those are 64 hexadecimal digits, in groups or not."
    )
    settings.STEWARD_SEALING_KEYS = ""
    assert (audit("verify").code, "Set STEWARD_SEALING_KEYS" in audit("verify").err) == (2, True)
    assert audit("verify", "--key", key.fingerprint).code == 0
    assert audit("key").code == 1


def test_a_key_that_was_replaced_is_known_as_long_as_it_is_listed(settings: LazySettings) -> None:
    happen(1)
    seal()
    before = settings.STEWARD_SEALING_KEYS
    forget()
    settings.STEWARD_SEALING_KEYS = f"next:{base64.b64encode(b'n' * 32).decode()},{before}"
    happen(1)
    seal()
    assert audit("verify").code == 0
    assert [line.partition(":")[0] for line in audit("key").out.splitlines()] == ["next (signs)", "first (signed once)"]
    settings.STEWARD_SEALING_KEYS = settings.STEWARD_SEALING_KEYS.partition(",")[0]
    ended = audit("verify")
    assert ended.code == 1
    assert "checkpoint checkpoint 1: It is signed by a key that is not known here: first, " in ended.out


def test_who_had_it_verified_is_told_in_their_history_if_they_want() -> None:
    max_ = person("max")
    happen(1)
    seal()
    audit("verify", "--by", "max")
    event = Event.objects.get(verb="audit.verified", subject=f"person:{max_.pk}")
    assert event.details["found"] == 0
    assert audit("verify", "--by", "nobody").err == "There is no person 'nobody'."


def test_a_pack_is_checked_without_the_database(tmp_path: Path, sandbox: Sandbox) -> None:
    sample(connect("sqril", sandbox), sandbox)
    pack, not_one = tmp_path / "pack.zip", tmp_path / "not.zip"
    ended = audit("export", "--output", str(pack), "--connection", "Sqril")
    assert ended.code == 0, ended.err
    assert audit("verify", str(pack)).code == 0
    key = ring().first
    assert key
    assert audit("verify", str(pack), "--key", key.fingerprint).code == 0
    assert audit("verify", str(pack), "--key", OTHER.fingerprint).code == 2
    assert audit("verify", str(pack), "--installation", "00000000-0000-0000-0000-000000000000").code == 2
    not_one.write_bytes(pack.read_bytes()[:-500])
    assert audit("verify", str(not_one)).code == 2
    altered = tmp_path / "altered.zip"
    with zipfile.ZipFile(pack) as before, zipfile.ZipFile(altered, "w") as after:
        for name in before.namelist():
            data = before.read(name)
            after.writestr(
                name, data.replace(b'"customer.baseline"', b'"customer.imported"') if "events" in name else data
            )
    assert audit("verify", str(altered)).code == 1


def test_events_are_written_to_a_file_that_was_not_there(tmp_path: Path) -> None:
    sample(connect("sqril"))
    file = tmp_path / "events.jsonl"
    wanted = ("--format", "jsonl", "--connection", "Sqril", "--kind", "customer", "--output", str(file))
    ended = audit("export", *wanted)
    assert ended.code == 0, ended.err
    verbs = [json.loads(line)["verb"] for line in file.read_text().splitlines()]
    assert verbs == list(Event.objects.filter(customer__isnull=False).values_list("verb", flat=True))
    assert audit("export", *wanted).err == f"{file} is there already: give another name."
    assert [path.name for path in tmp_path.iterdir()] == ["events.jsonl"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--since", "2026-02-01", "--until", "2026-01-01"), "--until: The period ends before it begins."),
        (("--since", "yesterday"), "--since: "),
        (("--field", "shoe"), "--field: "),
        (("--kind", "shoe"), "--kind: "),
        (("--customer", "99999"), "--customer: "),
        (("--person", "nobody"), "There is no person 'nobody'."),
        (("--connection", "Nowhere"), "There is no connection 'Nowhere'. There are: Sqril."),
        (("--format", "xls"), "invalid choice: 'xls'"),
    ],
)
def test_what_cannot_be_exported_is_said_in_a_sentence_and_no_file_is_left(
    tmp_path: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    sample(connect("sqril"))
    ended = audit("export", "--output", str(tmp_path / "file"), *arguments)
    assert ended.code != 0
    assert sentence in ended.err
    assert list(tmp_path.iterdir()) == []


def test_an_export_over_the_limit_is_refused(tmp_path: Path, settings: LazySettings) -> None:
    happen(3)
    settings.STEWARD_EXPORT_LIMIT = 2
    ended = audit("export", "--output", str(tmp_path / "file"))
    assert ended.code == 1
    assert list(tmp_path.iterdir()) == []


def test_a_database_that_is_away_cannot_be_verified() -> None:
    with connected_to(Database("steward_that_is_not_there")):
        ended = audit("verify")
    assert ended.code == 2
    assert ended.err.startswith("The database cannot be read: ")


def test_a_restored_database_goes_on_once_somebody_says_so(
    live_db: Database, databases: Databases, seals: Path
) -> None:
    happen(2)
    seal()
    with connected_to(live_db):
        pass
    backup = databases.copy(live_db.name)
    happen(5)
    seal()
    forget()
    with connected_to(backup):
        happen(1)
        assert audit("seal").code == 1
        accepted = audit("seal", "--accept-restored", "The disk was lost on Friday.")
        assert accepted.out.startswith("Accepted: history goes on from the database as it is.\n")
        assert audit("verify").code == 0
    databases.drop(backup)


def test_a_folder_of_checkpoints_that_cannot_be_used_is_said_so(tmp_path: Path, settings: LazySettings) -> None:
    happen(1)
    (tmp_path / "file").touch()
    settings.STEWARD_SEALS = tmp_path / "file" / "seals"
    forget()
    ended = audit("seal")
    assert (ended.code, "cannot be used: Not a directory." in ended.err) == (2, True)
