"""The texts that the cells of a workbook share: read once, kept encrypted in a file without a name, found by number."""

from __future__ import annotations

import json
import re
import secrets
from array import array
from collections import OrderedDict
from collections.abc import Collection, Iterator
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from console.importing.xml_pieces import Pieces

if TYPE_CHECKING:
    from console.importing.xlsx_package import Package

LONGEST_TEXT = 32_767  # Excel's own limit
_IN_BLOCK = 256
_KEPT_IN_MEMORY = 8 * 1024**2
_CACHED = 16 * 1024**2  # characters
_ESCAPED = re.compile(r"_x(?![Dd][89A-Fa-f])([0-9A-Fa-f]{4})_")


class Strings:
    """Texts by number, in blocks; those asked for last stay in memory. None stands for one that is too long.

    A million rows may have ten million texts. What goes to the disk is encrypted under a key that only this process
    has, in a file that is gone with it.
    """

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(max_size=_KEPT_IN_MEMORY)  # noqa: SIM115 -- as long as this object lives
        self._cipher = AESGCM(secrets.token_bytes(32))
        self._begins = array("Q", [0])
        self._open: list[str | None] = []
        self._cache: OrderedDict[int, list[str | None]] = OrderedDict()
        self._cached = 0
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, text: str | None) -> None:
        """Takes the next one."""
        self._open.append(text)
        self._count += 1
        if len(self._open) == _IN_BLOCK:
            self._keep()

    def get(self, number: int) -> str | None:
        """The text of that number; IndexError where there is none."""
        if not 0 <= number < self._count:
            raise IndexError(number)
        block, place = divmod(number, _IN_BLOCK)
        return (self._cache.get(block) or self._fetched(block))[place]

    def close(self) -> None:
        """Lets go of the file."""
        self._file.close()

    def _keep(self) -> None:
        block = len(self._begins) - 1
        sealed = self._cipher.encrypt(block.to_bytes(12), json.dumps(self._open).encode(), None)
        self._file.write(sealed)
        self._begins.append(self._begins[-1] + len(sealed))
        self._open = []

    def _fetched(self, block: int) -> list[str | None]:
        if block == len(self._begins) - 1:
            return self._open
        self._file.seek(self._begins[block])
        sealed = self._file.read(self._begins[block + 1] - self._begins[block])
        texts: list[str | None] = json.loads(self._cipher.decrypt(block.to_bytes(12), sealed, None))
        self._cache[block] = texts
        self._cached += _size(texts)
        while self._cached > _CACHED and len(self._cache) > 1:
            _, gone = self._cache.popitem(last=False)
            self._cached -= _size(gone)
        return texts


class Texts(Pieces):
    """Reads texts out of `<si>` and `<is>`: runs joined, what tells the pronunciation left out."""

    def __init__(self) -> None:
        super().__init__()
        self.done: list[str | None] = []
        self._parts: list[str] = []
        self._size = 0
        self._aside = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:  # noqa: ARG002 -- none matters
        """A text, or a part of one, begins."""
        if name == "si":
            self._parts, self._size = [], 0
        elif name == "rPh":
            self._aside += 1
        elif name == "t" and not self._aside:
            self.parser.CharacterDataHandler = self._take

    def end(self, name: str) -> None:
        """A text, or a part of one, ends."""
        if name == "t":
            self.parser.CharacterDataHandler = None
        elif name == "rPh":
            self._aside -= 1
        elif name == "si":
            self.done.append(unescaped("".join(self._parts)) if self._size <= LONGEST_TEXT else None)

    def _take(self, text: str) -> None:
        self._size += len(text)
        if self._size <= LONGEST_TEXT:
            self._parts.append(text)


def all_of(package: Package) -> Strings:
    """Every text of a workbook."""
    strings = Strings()
    for text in _texts(package):
        strings.add(text)
    return strings


def some_of(package: Package, wanted: Collection[int]) -> dict[int, str | None]:
    """The texts of these numbers, without reading further than to the last of them."""
    found: dict[int, str | None] = {}
    last = max(wanted, default=-1)
    for number, text in enumerate(_texts(package) if wanted else ()):
        if number in wanted:
            found[number] = text
        if number >= last:
            break
    return found


def unescaped(text: str) -> str:
    """Excel writes characters that XML cannot hold as _x000D_; half a character is none, and stays as it stands."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def _texts(package: Package) -> Iterator[str | None]:
    if not package.strings:
        return
    texts = Texts()
    with package.part(package.strings) as file:
        for _ in texts.feed(file):
            yield from texts.done
            texts.done.clear()


def _size(texts: list[str | None]) -> int:
    return sum(len(text) for text in texts if text) + 64 * len(texts)
