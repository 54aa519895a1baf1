"""How two values of a field differ, said without a character of either: for people who may not see them. Pure.

`differing` tells who decides on a hidden value what kind of change it is; `matches` tells who has a caller on the phone
whether that is the value, however it is spelled.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from providers.fields import Field, Kind, Value

_SPELLED = frozenset({Kind.TEXT, Kind.EMAIL, Kind.PHONE, Kind.MONEY, Kind.DECIMAL, Kind.WHOLE_NUMBER, Kind.ZIP})


class How(StrEnum):
    """What kind of difference it is; its value is the sentence, `{}` the characters that it is about."""

    FIRST_KNOWN = "Nothing was known before."
    FILLED = "It was empty before."
    EMPTIED = "It becomes empty."
    SAME = "The same value as before."
    SPELLING = "The same value, only spelled otherwise."
    TRANSPOSED = "Two neighbouring {} change places."
    ONE = "One of the {} differs."
    LAST = "Only the last {} differ."
    FIRST = "Only the first {} differ."
    MIDDLE = "Only {} in the middle differ."
    LONGER = "It becomes longer by {}; the rest stays."
    SHORTER = "It becomes shorter by {}; the rest stays."
    LENGTH = "Another value, of another length."
    YEAR = "Only the year differs."
    MONTH = "Only the month differs."
    DAY = "Only the day differs."
    DAY_AND_MONTH = "Day and month change places."
    SAME_YEAR = "Another day of the same year."
    OTHER = "Another value."


@dataclass(frozen=True, slots=True)
class Difference:
    """How a value differs from the one before it. `what`: the characters it is about, “2 digits”.

    `came_back`: it is a value that the field held before the one it holds now. `is_fit`: its format is what the
    provider asks for.
    """

    how: How
    what: str = ""
    came_back: bool = False
    is_fit: bool = True

    @property
    def sentences(self) -> tuple[str, ...]:
        """All of it in words."""
        told = [self.how.format(self.what)]
        told += ["It is a value that this field held earlier."] if self.came_back else []
        if self.how is not How.EMPTIED:
            told.append("Its format is valid." if self.is_fit else "Its format is not what the provider asks for.")
        return tuple(told)


def differing(
    field: Field, before: Value, after: Value, *, was_known: bool = True, earlier: Iterable[Value] = ()
) -> Difference:
    """How `after` differs from `before`; `earlier` are values that the field held before that."""
    if field.is_blank(after):
        return Difference(How.EMPTIED)
    same = was_known and field.same(before, after)
    came_back = not same and any(not field.is_blank(value) and field.same(value, after) for value in earlier)
    how, what = _how(field, before, after, was_known=was_known)
    return Difference(how, what, came_back, field.problem(after) is None)


def matches(field: Field, held: Value, said: Value) -> bool:
    """Whether what somebody said is the value that is held; blanks, hyphens and capitals do not matter in a text."""
    if field.is_blank(held) or field.is_blank(said):
        return False
    return field.same(held, said) or (field.kind in _SPELLED and _alike(str(held), str(said)))


def _how(field: Field, before: Value, after: Value, *, was_known: bool) -> tuple[How, str]:
    if not was_known or field.is_blank(before):
        return (How.FILLED if was_known else How.FIRST_KNOWN), ""
    if field.same(before, after):
        return How.SAME, ""
    if field.kind is Kind.DATE:
        return _how_dates(field.canonical(before), field.canonical(after)), ""
    if field.kind in _SPELLED and isinstance(before, str) and isinstance(after, str):
        return _how_texts(_folded(before), _folded(after))
    return How.OTHER, ""


def _how_dates(before: Value, after: Value) -> How:
    try:
        was, now = date.fromisoformat(str(before)), date.fromisoformat(str(after))
    except ValueError:
        return How.OTHER
    if (was.year, was.month, was.day) == (now.year, now.day, now.month):
        return How.DAY_AND_MONTH
    differ = (was.year != now.year, was.month != now.month, was.day != now.day)
    alone = {(True, False, False): How.YEAR, (False, True, False): How.MONTH, (False, False, True): How.DAY}
    return alone.get(differ, How.OTHER if differ[0] else How.SAME_YEAR)


def _how_texts(was: str, now: str) -> tuple[How, str]:
    if was == now:
        return (How.SPELLING, "") if was else (How.OTHER, "")
    if len(was) != len(now):
        return _how_lengths(was, now)
    places = [place for place, (one, other) in enumerate(zip(was, now, strict=True)) if one != other]
    first, last = places[0], places[-1]
    what = _counted(was[first : last + 1] + now[first : last + 1], last - first + 1)
    if len(places) == 1 and len(was) > 1:
        return How.ONE, _named(was + now)
    if len(places) == 2 and last == first + 1 and was[first : last + 1] == now[last] + now[first]:
        return How.TRANSPOSED, _named(was[first : last + 1])
    if 2 * (last - first + 1) > len(was):
        return How.OTHER, ""
    return _where(first, last, len(was)), what


def _where(first: int, last: int, length: int) -> How:
    """Where a part of a text stands that is half of it at most."""
    if last == length - 1:
        return How.LAST
    return How.FIRST if first == 0 else How.MIDDLE


def _how_lengths(was: str, now: str) -> tuple[How, str]:
    shorter, longer = sorted((was, now), key=len)
    if not shorter or not (longer.startswith(shorter) or longer.endswith(shorter)):
        return How.LENGTH, ""
    rest = longer.removeprefix(shorter) if longer.startswith(shorter) else longer.removesuffix(shorter)
    return (How.LONGER if longer == now else How.SHORTER), _counted(rest, len(rest))


def _counted(text: str, count: int) -> str:
    return f"{count} {_named(text)}" if count > 1 else f"one {_named(text)[:-1]}"


def _named(text: str) -> str:
    return "digits" if text.isdigit() else "characters"


def _alike(one: str, other: str) -> bool:
    folded = _folded(one)
    return folded != "" and folded == _folded(other)


def _folded(text: str) -> str:
    """Letters and digits alone, in one spelling."""
    return "".join(letter for letter in unicodedata.normalize("NFKC", text).casefold() if letter.isalnum())
