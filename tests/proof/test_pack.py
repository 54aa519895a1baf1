"""A pack that nobody touched is proved, alone and offline, and what is not proved of it is said."""

import ast
from pathlib import Path
from typing import Any

import pytest

from console.proof import verify
from tests.proof.packs import ELSEWHERE, INSTALLATION, KEY, OTHER_KEY, Row, a_history, a_pack, run, told


def of_customer_1(row: Row) -> bool:
    return str(row["subject"]) == "customer:1"


def test_a_whole_history_is_proved_by_the_file_alone(tmp_path: Path) -> None:
    a_pack().save(tmp_path)
    done = run("pack.zip", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    said = " ".join(done.stdout.split())
    assert "24 of 24 events are exactly as they were sealed" in said
    assert "customer:1 (1 to 11), customer:2 (1 to 12), policy:1 (1 to 1)" in said
    assert "stand in the tree without a gap, from 0 to 23" in said
    assert "over 5 events, was altered or taken away since" in said
    assert "The sealed requests and answers in attempts.jsonl are those that the events name" in said
    assert "For 1 of 1 lines the ciphertext" in said
    assert "For 1 of 1 decisions events say" in said
    assert "Whose key it is: only the pack itself says so" in said
    assert done.stdout.endswith("PROVED, as far as said above.\n")


def test_whoever_knows_key_installation_and_an_earlier_checkpoint_has_less_to_believe(tmp_path: Path) -> None:
    a_pack().save(tmp_path)
    (tmp_path / "kept.txt").write_text(a_history().note(5))
    known = (
        "--key",
        verify.grouped(KEY.fingerprint).upper(),
        "--installation",
        INSTALLATION,
        "--checkpoint",
        "kept.txt",
    )
    done = run("pack.zip", *known, folder=tmp_path)
    assert done.returncode == 0
    assert "Nor anything of the 5 events that the checkpoint kept elsewhere is over." in done.stdout
    assert "Whose key it is" not in done.stdout
    assert "That others were shown the same history" not in done.stdout


def test_of_a_selection_is_said_what_it_leaves_out(tmp_path: Path) -> None:
    report = told(a_pack(chosen=lambda row: of_customer_1(row) and row["number"] != 4), tmp_path)
    assert report.code == 0
    assert any("customer:1 (1 to 3, 5 to 11)" in sentence for sentence in report.open)
    assert any("nothing followed on the last event" in sentence for sentence in report.open)
    assert not any("without a gap" in sentence for sentence in report.proved)


def test_the_chain_of_one_customer_is_whole(tmp_path: Path) -> None:
    report = told(a_pack(chosen=of_customer_1), tmp_path)
    assert "From the first one on without a gap are the events of: customer:1 (1 to 11)." in report.proved
    assert not any("tree without a gap" in sentence for sentence in report.proved)


def test_events_that_are_too_new_are_named(tmp_path: Path) -> None:
    report = told(a_pack(size=22), tmp_path)
    assert report.code == 0
    assert report.proved[0] == "22 of 24 events are exactly as they were sealed, personal values as ciphertext."
    [sentence] = [sentence for sentence in report.open if "too new to be sealed" in sentence]
    assert "events.jsonl line 23 (event 122, customer:1 number 11)" in sentence
    assert "events.jsonl line 24 (event 123, customer:2 number 12)" in sentence


def test_bodies_and_lines_that_only_an_unsealed_event_names_are_not_proved(tmp_path: Path) -> None:
    report = told(a_pack(size=3, earlier=()), tmp_path)
    assert report.code == 0
    assert not any("attempts.jsonl" in sentence or "lines.jsonl" in sentence for sentence in report.proved)
    assert any("request of attempt 9, response of attempt 9" in sentence for sentence in report.open)
    assert "No sealed event here tells of these in lines.jsonl: 8." in report.open
    assert "No sealed event here tells of these in decisions.jsonl: 6." in report.open


def test_an_event_that_should_have_been_sealed_long_ago_is_remarked_upon(tmp_path: Path) -> None:
    history = a_history()
    late = history.rows.pop()
    history.heads[late["subject"]] = late["number"] - 1, bytes.fromhex(late["previous"])
    old = history.add(late["subject"], "customer.refreshed", at=verify_at(history, minutes=-20))
    history.rows.sort(key=lambda row: (row["at"], row["id"]))
    box = a_pack_without_leaf(history, old)
    assert any("1 of those were old enough" in sentence for sentence in told(box, tmp_path).open)


def verify_at(history: Any, *, minutes: int) -> int:
    return int(history.rows[0]["at"]) + minutes * 60_000_000


def a_pack_without_leaf(history: Any, old: Row) -> Any:
    history.rows.remove(old)
    box = a_pack(history)
    return box.with_rows("events.jsonl", lambda rows: [old | {"leaf": None}, *rows]).listed().signed()


def test_nothing_is_proved_where_nothing_is_sealed(tmp_path: Path) -> None:
    report = told(a_pack(chosen=lambda row: row["leaf"] > 20, size=20), tmp_path)
    assert (report.code, report.faults) == (
        2,
        ("None of its events is sealed yet. Ask for a new pack in some minutes.",),
    )


def test_a_pack_from_before_the_first_checkpoint_cannot_be_proved(tmp_path: Path) -> None:
    box = a_pack(earlier=()).with_file("checkpoints/latest.txt", None).listed().signed()
    report = told(box, tmp_path)
    assert report.code == 2
    assert "made before anything was sealed" in report.faults[0]


def test_a_pack_without_events_is_as_good_as_its_checkpoint(tmp_path: Path) -> None:
    report = told(a_pack(chosen=lambda row: False), tmp_path)
    assert report.code == 0
    assert report.proved[0].startswith("0 of 0 events")


def test_a_pack_of_everything_shows_growth_from_any_checkpoint_that_was_kept(tmp_path: Path) -> None:
    for size in (1, 6, 13, 23, 24):
        (tmp_path / "kept.txt").write_text(a_history().note(size))
        assert told(a_pack(earlier=()), tmp_path, checkpoint=tmp_path / "kept.txt").code == 0


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        ({"keys": ["abc"]}, "--key wants a whole fingerprint"),
        ({"keys": [OTHER_KEY.fingerprint]}, "is none of those given by --key"),
        ({"installation": "mine"}, "--installation wants a UUID"),
        ({"installation": ELSEWHERE}, f"is of the installation {INSTALLATION}, not of {ELSEWHERE}"),
        ({"checkpoint": "nowhere.txt"}, "given by --checkpoint, cannot be read: No such file"),
    ],
)
def test_what_does_not_match_what_is_known_cannot_be_checked(
    wanted: dict[str, Any], sentence: str, tmp_path: Path
) -> None:
    report = told(a_pack(), tmp_path, **wanted)
    assert report.code == 2
    assert sentence in report.faults[0]
    assert report.text.endswith("CANNOT BE CHECKED.\n")


def test_one_trusted_key_of_several_is_enough(tmp_path: Path) -> None:
    assert told(a_pack(), tmp_path, keys=[OTHER_KEY.fingerprint, KEY.fingerprint]).code == 0


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "it is not a checkpoint"),
        ("\0\xff", "it is not a checkpoint"),
        (a_history().note(5).replace("\n5\n", "\n6\n"), "is not signed by the key it names"),
        (a_history().note(5, installation=ELSEWHERE), f"is of another installation, {ELSEWHERE}"),
    ],
)
def test_a_kept_checkpoint_that_is_none_is_not_compared(text: str, sentence: str, tmp_path: Path) -> None:
    kept = tmp_path / "kept.txt"
    kept.write_text(text)
    report = told(a_pack(), tmp_path, checkpoint=kept)
    assert report.code == 2
    assert sentence in report.faults[0]


def test_a_kept_checkpoint_over_more_events_says_that_the_pack_is_old_or_cut(tmp_path: Path) -> None:
    kept = tmp_path / "kept.txt"
    kept.write_text(a_history().note(24))
    report = told(a_pack(size=20), tmp_path, checkpoint=kept)
    assert report.code == 2
    assert "the pack is older, or later history was taken away" in report.faults[0]


def test_a_kept_checkpoint_of_which_the_pack_does_not_tell_is_said_with_those_it_tells_of(tmp_path: Path) -> None:
    kept = tmp_path / "kept.txt"
    kept.write_text(a_history().note(7))
    report = told(a_pack(chosen=lambda row: row["leaf"] > 15, earlier=(5, 9)), tmp_path, checkpoint=kept)
    assert report.code == 2
    assert "It does for those over 0, 5, 9, 24" in report.faults[0]


def test_a_kept_checkpoint_of_another_history_is_a_fault(tmp_path: Path) -> None:
    other = a_history()
    other.rows[2] = a_history().rows[2] | {"hash": "ab" * 32}
    for size in (5, 7, 24):
        kept = tmp_path / "kept.txt"
        kept.write_text(other.note(size))
        report = told(a_pack(), tmp_path, checkpoint=kept)
        assert report.code == 1
        assert "history was rewritten since" in report.faults[0]


@pytest.mark.parametrize("arguments", [(), ("--key",), ("pack.zip", "more.zip"), ("pack.zip", "--what")])
def test_wrong_arguments_are_explained(arguments: tuple[str, ...], tmp_path: Path) -> None:
    done = run(*arguments, folder=tmp_path)
    assert done.returncode == 2
    assert "usage: verify.py" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_file_keeps_to_what_old_pythons_understand() -> None:
    source = Path(verify.__file__).read_text()
    tree = ast.parse(source, feature_version=(3, 9))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    modules = imported | {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    known = {
        "argparse",
        "base64",
        "bisect",
        "contextlib",
        "hashlib",
        "json",
        "re",
        "struct",
        "sys",
        "textwrap",
        "time",
        "zipfile",
    }
    assert modules == known | {"zlib", "__future__", "collections.abc", "dataclasses", "pathlib", "typing"}
