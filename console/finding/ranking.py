"""How well somebody matches what was typed, told from the text of all they are found by. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import NamedTuple

from console.models.search import BACKWARDS, LONGEST, beginnings

type Row = tuple[int, int, str]
"""The key of the connection, that of the customer, and the text."""


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
    """One customer that matches, in the order in which they are shown; a tuple, since a thousand of them are sorted."""

    match: Match
    sort_name: str
    pk: int
    connection: int


def hit_of(row: Row, full_name: str, sought: list[str]) -> Hit:
    """One of those found by these words; `full_name`: all that was typed, folded."""
    at, pk, text = row
    name, email, digits, external_id, _ = text.split("\n", 4)
    return Hit(_match(text, (name, email, digits, external_id), full_name, sought), name or external_id, pk, at)


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
