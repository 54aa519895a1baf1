"""A small history, and the evidence pack about it, made without a database: for tests that tamper with it."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from console.proof import verify
from console.proof.notes import SealingKey, keys_text, sign_checkpoint, sign_manifest
from console.proof.tree import Frontier, Tree

INSTALLATION = "5b3c8a52-6f0e-4c59-9d0d-0a1b2c3d4e5f"
ELSEWHERE = "00000000-6f0e-4c59-9d0d-0a1b2c3d4e5f"
KEY = SealingKey.of("first", b"k" * 32)
OTHER_KEY = SealingKey.of("first", b"o" * 32)
BEGAN = 1_790_000_000_000_000
SECOND = 1_000_000

type Row = dict[str, Any]


@dataclass
class History:
    """Events in their chains, all of them leaves in their order; rows as they stand in a pack."""

    rows: list[Row] = field(default_factory=list)
    heads: dict[str, tuple[int, bytes]] = field(default_factory=dict)

    def add(self, subject: str, verb: str, *, values: bytes | None = b"\x01sealed", **more: Any) -> Row:
        """One more event at the end of its subject's chain."""
        number, previous = self.heads.get(subject, (0, b""))
        place = len(self.rows)
        content = {
            "subject": subject,
            "number": number + 1,
            "at": BEGAN + place * SECOND,
            "actor": 3,
            "verb": verb,
            "origin": "page",
            "request": f"r{place}",
            "change": None,
            "attempt": None,
            "details": {},
            "values": values.hex() if values else None,
            **more,
        }
        digest = verify.event_hash(previous, content)
        self.heads[subject] = number + 1, digest
        about = {"sentence": f"Ed did {verb}", "shown": {"phone": "+49 30 123"}}
        beside = {"id": place + 100, "previous": previous.hex(), "hash": digest.hex(), "leaf": place, "about": about}
        self.rows.append(content | beside)
        return self.rows[-1]

    def read(self, height: int, first: int, count: int) -> list[bytes]:
        """The hashes that proofs are made from, as they would be stored."""
        events = [bytes.fromhex(row["hash"]) for row in self.rows]
        if height == 0:
            return events[first : first + count]
        frontier = Frontier()
        whole = [subtree for event in events for subtree in frontier.append(event)]
        return [root for at, index, root in whole if at == height and first <= index < first + count]

    def note(self, size: int, *, key: SealingKey = KEY, installation: str = INSTALLATION) -> str:
        """The checkpoint over the first events."""
        root = Tree(size, self.read).root()
        at = BEGAN + (size + 30) * SECOND
        return sign_checkpoint(key, installation=installation, size=size, root=root, at=at, life=0)


def a_history() -> History:
    """Two customers and a policy: 24 events, among them a change that was sent and answered."""
    history = History()
    for customer in (1, 2):
        history.add(f"customer:{customer}", "customer.baseline")
    history.add("policy:1", "policy.set", values=None, details={"alone": True, "needs": 1})
    bodies = {name: hashlib.sha256(body).hexdigest() for name, body in BODIES.items()}
    history.add("customer:1", "change.applied", change=7, attempt=9, behalf=4, details={"outcome": "ok", **bodies})
    approved = {"phone": hashlib.sha256(b"".join(LINE.values())).hexdigest()}
    digests_of_lines = {"phone": LINE["digest"].hex()}
    history.add("customer:2", "decision.approved", change=7, actor=5, details={"digests": digests_of_lines})
    history.add("customer:2", "change.approved", change=7, actor=5, details={"lines": approved})
    for number in range(18):
        history.add(f"customer:{1 + number % 2}", "customer.refreshed", details={"moved": ["städte", "phone"], "n": 1})
    return history


LINE = {"digest": b"d" * 32, "sealed_before": b"\x01before", "sealed_after": b"\x01after"}
DECISION = {"id": 6, "change": 7, "field": "phone", "by": 5, "act": "approve", "digest": LINE["digest"].hex()}
BODIES = {"request": b"\x01request", "response": b"\x01response"}


@dataclass(frozen=True)
class Box:
    """The files of a pack, by name. Each `with_…` gives another box; `listed` and `signed` put the list right again."""

    files: Mapping[str, bytes]

    def with_file(self, name: str, content: bytes | None) -> Box:
        """With another content of a file, or without it."""
        return Box(
            {
                **{at: data for at, data in self.files.items() if at != name},
                **({name: content} if content is not None else {}),
            }
        )

    def with_rows(self, name: str, alter: Callable[[list[Row]], Iterable[Row]]) -> Box:
        """With other rows in a file of rows."""
        rows = [json.loads(line) for line in self.files[name].splitlines()]
        return self.with_file(name, jsonl(alter(rows)))

    def with_manifest(self, **altered: Any) -> Box:
        """With something else in the manifest."""
        return self.with_file("manifest.json", verify.canonical({**json.loads(self.files["manifest.json"]), **altered}))

    def with_proof(self, alter: Callable[[Row], Row]) -> Box:
        """With another proof."""
        return self.with_file("proof.json", verify.canonical(alter(json.loads(self.files["proof.json"]))))

    def listed(self) -> Box:
        """With a manifest that lists the files as they are, as whoever tampers would write it."""
        counts = {name[:-6]: data.count(b"\n") for name, data in self.files.items() if name.endswith(".jsonl")}
        return self.with_manifest(files=digests(self.files), counts=counts)

    def signed(self, key: SealingKey = KEY, installation: str = INSTALLATION) -> Box:
        """With the list of its files signed: what only the console can do, or somebody with another key."""
        note = sign_manifest(key, installation=installation, manifest=self.files["manifest.json"])
        return self.with_file("manifest.note", note.encode())

    def zipped(self) -> bytes:
        """The ZIP."""
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in self.files.items():
                archive.writestr(name, content)
        return file.getvalue()

    def save(self, folder: Path) -> Path:
        """The ZIP as a file."""
        path = folder / "pack.zip"
        path.write_bytes(self.zipped())
        return path


def a_pack(
    history: History | None = None,
    *,
    chosen: Callable[[Row], bool] = lambda row: True,
    size: int | None = None,
    earlier: Iterable[int] = (5,),
    key: SealingKey = KEY,
    installation: str = INSTALLATION,
) -> Box:
    """The pack about the chosen events, as the console would make it."""
    history = history or a_history()
    size = len(history.rows) if size is None else size
    rows = [row | {"leaf": row["leaf"] if row["leaf"] < size else None} for row in history.rows if chosen(row)]
    tree = Tree(size, history.read)
    proof = {
        "size": size,
        "nodes": named(tree.proof(row["leaf"] for row in rows if row["leaf"] is not None)),
        "consistency": {str(old): named(tree.consistency(old)) for old in earlier},
    }
    attempt = {f"sealed_{name}": body.hex() for name, body in BODIES.items()}
    files = {
        "README.txt": b"Read me.\n",
        "index.html": b"<!doctype html><title>Summary</title>\n",
        "verify.py": Path(verify.__file__).read_bytes(),
        "events.jsonl": jsonl(rows),
        "changes.jsonl": jsonl([{"id": 7, "state": "applied"}]),
        "lines.jsonl": jsonl(
            [{"id": 8, "change": 7, "field": "phone", **{name: data.hex() for name, data in LINE.items()}}]
        ),
        "decisions.jsonl": jsonl([DECISION]),
        "attempts.jsonl": jsonl([{"id": 9, "change": 7, **attempt}]),
        "proof.json": verify.canonical(proof),
        "keys.txt": keys_text([(key.id, key.public)]).encode(),
        "checkpoints/latest.txt": history.note(size, key=key, installation=installation).encode(),
        **{f"checkpoints/{old}.txt": history.note(old, key=key, installation=installation).encode() for old in earlier},
        "manifest.json": verify.canonical(
            {
                "format": verify.FORMAT,
                "installation": installation,
                "made_at": BEGAN + 90 * SECOND,
                "made_by": "Rae",
                "title": "Customer 1",
                "query": {},
            }
        ),
    }
    return Box(files).listed().signed(key, installation)


def jsonl(rows: Iterable[Row]) -> bytes:
    """Rows as the lines of a file."""
    return b"".join(verify.canonical(row) + b"\n" for row in rows)


def named(nodes: Iterable[tuple[verify.Range, bytes]]) -> dict[str, str]:
    """Nodes as proof.json names them."""
    return {f"{start}-{end}": digest.hex() for (start, end), digest in nodes}


def digests(files: Mapping[str, bytes]) -> dict[str, str]:
    """What a manifest lists."""
    return {name: hashlib.sha256(data).hexdigest() for name, data in files.items() if name not in verify.UNSIGNED}


def rehashed(rows: list[Row], subject: str) -> list[Row]:
    """The rows with the chain of a subject computed anew: what somebody does who knows how hashes are made."""
    previous, done = b"", []
    for row in rows:
        if row["subject"] != subject:
            done.append(row)
            continue
        content = {
            name: value for name, value in row.items() if name not in {"id", "previous", "hash", "leaf", "about"}
        }
        digest = verify.event_hash(previous, content)
        done.append(row | {"previous": previous.hex(), "hash": digest.hex()})
        previous = digest
    return done


def told(box: Box | bytes, folder: Path, **wanted: Any) -> verify.Report:
    """What the check says of a pack."""
    path = folder / "pack.zip"
    path.write_bytes(box if isinstance(box, bytes) else box.zipped())
    return verify.check(path, **wanted)


def run(*arguments: object, folder: Path) -> subprocess.CompletedProcess[str]:
    """verify.py as an auditor runs it: alone in a folder, without any package and any of the environment."""
    (folder / "verify.py").write_bytes(Path(verify.__file__).read_bytes())
    command = [sys.executable, "-I", "-S", "verify.py", *map(str, arguments)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120, env={})
