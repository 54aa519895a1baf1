"""Rows that a command refuses: told on the error output, or written into a file, the reason beside each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import BinaryIO

from console.bulk import refused
from console.importing.table import Cell, text_of


class Refusals:
    """Takes them one by one; `count` says how many there were."""

    def __init__(self, out: BinaryIO | None, tell: Callable[[str], object]) -> None:
        self.count, self._out, self._tell = 0, out, tell

    def begin(self, columns: Sequence[str]) -> None:
        """What the columns of the file are called."""
        if self._out:
            self._out.write(refused.head(columns))

    def add(self, number: int, sentences: Iterable[str], cells: Iterable[Cell]) -> None:
        """A row with all that is wrong with it, as it stands in the file."""
        self.count += 1
        if self._out:
            self._out.write(refused.line(number, sentences, map(text_of, cells)))
            return
        for sentence in sentences:
            self._tell(f"line {number}: {sentence}")

    @property
    def sentence(self) -> str:
        """How many rows there were, and where to look."""
        rows = "row was" if self.count == 1 else "rows were"
        where = "that file has the reason beside each" if self._out else "the lines above say why"
        return f"{self.count:,} {rows} refused: {where}."
