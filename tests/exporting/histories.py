"""What tests of exports do over and over: make a history by the real flows, check a pack as somebody outside would."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console import exporting
from console.auditing import EVERYTHING, Query
from console.models import Change, Connection, Customer, Format, User
from tests.cast import connect, person, sample
from tests.deciding import approve, policy
from tests.flows.helpers import push, wish

if TYPE_CHECKING:
    from console.flows.making import Result
    from providers.sandbox import Sandbox


@dataclass(frozen=True, slots=True)
class History:
    """A customer whose phone number Ed changed, with Ann's approval, and who else is about."""

    connection: Connection
    customer: Customer
    change: Change
    people: dict[str, User]


def history(sandbox: Sandbox, slug: str = "caibo", wishes: dict[str, Any] | None = None) -> History:
    """Plays it at one provider."""
    people = {name: person(name) for name in ("ed", "ann", "rae")}
    connection = connect(slug, sandbox)
    policy("Whatever it is", at=[connection])
    customer = sample(connection, sandbox)
    change = wish(customer, people["ed"], wishes, why="He rang and read it out to me.")
    approve(change, people["ann"])
    push(customer)
    return History(connection, customer, change, people)


def exported(query: Query | None = None, kind: Format = Format.PACK, **how: Any) -> tuple[bytes, Result]:
    """An export, written at once."""
    file = io.BytesIO()
    made = exporting.write(file, query or Query(), kind, places=how.pop("places", EVERYTHING), **how)
    return file.getvalue(), made


def members(pack: bytes) -> dict[str, bytes]:
    """The files in a pack."""
    with zipfile.ZipFile(io.BytesIO(pack)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(files: dict[str, bytes]) -> bytes:
    """Files as a pack, put together by somebody else than the console."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def verify(folder: Path, pack: bytes, *options: str, program: bytes | None = None) -> tuple[int, str]:
    """What `verify.py` says of a pack in a folder that holds nothing else: its exit code, and its words.

    It is the one out of the pack, unless another is given.
    """
    (folder / "pack.zip").write_bytes(pack)
    (folder / "verify.py").write_bytes(program or members(pack)["verify.py"])
    command = [sys.executable, "-I", "-S", "verify.py", "pack.zip", *options]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env={}, timeout=60)
    return ran.returncode, " ".join((ran.stdout + ran.stderr).split())
