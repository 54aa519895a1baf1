"""Checks an evidence pack: that the events in it were sealed as they stand there, and by whom.

    python verify.py pack.zip [--key FINGERPRINT] [--installation UUID] [--checkpoint FILE]

Exit code 0: proved. 1: something was altered or does not fit; it says what and where. 2: it cannot be checked.

This is one file of plain Python (3.9 or newer) that needs nothing else and no network. The console hashes and reads its
own history by the same functions, and puts this file into every pack as it stands. `docs/evidence.md` of the console
says what each check means. From top to bottom: hashes, the tree, signatures, signed notes, the ZIP, the checks.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import struct
import sys
import time
import zipfile
import zlib
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FORMAT = "steward-evidence/1"


class Unfit(ValueError):
    """Something is not what it has to be; the text is a sentence that says what."""


class CannotCheck(Exception):
    """There is no telling whether anything was altered; the text is a sentence that says why."""


# Hashes.


def canonical(value: object) -> bytes:
    """JSON with sorted keys and no white space, as UTF-8: equal values give equal bytes."""
    return _text(value).encode("utf-8", "surrogatepass")


def event_hash(previous: bytes, content: Mapping[str, Any]) -> bytes:
    """SHA-256 over the previous event's hash in its chain and all content of this one; 32 bytes."""
    return hashlib.sha256(previous + canonical(content)).digest()


def row_hash(  # noqa: PLR0913 - what an event consists of
    previous: bytes,
    *,
    subject: str,
    number: int,
    at: int,
    actor: int | None,
    behalf: int | None,
    verb: str,
    origin: str,
    request: str,
    change: int | None,
    attempt: int | None,
    details: Mapping[str, Any],
    values: bytes | None,
) -> bytes:
    """The `event_hash` of an event given in parts, `at` in microseconds since 1970: the same, in half the time."""
    text = (
        f'{{"actor":{_number(actor)},"at":{_number(at)},"attempt":{_number(attempt)},'
        f"{f'{_QUOTED_BEHALF}{_number(behalf)},' if behalf else ''}"
        f'"change":{_number(change)},"details":{_text(details)},"number":{_number(number)},"origin":{_quoted(origin)},'
        f'"request":{_quoted(request)},"subject":{_quoted(subject)},'
        f'"values":{_QUOTE + values.hex() + _QUOTE if values else "null"},"verb":{_quoted(verb)}}}'
    )
    return hashlib.sha256(previous + text.encode("utf-8", "surrogatepass")).digest()


def leaf_hash(data: bytes) -> bytes:
    """Of one entry of the tree (RFC 6962, section 2.1)."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Of two neighbouring parts of the tree (RFC 6962, section 2.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def _number(value: int | None) -> str:
    return "null" if value is None else str(int(value))


def _encoder() -> Callable[[object], str]:
    """`json.dumps` with sorted keys and no white space, made ready once."""
    public = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    made: Any = getattr(json.encoder, "c_make_encoder", None)
    if made is None:
        return public.encode
    try:  # the part of json that is written in C, which the public way makes anew for every value
        fast = made(None, public.default, json.encoder.encode_basestring, None, ":", ",", True, False, True)
        fits = "".join(fast({"b": [1, None, "é"], "a": 2}, 0)) == '{"a":2,"b":[1,null,"é"]}'
    except (TypeError, ValueError):
        return public.encode
    return (lambda value: "".join(fast(value, 0))) if fits else public.encode


_QUOTE = '"'
_QUOTED_BEHALF = '"behalf":'
_text = _encoder()
_quoted: Callable[[str], str] = json.encoder.encode_basestring


# The tree, as in RFC 6962. The hash of the leaves from start up to (not including) end is the node (start, end).

Range = tuple[int, int]
EMPTY_ROOT = hashlib.sha256().digest()


def split(start: int, end: int) -> int:
    """Where the tree over these leaves (at least two) parts: the largest power of two short of all of them."""
    return start + (1 << ((end - start - 1).bit_length() - 1))


def root_of(size: int, leaves: Sequence[tuple[int, bytes]], nodes: Mapping[Range, bytes]) -> bytes:
    """The root that `leaves` (index and leaf hash, ascending) and the nodes of everything between them give.

    Raises `Unfit` where a node is missing, or is there in vain.
    """
    if size == 0:
        return EMPTY_ROOT
    indexes = [index for index, _ in leaves]
    unused = dict(nodes)

    def fold(start: int, end: int, low: int, high: int) -> bytes:
        if low == high:
            return _take(unused, start, end)
        if end - start == 1:
            return leaves[low][1]
        middle = split(start, end)
        between = bisect_left(indexes, middle, low, high)
        return node_hash(fold(start, middle, low, between), fold(middle, end, between, high))

    root = fold(0, size, 0, len(leaves))
    if unused:
        start, end = min(unused)
        raise Unfit(f"it holds the node {start}-{end}, for which there is no use")
    return root


def _take(nodes: dict[Range, bytes], start: int, end: int) -> bytes:
    try:
        return nodes.pop((start, end))
    except KeyError:
        raise Unfit(f"it lacks the node {start}-{end}") from None


def grown(old: int, size: int, nodes: Mapping[Range, bytes]) -> tuple[bytes, bytes]:
    """The roots over the first `old` leaves and over all of them, both from the same nodes; `Unfit` where one lacks."""
    if old == 0:
        return EMPTY_ROOT, _whole(0, size, nodes)

    def fold(start: int, end: int) -> tuple[bytes | None, bytes]:
        if end <= old or start >= old:
            node = _whole(start, end, nodes)
            return (node if end <= old else None), node
        middle = split(start, end)
        (old_left, left), (old_right, right) = fold(start, middle), fold(middle, end)
        before = node_hash(old_left, old_right) if old_left and old_right else old_left
        return before, node_hash(left, right)

    before, after = fold(0, size)
    return before or EMPTY_ROOT, after


def _whole(start: int, end: int, nodes: Mapping[Range, bytes]) -> bytes:
    """A node that is given, or follows from those that are."""
    given = nodes.get((start, end))
    if given is not None:
        return given
    if end - start <= 1:
        raise Unfit(f"it lacks what leads to leaf {start}")
    middle = split(start, end)
    return node_hash(_whole(start, middle, nodes), _whole(middle, end, nodes))


# Signatures: Ed25519 (RFC 8032, section 5.1), verifying only. Points are in extended coordinates.

Point = tuple[int, int, int, int]
_P = 2**255 - 19
_ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P
_ROOT_OF_MINUS_ONE = pow(2, (_P - 1) // 4, _P)
_NEUTRAL: Point = (0, 1, 1, 0)


def ed25519(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the key signed this. Strict: no second spelling of a point or a number, no key or point of small order."""
    if len(public) != 32 or len(signature) != 64:
        return False
    key, point = _point(public), _point(signature[:32])
    factor = int.from_bytes(signature[32:], "little")
    if key is None or point is None or factor >= _ORDER or _is_small(key) or _is_small(point):
        return False
    hashed = hashlib.sha512(signature[:32] + public + message).digest()
    challenge = int.from_bytes(hashed, "little") % _ORDER
    x, y, z, t = key
    opposite = (-x % _P, y, z, -t % _P)
    return _is_same(_sum_of_products(factor, _BASE, challenge, opposite), point)


def _point(data: bytes) -> Point | None:
    """The point that these 32 bytes stand for, if they do and are its one right spelling."""
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & ((1 << 255) - 1)
    if y >= _P:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, _P - 2, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _ROOT_OF_MINUS_ONE % _P
    if (x * x - square) % _P or (x == 0 and sign):
        return None
    x = _P - x if x & 1 != sign else x
    return (x, y, 1, x * y % _P)


def _add(one: Point, other: Point) -> Point:
    a = (one[1] - one[0]) * (other[1] - other[0]) % _P
    b = (one[1] + one[0]) * (other[1] + other[0]) % _P
    c = 2 * one[3] * other[3] * _D % _P
    d = 2 * one[2] * other[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % _P, g * h % _P, f * g % _P, e * h % _P)


def _sum_of_products(first: int, point: Point, second: int, other: Point) -> Point:
    """first · point + second · other, in one go."""
    both, total = _add(point, other), _NEUTRAL
    for bit in range(max(first.bit_length(), second.bit_length()) - 1, -1, -1):
        total = _add(total, total)
        chosen = (first >> bit & 1) | (second >> bit & 1) << 1
        if chosen:
            total = _add(total, (point, other, both)[chosen - 1])
    return total


def _is_same(one: Point, other: Point) -> bool:
    return all((one[axis] * other[2] - other[axis] * one[2]) % _P == 0 for axis in (0, 1))


def _is_small(point: Point) -> bool:
    """Whether eight times the point is nothing: such a key would fit signatures that nobody made."""
    for _ in range(3):
        point = _add(point, point)
    return _is_same(point, _NEUTRAL)


def _base() -> Point:
    point = _point((4 * pow(5, _P - 2, _P) % _P).to_bytes(32, "little"))
    return point or _NEUTRAL


_BASE = _base()


def fingerprint(public: bytes) -> str:
    """By which people compare a key: SHA-256 of its 32 bytes, in hexadecimal."""
    return hashlib.sha256(public).hexdigest()


def grouped(text: str) -> str:
    """A fingerprint as it is read aloud: in groups of four."""
    return " ".join(text[place : place + 4] for place in range(0, len(text), 4))


# Signed notes: a checkpoint of the tree, and what the list of a pack's files is signed by.

_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_COUNT = "0|[1-9][0-9]{0,17}"
_HASH = "[A-Za-z0-9+/]{43}="
_SIGNED_BY = rf"key (?P<key_id>[A-Za-z0-9._-]{{1,40}}) (?P<key>{_HASH})\n)\n"
_CHECKPOINT = re.compile(
    rf"(?P<text>(?P<name>steward/(?P<installation>{_UUID}))\n(?P<size>{_COUNT})\n(?P<root>{_HASH})\n"
    rf"at (?P<at>{_COUNT})\nlife (?P<life>{_COUNT})\n{_SIGNED_BY}— (?P=name) (?P<signature>[A-Za-z0-9+/]{{91}}=)\n"
)
_MANIFEST_NOTE = re.compile(
    rf"(?P<text>(?P<name>steward-pack/(?P<installation>{_UUID}))\n(?P<digest>[0-9a-f]{{64}})\n"
    rf"{_SIGNED_BY}— (?P=name) (?P<signature>[A-Za-z0-9+/]{{91}}=)\n"
)


@dataclass(frozen=True)
class Note:
    """A text, and who signed it."""

    text: str
    name: str
    installation: str
    key_id: str
    public: bytes
    signature: bytes


@dataclass(frozen=True)
class Checkpoint(Note):
    """What was signed about the first `size` leaves; `at` in microseconds since 1970, by the console's database."""

    size: int
    root: bytes
    at: int
    life: int


@dataclass(frozen=True)
class ManifestNote(Note):
    """What was signed about a pack: the SHA-256 of its manifest."""

    digest: str


def read_note(text: str) -> Checkpoint:
    """A checkpoint from its text; raises `Unfit` unless that is spelled exactly as it has to be. See `signed`."""
    found = _CHECKPOINT.fullmatch(text)
    if found is None:
        raise Unfit("it is not a checkpoint as the console signs them")
    size, at, life = (int(found[name]) for name in ("size", "at", "life"))
    return Checkpoint(**_note(found), size=size, root=_unpacked(found["root"]), at=at, life=life)


def read_manifest_note(text: str) -> ManifestNote:
    """The note about a pack's manifest; raises `Unfit` unless it is spelled exactly as it has to be. See `signed`."""
    found = _MANIFEST_NOTE.fullmatch(text)
    if found is None:
        raise Unfit("it is not a note as the console signs them")
    return ManifestNote(**_note(found), digest=found["digest"])


def signed(note: Note) -> bool:
    """Whether the signature is that of the key which the note names. Whose key that is, is another question."""
    return note.signature[:4] == key_hash(note.name, note.public) and ed25519(
        note.public, note.text.encode(), note.signature[4:]
    )


def key_hash(name: str, public: bytes) -> bytes:
    """The four bytes by which a signed note names a key."""
    return hashlib.sha256(name.encode() + b"\n\x01" + public).digest()[:4]


def _note(found: re.Match[str]) -> dict[str, Any]:
    named = {name: found[name] for name in ("text", "name", "installation", "key_id")}
    return {**named, "public": _unpacked(found["key"]), "signature": _unpacked(found["signature"])}


def _unpacked(text: str) -> bytes:
    """From base64, of which only one spelling is accepted."""
    data = base64.b64decode(text)
    if base64.b64encode(data).decode() != text:
        raise Unfit("it is not spelled as the console spells it")
    return data


# The ZIP. Nothing is unpacked to the disk, and nothing is read of which the size was not looked at before.

MEMBERS = re.compile(
    rf"README\.txt|index\.html|verify\.py|manifest\.json|manifest\.note|(events|changes|lines|decisions|attempts)\.jsonl"
    rf"|proof\.json|keys\.txt|checkpoints/(latest|{_COUNT})\.txt"
)
UNSIGNED = ("manifest.json", "manifest.note")
_MOST_BYTES = 8 * 2**30
_MOST_MEMBERS = 2000
_LONGEST_LINE = 16 * 2**20
_LONGEST_TEXT = 2**16
_LONGEST_JSON = 2**28
_PIECE = 2**20
_ZIP_ERRORS = (zipfile.BadZipFile, zlib.error, struct.error, OSError, EOFError, RuntimeError, ValueError, LookupError)


class Pack:
    """The members of a ZIP that is fit to be looked into."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.members = {member.filename: member for member in archive.infolist()}

    def pieces(self, name: str) -> Iterator[bytes]:
        """The content of a member, in pieces; raises `Unfit` where it is not there, or damaged."""
        if name not in self.members:
            raise Unfit(f"{name} is missing")
        try:
            with self._archive.open(self.members[name]) as file:
                while piece := file.read(_PIECE):
                    yield piece
        except _ZIP_ERRORS as problem:
            raise Unfit(f"{name} is damaged and cannot be read to its end ({plain(problem)})") from None

    def whole(self, name: str, most: int) -> bytes:
        """A member of at most so many bytes."""
        if name in self.members and self.members[name].file_size > most:
            raise Unfit(f"{name} is longer than it can be ({self.members[name].file_size} bytes)")
        return b"".join(self.pieces(name))

    def text(self, name: str) -> str:
        """A short text."""
        return decoded(self.whole(name, _LONGEST_TEXT), name)

    def lines(self, name: str) -> Iterator[bytes]:
        """The lines of a member, without their ends."""
        rest = b""
        for piece in self.pieces(name):
            *whole, rest = (rest + piece).split(b"\n")
            yield from whole
            if len(rest) > _LONGEST_LINE:
                raise Unfit(f"{name} has a line longer than it can be")
        if rest:
            raise Unfit(f"{name} is cut off in its last line")

    def digest(self, name: str) -> str:
        """SHA-256 of a member, in hexadecimal."""
        digest = hashlib.sha256()
        for piece in self.pieces(name):
            digest.update(piece)
        return digest.hexdigest()


def opened(path: Path) -> Pack:
    """The pack in this file; raises `CannotCheck` or, where it is a ZIP that somebody worked upon, `Unfit`."""
    try:
        archive = zipfile.ZipFile(path)
        size = path.stat().st_size
    except FileNotFoundError:
        raise CannotCheck(f"There is no file {plain(path)}.") from None
    except PermissionError:
        raise CannotCheck(f"{plain(path)} may not be read.") from None
    except IsADirectoryError:
        raise CannotCheck(f"{plain(path)} is a folder. Name the ZIP file itself.") from None
    except _ZIP_ERRORS as problem:
        raise CannotCheck(
            f"{plain(path)} is not a whole ZIP file: another kind of file, or cut off on its way ({plain(problem)})."
        ) from None
    _look_at_size(archive.infolist(), size)
    _look_at_names(archive, size)
    return Pack(archive)


def _look_at_size(members: Sequence[zipfile.ZipInfo], size: int) -> None:
    """Refuses what would unpack to more than a pack can be, or in a way that needs more than the standard library."""
    if len(members) > _MOST_MEMBERS:
        raise CannotCheck(f"The ZIP has {len(members)} files; a pack has at most {_MOST_MEMBERS}.")
    if sum(member.file_size for member in members) > _MOST_BYTES:
        raise CannotCheck(f"The ZIP would unpack to more than {_MOST_BYTES} bytes. It was not unpacked.")
    for member in members:
        if member.flag_bits & 0x1:
            raise CannotCheck(f"{plain(member.filename)} is encrypted. Packs are not.")
        if member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise CannotCheck(f"{plain(member.filename)} is compressed in a way that packs are not.")
        if member.compress_size > size or member.file_size > _PIECE + 200 * member.compress_size:
            raise CannotCheck(f"{plain(member.filename)} would unpack to far more than it can be. It was not unpacked.")


def _look_at_names(archive: zipfile.ZipFile, size: int) -> None:
    """Refuses what one program that opens ZIPs may show otherwise than another."""
    names = [member.filename for member in archive.infolist()]
    if "manifest.json" not in names:
        raise CannotCheck("This ZIP is not an evidence pack: it has no manifest.json.")
    for member in archive.infolist():
        if not MEMBERS.fullmatch(member.filename) or member.orig_filename != member.filename:
            raise Unfit(f"{plain(member.orig_filename)} is no part of a pack: somebody added it")
        if names.count(member.filename) > 1:
            raise Unfit(f"{member.filename} is in the ZIP twice: somebody added one of them")
    begins = min(member.header_offset for member in archive.infolist())
    packed = sum(30 + len(member.filename) + member.compress_size for member in archive.infolist())
    if begins or archive.comment or packed > size:
        raise Unfit("the ZIP holds something beside its files: somebody put it together anew")


def decoded(data: bytes, name: str) -> str:
    """UTF-8, and nothing but."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise Unfit(f"{name} is not text in UTF-8") from None


def parsed(data: bytes, name: str) -> dict[str, Any]:
    """A JSON object in its one canonical spelling: no key twice, no white space, no number in two ways."""
    text = decoded(data, name)
    try:
        value = json.loads(text, parse_int=_short_number, parse_constant=_no_number)
        same = canonical(value) == data
    except RecursionError:
        raise Unfit(f"{name} is nested deeper than the console writes") from None
    except ValueError:
        raise Unfit(f"{name} is not JSON as the console writes it") from None
    if not isinstance(value, dict) or not same:
        raise Unfit(f"{name} is not spelled as the console spells it")
    return value


def _short_number(text: str) -> int:
    if len(text) > 20:
        raise ValueError(text[:20])
    return int(text)


def _no_number(text: str) -> None:
    raise ValueError(text)


def plain(value: object) -> str:
    """Foreign text, fit for a terminal: nothing invisible, not too long."""
    text = "".join(sign if sign.isprintable() else "?" for sign in str(value)[:200])
    return text + ("…" if len(str(value)) > 200 else "")
