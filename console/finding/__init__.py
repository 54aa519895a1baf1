"""Finding customers: the best matches first, in a time that does not grow with their number.

Names that begin with the whole text, customers whose terms begin with its words, and, where these fill no page, those
with each word anywhere in what they are found by. Nothing is read further than asked, `MOST` at the utmost, and the
rows that come are put in order here: a sort in the database would make it collect every match of a common name first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter

from console.finding.inside import narrows, with_all_inside
from console.finding.ranges import (
    CLOSELY,
    Begun,
    By,
    by_beginnings,
    by_ids,
    by_names,
    by_sealed,
    by_word,
    with_texts,
)
from console.finding.ranking import Hit, Match, Row, fairly, hit_of, take_up, told, unread
from console.models import Connection, blind
from console.models.search import search_words, words, written_words

__all__ = ["ENOUGH", "MOST", "NOTHING", "Found", "Hit", "Match", "find", "may_be_hidden"]

MOST = 1000
ENOUGH = 25  # a page: with so many that begin like this nobody asks for those that only have it inside


@dataclass(frozen=True, slots=True)
class Found:
    """What was found, the best first. `is_all` is false where there are more than anybody would look through."""

    hits: Sequence[Hit] = ()
    sought: Sequence[str] = ()
    is_all: bool = True

    @property
    def exact(self) -> int | None:
        """The one customer whose id the text is."""
        exact = [hit.pk for hit in self.hits[:2] if hit.match is Match.EXACT_ID]
        return exact[0] if len(exact) == 1 else None

    @property
    def by_connection(self) -> Counter[int]:
        """How many at each connection."""
        return Counter(hit.connection for hit in self.hits)

    def at(self, connection: int) -> Found:
        """Only those at one connection."""
        return replace(self, hits=[hit for hit in self.hits if hit.connection == connection])


NOTHING = Found()
type _Hits = dict[int, Hit]


def find(connections: Iterable[Connection], text: str, most: int | None = None) -> Found:
    """Those at these connections where each word of the text begins a word of name, e-mail, id, phone or address.

    A phone is found by its last digits too, and by the number as it is dialled at home; a document by its whole number.
    What looks like a phone number may be an id or a postal code as well.
    Where that fills no page, those follow that have the words inside of others. `most`: no more are looked at, where
    only the first few of them are shown.
    """
    connections = list(connections)
    sought, there = search_words(text), [connection.pk for connection in connections]
    if not (sought and there):
        return Found(sought=sought)
    most = min(most or MOST, MOST)
    found = _found(there, text, sought, most)
    if (written := written_words(text)) != sought:
        found = _with_those_who_have_it_so(found, there, text, written, most)
    return _with_those_found_whole(found, connections, text)


def may_be_hidden(connections: Iterable[Connection], text: str) -> bool:
    """Whether the text may be the whole of a value that is sealed at one of these connections."""
    return blind.has_number(blind.whole(text)) and any(blind.fields_found_whole(each.provider) for each in connections)


def _found(there: list[int], text: str, sought: list[str], most: int) -> Found:
    full_name = " ".join(words(text))
    hits, is_all = (_by_one_word if len(sought) == 1 else _by_words)(there, text, full_name, sought, most)
    return Found(fairly(hits.values(), most), sought, is_all and len(hits) <= most)


def _by_one_word(there: list[int], text: str, full_name: str, sought: list[str], most: int) -> tuple[_Hits, bool]:
    """Those who have it in the name, and then those who have it elsewhere.

    How well they match is told from the terms. Only of the nearest few of those who have it elsewhere the texts are
    read; where there are more, the others follow in the order of their terms.
    """
    begun, is_all = by_word(there, full_name, sought[0], most)
    hits = _told(begun)
    others = [(by, term) for by, term in begun if by is By.WHOLE or (by is By.OTHER and term[1] not in hits)]
    others.sort(key=itemgetter(0))
    if len(hits.keys() | {term[1] for _, term in others}) < ENOUGH and (inside := with_all_inside(there, sought, most)):
        read, is_all = inside
        take_up(hits, _ranked(read, full_name, sought))
        known = {pk for _, pk, _ in read}
        others = [(by, term) for by, term in others if term[1] not in known]
    near = with_texts(dict.fromkeys(term[:2] for _, term in others[:CLOSELY]))
    if len(others) > CLOSELY:  # the id may be a number that many houses have
        near += by_ids(there, text)
    take_up(hits, _ranked(near, full_name, sought))
    take_up(hits, (unread(term) for _, term in others[CLOSELY:] if term[1] not in hits))
    return hits, is_all


def _by_words(there: list[int], text: str, full_name: str, sought: list[str], most: int) -> tuple[_Hits, bool]:
    """Those who have each word in the name, and where these fill no page, all who have each somewhere."""
    begun, is_all = by_names(there, full_name, sought, most)
    hits = _told(begun)
    if len(hits) >= ENOUGH:
        take_up(hits, _ranked(by_ids(there, text), full_name, sought))
        return hits, is_all
    if narrows(sought) and (inside := with_all_inside(there, sought, most)):
        take_up(hits, _ranked(inside[0], full_name, sought))
        if inside[1]:
            return hits, True
    read, is_all = by_beginnings(there, sought, most)
    take_up(hits, _ranked(read, full_name, sought))
    if len(hits) < ENOUGH and (inside := with_all_inside(there, sought, most)):
        read, is_all = inside
        take_up(hits, _ranked(read, full_name, sought))
    return hits, is_all


def _told(begun: Iterable[Begun]) -> _Hits:
    """Those of whom the term they were found by says the name."""
    hits = dict[int, Hit]()
    take_up(hits, (told(Match.FULL_NAME, term) for by, term in begun if by is By.FULL_NAME))
    take_up(hits, (told(Match.NAME_WORDS, term) for by, term in begun if by is By.NAMED))
    return hits


def _ranked(rows: Iterable[Row], full_name: str, sought: list[str]) -> Iterator[Hit]:
    return (hit_of(row, full_name, sought) for row in rows)


def _with_those_who_have_it_so(found: Found, there: list[int], text: str, written: list[str], most: int) -> Found:
    """And of what looks like a phone number those who have it as it was typed: as their id, and where that fills no
    page anywhere. Several words of digits are looked for apart only where no number begins or ends so: many have them.
    """
    hits, is_all = {hit.pk: hit for hit in found.hits}, found.is_all
    take_up(hits, _ranked(by_ids(there, text.strip()), " ".join(words(text)), written))
    if len(hits) < ENOUGH and (len(written) == 1 or all(hit.match is Match.INSIDE for hit in hits.values())):
        more = _found(there, text, written, most)
        take_up(hits, more.hits)
        is_all = is_all and more.is_all
    return Found(fairly(hits.values(), most), [*found.sought, *written], is_all and len(hits) <= most)


def _with_those_found_whole(found: Found, connections: Sequence[Connection], text: str) -> Found:
    """And those where the text is the whole of a value that is sealed: nobody sees it, and they come first."""
    digests = blind.sought(((each.pk, each.provider) for each in connections), text)
    if not digests:
        return found
    rows = by_sealed([connection.pk for connection in connections], digests)
    whole = [Hit(Match.EXACT, sort_name, pk, at) for at, pk, sort_name in rows]
    known = {hit.pk for hit in whole}
    others = [hit for hit in found.hits if hit.pk not in known]
    return replace(found, hits=sorted([*whole, *others])) if whole else found
