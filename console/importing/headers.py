"""The names of columns, as the first row has them."""

from __future__ import annotations

from collections.abc import Sequence

from console.errors import NotATable
from console.importing.encodings import is_damaged
from console.importing.table import LONGEST_NAME, MOST_COLUMNS
from providers.kinds.characters import clean, plain


def named(cells: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The columns, and what a person should know of them.

    Raises NotATable where nothing names columns, or too many do.
    """
    if len(cells) > MOST_COLUMNS:
        raise NotATable("too_many_columns", f"This table has {len(cells):,} columns; {MOST_COLUMNS:,} are taken.")
    if is_damaged("".join(cells)):
        cells = [clean(cell) for cell in cells]
    columns = tuple(plain(cell.replace("\0", ""))[:LONGEST_NAME] for cell in cells)
    if not any(columns):
        raise NotATable("no_header", "This file has no header: its first row names the columns.")
    return columns, tuple(_notes(columns))


def _notes(columns: tuple[str, ...]) -> list[str]:
    twice = [at for at, name in enumerate(columns, 1) if name and columns.index(name) != at - 1]
    nameless = [at for at, name in enumerate(columns, 1) if not name]
    notes = []
    if twice:
        notes.append(f"{_which(twice)} called as another one is: assign by hand which is meant.")
    if nameless:
        notes.append(f"{_which(nameless)} without a name.")
    return notes


def _which(places: list[int]) -> str:
    shown = ", ".join(str(place) for place in places[:10]) + (" …" if len(places) > 10 else "")
    return f"Column {shown} is" if len(places) == 1 else f"Columns {shown} are"
