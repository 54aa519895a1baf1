"""XML of unknown origin, piece by piece: no declarations, no endless tags, nothing nested without end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO
from xml.parsers import expat

from console.errors import NotATable

PIECE = 64 * 1024
LONGEST_TAG = 1024 * 1024  # bytes
DEEPEST = 1000


class Pieces:
    """Reads XML and calls `start` and `end`, which a subclass fills in, for every element, by its name alone."""

    def __init__(self) -> None:
        self.depth = 0
        self._names: dict[str, str] = {}
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = _refuse
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        raise NotImplementedError

    def end(self, name: str) -> None:
        """An element ends."""
        raise NotImplementedError

    def feed(self, file: IO[bytes]) -> Iterator[None]:
        """Takes the file a piece at a time, and stops after each; raises NotATable for what is no XML of a workbook."""
        taken = 0
        try:
            while piece := file.read(PIECE):
                taken += len(piece)
                self.parser.Parse(piece, False)
                if self.depth > DEEPEST or taken - self.parser.CurrentByteIndex > LONGEST_TAG:
                    raise NotATable("bomb", "This Excel file is built so as to take more memory than it should.")
                yield
            self.parser.Parse(b"", True)
        except expat.ExpatError:
            raise NotATable("damaged", "This Excel file is damaged: open it in Excel and save it anew.") from None
        yield

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        self.start(self._names.get(name) or self._alone(name), attributes)

    def _end(self, name: str) -> None:
        self.depth -= 1
        self.end(self._names.get(name) or self._alone(name))

    def _alone(self, name: str) -> str:
        """A name without its prefix; those of a workbook are few, so they are kept."""
        alone = name.rpartition(":")[2]
        if len(self._names) < DEEPEST and len(name) < PIECE:
            self._names[name] = alone
        return alone


class Elements(Pieces):
    """All elements of a small part, with their attributes; what stands between them is left out."""

    def __init__(self, within: int = 100_000) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self._within = within

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Keeps it."""
        if len(self.found) >= self._within:
            raise NotATable("bomb", "This Excel file is built so as to take more memory than it should.")
        self.found.append((name, attributes))

    def end(self, name: str) -> None:
        """Nothing is to be done."""


def elements(file: IO[bytes]) -> list[tuple[str, dict[str, str]]]:
    """The elements of a small part, in order."""
    parts = Elements()
    for _ in parts.feed(file):
        pass
    return parts.found


def _refuse(*_: object) -> None:
    raise NotATable("declarations", "This Excel file declares things of its own, which no workbook does.")
