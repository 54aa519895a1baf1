"""A file that is no pack, or only half of one, or a trap, is told from a pack by a sentence, and never unpacked."""

import io
import json
import struct
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.proof import verify
from tests.proof.packs import a_pack, run, told

PACK = a_pack().zipped()


def with_member(name: str, content: bytes, method: int = zipfile.ZIP_DEFLATED, pack: bytes = PACK) -> bytes:
    """The pack with one member more."""
    file = io.BytesIO(pack)
    with warnings.catch_warnings(), zipfile.ZipFile(file, "a", method) as archive:
        warnings.simplefilter("ignore")  # a name that is there already
        archive.writestr(name, content)
    return file.getvalue()


def with_directory(alter: Callable[[bytearray, int], None], name: str = "events.jsonl") -> bytes:
    """The pack with something else in the directory's entry of a member."""
    data = bytearray(PACK)
    place = data.rindex(b"PK\x01\x02", 0, data.rindex(name.encode()))
    alter(data, place)
    return bytes(data)


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    report = told(with_member("README.txt", bytes(300 * 2**20)), tmp_path)
    assert report.code == 2
    assert "would unpack to far more than it can be. It was not unpacked." in report.faults[0]


def test_a_member_that_says_it_is_small_and_is_not_is_read_no_further_than_it_says(tmp_path: Path) -> None:
    data = bytearray(with_member("checkpoints/7.txt", bytes(100 * 2**20)))
    place = data.rindex(b"PK\x01\x02")
    struct.pack_into("<L", data, place + 24, 100)
    report = told(bytes(data), tmp_path)
    assert report.code == 1
    assert any("checkpoints/7.txt" in sentence for sentence in report.faults)


def test_more_than_any_pack_holds_is_not_looked_at(tmp_path: Path) -> None:
    def alter(data: bytearray, place: int) -> None:
        struct.pack_into("<L", data, place + 24, 2**32 - 2)
        struct.pack_into("<L", data, place + 20, 2**31)

    report = told(with_directory(alter), tmp_path)
    assert report.code == 2
    pack = PACK
    file = io.BytesIO(pack)
    with zipfile.ZipFile(file, "a") as archive:
        for number in range(1, 2002):
            archive.writestr(f"checkpoints/{number + 100}.txt", b"")
    report = told(file.getvalue(), tmp_path)
    assert report.code == 2
    assert "a pack has at most 2000" in report.faults[0]


def test_a_name_that_is_there_twice_shows_two_readers_two_things(tmp_path: Path) -> None:
    report = told(with_member("events.jsonl", a_pack().files["events.jsonl"]), tmp_path)
    assert (report.code, report.faults) == (1, ("events.jsonl is in the ZIP twice: somebody added one of them.",))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_ways_to_compress_are_not_those_of_packs(method: int, tmp_path: Path) -> None:
    report = told(with_member("checkpoints/7.txt", b"text", method), tmp_path)
    assert report.code == 2
    assert "checkpoints/7.txt is compressed in a way that packs are not" in report.faults[0]


def test_a_way_to_compress_that_nobody_knows_is_said(tmp_path: Path) -> None:
    report = told(with_directory(lambda data, place: struct.pack_into("<H", data, place + 10, 77)), tmp_path)
    assert report.code == 2
    assert "compressed in a way that packs are not" in report.faults[0]


def test_an_encrypted_member_is_said(tmp_path: Path) -> None:
    report = told(with_directory(lambda data, place: struct.pack_into("<H", data, place + 8, 1)), tmp_path)
    assert report.code == 2
    assert "events.jsonl is encrypted" in report.faults[0]


def test_a_stored_pack_is_as_good_as_a_compressed_one(tmp_path: Path) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, content in a_pack().files.items():
            archive.writestr(name, content)
    assert told(file.getvalue(), tmp_path).code == 0


def parted(pack: bytes, more: bytes) -> bytes:
    """The pack with something between its last member and its directory, all offsets put right."""
    end = pack.rindex(b"PK\x05\x06")
    [start] = struct.unpack_from("<L", pack, end + 16)
    return pack[:start] + more + pack[start : end + 16] + struct.pack("<L", start + len(more)) + pack[end + 20 :]


@pytest.mark.parametrize(
    "alter",
    [
        lambda pack: b"#!/bin/sh\n" + b" " * 100 + pack,
        lambda pack: b"#!" + pack,
        lambda pack: pack[:-2] + b"\x04\x00more",
        lambda pack: pack + b"more",
        lambda pack: parted(pack, b"more" * 20),
    ],
    ids=["before", "just before", "comment", "behind", "between"],
)
def test_what_stands_beside_the_members_is_found(alter: Callable[[bytes], bytes], tmp_path: Path) -> None:
    assert contents(alter(PACK)) == contents(PACK)
    report = told(alter(PACK), tmp_path)
    assert report.code == 1
    assert report.faults == ("the ZIP holds something beside its files: somebody put it together anew.",)


@pytest.mark.parametrize("force", [False, True])
def test_a_pack_written_as_a_stream_is_as_good(force: bool, tmp_path: Path) -> None:
    with (tmp_path / "pack.zip").open("wb") as file:
        stream = Stream(file)
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[call-overload]  # a stream
            for name, content in a_pack().files.items():
                with archive.open(name, "w", force_zip64=force) as member:
                    member.write(content)
    assert verify.check(tmp_path / "pack.zip").code == 0


class Stream:
    """What can only be written to."""

    def __init__(self, file: IO[bytes]) -> None:
        self.write, self.flush = file.write, file.flush


@pytest.mark.parametrize("share", [0, 1, 10, 50, 90, 99])
def test_a_file_cut_off_on_its_way_is_told_from_an_altered_one(share: int, tmp_path: Path) -> None:
    (tmp_path / "pack.zip").write_bytes(PACK[: len(PACK) * share // 100])
    done = run("pack.zip", folder=tmp_path)
    assert (done.returncode, done.stderr) == (2, "")
    assert "is not a whole ZIP file: another kind of file, or cut off on its way" in " ".join(done.stdout.split())


@pytest.mark.parametrize("content", [b"", b"PK", b"%PDF-1.7", b"\0" * 10_000, b"PK\x05\x06" + bytes(18)])
def test_another_kind_of_file_is_said_to_be_one(content: bytes, tmp_path: Path) -> None:
    assert told(content, tmp_path).code == 2


def test_a_zip_of_something_else_is_no_pack(tmp_path: Path) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("holiday.jpg", b"")
    assert told(file.getvalue(), tmp_path).faults == ("This ZIP is not an evidence pack: it has no manifest.json.",)
    report = told(a_pack().with_manifest(format="steward-evidence/2"), tmp_path)
    assert report.code == 2
    assert "its format is steward-evidence/2" in report.faults[0]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("nothing.zip", "There is no file"), ("folder", "is a folder. Name the ZIP file itself."), ("a\0b", "a?b is not")],
)
def test_a_path_that_leads_nowhere_is_said(name: str, sentence: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    report = verify.check(f"{tmp_path}/{name}")
    assert report.code == 2
    assert sentence in report.faults[0]


def contents(pack: bytes) -> dict[str, bytes]:
    """What another program unpacks."""
    with zipfile.ZipFile(io.BytesIO(pack)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


fuzzing = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


@given(flips=st.lists(st.tuples(st.integers(0, len(PACK) - 1), st.integers(1, 255)), min_size=1, max_size=4))
@fuzzing
def test_no_flipped_bits_ever_prove_something_else(flips: list[tuple[int, int]], tmp_path: Path) -> None:
    data = bytearray(PACK)
    for place, bits in flips:
        data[place] ^= bits
    report = told(bytes(data), tmp_path)
    assert report.code in {0, 1, 2}
    assert report.code != 0 or contents(bytes(data)) == a_pack().files


@given(place=st.integers(0, len(PACK)), gone=st.integers(0, 300), added=st.binary(max_size=30))
@fuzzing
def test_no_bytes_lost_or_added_ever_prove_something_else(place: int, gone: int, added: bytes, tmp_path: Path) -> None:
    data = PACK[:place] + added + PACK[place + gone :]
    report = told(data, tmp_path)
    assert report.code in {0, 1, 2}
    assert report.code != 0 or contents(data) == a_pack().files


MEMBERS = [name for name in a_pack().files if not name.endswith((".py", ".html", "README.txt"))]


@given(data=st.data(), name=st.sampled_from(MEMBERS), bits=st.integers(1, 255))
@fuzzing
def test_no_flipped_bits_inside_a_member_prove_something_else_even_if_the_list_is_signed_anew(
    data: st.DataObject, name: str, bits: int, tmp_path: Path
) -> None:
    box = a_pack()
    content = bytearray(box.files[name])
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= bits
    box = box.with_file(name, bytes(content))
    if name == "manifest.json":
        report = told(box, tmp_path)
    else:
        report = told(box.with_file("manifest.json", box.files["manifest.json"]).listed().signed(), tmp_path)
    # What the tree does not cover may be signed anew: not the events' own content, nor whatever proves it.
    free = {"changes.jsonl", "lines.jsonl", "decisions.jsonl", "attempts.jsonl", "manifest.note"}
    assert report.code in {1, 2} or name in free or (name == "events.jsonl" and _is_beside(box.files[name]))


def _is_beside(content: bytes) -> bool:
    """Whether only ids and what stands in words beside the events' content differ."""

    def proved(data: bytes) -> list[dict[str, object]]:
        rows = [json.loads(line) for line in data.splitlines()]
        return [{name: value for name, value in row.items() if name not in {"id", "about"}} for row in rows]

    return proved(content) == proved(a_pack().files["events.jsonl"])
