"""In which encoding a text is written: found where bytes prove it, otherwise asked."""

from __future__ import annotations

import codecs
import io
import re
from dataclasses import dataclass

from console.errors import NotATable
from console.importing.table import Question, QuestionKind, Source

UTF_8 = "utf-8"
CHOICES = {
    UTF_8: "UTF-8",
    "cp1252": "Western European (Windows)",
    "iso8859-15": "Western European (ISO 8859-15)",
    "mac-roman": "Western European (Mac)",
    "cp1250": "Central European (Windows)",
    "cp1251": "Cyrillic (Windows)",
    "cp1253": "Greek (Windows)",
    "cp1254": "Turkish (Windows)",
    "gb18030": "Chinese (GB 18030)",
    "big5": "Chinese (Big5)",
    "shift_jis": "Japanese (Shift JIS)",
    "euc_kr": "Korean (EUC-KR)",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16, little end first",
    "utf-16-be": "UTF-16, big end first",
}
"""The encodings that a person may choose, by the name that is kept, with the words that they read."""

_FORMERLY = {"windows-1252": "cp1252", "iso-8859-15": "iso8859-15"}
"""What some of them were called when an import was begun."""

PIECE = 1024 * 1024
_MARKS = ((codecs.BOM_UTF8, UTF_8), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_WIDE = "utf-16"
_SEVEN_BITS = bytes(range(128))
_LINES_SHOWN = 3
_LONGEST_SHOWN = 60
_LONGEST_BYTES = 4096
_BEYOND = re.compile(rb"[\x80-\xff][^\n]*")
_DAMAGED = "a lone surrogate"

codecs.register_error(_DAMAGED, lambda error: ("\udc80", getattr(error, "end", 0)))


@dataclass(frozen=True, slots=True)
class Found:
    """An encoding, whether the bytes prove it, and what is to be asked where they don't."""

    encoding: str
    question: Question | None = None
    note: str = ""


def encoding_of(source: Source) -> Found:
    """Reads all of it once. Bytes that are UTF-8 throughout are no accident; what isn't is for a person to say."""
    source.seek(0)
    head = source.read(_LONGEST_BYTES)
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return Found(encoding)
    if wide := _without_a_mark(head):
        return Found(wide)
    if b"\0" in head[:1024] and head.count(0) > len(head) // 20:
        raise NotATable("binary", "This file is no text: a table is CSV, JSONL or XLSX.")
    odd = _Odd()
    source.seek(0)
    rest = b""
    while piece := source.read(PIECE):
        whole, newline, rest = (rest + piece).rpartition(b"\n")
        odd.look(whole + newline)
        if len(rest) > PIECE:
            odd.look(rest)
            rest = b""
    odd.look(rest)
    return odd.found()


def check(encoding: str) -> str:
    """The encoding that a person chose; raises NotATable for one that is none of the list."""
    known = _FORMERLY.get(encoding, encoding)
    if known not in CHOICES:
        raise NotATable("encoding", "This encoding is not known here: choose one of the list.")
    return known


def could_be(found: str) -> dict[str, str]:
    """What a text could be in besides what was found, as CHOICES has it. UTF-16 is proven by bytes: nothing else makes
    a table of these, nor UTF-16 one of others.
    """
    wide = found.startswith(_WIDE)
    return {name: words for name, words in CHOICES.items() if name == found or not (wide or name.startswith(_WIDE))}


class Bytes(io.RawIOBase):
    """A source as Python's own readers of text want it; it is left open."""

    def __init__(self, source: Source) -> None:
        super().__init__()
        self._source = source

    def readable(self) -> bool:
        """It is there to be read."""
        return True

    def readinto(self, into: bytearray | memoryview, /) -> int:  # type: ignore[override]  # any buffer
        """Reads into a buffer."""
        data = self._source.read(len(into))
        into[: len(data)] = data
        return len(data)


def text_of(source: Source, encoding: str) -> io.TextIOWrapper:
    """All of its text, ends of lines as they are. What isn't of the encoding comes as lone surrogates, so that a bad
    row hides none of the others; a mark at the beginning is left out.
    """
    spelled = _wide_as_marked(source, encoding) if encoding.startswith(_WIDE) else encoding
    spelled = "utf-8-sig" if encoding == UTF_8 else spelled
    source.seek(0)
    buffered = io.BufferedReader(Bytes(source), PIECE)
    return io.TextIOWrapper(buffered, encoding=spelled, errors=_DAMAGED, newline="")


def is_damaged(text: str) -> bool:
    """Whether something in it was not of the encoding."""
    if text.isascii():
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


class _Odd:
    """What speaks for an encoding: lines that are UTF-8 beyond ASCII, and lines that are not UTF-8 at all."""

    def __init__(self) -> None:
        self._proper = 0
        self._broken = 0
        self._seen = bytearray()
        self._lines: list[bytes] = []

    def look(self, piece: bytes) -> None:
        """Takes whole lines."""
        if piece.isascii():
            return
        try:
            piece.decode()
        except UnicodeDecodeError:
            self._look_closely(piece)
        else:
            self._proper += len(_BEYOND.findall(piece))

    def found(self) -> Found:
        """Lines are hardly ever UTF-8 by accident: with some of them a file is mixed, and its odd rows are told."""
        if not self._broken:
            return Found(UTF_8)
        if self._proper * 20 > self._broken:
            note = (
                f"Encodings are mixed in this file: it is UTF-8 but for {_lines(self._broken)}, which cannot be taken "
                "over like this. Save it anew as UTF-8."
            )
            return Found(UTF_8, note=note)
        return self._asked()

    def _look_closely(self, piece: bytes) -> None:
        for line in piece.splitlines():
            if line.isascii():
                continue
            try:
                line.decode()
            except UnicodeDecodeError:
                self._broken += 1
                self._remember(line)
            else:
                self._proper += 1

    def _remember(self, line: bytes) -> None:
        if len(self._lines) < _LINES_SHOWN:
            self._lines.append(line[:_LONGEST_BYTES])
        if len(self._seen) < PIECE:
            self._seen += line[:_LONGEST_BYTES]

    def _asked(self) -> Found:
        shown = {name: text for name in CHOICES if not name.startswith("utf") and (text := self._read_as(name))}
        suggested = next(iter(shown), "cp1252")
        text = "This file is not UTF-8. In which of these do the words look right?"
        question = Question(QuestionKind.ENCODING, text, tuple(shown) or (UTF_8,), suggested, shown=shown)
        return Found(suggested, question)

    def _read_as(self, encoding: str) -> str:
        """The odd words as they would read, "" where they can't be of this encoding."""
        try:
            bytes(self._seen).decode(encoding)
            words = [_odd_part(line.decode(encoding)) for line in self._lines]
        except UnicodeDecodeError:
            return ""
        return " · ".join(word for word in words if word)


def _wide_as_marked(source: Source, encoding: str) -> str:
    """Which end comes first is said by the mark. Where there is none, Python reads no UTF-16 unless it is told."""
    source.seek(0)
    if source.read(2) in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}:
        return _WIDE
    return "utf-16-le" if encoding == _WIDE else encoding


def _without_a_mark(head: bytes) -> str:
    """UTF-16 of mostly ASCII has every second byte zero."""
    even, odd = head[0::2], head[1::2]
    if len(head) < 4 or not even or not odd:
        return ""
    if odd.count(0) > len(odd) * 0.8 and even.count(0) < len(even) * 0.1:
        return "utf-16-le"
    if even.count(0) > len(even) * 0.8 and odd.count(0) < len(odd) * 0.1:
        return "utf-16-be"
    return ""


def _lines(count: int) -> str:
    return "one line" if count == 1 else f"{count:,} lines"


def _odd_part(line: str) -> str:
    """A line around its first character beyond ASCII."""
    place = next((at for at, character in enumerate(line) if not character.isascii()), 0)
    begin = max(0, place - _LONGEST_SHOWN // 2)
    return "".join(character for character in line[begin : begin + _LONGEST_SHOWN] if character.isprintable()).strip()
