"""The words by which customers are found, and where they stand in what is shown. Pure.

What is indexed, what is looked for and what is marked go through the same folding.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from itertools import groupby

LONGEST = 100
_BETWEEN = re.compile(r"[\s,;\0]+")
_PHONE = re.compile(r"\+?[\d\s().-]{5,}")
_INSIDE_NAMES = re.compile(r"[-'\N{RIGHT SINGLE QUOTATION MARK}]")
_BEGINNING = re.compile(r"(?:^|(?<=[\s,;/:'\N{RIGHT SINGLE QUOTATION MARK}-]))(?=\S)")
SHORTEST_END, LONGEST_END = 4, 10

type Pieces = list[tuple[str, bool]]  # a text in pieces, and whether each is what was looked for


def fold(text: str) -> str:
    """Lower case without accents: `Ångström` and `angstrom` are one word."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def words(text: str) -> list[str]:
    """The folded words of a text, in their order, each once, at most `LONGEST` characters of each."""
    return list(dict.fromkeys(word[:LONGEST] for word in _BETWEEN.split(fold(text)) if word))


def search_words(text: str) -> list[str]:
    """What to look for: a text that looks like one phone number is one word of digits, all else its words."""
    if _PHONE.fullmatch(text.strip()) and (digits := _digits(text)):
        return [digits]
    return words(text)[:6]


def dialled_at_home(word: str) -> str:
    """The digits without the zeros that a number has at home and not abroad; empty where that is no other number."""
    bare = word.lstrip("0")
    return bare if word.isdigit() and bare != word and len(bare) >= SHORTEST_END else ""


def index_terms(name: str, email: str, phone: str, identity: Iterable[object], external_id: str) -> set[str]:
    """Everything by which one customer is found; last digits of the phone as words of their own."""
    terms = set(words(name)) | _name_parts(name) | set(words(email)) | {fold(external_id)[:LONGEST]}
    terms |= {fold(str(part))[:LONGEST] for part in identity if part}
    return {term for term in terms | _phone_terms(phone) if term}


def _name_parts(name: str) -> set[str]:
    """`O'Neil-Smith` is found as `oneil`, `neil` and `smith` too."""
    parted = {word: _INSIDE_NAMES.split(word) for word in words(name) if _INSIDE_NAMES.search(word)}
    return {part for word, parts in parted.items() for part in [*parts, _INSIDE_NAMES.sub("", word)]}


def marked(text: str, sought: Iterable[str]) -> Pieces:
    """A name, an e-mail or an id in pieces: marked is what begins a word of it and was looked for."""
    taken = [False] * len(text)
    reach = _reach_in_ascii if text.isascii() else _reach
    for begin in (found.start() for found in _BEGINNING.finditer(text)):
        longest = max((reach(text, begin, word) for word in sought), default=0)
        taken[begin : begin + longest] = [True] * longest
    return _pieces(text, taken)


def marked_phone(text: str, sought: Iterable[str]) -> Pieces:
    """A phone number in pieces: marked are the digits looked for, with whatever stands between them."""
    places = [place for place, char in enumerate(text) if char.isdigit()]
    digits, taken = _digits(text), [False] * len(text)
    for word in filter(str.isdigit, sought):
        begins = _found_at(digits, word)
        if begins >= 0:
            first, last = places[begins], places[begins + len(word) - 1]
            taken[first : last + 1] = [True] * (last + 1 - first)
    return _pieces(text, taken)


def _found_at(digits: str, word: str) -> int:
    """Where the number, or an end of it that is a word of its own, begins like this; -1 where neither does."""
    ends = range(max(len(digits) - LONGEST_END, 1), len(digits) - SHORTEST_END + 1)
    return next((place for place in (0, *reversed(ends)) if digits.startswith(word, place)), -1)


def _reach_in_ascii(text: str, begin: int, word: str) -> int:
    """The same where one character is folded into one."""
    return len(word) if fold(text[begin : begin + len(word)]) == word else 0


def _reach(text: str, begin: int, word: str) -> int:
    """How many characters from there on are the word, folded; 0 if it does not stand there."""
    folded = ""
    for place in range(begin, len(text)):
        folded += fold(text[place])
        if not word.startswith(folded[: len(word)]):
            return 0
        if len(folded) >= len(word):
            return _with_accents(text, place + 1) - begin
    return 0


def _with_accents(text: str, end: int) -> int:
    while end < len(text) and unicodedata.combining(text[end]):
        end += 1
    return end


def _pieces(text: str, taken: list[bool]) -> Pieces:
    if text and not any(taken):
        return [(text, False)]
    pairs = zip(text, taken, strict=True)
    return [("".join(char for char, _ in group), is_taken) for is_taken, group in groupby(pairs, lambda pair: pair[1])]


def _phone_terms(phone: str) -> set[str]:
    """The number from the front, and its ends of 4 to 10 digits, so that a prefix search finds last digits too."""
    digits = _digits(phone)
    return (
        {digits} | {digits[-length:] for length in range(SHORTEST_END, min(len(digits), LONGEST_END + 1))}
        if digits
        else set()
    )


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)
