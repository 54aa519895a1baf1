"""Whatever somebody does to a pack is found, and said with its place: by three people who can do more and more.

*Whoever handles the pack* can alter any file, and the list of files, but sign nothing. *Whoever has the key* can sign
the list anew, and still not alter what was sealed before. *A stranger* signs everything with a key of their own.
"""

import json
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.proof import verify
from tests.proof.packs import (
    BODIES,
    ELSEWHERE,
    INSTALLATION,
    KEY,
    OTHER_KEY,
    Box,
    Row,
    a_history,
    a_pack,
    jsonl,
    rehashed,
    run,
    told,
)


def of_customer_1(row: Row) -> bool:
    return str(row["subject"]) == "customer:1"


def faults(box: Box, folder: Path) -> str:
    """What is wrong with it; it has to be something."""
    report = told(box, folder)
    assert report.code == 1, report.text
    assert not report.proved
    return "\n".join(report.faults)


def altered(place: int, **more: object) -> Callable[[list[Row]], list[Row]]:
    """Rows of which one says something else."""
    return lambda rows: [row | (more if number == place else {}) for number, row in enumerate(rows)]


# Whoever handles the pack.


@pytest.mark.parametrize("name", [name for name in a_pack().files if name != "manifest.note"])
def test_a_file_that_was_altered_is_named(name: str, tmp_path: Path) -> None:
    box = a_pack()
    content = box.files[name].replace(b"a", b"b", 1)
    assert content != box.files[name]
    assert name.removesuffix(".jsonl") in faults(box.with_file(name, content), tmp_path)


@pytest.mark.parametrize("name", [name for name in a_pack().files if name != "manifest.json"])
def test_a_file_that_was_taken_out_is_named(name: str, tmp_path: Path) -> None:
    assert f"{name} is missing" in faults(a_pack().with_file(name, None), tmp_path)


def test_a_file_that_was_added_is_named(tmp_path: Path) -> None:
    assert "checkpoints/7.txt is not among" in faults(
        a_pack().with_file("checkpoints/7.txt", a_history().note(7).encode()), tmp_path
    )
    for name in (
        "more.txt",
        "events.JSONL",
        "../events.jsonl",
        "/events.jsonl",
        "a\\b",
        "events.jsonl/",
        "évents.jsonl",
    ):
        assert "is no part of a pack: somebody added it" in faults(a_pack().with_file(name, b""), tmp_path)


def test_a_list_of_files_that_was_made_to_fit_is_not_the_one_that_was_signed(tmp_path: Path) -> None:
    said = a_pack().with_rows("events.jsonl", altered(2, about={"sentence": "Rae did it"})).listed()
    assert faults(said, tmp_path) == "manifest.json is not the one that was signed: it was altered."
    assert "was altered" in faults(a_pack().with_manifest(made_by="Ed"), tmp_path)
    assert "was altered" in faults(a_pack().with_manifest(title="Everything there is"), tmp_path)


def test_another_packs_list_does_not_fit(tmp_path: Path) -> None:
    note = a_pack(chosen=of_customer_1).files["manifest.note"]
    assert "manifest.json is not the one that was signed" in faults(a_pack().with_file("manifest.note", note), tmp_path)


def test_a_checkpoint_is_no_signature_of_a_list(tmp_path: Path) -> None:
    box = a_pack()
    swapped = box.with_file("manifest.note", box.files["checkpoints/latest.txt"])
    assert "not a note as the console signs them" in faults(swapped, tmp_path)


# Whoever has the key, and signs the list of files anew.


def with_events(alter: Callable[[list[Row]], Iterable[Row]], box: Box | None = None) -> Box:
    return (box or a_pack()).with_rows("events.jsonl", alter).listed().signed()


@pytest.mark.parametrize(
    "more",
    [
        {"actor": 4},
        {"actor": None},
        {"verb": "change.refused"},
        {"origin": "import"},
        {"request": ""},
        {"at": 1_790_000_002_000_001},
        {"change": 8},
        {"attempt": 10},
        {"details": {"alone": 1, "needs": 1}},
        {"details": {"alone": True, "needs": 1.0}},
        {"details": {"alone": True, "needs": True}},
        {"details": {"alone": True, "needs": "1"}},
        {"details": {"alone": True, "needs": 1, "more": None}},
        {"values": ""},
        {"behalf": 5},
        {"behalf": None},
        {"something": "else"},
    ],
    ids=str,
)
def test_an_event_that_says_something_else_is_found_at_its_line(more: Row, tmp_path: Path) -> None:
    said = faults(with_events(altered(2, **more)), tmp_path)
    assert "events.jsonl line 3 (event 102, policy:1 number 1): what it says does not give its hash" in said


@pytest.mark.parametrize("gone", ["actor", "verb", "details", "values", "request"])
def test_an_event_that_says_less_is_found(gone: str, tmp_path: Path) -> None:
    box = with_events(lambda rows: [{k: v for k, v in row.items() if k != gone} for row in rows])
    assert "line 1 (event 100, customer:1 number 1): what it says does not give its hash" in faults(box, tmp_path)


def test_an_event_whose_hash_was_made_to_fit_breaks_its_chain_and_the_tree(tmp_path: Path) -> None:
    def alter(rows: list[Row]) -> list[Row]:
        row = rows[3] | {"verb": "change.refused"}
        content = {
            name: value for name, value in row.items() if name not in {"id", "previous", "hash", "leaf", "about"}
        }
        row["hash"] = verify.event_hash(bytes.fromhex(row["previous"]), content).hex()
        return [*rows[:3], row, *rows[4:]]

    said = faults(with_events(alter), tmp_path)
    assert "events.jsonl line 7 (event 106, customer:1 number 3) does not follow events.jsonl line 4" in said
    assert "do not give the root that was signed" in said


def test_a_chain_that_was_made_to_fit_throughout_breaks_the_tree(tmp_path: Path) -> None:
    box = with_events(lambda rows: rehashed(altered(3, verb="change.refused")(rows), "customer:1"))
    assert "The 24 sealed events and proof.json do not give the root that was signed" in faults(box, tmp_path)


@pytest.mark.parametrize(
    ("earlier", "place"),
    [((23,), "It is in the leaves 23 to 23: events.jsonl line 24."), ((20,), "20 to 23"), ((), "")],
)
def test_the_last_event_of_a_chain_made_to_fit_is_placed_by_what_was_signed_earlier(
    earlier: tuple[int, ...], place: str, tmp_path: Path
) -> None:
    def alter(rows: list[Row]) -> list[Row]:
        return rehashed(altered(23, verb="change.refused")(rows), rows[23]["subject"])

    said = faults(with_events(alter, a_pack(earlier=earlier)), tmp_path)
    assert "do not give the root that was signed" in said
    assert place in said
    assert ("It is in the leaves" in said) == bool(earlier)


def test_events_that_changed_customers_are_found(tmp_path: Path) -> None:
    swap = {"customer:1": "customer:2", "customer:2": "customer:1"}
    box = with_events(lambda rows: [row | {"subject": swap.get(row["subject"], row["subject"])} for row in rows])
    assert "line 1 (event 100, customer:2 number 1): what it says does not give its hash" in faults(box, tmp_path)
    for customer in swap:
        made_to_fit = with_events(
            lambda rows, customer=customer: rehashed(  # type: ignore[misc]  # a default binds the loop's value
                [row | {"subject": customer, "number": number} for number, row in enumerate(rows, 1)], customer
            )
        )
        assert "do not give the root that was signed" in faults(made_to_fit, tmp_path)


def test_an_event_taken_out_of_the_middle_is_missed_by_the_tree(tmp_path: Path) -> None:
    said = faults(with_events(lambda rows: rows[:5] + rows[6:]), tmp_path)
    assert "proof.json does not fit: it lacks the node 5-6" in said


def test_an_event_taken_out_and_numbered_over_is_found(tmp_path: Path) -> None:
    def alter(rows: list[Row]) -> list[Row]:
        left = [row for row in rows if row["id"] != 106]
        numbers: dict[str, int] = {}
        for row in left:
            numbers[row["subject"]] = row["number"] = numbers.get(row["subject"], 0) + 1
        return rehashed(rehashed(left, "customer:1"), "customer:2")

    assert "proof.json does not fit: it lacks the node 6-7" in faults(with_events(alter), tmp_path)


def test_a_tail_that_was_cut_is_missed_by_the_tree(tmp_path: Path) -> None:
    assert "proof.json does not fit: it lacks the node 20-24" in faults(with_events(lambda rows: rows[:20]), tmp_path)


def test_a_tail_that_was_cut_with_a_proof_made_to_fit_is_said_to_be_a_selection(tmp_path: Path) -> None:
    report = told(a_pack(chosen=lambda row: row["leaf"] < 20), tmp_path)
    assert report.code == 0
    assert any("nothing followed on the last event of each chain here" in sentence for sentence in report.open)


def test_an_event_that_was_made_up_has_no_place_in_the_tree(tmp_path: Path) -> None:
    history = a_history()
    made_up = history.add("customer:1", "change.approved")
    said = faults(with_events(lambda rows: [*rows, made_up]), tmp_path)
    assert (
        "events.jsonl line 25 (event 124, customer:1 number 12) says it is leaf 24; the checkpoint is over 24" in said
    )
    unsealed = told(with_events(lambda rows: [*rows, made_up | {"leaf": None}]), tmp_path)
    assert unsealed.code == 0
    assert any("too new to be sealed" in sentence and "number 12" in sentence for sentence in unsealed.open)


def test_an_event_that_is_there_twice_is_found(tmp_path: Path) -> None:
    said = faults(with_events(lambda rows: [*rows[:6], rows[5], *rows[6:]]), tmp_path)
    assert "events.jsonl line 7 (event 105, customer:2 number 3) is out of order, or there twice" in said
    again = faults(with_events(lambda rows: [*rows, rows[5] | {"id": 999, "at": rows[-1]["at"]}]), tmp_path)
    assert "customer:2 has number 3 twice in events.jsonl" in again
    assert "lines 6 and 25 both say that they are leaf 5" in again


def test_events_in_another_order_are_found(tmp_path: Path) -> None:
    said = faults(with_events(lambda rows: [rows[1], rows[0], *rows[2:]]), tmp_path)
    assert "events.jsonl line 2 (event 100, customer:1 number 1) is out of order" in said


def test_two_events_with_each_others_places_in_the_tree_are_found(tmp_path: Path) -> None:
    box = with_events(lambda rows: [row | {"leaf": {3: 4, 4: 3}.get(row["leaf"], row["leaf"])} for row in rows])
    assert "do not give the root that was signed" in faults(box, tmp_path)


@pytest.mark.parametrize(
    "more",
    [
        {"id": True},
        {"id": "3"},
        {"id": None},
        {"number": 1.0},
        {"number": -1},
        {"number": 10**30},
        {"subject": None},
        {"subject": 3},
        {"previous": "zz"},
        {"previous": "ab"},
        {"previous": None},
        {"hash": "AB" * 32},
        {"hash": ["ab" * 32]},
        {"leaf": True},
        {"leaf": "3"},
        {"leaf": -1},
        {"leaf": 3.0},
        {"at": "2026"},
    ],
    ids=str,
)
def test_what_every_event_has_must_be_of_its_kind(more: Row, tmp_path: Path) -> None:
    assert "events.jsonl line 4" in faults(with_events(altered(3, **more)), tmp_path)


def with_line(line: bytes) -> Box:
    box = a_pack()
    lines = box.files["events.jsonl"].splitlines(keepends=True)
    return box.with_file("events.jsonl", b"".join([*lines[:2], line, *lines[3:]])).listed().signed()


LINE = a_pack().files["events.jsonl"].splitlines()[2]


@pytest.mark.parametrize(
    "line",
    [
        LINE.replace(b'"needs":1', b'"needs":1,"needs":1'),
        LINE.replace(b'"needs":1', b'"needs":2,"needs":1'),
        LINE.replace(b'"needs":1', b'"needs":01'),
        LINE.replace(b'"needs":1', b'"needs":1e0'),
        LINE.replace(b'"needs":1', b'"needs":NaN'),
        LINE.replace(b'"needs":1', b'"needs":-Infinity'),
        LINE.replace(b'"needs":1', b'"needs":1e999'),
        LINE.replace(b'"needs":1', b'"needs":' + b"9" * 100_000),
        LINE.replace(b'"needs":1', b'"needs":' + b"[" * 100_000 + b"]" * 100_000),
        LINE.replace(b'"needs":1', b'"needs":' + b"[" * 900 + b"]" * 900),
        LINE.replace(b'"needs":1', b'"needs":1 '),
        LINE.replace(b"alone", b"\\u0061lone"),
        LINE.replace(b"alone", b"\\ud800"),
        LINE.replace(b"alone", b"\xed\xa0\x80"),
        LINE.replace(b"alone", b"\xff"),
        LINE.replace(b"alone", b"\x00"),
        LINE + b" ",
        LINE + b"\r",
        b"\xef\xbb\xbf" + LINE,
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"{",
        b"{}",
    ],
    ids=range(25),
)
def test_a_line_in_another_spelling_is_found(line: bytes, tmp_path: Path) -> None:
    assert line != LINE
    assert "events.jsonl line 3" in faults(with_line(line + b"\n"), tmp_path)


def test_a_file_cut_off_in_a_line_is_found(tmp_path: Path) -> None:
    box = a_pack()
    cut = box.with_file("events.jsonl", box.files["events.jsonl"][:-40]).listed().signed()
    assert "events.jsonl is cut off in its last line" in faults(cut, tmp_path)


def test_a_name_that_looks_alike_is_another_one(tmp_path: Path) -> None:
    box = with_events(
        lambda rows: [json.loads(json.dumps(row, ensure_ascii=False).replace("ä", "a\u0308")) for row in rows]
    )
    assert "events.jsonl line 7 (event 106, customer:1 number 3): what it says" in faults(box, tmp_path)


def test_foreign_text_reaches_the_terminal_without_its_escapes(tmp_path: Path) -> None:
    box = with_events(altered(2, subject="policy\x1b[2J\u202e:1" + "x" * 500))
    box.save(tmp_path)
    done = run("pack.zip", folder=tmp_path)
    assert done.returncode == 1
    assert "\x1b" not in done.stdout
    assert "\u202e" not in done.stdout
    assert "x" * 300 not in done.stdout


@pytest.mark.parametrize("name", ["sealed_request", "sealed_response"])
def test_a_body_that_was_altered_is_found_by_the_event_that_names_it(name: str, tmp_path: Path) -> None:
    for body in (b"other".hex(), "", BODIES["request" if name == "sealed_response" else "response"].hex()):
        box = a_pack().with_rows("attempts.jsonl", altered(0, **{name: body})).listed().signed()
        said = faults(box, tmp_path)
        assert f"the {name[7:]} of attempt 9 in attempts.jsonl is not the one it names" in said
        assert "events.jsonl line 4 (event 103, customer:1 number 2)" in said
    box = a_pack().with_rows("attempts.jsonl", altered(0, **{name: "no hex"})).listed().signed()
    assert f"attempts.jsonl line 1: its {name[7:]} is not in hexadecimal" in faults(box, tmp_path)


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("lines", {"sealed_after": "ab"}),
        ("lines", {"field": "email"}),
        ("lines", {"change": 8}),
        ("decisions", {"by": 4}),
        ("decisions", {"act": "reject"}),
        ("decisions", {"digest": "ab"}),
        ("decisions", {"field": "email"}),
    ],
)
def test_a_line_or_decision_that_no_event_tells_of_is_not_proved(name: str, more: Row, tmp_path: Path) -> None:
    report = told(a_pack().with_rows(f"{name}.jsonl", altered(0, **more)).listed().signed(), tmp_path)
    assert any(sentence.startswith(f"No sealed event here tells of these in {name}.jsonl") for sentence in report.open)
    assert not any(f"1 of 1 {name}" in sentence for sentence in report.proved)


@pytest.mark.parametrize("name", ["changes", "lines", "decisions", "attempts"])
def test_rows_beside_the_events_are_each_there_once_and_counted(name: str, tmp_path: Path) -> None:
    box = a_pack().with_rows(f"{name}.jsonl", lambda rows: [*rows, *rows]).listed().signed()
    assert f"{name}.jsonl line 2 is out of order, there twice" in faults(box, tmp_path)
    counts = {"events": 24, "changes": 1, "lines": 1, "decisions": 1, "attempts": 1}
    for wrong in (2, True, None, "1"):
        said = faults(a_pack().with_manifest(counts=counts | {name: wrong}).signed(), tmp_path)
        assert f"{name}.jsonl has 1 lines; manifest.json says {wrong}." in said


def proof_of(alter: Callable[[Row], Row]) -> Box:
    return a_pack(chosen=of_customer_1).with_proof(alter).listed().signed()


@pytest.mark.parametrize(
    ("alter", "sentence"),
    [
        (lambda proof: proof | {"nodes": {}}, "it lacks the node"),
        (lambda proof: proof | {"nodes": []}, "does not say how"),
        (lambda proof: proof | {"nodes": proof["nodes"] | {"0-1": "ab" * 32}}, "for which there is no use"),
        (lambda proof: proof | {"nodes": proof["nodes"] | {"1-2": "ab" * 32}}, "do not give the root"),
        (lambda proof: proof | {"nodes": proof["nodes"] | {"1-2": "ab"}}, "has a node that is none"),
        (lambda proof: proof | {"nodes": proof["nodes"] | {"1-1": "ab" * 32}}, "outside of the tree"),
        (lambda proof: proof | {"nodes": proof["nodes"] | {"0-999999": "ab" * 32}}, "outside of the tree"),
        (lambda proof: proof | {"nodes": proof["nodes"] | {"x": "ab" * 32}}, "has a node that is none"),
        (lambda proof: proof | {"nodes": {"0-24": proof["nodes"]["1-2"]}}, "it lacks the node"),
        (lambda proof: proof | {"size": 23}, "another checkpoint"),
        (lambda proof: proof | {"size": "24"}, "another checkpoint"),
        (lambda proof: proof | {"size": 24.0}, "another checkpoint"),
        (lambda proof: proof | {"consistency": {}}, "checkpoints/5.txt does not fit"),
        (lambda proof: proof | {"consistency": {"5": {"0-5": "ab" * 32, "5-24": "ab" * 32}}}, "checkpoints/5.txt"),
        (lambda proof: {"consistency": proof["consistency"]}, "proof.json does not fit"),
        (lambda proof: {}, "proof.json does not fit"),
    ],
)
def test_a_proof_that_was_altered_proves_nothing(alter: Callable[[Row], Row], sentence: str, tmp_path: Path) -> None:
    assert sentence in faults(proof_of(alter), tmp_path)


def test_a_forged_note_is_found(tmp_path: Path) -> None:
    box = a_pack()
    for name, alter in (("checkpoints/latest.txt", ("life 0", "life 1")), ("checkpoints/5.txt", ("life 0", "life 1"))):
        forged = box.with_file(name, box.files[name].decode().replace(*alter).encode()).listed().signed()
        assert f"{name} is not signed by the key it names: it was altered, or forged." in faults(forged, tmp_path)


def test_an_earlier_checkpoint_under_another_name_is_found(tmp_path: Path) -> None:
    box = a_pack(earlier=(5, 9))
    swapped = box.with_file("checkpoints/5.txt", box.files["checkpoints/9.txt"]).listed().signed()
    assert "checkpoints/5.txt does not fit: it is over 9 events" in faults(swapped, tmp_path)
    as_latest = box.with_file("checkpoints/latest.txt", box.files["checkpoints/9.txt"]).listed().signed()
    assert "another checkpoint than checkpoints/latest.txt" in faults(as_latest, tmp_path)


def test_growth_that_leads_to_another_root_is_found(tmp_path: Path) -> None:
    def alter(proof: Row) -> Row:
        return proof | {"consistency": {"5": proof["consistency"]["5"] | {"16-24": "ab" * 32}}}

    said = faults(a_pack().with_proof(alter).listed().signed(), tmp_path)
    assert "What proof.json says of checkpoints/5.txt does not give the root" in said


def test_an_earlier_checkpoint_is_not_as_large_as_the_latest(tmp_path: Path) -> None:
    box = a_pack(earlier=(5, 24))
    assert "checkpoints/24.txt does not fit: it is over 24 events" in faults(box, tmp_path)


def test_an_earlier_checkpoint_of_another_history_shows_that_this_one_was_rewritten(tmp_path: Path) -> None:
    other = a_history()
    other.rows[2] = a_history().rows[2] | {"hash": "ab" * 32}
    box = a_pack().with_file("checkpoints/5.txt", other.note(5).encode()).listed().signed()
    assert "checkpoints/5.txt was signed for other events" in faults(box, tmp_path)


def test_a_history_rewritten_and_sealed_anew_by_the_owner_of_the_key_differs_from_what_was_kept(tmp_path: Path) -> None:
    kept = tmp_path / "kept.txt"
    kept.write_text(a_history().note(9))
    rewritten = a_history()
    rewritten.rows[:] = rehashed(altered(3, verb="change.refused")(rewritten.rows), "customer:1")
    report = told(a_pack(rewritten), tmp_path, checkpoint=kept)
    assert report.code == 1
    assert "history was rewritten since" in report.faults[0]


def test_the_parts_of_another_installation_do_not_fit(tmp_path: Path) -> None:
    note = a_history().note(24, installation=ELSEWHERE).encode()
    box = a_pack().with_file("checkpoints/latest.txt", note).listed().signed()
    assert f"checkpoints/latest.txt is of another installation, {ELSEWHERE}" in faults(box, tmp_path)
    box = a_pack().signed(installation=ELSEWHERE)
    assert f"manifest.note is of another installation, {ELSEWHERE}" in faults(box, tmp_path)
    assert "is of another installation" in faults(a_pack().with_manifest(installation=ELSEWHERE).signed(), tmp_path)


# A stranger, with a key of their own.


def test_a_pack_signed_throughout_with_another_key_is_told_by_its_fingerprint_alone(tmp_path: Path) -> None:
    forged = a_pack(key=OTHER_KEY)
    report = told(forged, tmp_path)
    assert report.code == 0
    assert any("Whose key it is: only the pack itself says so" in sentence for sentence in report.open)
    trusted = told(forged, tmp_path, keys=[KEY.fingerprint])
    assert trusted.code == 2
    assert verify.grouped(OTHER_KEY.fingerprint) in trusted.faults[0]


def test_a_list_of_files_signed_with_another_key_is_not_taken_for_the_consoles(tmp_path: Path) -> None:
    box = a_pack().with_rows("events.jsonl", altered(2, about={})).listed().signed(OTHER_KEY)
    assert "manifest.note names a key “first” that is not the one in keys.txt" in faults(box, tmp_path)
    keys = verify.grouped(KEY.fingerprint)
    assert told(box, tmp_path, keys=[keys]).code == 2


@pytest.mark.parametrize("text", ["", "first\n", "first " + "A" * 43 + "= " + "ab" * 32 + "\n", "\0"])
def test_a_list_of_keys_that_was_altered_is_found(text: str, tmp_path: Path) -> None:
    assert "keys.txt" in faults(a_pack().with_file("keys.txt", text.encode()).listed().signed(), tmp_path)


def test_many_faults_are_told_up_to_a_number(tmp_path: Path) -> None:
    box = with_events(lambda rows: [row | {"verb": "other"} for row in rows])
    report = told(box, tmp_path)
    assert len(report.faults) == 21
    assert report.faults[-1].startswith("And ")


def test_an_empty_list_of_events_with_the_old_proof_does_not_pass(tmp_path: Path) -> None:
    assert "proof.json" in faults(a_pack().with_file("events.jsonl", jsonl([])).listed().signed(), tmp_path)
    assert INSTALLATION in told(a_pack(), tmp_path).title


# Anything at all.

anything = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**25), 10**25) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)
fuzzing = settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
CONTENT = sorted(set(a_history().rows[0]) - {"id", "about"})


@given(place=st.integers(0, 23), name=st.sampled_from(CONTENT), value=anything)
@fuzzing
def test_whatever_an_event_says_instead_is_found(place: int, name: str, value: object, tmp_path: Path) -> None:
    before = a_history().rows[place][name]
    if verify.canonical(value) != verify.canonical(before):
        assert str(place + 1) in faults(with_events(altered(place, **{name: value})), tmp_path) or name == "leaf"


@given(name=st.sampled_from(sorted(json.loads(a_pack().files["manifest.json"]))), value=anything)
@fuzzing
def test_whatever_a_manifest_says_instead_is_told_in_a_sentence(name: str, value: object, tmp_path: Path) -> None:
    report = told(a_pack().with_manifest(**{name: value}).signed(), tmp_path)
    assert report.code in ({0} if name in {"made_at", "made_by", "title", "query"} else {1, 2}) | {1}
    assert report.text.count("\n- ") >= len(report.proved) + len(report.open) + len(report.faults)


@given(name=st.sampled_from(["size", "nodes", "consistency"]), value=anything)
@fuzzing
def test_whatever_a_proof_says_instead_proves_nothing(name: str, value: object, tmp_path: Path) -> None:
    if value != json.loads(a_pack(chosen=of_customer_1).files["proof.json"])[name] or isinstance(value, float):
        assert "proof.json" in faults(proof_of(lambda proof: proof | {name: value}), tmp_path)


@given(file=st.sampled_from(["changes", "lines", "decisions", "attempts", "events"]), value=anything, data=st.data())
@fuzzing
def test_whatever_stands_in_a_row_is_told_in_a_sentence(
    file: str, value: object, data: st.DataObject, tmp_path: Path
) -> None:
    box = a_pack()
    name = data.draw(st.sampled_from(sorted(json.loads(box.files[f"{file}.jsonl"].splitlines()[0]))))
    report = told(box.with_rows(f"{file}.jsonl", altered(0, **{name: value})).listed().signed(), tmp_path)
    assert report.code in {0, 1}
