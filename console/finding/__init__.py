"""Finding customers: the best matches first, in a time that does not grow with their number.

Names that begin with the whole text, customers whose terms begin with its words, and, where these fill no page, those
with each word anywhere in what they are found by. Nothing is read further than asked, `MOST` at the utmost, and the
rows that come are put in order here: a sort in the database would make it collect every match of a common name first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from console.finding.inside import with_all_inside
from console.finding.ranges import by_beginnings, by_ids, by_names, by_sealed
from console.finding.ranking import Hit, Match, Row, hit_of
from console.models import Connection, blind
from console.models.search import search_words, words

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


def find(connections: Iterable[Connection], text: str, most: int | None = None) -> Found:
    """Those at these connections where each word of the text begins a word of name, e-mail, id, phone or address.

    A phone is found by its last digits too, and by the number as it is dialled at home; a document by its whole number.
    Where that fills no page, those follow that have the words inside of others. `most`: no more are looked at, where
    only the first few of them are shown.
    """
    connections = list(connections)
    sought, there = search_words(text), [connection.pk for connection in connections]
    if not (sought and there):
        return Found(sought=sought)
    found = _found(there, text, sought, min(most or MOST, MOST))
    return _with_those_found_whole(found, connections, text)


def may_be_hidden(connections: Iterable[Connection], text: str) -> bool:
    """Whether the text may be the whole of a value that is sealed at one of these connections."""
    return blind.has_number(blind.whole(text)) and any(blind.fields_found_whole(each.provider) for each in connections)


def _found(there: list[int], text: str, sought: list[str], most: int) -> Found:
    full_name = " ".join(words(text))
    named, is_all = by_names(there, full_name, most)
    hits = {pk: Hit(Match.FULL_NAME, sort_name, pk, at) for at, pk, sort_name in named}
    if is_all:
        rows, is_all = by_beginnings(there, sought, most)
    else:
        rows = by_ids(there, text)
    hits |= _ranked(rows, full_name, sought)
    if len(hits) < ENOUGH and (inside := with_all_inside(there, sought, most)):
        rows, is_all = inside
        hits = _ranked(rows, full_name, sought) | hits
    return Found(sorted(hits.values())[:most], sought, is_all and len(hits) <= most)


def _ranked(rows: Iterable[Row], full_name: str, sought: list[str]) -> dict[int, Hit]:
    return {row[1]: hit_of(row, full_name, sought) for row in rows}


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
