"""Lines of JSON: an object on each line. Its columns are the names of all of them, in the order of their coming."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

from console.errors import NotATable
from console.importing.encodings import check, encoding_of, is_damaged, text_of
from console.importing.table import (
    ABSENT,
    FIRST_ROWS,
    LONGEST_LINE,
    LONGEST_NAME,
    MOST_COLUMNS,
    MOST_ROWS,
    BadRow,
    Cell,
    Format,
    Look,
    Numeral,
    Row,
    Source,
    clipped,
)
from providers.kinds.characters import clean

_SHOWN = 2000
_HALF = re.compile(r"\\u[dD][89a-fA-F]")  # of a character, spelled out; the other half may stand beside it
_CLOSE = 40  # how far numbers within an object may lie from 1, in powers of ten
_TWICE = "A name stands twice in this object."  # of its values one would be lost
_HALVED = "Half a character stands in this line: look for \\ud8 to \\udf without its other half."


class _Refused(ValueError):
    """What readers of JSON would silently take, with a code and a sentence that says what it is."""

    def __init__(self, code: str, sentence: str) -> None:
        self.code = code
        super().__init__(sentence)


def look(source: Source, encoding: str | None) -> Look:
    """The names and first rows of a file of lines. All of it is read, since the last line may bring another name."""
    found = encoding_of(source)
    spoken = check(encoding) if encoding else found.encoding
    names: dict[str, None] = {}
    first: list[tuple[int, dict[str, Any]]] = []
    for number, read in _objects(source, spoken):
        if isinstance(read, BadRow):
            continue
        names |= dict.fromkeys(read)
        if len(names) > MOST_COLUMNS:
            raise NotATable("too_many_columns", f"These lines have more than {MOST_COLUMNS:,} different names.")
        if len(first) < FIRST_ROWS:
            first.append((number, read))
    if not names:
        raise NotATable("no_rows", 'No line of this file is a JSON object, such as {"phone": "+628123456"}.')
    columns = tuple(names)
    rows = tuple(clipped(_row(number, read, columns)) for number, read in first)
    questions = (found.question,) if found.question and not encoding else ()
    return Look(Format.JSONL, columns, rows, spoken, questions=questions, notes=(found.note,) if found.note else ())


def rows(source: Source, look: Look) -> Iterator[Row | BadRow]:
    """The lines as rows."""
    known = frozenset(look.columns)
    for number, read in _objects(source, look.encoding):
        if isinstance(read, BadRow):
            yield read
        elif read.keys() <= known:
            yield _row(number, read, look.columns)
        else:
            yield BadRow(number, "unknown_name", "This line has a name that no line had when the file was looked at.")


def _objects(source: Source, encoding: str) -> Iterator[tuple[int, dict[str, Any] | BadRow]]:
    text = text_of(source, encoding)
    number = count = 0
    try:
        while line := text.readline(LONGEST_LINE):
            number += 1
            if len(line) == LONGEST_LINE:
                raise NotATable(
                    "long_line", f"Line {number:,} is longer than a million characters: an object stands on each line."
                )
            if not line.strip():
                continue
            count += 1
            if count > MOST_ROWS:
                raise NotATable("too_many_rows", f"This file has more than {MOST_ROWS:,} rows: split it.")
            yield number, _read(number, line)
            if number == 1 and line.lstrip().startswith("["):
                raise NotATable("json_list", "This is one JSON list: write each of its objects on a line of its own.")
    finally:
        text.detach()


def _read(number: int, line: str) -> dict[str, Any] | BadRow:
    shown = clean(line[:_SHOWN]).strip()
    if is_damaged(line):
        return BadRow(number, "encoding", "Something in this line is not of the encoding of this file.", number, shown)
    try:
        read = _decoded(line)
    except _Refused as refused:
        return BadRow(number, refused.code, str(refused), number, shown)
    except (ValueError, RecursionError):
        cut = line[-1] not in "\r\n"
        code, more = ("cut_off", ": the file may be cut off here") if cut else ("not_json", "")
        return BadRow(number, code, f"This is not a JSON object on one line{more}.", number, shown)
    if not isinstance(read, dict):
        return BadRow(number, "not_json", "This is not a JSON object on one line.", number, shown)
    if any(len(name) > LONGEST_NAME for name in read):
        return BadRow(number, "long_name", f"A name has more than {LONGEST_NAME} characters.", number, shown)
    return read


def _decoded(line: str) -> Any:
    read = _DECODER.decode(line.strip())
    if _HALF.search(line) and is_damaged(json.dumps(read, ensure_ascii=False)):
        raise _Refused("encoding", _HALVED)
    return read


def _row(number: int, read: dict[str, Any], columns: tuple[str, ...]) -> Row:
    return Row(number, tuple(_cell(read[name]) if name in read else ABSENT for name in columns))


def _cell(value: Any) -> Cell:
    return _inner(value) if isinstance(value, dict | list) else value  # type: ignore[no-any-return]


def _inner(value: Any) -> Any:
    """What stands inside an object, with its numbers as numbers."""
    if isinstance(value, dict):
        return {name: _inner(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_inner(one) for one in value]
    return _number(value) if isinstance(value, Numeral) else value


def _number(text: Numeral) -> int | float | str:
    """A number inside an object; one that no database keeps with its digits stays a text."""
    try:
        exact = Decimal(text)
    except InvalidOperation:
        return str(text)
    if abs(exact.adjusted()) > _CLOSE:
        return str(text)
    return float(exact) if any(sign in text for sign in ".eE") else int(exact)


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise _Refused("twice", _TWICE)
    return members


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


_DECODER = json.JSONDecoder(
    parse_float=Numeral, parse_int=Numeral, parse_constant=_refuse, object_pairs_hook=_each_once
)
