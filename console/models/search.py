"""The words by which customers are found, and where they stand in what is shown. Pure.

What is indexed, what is looked for and what is marked go through the same folding. A customer is found by *terms*, each
of which may be typed from its beginning, and by the *text* of all of them, any part of which may be typed: its *grams*,
three letters each, say where that part can be at all.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from providers.fields import Meaning

if TYPE_CHECKING:
    from console.models.customers import Customer
    from providers.base import Provider
    from providers.fields import Field

LONGEST = 100
MOST_OF_AN_ADDRESS = 24
"""Words: nobody types more of one, and a text of any length may stand in the field."""
GRAM = 3
BACKWARDS = "<"
"""Begins a phone number's digits from the last to the first, so that its last ones are a beginning too."""
NAME, NAMED = "  ", " "
"""Begin a name as a term: the whole name, and the same from each of its other words on: `wijaya adi`. So those who
share a word of their names stand together as in a telephone book, apart from all who have it elsewhere, and the term
says the whole name."""
LONGEST_TERM = 120
_BETWEEN = re.compile(r"[\s,;\0]+")
_BETWEEN_ADDRESS = re.compile(r"[\s,;:/()#\0]+")
_AROUND = '.#()"'
_ADDRESS = frozenset(
    {Meaning.ADDRESS, Meaning.STREET, Meaning.STREET_EXTRA, Meaning.CITY, Meaning.REGION, Meaning.POSTAL_CODE}
)
# Letters that no accent is parted from, and signs that a keyboard writes another way than a text processor.
_PLAIN = str.maketrans(
    dict(zip("đðħ\u0131łøŧ", "ddhilot", strict=True))
    | {"æ": "ae", "œ": "oe", "þ": "th"}
    | dict.fromkeys("\u02bc\u2018\u2019\u201b", "'")
    | dict.fromkeys("\u2010\u2012\u2013\u2014\u2212", "-")
)
_PHONE = re.compile(r"\+?[\d\s().-]{5,}")
_INSIDE_FROM = 3  # letters: the length of a gram
_INSIDE_NAMES = re.compile("[-']")
_BEGINNING = re.compile(r"(?:^|(?<=[\s,;/:'\u02bc\u2018\u2019\u201b\u2010\u2012-\u2014\u2212-]))(?=\S)")
SHORTEST_END = 4  # of a phone number's last digits: fewer are in every other number

type Pieces = list[tuple[str, bool]]  # a text in pieces, and whether each is what was looked for


def fold(text: str) -> str:
    """Lower case in plain letters and signs: `Ångström`, `angstrom`; `Łukasz Sørensen`, `lukasz sorensen`.

    Without marks that are not seen either, which come along where a text is copied from a page.
    """
    if text.isascii():
        return text.lower()
    unaccented = without_accents(text)
    return "".join(char for char in unaccented.translate(_PLAIN) if unicodedata.category(char) != "Cf")


def without_accents(text: str) -> str:
    """Lower case without the accents that Unicode parts from their letters."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def words(text: str) -> list[str]:
    """The folded words of a text, in their order, each once, at most `LONGEST` characters of each."""
    return list(dict.fromkeys(word[:LONGEST] for word in _BETWEEN.split(fold(text)) if word))


def search_words(text: str) -> list[str]:
    """What to look for: a text that looks like one phone number is one word of digits, all else its words."""
    typed = fold(text).strip()
    if _PHONE.fullmatch(typed) and (digits := _digits(typed)):
        return [digits]
    return written_words(text)


def written_words(text: str) -> list[str]:
    """Its words as they stand: an id, a postal code or a house may look like a phone number."""
    return list(dict.fromkeys(word.strip(_AROUND) or word for word in words(text)))[:6]


def beginnings(word: str) -> list[str]:
    """What a term may begin with when this was typed: of a name, or another word; see `unnamed_beginnings`."""
    return [NAME + word, NAMED + word, *unnamed_beginnings(word)]


def unnamed_beginnings(word: str) -> list[str]:
    """What a term that is of no name may begin with: itself; of digits also last ones, and without zeros before."""
    if not (word.isdigit() and word.isascii()):
        return [word]
    bare = dialled_at_home(word)
    whole = [word, bare] if bare else [word]
    return whole + [BACKWARDS + each[::-1] for each in whole if len(each) >= SHORTEST_END]


def dialled_at_home(word: str) -> str:
    """The digits without the zeros that a number has at home and not abroad; empty where that is no other number."""
    bare = word.lstrip("0")
    return bare if word.isdigit() and bare != word and len(bare) >= SHORTEST_END else ""


@dataclass(frozen=True, slots=True)
class Indexed:
    """By what one customer is found: what stands in `SearchTerm`, one row each, and in their `SearchText`.

    The text has a line each for name, e-mail, digits of the phone and id, as they are compared with what was typed;
    the last one holds whatever else they are found by.
    """

    terms: list[str]
    text: str

    @property
    def grams(self) -> list[int]:
        """The grams of the text."""
        return sorted(grams(self.text))


def terms_of(customer: Customer) -> Indexed:
    """By what this customer is found, as they stand; sensitive values never are among it."""
    address = address_of(customer.provider, customer.values)
    said = (customer.name, customer.email, customer.phone)
    return indexed(*said, identity=customer.identity, external_id=customer.external_id, address=address)


def indexed(
    name: str,
    email: str,
    phone: str,
    *,
    identity: Mapping[str, object],
    external_id: str,
    address: Mapping[str, object],
) -> Indexed:
    """The same of what is said by these."""
    named, digits, written = words(name), _digits(phone), words(email)
    ids = [fold(str(each))[:LONGEST] for each in (external_id, *identity.values()) if each]
    known = {*named, *written, *ids, digits}
    more = {*_name_parts(named), *address_words(address), *_at_home(phone, digits)}
    head = "\n".join((" ".join(named)[:300], " ".join(written), digits, ids[0] if ids else ""))
    rest = sorted((known | more) - set(head.split()))
    terms = {*_turned(named), *written, *ids, digits, *more, BACKWARDS + digits[::-1]} - {"", BACKWARDS}
    return Indexed(sorted(terms), f"{head}\n{' '.join(rest)}")


def _turned(named: Sequence[str]) -> Iterator[str]:
    """The name from each of its words on, those before it behind: as terms."""
    for place in range(len(named)):
        yield ((NAMED if place else NAME) + " ".join([*named[place:], *named[:place]]))[:LONGEST_TERM]


def address_of(provider: Provider, values: Mapping[str, object]) -> dict[str, object]:
    """Of these values those that say where the person lives."""
    return {field.name: values.get(field.name) for field in provider.fields if is_of_address(field)} if values else {}


def address_words(address: Mapping[str, object]) -> list[str]:
    """The words of these values by which their place is found."""
    texts = " ".join(value for value in address.values() if isinstance(value, str))
    parts = (part.strip(_AROUND)[:LONGEST] for part in _BETWEEN_ADDRESS.split(fold(texts)))
    return list(dict.fromkeys(part for part in parts if part))[:MOST_OF_AN_ADDRESS]


def grams(text: str) -> set[int]:
    """Every three letters that stand together in a word, each as a number of 16 bits.

    Forty letters have a number of their own; any other shares one with them, so that what was found by numbers has to
    be looked at once more.
    """
    letters = text.encode().translate(_ASCII) if text.isascii() else text.translate(_LETTERS).encode("latin-1")
    return set(map(_GRAMS.__getitem__, zip(letters, letters[1:], letters[2:], strict=False))) - {_NO_GRAM}


class _Grams(dict[tuple[int, int, int], int]):
    """The number of each gram once it was asked for: 41 times 41 times 41 at most."""

    def __missing__(self, letters: tuple[int, int, int]) -> int:
        one, two, three = letters
        number = self[letters] = _NO_GRAM if _NO_LETTER in letters else one * 1600 + two * 40 + three - 32000
        return number


_NO_GRAM = 32000  # one more than any has
_GRAMS = _Grams()


class _Letters(dict[int, int]):
    """The number of each letter; between words stands one that is none."""

    def __missing__(self, letter: int) -> int:
        return _NO_LETTER if chr(letter).isspace() else letter % 40


_NO_LETTER = 255
_LETTERS = _Letters({ord(letter): place for place, letter in enumerate("abcdefghijklmnopqrstuvwxyz0123456789@.-_")})
_ASCII = bytes(_LETTERS[letter] for letter in range(256))


def is_of_address(field: Field) -> bool:
    """Whether a customer is found by the words of this field."""
    return field.meaning in _ADDRESS and not field.sensitive


def tells_of(text: str, found_by: Indexed) -> bool:
    """Whether a word of the text is one that they are found by, or the last digits of their phone."""
    held = {word for term in found_by.terms for word in term.split()}
    return any(
        each in held or (each.startswith(BACKWARDS) and any(term.startswith(each) for term in held))
        for word in words(text)
        for each in unnamed_beginnings(word)
    )


def _at_home(phone: str, digits: str) -> list[str]:
    """The digits without the country's, where the number says which those are."""
    if not phone.lstrip().startswith("+"):
        return []
    code = next((digits[:length] for length in (1, 2, 3) if _is_country(digits[:length])), "")
    return [digits[len(code) :]] if code else []


def _is_country(digits: str) -> bool:
    return digits.isdigit() and int(digits) in COUNTRY_CODE_TO_REGION_CODE


def _name_parts(named: Iterable[str]) -> set[str]:
    """`O'Neil-Smith` is found as `oneil`, `neil` and `smith` too."""
    parted = {word: _INSIDE_NAMES.split(word) for word in named if _INSIDE_NAMES.search(word)}
    return {part for word, parts in parted.items() for part in [*parts, _INSIDE_NAMES.sub("", word)]}


def marked(text: str, sought: Iterable[str]) -> Pieces:
    """A name, an e-mail or an id in pieces: marked is what was looked for, at the beginning of its words.

    Of what begins none of them it is the first place inside, if it is long enough to be looked for there.
    """
    taken = [False] * len(text)
    for word in sought:
        for begin, longest in _places(text, word):
            taken[begin : begin + longest] = [True] * longest
    return _pieces(text, taken)


def _places(text: str, word: str) -> list[tuple[int, int]]:
    """Where the word stands, and how many characters it takes there."""
    reach = _reach_in_ascii if text.isascii() else _reach
    begins = (found.start() for found in _BEGINNING.finditer(text))
    places = [(begin, longest) for begin in begins if (longest := reach(text, begin, word))]
    if places or len(word) < _INSIDE_FROM or word not in fold(text):
        return places
    inside = ((begin, reach(text, begin, word)) for begin in range(len(text)))
    return [next(((begin, longest) for begin, longest in inside if longest), (0, 0))]


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
    """Where these digits begin in a number; that they are its last ones counts before any other place in it."""
    if digits.startswith(word):
        return 0
    return len(digits) - len(word) if digits.endswith(word) else digits.find(word)


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


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)
