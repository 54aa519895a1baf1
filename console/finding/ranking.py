"""How well somebody matches what was typed: told from the text of all they are found by, or from one term. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, MutableMapping, Sequence
from enum import IntEnum
from typing import NamedTuple

from console.models.search import BACKWARDS, LONGEST, beginnings

type Row = tuple[int, int, str]
"""The key of the connection, that of the customer, and the text."""
type Term = tuple[int, int, str]
"""The key of the connection, that of the customer, and a term of theirs that begins as it was typed."""

LAST = chr(0x10FFFF)
"""Sorts behind every letter."""


class Match(IntEnum):
    """How well a customer matches; the better, the smaller."""

    EXACT_ID = 0
    EXACT = 1
    FULL_NAME = 2
    NAME_WORDS = 3
    WHOLE_TERM = 4
    OTHER = 5
    INSIDE = 6


class Hit(NamedTuple):
    """One customer that matches, in the order in which they are shown; a tuple, since a thousand of them are sorted.

    Those who match as well as each other stand in the order of their names; by another word of it than the first, in
    the order of the names from that word on, as in a telephone book.
    """

    match: Match
    order: str
    pk: int
    connection: int


def hit_of(row: Row, full_name: str, sought: list[str]) -> Hit:
    """One of those found by these words; `full_name`: all that was typed, folded."""
    at, pk, text = row
    name, email, digits, external_id, _ = text.split("\n", 4)
    return Hit(_match(text, (name, email, digits, external_id), full_name, sought), name or external_id, pk, at)


def told(match: Match, term: Term) -> Hit:
    """One of whom a term says the name, and so all that is to be known."""
    at, pk, name = term
    return Hit(match, name.lstrip(), pk, at)


def unread(term: Term) -> Hit:
    """One who has the word elsewhere, and of whom nothing else was read: behind those of whom the name is known."""
    at, pk, begun = term
    return Hit(Match.WHOLE_TERM if begun.startswith(BACKWARDS) else Match.OTHER, LAST + begun, pk, at)


def take_up(known: MutableMapping[int, Hit], more: Iterable[Hit]) -> None:
    """Adds those who are not known yet, or match better than was known."""
    for hit in more:
        held = known.get(hit.pk)
        if held is None or hit.match < held.match:
            known[hit.pk] = hit


def fairly(hits: Iterable[Hit], most: int) -> list[Hit]:
    """The best of them, no more than so many: where one connection has too many, others keep what they have."""
    ordered = sorted(hits)
    if len(ordered) <= most:
        return ordered
    counts = Counter(hit.connection for hit in ordered)
    room, best = dict.fromkeys(counts, _level(counts, most)), list[Hit]()
    for hit in ordered:
        if room[hit.connection]:
            room[hit.connection] -= 1
            best.append(hit)
    return best[:most]


def _level(counts: Counter[int], most: int) -> int:
    """How many there may be of each connection so that they are no more than so many together."""
    level = most
    for place, (_, count) in enumerate(reversed(counts.most_common())):
        level = max(1, most // (len(counts) - place))
        if count > level:
            break
        most -= count
    return level


def _match(text: str, said: tuple[str, str, str, str], full_name: str, sought: list[str]) -> Match:
    name, email, digits, external_id = said
    if full_name[:LONGEST] == external_id:
        return Match.EXACT_ID
    if full_name == email or sought == [digits]:
        return Match.EXACT
    if name.startswith(full_name):
        return Match.FULL_NAME
    if _begin(sought, name.split(" ")):
        return Match.NAME_WORDS
    if sought[0].isdigit() and digits.endswith(sought[0]):
        return Match.WHOLE_TERM
    return Match.OTHER if _begin_terms(sought, f" {text}".replace("\n", " "), digits) else Match.INSIDE


def _begin(sought: Iterable[str], held: Sequence[str]) -> bool:
    return all(any(word.startswith(each) for word in held) for each in sought)


def _begin_terms(sought: Iterable[str], terms: str, digits: str) -> bool:
    """Whether each of the words begins one of these, between spaces, or is the last digits."""
    held = f"{terms} {BACKWARDS}{digits[::-1]}"
    return all(any(f" {each}" in held for each in beginnings(word)) for word in sought)
