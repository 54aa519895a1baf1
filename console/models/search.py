"""The words by which customers are found: what is indexed and what is looked for go through the same folding. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

LONGEST = 100
_BETWEEN = re.compile(r"[\s,;\0]+")
_PHONE = re.compile(r"\+?[\d\s().-]{5,}")


def fold(text: str) -> str:
    """Lower case without accents: `Ångström` and `angstrom` are one word."""
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


def index_terms(name: str, email: str, phone: str, identity: Iterable[object], external_id: str) -> set[str]:
    """Everything by which one customer is found; last digits of the phone as words of their own."""
    terms = set(words(name)) | set(words(email)) | {fold(external_id)[:LONGEST]}
    terms |= {fold(str(part))[:LONGEST] for part in identity if part}
    return {term for term in terms | _phone_terms(phone) if term}


def _phone_terms(phone: str) -> set[str]:
    """The number from the front, and its ends of 4 to 10 digits, so that a prefix search finds last digits too."""
    digits = _digits(phone)
    return {digits} | {digits[-length:] for length in range(4, min(len(digits), 11))} if digits else set()


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)
