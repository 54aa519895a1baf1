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
import contextlib
import hashlib
import json
import re
import struct
import sys
import textwrap
import time
import zipfile
import zlib
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if sys.version_info < (3, 9):  # noqa: UP036 - whoever runs it has whatever Python they have
    sys.exit("This needs Python 3.9 or newer.")

if TYPE_CHECKING:
    from typing import TypeGuard  # newer than the oldest Python that this runs on

    _N = TypeVar("_N", bound="Note")

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
    """The `event_hash` of an event given in parts, `at` in microseconds since 1970: the same, sooner."""
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


def _others(nodes: Mapping[Range, bytes], given: Mapping[Range, bytes]) -> Iterator[Range]:
    """Which of these nodes are others than those that follow from what is given, where any follow."""
    for (start, end), node in nodes.items():
        with contextlib.suppress(Unfit):
            if _whole(start, end, given) != node:
                yield start, end


# Signatures: Ed25519 (RFC 8032, section 5.1), verifying only. Points are in extended coordinates.

Point = tuple[int, int, int, int]
_P = 2**255 - 19
_ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P
_ROOT_OF_MINUS_ONE = pow(2, (_P - 1) // 4, _P)
_NEUTRAL: Point = (0, 1, 1, 0)


def ed25519(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the key signed this. Strict: no second spelling of anything, no key or point of small order."""
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
    r"README\.txt|index\.html|verify\.py|manifest\.json|manifest\.note|keys\.txt"
    rf"|(events|changes|lines|decisions|attempts)\.jsonl|proof\.json|checkpoints/(latest|{_COUNT})\.txt"
)
UNSIGNED = ("manifest.json", "manifest.note")
_MOST_BYTES = 8 * 2**30
_MOST_MEMBERS = 2000
_LONGEST_LINE = 16 * 2**20
_LONGEST_TEXT = 2**16
_LONGEST_JSON = 2**28
_PIECE = 2**20
_MOST_BESIDE = 64  # between two members: the sizes of one written as a stream, which are up to 44 bytes
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
                yield from iter(lambda: file.read(_PIECE), b"")
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
    if not _is_tight(archive, size):
        raise Unfit("the ZIP holds something beside its files: somebody put it together anew")


def _is_tight(archive: zipfile.ZipFile, size: int) -> bool:
    """Whether members, directory and end follow each other without anything before, between or behind them."""
    place = 0
    for member in sorted(archive.infolist(), key=lambda one: one.header_offset):
        if not 0 <= member.header_offset - place <= (_MOST_BESIDE if place else 0):
            return False
        place = member.header_offset + 30 + len(member.filename) + member.compress_size
    entries = sum(46 + len(member.filename) + len(member.extra) for member in archive.infolist())
    ending = size - archive.start_dir - entries
    return 0 <= archive.start_dir - place <= _MOST_BESIDE and ending in {22, 98}


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
        value = _decoder.decode(text)
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


_decoder = json.JSONDecoder(parse_int=_short_number, parse_constant=_no_number)


def plain(value: object) -> str:
    """Foreign text, fit for a terminal: nothing invisible, not too long."""
    text = str(value)
    if len(text) <= 200 and text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else "?" for sign in text[:200]) + ("…" if len(text) > 200 else "")


# The checks.

_DECIMAL = re.compile(f"(?:{_COUNT})")
_NODE = re.compile(f"({_COUNT})-({_COUNT})")
_HEX = re.compile("(?:[0-9a-f]{2})*")
_BESIDE = ("id", "previous", "hash", "leaf", "about")
_MOST_TOLD = 20
_LONG_UNSEALED = 600 * 1_000_000


@dataclass(frozen=True)
class Report:
    """What came of it. Without faults, `proved` and `open` say what is proved and what is not; all are sentences."""

    code: int
    title: str = ""
    proved: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """For a person to read."""
        verdict = {
            0: "PROVED, as far as said above.",
            1: "NOT PROVED: this pack was altered, or does not fit together.",
        }
        parts = [_wrapped(self.title), ""] if self.title else []
        parts += _listed("What is proved:", self.proved)
        parts += _listed("What is not proved:", self.open)
        parts += _listed("What is wrong:" if self.code == 1 else "Why it cannot be checked:", self.faults)
        return "\n".join([*parts, verdict.get(self.code, "CANNOT BE CHECKED.")]) + "\n"


@dataclass(frozen=True)
class Wanted:
    """What whoever checks knows from elsewhere."""

    keys: frozenset[str] = frozenset()
    installation: str = ""
    checkpoint: Checkpoint | None = None


def check(
    path: str | Path, *, keys: Iterable[str] = (), installation: str | None = None, checkpoint: str | Path | None = None
) -> Report:
    """Checks a pack; `keys` are fingerprints of trusted keys, `checkpoint` is a file with a note kept elsewhere."""
    try:
        wanted = Wanted(_fingerprints(keys), _installation(installation), _kept(checkpoint))
        return _Check(opened(Path(path)), wanted).report()
    except CannotCheck as why:
        return Report(2, faults=(str(why),))
    except Unfit as fault:
        return Report(1, faults=(_sentence(str(fault)),))


class _Check:
    """One pack being checked: from the keys down to the events, and back up to the signed root."""

    def __init__(self, pack: Pack, wanted: Wanted) -> None:
        self.pack = pack
        self.wanted = wanted
        self.faults = _Faults()
        self.proved: list[str] = []
        self.open: list[str] = []
        self.manifest = _manifest(pack)
        self.installation = str(self.manifest.get("installation"))
        if wanted.installation and wanted.installation != self.installation:
            raise CannotCheck(
                f"This pack is of the installation {plain(self.installation)}, not of {wanted.installation}."
            )
        self.latest = _read(pack, "checkpoints/latest.txt", read_note)
        self.keys = _Keys(pack.text("keys.txt"), wanted.keys)

    def report(self) -> Report:
        """All checks, in this order; each one tells what it proves, or what is wrong."""
        self._signatures()
        self._files()
        bodies, approvals = Bodies(self.pack, self.faults), Approvals(self.pack, self.faults)
        events = Events(self.pack, self.faults, (bodies, approvals), self.latest)
        self._counts({"events": events.count, "attempts": bodies.count, **approvals.counts})
        nodes = self._tree(events)
        try:
            self._growth(events, nodes)
        except CannotCheck as why:
            if not self.faults.told:
                raise
            self.faults.add(str(why))
        if self.faults.told:
            return Report(1, self._title(), faults=self.faults.sentences())
        if events.count and not events.leaves:
            raise CannotCheck("None of its events is sealed yet. Ask for a new pack in some minutes.")
        self._say(events)
        return Report(0, self._title(), tuple(self.proved), tuple(self.open))

    def _title(self) -> str:
        made = f"made {moment(self.manifest.get('made_at'))} by {plain(self.manifest.get('made_by'))}"
        return f"Evidence pack “{plain(self.manifest.get('title'))}” of installation {self.installation}, {made}."

    def _signatures(self) -> None:
        note = _read(self.pack, "manifest.note", read_manifest_note)
        for name, signed_note in (("checkpoints/latest.txt", self.latest), ("manifest.note", note)):
            self.keys.look_at(name, signed_note, self.installation, self.faults)
            if self.wanted.keys and fingerprint(signed_note.public) not in self.wanted.keys:
                raise CannotCheck(
                    f"{name} is signed by the key {grouped(fingerprint(signed_note.public))}, "
                    "which is none of those given by --key. Whose key it is, is not known here."
                )
        if hashlib.sha256(self.pack.whole("manifest.json", _LONGEST_JSON)).hexdigest() != note.digest:
            self.faults.add("manifest.json is not the one that was signed: it was altered.")

    def _files(self) -> None:
        files = self.manifest.get("files")
        listed = files if isinstance(files, dict) else {}
        for name in sorted(set(self.pack.members) - set(listed) - set(UNSIGNED)):
            self.faults.add(f"{name} is not among the files that manifest.json lists: somebody added it.")
        for name, digest in listed.items():
            try:
                if self.pack.digest(name) != digest:
                    self.faults.add(f"{name} is not the file that the console wrote: its SHA-256 is another one.")
            except Unfit as fault:
                self.faults.add(_sentence(plain(fault)))

    def _counts(self, counted: Mapping[str, int]) -> None:
        changes = Rows(self.pack, "changes.jsonl", self.faults).in_order()
        for name, count in {**counted, "changes": sum(1 for _ in changes)}.items():
            self._count(name, count)

    def _count(self, name: str, count: int) -> None:
        counts = self.manifest.get("counts")
        stated = counts.get(name) if isinstance(counts, dict) else None
        if not _is_number(stated) or stated != count:
            self.faults.add(f"{name}.jsonl has {count} lines; manifest.json says {plain(stated)}.")

    def _tree(self, events: Events) -> dict[Range, bytes]:
        """The nodes of proof.json, after the events and they gave the signed root, or a fault was told."""
        try:
            self.proof = parsed(self.pack.whole("proof.json", _LONGEST_JSON), "proof.json")
            nodes = _nodes(self.proof.get("nodes"), self.latest.size)
            if not _is_number(self.proof.get("size")) or self.proof["size"] != self.latest.size:
                raise Unfit("it is made for another checkpoint than checkpoints/latest.txt")
            if root_of(self.latest.size, events.leaves, nodes) != self.latest.root:
                self.faults.add(
                    f"The {len(events.leaves)} sealed events and proof.json do not give the root that was signed in "
                    "checkpoints/latest.txt: an event, its hash, or proof.json was altered."
                    f"{self._narrowed(events, nodes)}"
                )
        except Unfit as fault:
            self.faults.add(f"proof.json does not fit: {fault}.")
            return {}
        return nodes

    def _narrowed(self, events: Events, nodes: Mapping[Range, bytes]) -> str:
        """Where that is, as far as the nodes tell which lead from earlier checkpoints to the signed root."""
        given = {**nodes, **events.nodes()}
        apart: set[tuple[int, int, int]] = set()
        for old, named in self._given_growth():
            with contextlib.suppress(Unfit):
                trusted = _nodes(named, self.latest.size)
                if grown(old, self.latest.size, trusted)[1] == self.latest.root:
                    apart |= {(end - start, start, end) for start, end in _others(trusted, given)}
        if not apart:
            return ""
        _, start, end = min(apart)
        return f" It is in the leaves {start} to {end - 1}: {events.lines_of(start, end)}."

    def _given_growth(self) -> Iterator[tuple[int, object]]:
        consistency = self.proof.get("consistency")
        for name, nodes in consistency.items() if isinstance(consistency, dict) else ():
            if _DECIMAL.fullmatch(name) and 0 < int(name) < self.latest.size:
                yield int(name), nodes

    def _growth(self, events: Events, nodes: Mapping[Range, bytes]) -> None:
        """What was signed earlier is the beginning of what was signed last."""
        if self.faults.told and not nodes:
            return
        roots = {self.latest.size: self.latest.root, 0: EMPTY_ROOT}
        for name in self.pack.members:
            if name.startswith("checkpoints/") and name != "checkpoints/latest.txt":
                self._earlier(name, roots)
        if self.wanted.checkpoint:
            self._kept_elsewhere(self.wanted.checkpoint, roots, events, nodes)
        self.sizes = sorted(set(roots) - {0, self.latest.size})

    def _earlier(self, name: str, roots: dict[int, bytes]) -> None:
        try:
            note = read_note(self.pack.text(name))
            if name != f"checkpoints/{note.size}.txt" or not 0 < note.size < self.latest.size:
                raise Unfit(f"it is over {note.size} events, which its name does not say, or not an earlier one")
            self.keys.look_at(name, note, self.installation, self.faults)
            consistency = self.proof.get("consistency")
            given = consistency.get(str(note.size)) if isinstance(consistency, dict) else None
            before, after = grown(note.size, self.latest.size, _nodes(given, self.latest.size))
        except Unfit as fault:
            self.faults.add(f"{name} does not fit: {fault}.")
            return
        if after != self.latest.root:
            self.faults.add(f"What proof.json says of {name} does not give the root in checkpoints/latest.txt.")
        elif before != note.root:
            self.faults.add(f"{name} was signed for other events than those that are here the first {note.size}.")
        else:
            roots[note.size] = note.root

    def _kept_elsewhere(
        self, kept: Checkpoint, roots: Mapping[int, bytes], events: Events, nodes: Mapping[Range, bytes]
    ) -> None:
        if kept.installation != self.installation:
            raise CannotCheck(f"The checkpoint given by --checkpoint is of another installation, {kept.installation}.")
        if kept.size > self.latest.size:
            raise CannotCheck(
                f"The checkpoint given by --checkpoint is over {kept.size} events, the pack's only over "
                f"{self.latest.size}: the pack is older, or later history was taken away. Ask for a newer pack."
            )
        root = roots.get(kept.size)
        if root is None:
            try:
                root, _ = grown(kept.size, self.latest.size, {**nodes, **events.nodes()})
            except Unfit:
                raise CannotCheck(
                    f"The pack does not say how history grew from the checkpoint given by --checkpoint (over "
                    f"{kept.size} events). It does for those over {_some(sorted(roots))}."
                ) from None
        if root != kept.root:
            self.faults.add(
                f"The first {kept.size} events were others when the checkpoint given by --checkpoint was signed: "
                "history was rewritten since, or two different histories are shown to two people."
            )

    def _say(self, events: Events) -> None:
        """What all this proves, and what it does not."""
        self.proved += events.proved()
        self.proved.append(
            f"They were sealed by {moment(self.latest.at)} of the console's clock, as part of its first "
            f"{self.latest.size} events: the key “{self.latest.key_id}” signed this, fingerprint "
            f"{grouped(fingerprint(self.latest.public))}."
        )
        if self.sizes:
            self.proved.append(
                f"Nothing of what was signed earlier, over {_some(self.sizes)} events, was altered or taken away since."
            )
        if self.wanted.checkpoint:
            self.proved.append(
                f"Nor anything of the {self.wanted.checkpoint.size} events that the checkpoint kept elsewhere is over."
            )
        self.proved.append("All files of the pack are as the console wrote them: their list is signed, too.")
        self.open += events.unproved()
        self.open += _never_proved(self.wanted)
        if self.manifest["files"].get("verify.py") != _own_digest():
            self.open.append("The verify.py that runs is another one than the one in the pack.")


class _Faults:
    """What is wrong, told up to a number."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.more = 0

    def add(self, sentence: str) -> None:
        if len(self.told) < _MOST_TOLD:
            self.told.append(sentence)
        else:
            self.more += 1

    def sentences(self) -> tuple[str, ...]:
        return (*self.told, *([f"And {self.more} more."] if self.more else []))


class _Keys:
    """keys.txt."""

    def __init__(self, text: str, trusted: frozenset[str]) -> None:
        self._trusted = trusted
        self._known: dict[str, bytes] = {}
        for line in text.splitlines():
            found = re.fullmatch(rf"([A-Za-z0-9._-]{{1,40}}) ({_HASH}) ([0-9a-f]{{64}})", line)
            if found is None or fingerprint(_unpacked(found[2])) != found[3] or found[1] in self._known:
                raise Unfit(f"keys.txt does not fit: {plain(line)}")
            self._known[found[1]] = _unpacked(found[2])

    def look_at(self, name: str, note: Note, installation: str, faults: _Faults) -> None:
        """Tells whether a note of the pack is of this installation and signed by a key that the pack names."""
        if note.installation != installation:
            faults.add(f"{name} is of another installation, {note.installation}.")
        if self._known.get(note.key_id) != note.public:
            faults.add(f"{name} names a key “{note.key_id}” that is not the one in keys.txt.")
        if not signed(note):
            faults.add(f"{name} is not signed by the key it names: it was altered, or forged.")


class Rows:
    """A file of one JSON object a line; a line that is none is a fault, and passed over."""

    def __init__(self, pack: Pack, name: str, faults: _Faults) -> None:
        self._pack = pack
        self.name = name
        self._faults = faults

    def __iter__(self) -> Iterator[tuple[int, dict[str, Any]]]:
        try:
            for line, data in enumerate(self._pack.lines(self.name), 1):
                try:
                    yield line, parsed(data, f"{self.name} line {line}")
                except Unfit as fault:
                    self._faults.add(_sentence(str(fault)))
        except Unfit as fault:
            self._faults.add(_sentence(str(fault)))

    def in_order(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """The rows, of which each has a greater "id" than the one before."""
        last = 0
        for line, row in self:
            if not _is_number(row.get("id")) or row["id"] <= last:
                self._faults.add(f"{self.name} line {line} is out of order, there twice, or without an id.")
                continue
            last = row["id"]
            yield line, row


class Bodies:
    """What went over the wire, as attempts.jsonl keeps it: sealed. Events name the SHA-256 of each."""

    def __init__(self, pack: Pack, faults: _Faults) -> None:
        self.count = 0
        self._faults = faults
        self._known: dict[int, dict[str, str]] = {}
        for line, row in Rows(pack, "attempts.jsonl", faults).in_order():
            self.count += 1
            self._known[row["id"]] = dict(self._digests(line, row))
        self._unnamed = {(attempt, name) for attempt, bodies in self._known.items() for name in bodies}
        self._named = False

    def _digests(self, line: int, row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        for name in ("request", "response"):
            body = row.get(f"sealed_{name}")
            if body is not None and not _is_hex(body):
                self._faults.add(f"attempts.jsonl line {line}: its {name} is not in hexadecimal.")
            elif body is not None:
                yield name, hashlib.sha256(bytes.fromhex(body)).hexdigest()

    def look_at(self, content: Mapping[str, Any], where: str) -> None:
        """Tells whether the bodies of an event's attempt are those that the event names."""
        attempt, details = content.get("attempt"), content.get("details")
        if not _is_number(attempt) or not isinstance(details, dict):
            return
        for name, digest in self._known.get(attempt, {}).items():
            if name not in details:
                continue
            self._unnamed.discard((attempt, name))
            self._named = True
            if details[name] != digest:
                self._faults.add(f"{where}: the {name} of attempt {attempt} in attempts.jsonl is not the one it names.")

    def proved(self) -> Iterator[str]:
        """What is proved of them."""
        if self._named:
            yield "The sealed requests and answers in attempts.jsonl are those that the events name."

    def unproved(self) -> Iterator[str]:
        """What is not."""
        if self._unnamed:
            which = _some([f"{name} of attempt {attempt}" for attempt, name in sorted(self._unnamed)])
            yield f"These bodies in attempts.jsonl are named by no sealed event here: {which}."


class Approvals:
    """Lines and decisions, of which events name what was decided, by whom, and the ciphertext of what was sent."""

    def __init__(self, pack: Pack, faults: _Faults) -> None:
        self.counts: dict[str, int] = {}
        self._named = {"lines": 0, "decisions": 0}
        self._unnamed: dict[tuple[object, ...], tuple[str, int]] = {}
        for name, key_of in (("lines", _line_key), ("decisions", _decision_key)):
            self.counts[name] = 0
            for _, row in Rows(pack, f"{name}.jsonl", faults).in_order():
                self.counts[name] += 1
                self._unnamed[key_of(row)] = name, row["id"]

    def look_at(self, content: Mapping[str, Any], where: str) -> None:  # noqa: ARG002 - as of Bodies
        """Ticks off what an event names."""
        details = content.get("details")
        if not isinstance(details, dict):
            return
        about = str(content.get("change"))
        for field, digest in _items(details.get("lines")):
            self._tick_off(("line", about, field, digest))
        act = {"decision.approved": "approve", "decision.rejected": "reject"}.get(str(content.get("verb")))
        for field, digest in _items(details.get("digests")):
            self._tick_off(("decision", about, field, digest, act, str(content.get("actor"))))

    def _tick_off(self, key: tuple[object, ...]) -> None:
        name, _ = self._unnamed.pop(key, ("", 0))
        if name:
            self._named[name] += 1

    def proved(self) -> Iterator[str]:
        """What is proved of them."""
        if self._named["lines"]:
            said = f"For {self._named['lines']} of {self.counts['lines']} lines"
            yield f"{said} the ciphertext in lines.jsonl is what was approved and was to be sent, as events say."
        if self._named["decisions"]:
            said = f"For {self._named['decisions']} of {self.counts['decisions']} decisions"
            yield f"{said} events say, as decisions.jsonl does, who decided, on what, and which way."

    def unproved(self) -> Iterator[str]:
        """What is not."""
        for name in self._named:
            numbers = sorted(number for kind, number in self._unnamed.values() if kind == name)
            if numbers:
                yield f"No sealed event here tells of these in {name}.jsonl: {_some(numbers)}."


def _line_key(row: Mapping[str, Any]) -> tuple[object, ...]:
    parts = [row.get(name) for name in ("digest", "sealed_before", "sealed_after")]
    data = b"".join(bytes.fromhex(part) for part in parts if _is_hex(part))
    return "line", str(row.get("change")), str(row.get("field")), hashlib.sha256(data).hexdigest()


def _decision_key(row: Mapping[str, Any]) -> tuple[object, ...]:
    return ("decision", *(str(row.get(name)) for name in ("change", "field", "digest", "act", "by")))


def _items(value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        yield from ((str(name), str(text)) for name, text in value.items())


class Chains:
    """The chains that events are links of: each event's `previous` is the hash of the one numbered before it."""

    def __init__(self) -> None:
        self._starts: dict[tuple[str, int], tuple[bytes, str]] = {}
        self._ends: dict[tuple[str, int], tuple[bytes, str]] = {}

    def add(self, subject: str, number: int, previous: bytes, digest: bytes, where: str) -> str | None:
        """Adds a link; a sentence, if it does not fit to its neighbours."""
        before, after = (subject, number - 1), (subject, number + 1)
        if (subject, number) in self._starts or (subject, number) in self._ends:
            return f"{where}: number {number} of its chain is there twice."
        if bool(previous) != (number > 1):
            return f"{where}: the first of a chain follows nothing, each other one a hash; this one does not."
        one = self._ends.pop(before, None)
        if one is None:
            self._starts[subject, number] = previous, where
        next_one = self._starts.pop(after, None)
        if next_one is None:
            self._ends[subject, number] = digest, where
        if one and one[0] != previous:
            return f"{where} does not follow {one[1]}: one of them was altered, or another event stood there."
        if next_one and next_one[0] != digest:
            return f"{next_one[1]} does not follow {where}: one of them was altered, or another event stood there."
        return None

    def runs(self) -> dict[str, list[tuple[int, int]]]:
        """By subject, from where to where its events are here without a gap."""
        ends = sorted(self._ends)
        runs: dict[str, list[tuple[int, int]]] = {}
        for place, (subject, start) in enumerate(sorted(self._starts)):
            runs.setdefault(subject, []).append((start, ends[place][1]))
        return runs

    def twice(self) -> Iterator[str]:
        """A sentence for each number that is in a chain twice."""
        for subject, runs in self.runs().items():
            for place in range(1, len(runs)):
                if runs[place][0] <= runs[place - 1][1]:
                    yield f"{plain(subject)} has number {runs[place][0]} twice in events.jsonl."


class Events:
    """events.jsonl: each one's hash, its chain, its place in the tree."""

    def __init__(self, pack: Pack, faults: _Faults, beside: Sequence[Bodies | Approvals], latest: Checkpoint) -> None:
        self.count = 0
        self._beside = beside
        self.chains = Chains()
        self.unsealed: list[str] = []
        self.overdue = 0
        self._faults = faults
        self._latest = latest
        self._sealed: list[tuple[int, bytes, int]] = []
        self._last = (0, 0)
        for line, row in Rows(pack, "events.jsonl", faults):
            self.count += 1
            self._look_at(line, row)
        self._sealed.sort()
        self.leaves = [(index, digest) for index, digest, _ in self._sealed]
        self._look_at_all()

    def nodes(self) -> dict[Range, bytes]:
        """The leaves as nodes."""
        return {(index, index + 1): digest for index, digest in self.leaves}

    def lines_of(self, start: int, end: int) -> str:
        """On which lines the events of these leaves stand."""
        lines = sorted(line for index, _, line in self._sealed if start <= index < end)
        return f"events.jsonl line {_some(lines)}" if lines else "not among the events here"

    def _look_at(self, line: int, row: dict[str, Any]) -> None:
        try:
            where = _where(line, row)
        except Unfit as fault:
            self._faults.add(f"events.jsonl line {line}: {fault}.")
            return
        content = {name: value for name, value in row.items() if name not in _BESIDE}
        previous, digest = bytes.fromhex(row["previous"]), bytes.fromhex(row["hash"])
        if event_hash(previous, content) != digest:
            self._faults.add(f"{where}: what it says does not give its hash: something in it was altered.")
        if (row["at"], row["id"]) <= self._last:
            self._faults.add(f"{where} is out of order, or there twice: events stand by time, then by id.")
        self._last = row["at"], row["id"]
        broken = self.chains.add(row["subject"], row["number"], previous, digest, where)
        if broken:
            self._faults.add(broken)
        if row["leaf"] is not None:
            for named in self._beside:
                named.look_at(content, where)
        self._place(line, row, digest, where)

    def _place(self, line: int, row: Mapping[str, Any], digest: bytes, where: str) -> None:
        leaf = row["leaf"]
        if leaf is None:
            self.unsealed.append(where)
            self.overdue += row["at"] < self._latest.at - _LONG_UNSEALED
        elif leaf >= self._latest.size:
            self._faults.add(f"{where} says it is leaf {leaf}; the checkpoint is over {self._latest.size} only.")
        else:
            self._sealed.append((leaf, leaf_hash(digest), line))

    def _look_at_all(self) -> None:
        for sentence in self.chains.twice():
            self._faults.add(sentence)
        for place in range(1, len(self._sealed)):
            if self._sealed[place][0] == self._sealed[place - 1][0]:
                lines = f"lines {self._sealed[place - 1][2]} and {self._sealed[place][2]}"
                self._faults.add(f"events.jsonl {lines} both say that they are leaf {self._sealed[place][0]}.")

    def proved(self) -> list[str]:
        """What is proved of them."""
        said = [
            f"{len(self.leaves)} of {self.count} events are exactly as they were sealed, personal values as ciphertext."
        ]
        runs = self.chains.runs()
        whole = [f"{plain(subject)} (1 to {found[0][1]})" for subject, found in runs.items() if _is_whole(found)]
        if whole:
            said.append(f"From the first one on without a gap are the events of: {_some(whole)}.")
        if self.leaves and self.leaves[-1][0] - self.leaves[0][0] == len(self.leaves) - 1:
            span = f"from {self.leaves[0][0]} to {self.leaves[-1][0]}"
            said.append(f"They stand in the tree without a gap, {span}: nothing that was sealed between is left out.")
        for named in self._beside:
            said += named.proved()
        return said

    def unproved(self) -> list[str]:
        """What is not proved of them."""
        said = []
        if self.unsealed:
            said.append(
                f"These events were too new to be sealed, so they can still be altered: {_some(self.unsealed)}."
            )
        if self.overdue:
            said.append(f"{self.overdue} of those were old enough to be sealed for long: ask why they are not.")
        runs = self.chains.runs()
        gaps = [f"{plain(subject)} ({_spans(found)})" for subject, found in runs.items() if not _is_whole(found)]
        if gaps:
            said.append(f"Of these only some events are here: {_some(gaps)}. What the others say is not known here.")
        if not self.leaves or self.leaves[-1][0] != self._latest.size - 1:
            said.append(
                "That nothing followed on the last event of each chain here: newer ones may have been left out."
            )
        for named in self._beside:
            said += named.unproved()
        return said


def _manifest(pack: Pack) -> dict[str, Any]:
    manifest = parsed(pack.whole("manifest.json", _LONGEST_JSON), "manifest.json")
    if manifest.get("format") != FORMAT:
        raise CannotCheck(
            f"This is no evidence pack that this file knows: its format is {plain(manifest.get('format'))}, "
            f"not {FORMAT}. Use the verify.py that belongs to it."
        )
    files = manifest.get("files")
    if not isinstance(files, dict):
        raise Unfit("manifest.json lists no files")
    if "checkpoints/latest.txt" not in files and "checkpoints/latest.txt" not in pack.members:
        raise CannotCheck("The pack was made before anything was sealed: it holds no checkpoint. Ask for a new one.")
    return manifest


def _read(pack: Pack, name: str, read: Callable[[str], _N]) -> _N:  # noqa: UP047 - that spelling is younger than this has to run on
    text = pack.text(name)
    try:
        return read(text)
    except Unfit as fault:
        raise Unfit(f"{name} does not fit: {fault}") from None


def _where(line: int, row: Mapping[str, Any]) -> str:
    """Which event this is, in words; raises `Unfit` unless it has what every event has."""
    if not all(_is_number(row.get(name)) for name in ("id", "number", "at")) or not isinstance(row.get("subject"), str):
        raise Unfit("it has no proper id, number, time or subject")
    for name, lengths in (("previous", (0, 64)), ("hash", (64,))):
        if not _is_hex(row.get(name), *lengths):
            raise Unfit(f"its “{name}” is no SHA-256 in hexadecimal")
    if "leaf" not in row or not (row["leaf"] is None or _is_number(row["leaf"])):
        raise Unfit("its place in the tree is not given as a number")
    return f"events.jsonl line {line} (event {row['id']}, {plain(row['subject'])} number {row['number']})"


def _nodes(given: object, size: int) -> dict[Range, bytes]:
    if not isinstance(given, dict):
        raise Unfit("proof.json does not say how")
    nodes: dict[Range, bytes] = {}
    for name, digest in given.items():
        found = _NODE.fullmatch(name)
        if not found or not _is_hex(digest, 64):
            raise Unfit(f"it has a node that is none: {plain(name)}")
        start, end = int(found[1]), int(found[2])
        if not start < end <= size:
            raise Unfit(f"it has a node outside of the tree: {plain(name)}")
        nodes[start, end] = bytes.fromhex(digest)
    return nodes


def _fingerprints(given: Iterable[str]) -> frozenset[str]:
    keys = frozenset(re.sub(r"[\s:]", "", text).lower() for text in given)
    for key in keys:
        if not re.fullmatch("[0-9a-f]{64}", key):
            raise CannotCheck(f"--key wants a whole fingerprint, 64 hexadecimal digits; {plain(key)} is none.")
    return keys


def _installation(given: str | None) -> str:
    text = (given or "").strip().lower()
    if given is not None and not re.fullmatch(_UUID, text):
        raise CannotCheck(f"--installation wants a UUID, as checkpoints name it; {plain(given)} is none.")
    return text


def _kept(path: str | Path | None) -> Checkpoint | None:
    if path is None:
        return None
    try:
        with Path(path).open("rb") as file:
            note = read_note(decoded(file.read(_LONGEST_TEXT), "it"))
    except (OSError, ValueError) as problem:
        why = problem.strerror if isinstance(problem, OSError) else problem
        raise CannotCheck(f"{plain(path)}, given by --checkpoint, cannot be read: {plain(why)}.") from None
    if not signed(note):
        raise CannotCheck(f"{plain(path)}, given by --checkpoint, is not signed by the key it names. It was altered.")
    return note


def _never_proved(wanted: Wanted) -> Iterator[str]:
    if not wanted.keys:
        yield (
            "Whose key it is: only the pack itself says so. Compare its fingerprint with the one that you have "
            "from the console's operator by another way, or give that by --key."
        )
    if not wanted.checkpoint:
        yield (
            "That others were shown the same history: keep checkpoints/latest.txt, compare it with theirs, and give it "
            "by --checkpoint when you check the next pack."
        )
    yield (
        "What stands beside the events' own content (sentences, opened values, how changes stand): the console signed "
        "that it wrote this so when it made the pack; the sealed tree does not cover it."
    )


def _is_whole(runs: Sequence[tuple[int, int]]) -> bool:
    return len(runs) == 1 and runs[0][0] == 1


def _spans(runs: Sequence[tuple[int, int]]) -> str:
    return _some([str(start) if start == end else f"{start} to {end}" for start, end in runs])


def _some(things: Sequence[object]) -> str:
    told = ", ".join(str(thing) for thing in things[:5])
    return told + (f" and {len(things) - 5} more" if len(things) > 5 else "")


def _is_hex(value: object, *lengths: int) -> TypeGuard[str]:
    return isinstance(value, str) and bool(_HEX.fullmatch(value)) and (not lengths or len(value) in lengths)


def _is_number(value: object) -> TypeGuard[int]:
    return type(value) is int and 0 <= value < 10**18


def moment(value: object) -> str:
    """A time given in microseconds since 1970, for people."""
    if not _is_number(value) or value > 10**17:
        return "at an unknown time"
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(value // 1_000_000))


def _own_digest() -> str:
    try:
        return hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
    except OSError:
        return ""


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."


def _listed(heading: str, sentences: Sequence[str]) -> list[str]:
    return [heading, *(_wrapped(f"- {sentence}") for sentence in sentences), ""] if sentences else []


def _wrapped(text: str) -> str:
    return textwrap.fill(text, 100, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


# The command.


def main(arguments: Sequence[str] | None = None) -> int:
    """Checks the pack that the command line names, says what came of it, and gives the exit code."""
    parser = argparse.ArgumentParser(prog="verify.py", description="Checks an evidence pack, offline.")
    parser.add_argument("pack", help="the ZIP file")
    parser.add_argument(
        "--key", action="append", default=[], metavar="FINGERPRINT", help="a key that you trust; may be repeated"
    )
    parser.add_argument("--installation", metavar="UUID", help="whose pack it has to be")
    parser.add_argument("--checkpoint", metavar="FILE", help="a checkpoint that you kept from an earlier day")
    given = parser.parse_args(arguments)
    try:
        report = check(given.pack, keys=given.key, installation=given.installation, checkpoint=given.checkpoint)
    except Exception as problem:  # noqa: BLE001 - whoever checks gets a sentence, whatever was put before them
        report = Report(2, faults=(f"The check itself failed: {plain(repr(problem))}.",))
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure:
        reconfigure(errors="backslashreplace")
    sys.stdout.write(report.text)
    return report.code


if __name__ == "__main__":
    sys.exit(main())
