"""Characters that must not be sent: what cannot be seen, cannot be stored, or breaks lines."""

import re
import unicodedata

from providers.kinds.base import Problem

_BROKEN = re.compile("[\x00\ud800-\udfff]")
_LINE_BREAKS = re.compile("\r\n?")
_SPACES = re.compile(r"[^\S\n\r\t\v\f\x1c-\x1f\x85\u2028\u2029]")
# Code points that draw nothing although Unicode calls them letters, marks or symbols rather than format characters.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")
_JOINERS = frozenset("\u200c\u200d")
_JOINING_SCRIPTS = (
    *("ARABIC", "SYRIAC", "MONGOLIAN", "DEVANAGARI", "BENGALI", "GURMUKHI", "GUJARATI", "ORIYA", "TAMIL", "TELUGU"),
    *("KANNADA", "MALAYALAM", "SINHALA", "MYANMAR", "KHMER", "TIBETAN"),
)
_CLOSE_BY = 12


def clean(text: str) -> str:
    """A provider's text without what PostgreSQL cannot hold: NUL and lone surrogates."""
    return text if text.isprintable() else _BROKEN.sub("", text)


def plain(text: str) -> str:
    """A person's text in one spelling: composed, one kind of space, one kind of line break, nothing around it."""
    if text.isascii() and text.isprintable():  # almost always
        return text.strip()
    composed = unicodedata.normalize("NFC", _LINE_BREAKS.sub("\n", text))
    return _SPACES.sub(" ", composed).strip()


def utf16_length(text: str) -> int:
    """The length as .NET, Java and JavaScript count it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def find_problem(text: str) -> Problem | None:
    """The first character that must not be sent, with its place counted from 1."""
    if text.isascii() and text.isprintable():  # almost always
        return None
    for place, character in enumerate(text):
        if problem := _judge(text, place, character):
            return problem
    return None


def _judge(text: str, place: int, character: str) -> Problem | None:
    if character.isascii() and character.isprintable():
        return None
    category = unicodedata.category(character)
    where = _where(text, place)
    parameters: dict[str, str | int] = {"place": place + 1, "character": f"U+{ord(character):04X}"}
    if character == "\0" or category == "Cs":
        return Problem("bad_text", f"Type this again: character {where} is damaged.", parameters)
    if category in {"Cc", "Zl", "Zp"}:
        what = "line break" if character in "\n\r\v\f\x85\u2028\u2029" else "control character"
        what = "tab" if character == "\t" else what
        return Problem("control_character", f"Remove the {what} (character {where}).", parameters)
    if _draws_nothing(text, place, character, category):
        return Problem("invisible_character", f"Remove the invisible character (character {where}).", parameters)
    return None


def _where(text: str, place: int) -> str:
    before = "".join(c for c in text[max(0, place - _CLOSE_BY) : place] if c.isprintable())
    return f"{place + 1}, after “{before}”" if before else str(place + 1)


def _draws_nothing(text: str, place: int, character: str, category: str) -> bool:
    if character in _JOINERS:
        return not _joins(text, place)
    if "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef":
        return not _varies_an_ideograph(text, place)
    return character in _BLANK or category == "Cf"


def _joins(text: str, place: int) -> bool:
    """Persian and the scripts of India spell names with joiners, between two of their own letters."""
    return 0 < place < len(text) - 1 and all(
        unicodedata.name(neighbour, "").startswith(_JOINING_SCRIPTS) for neighbour in (text[place - 1], text[place + 1])
    )


def _varies_an_ideograph(text: str, place: int) -> bool:
    return place > 0 and unicodedata.name(text[place - 1], "").startswith("CJK ")
