"""Which column fills which field, guessed by names and by what stands below them; a person has the last word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from console.importing.fitting import fits, is_telling
from console.importing.table import EXTERNAL_ID, Guess
from console.importing.words import IDS, SYNONYMS, bare, words

if TYPE_CHECKING:
    from providers.base import Provider
    from providers.fields import Field

_NAME, _LABEL, _SYNONYM, _WITHIN = 100, 90, 70, 50
_DOUBTED_BELOW = 90  # a name that is only similar must have values that fit
_MOST = 0.8
_HALF = 0.5
_FEW = 3

_CALLED = "Has the name of this field."
_SIMILAR = "Has a similar name."
_LOOKS = "Its values look like it."
_DOUBT = "Has the name of this field, but its values look different."


@dataclass(frozen=True, slots=True)
class _Likeness:
    score: int
    place: int
    name: str


def guess(columns: Sequence[str], samples: Sequence[Sequence[str]], provider: Provider) -> Guess:
    """Which field each column fills. `samples` has the texts of each column (`look.samples`).

    No field is filled twice. Where two columns are as likely for one, neither is taken: that is for a person to say.
    """
    fields, reasons = _by_name(columns, samples, provider)
    for place, name in _by_values(samples, provider, fields):
        fields[place], reasons[place] = name, _LOOKS
    return Guess(dict(sorted(fields.items())), reasons)


def _by_name(
    columns: Sequence[str], samples: Sequence[Sequence[str]], provider: Provider
) -> tuple[dict[int, str], dict[int, str]]:
    likely = [
        likeness
        for place, column in enumerate(columns)
        if (likeness := _likeness(place, column, provider)) and not _contradicted(likeness, samples, provider)
    ]
    tied = Counter((one.score, one.name) for one in likely)
    fields: dict[int, str] = {}
    reasons: dict[int, str] = {}
    for one in sorted(likely, key=lambda one: -one.score):
        if one.name in fields.values() or tied[one.score, one.name] > 1 or _is_other_id(one, fields, provider):
            continue
        fields[one.place], reasons[one.place] = one.name, _reason(one, samples, provider)
    return fields, reasons


def _likeness(place: int, column: str, provider: Provider) -> _Likeness | None:
    """The field that a name is most like; None where it is like none, or as much like several."""
    if not bare(column):
        return None
    scores = Counter({field.name: _score(column, field) for field in provider.fields})
    if bare(column) == bare(EXTERNAL_ID):
        return _Likeness(_NAME, place, EXTERNAL_ID)
    [(name, score), *others] = scores.most_common(2)
    if score and not (others and others[0][1] == score):
        return _Likeness(score, place, name)
    return _Likeness(_WITHIN, place, EXTERNAL_ID) if bare(column) in IDS and not score else None


def _score(column: str, field: Field) -> int:
    if bare(column) == bare(field.name):
        return _NAME
    if bare(column) == bare(field.label):
        return _LABEL
    synonyms = SYNONYMS.get(field.meaning, frozenset()) if field.meaning else frozenset()
    if bare(column) in synonyms:
        return _SYNONYM
    told = words(column)
    if told and (words(field.label) <= told or any(word in synonyms for word in told)):
        return _WITHIN
    return 0


def _contradicted(one: _Likeness, samples: Sequence[Sequence[str]], provider: Provider) -> bool:
    return one.score < _DOUBTED_BELOW and one.name != EXTERNAL_ID and _is_doubtful(one, samples, provider)


def _is_doubtful(one: _Likeness, samples: Sequence[Sequence[str]], provider: Provider) -> bool:
    texts = samples[one.place]
    return len(texts) >= _FEW and _share(provider.field(one.name), texts) < _HALF


def _reason(one: _Likeness, samples: Sequence[Sequence[str]], provider: Provider) -> str:
    if one.score < _SYNONYM or one.name == EXTERNAL_ID:
        return _CALLED if one.score == _NAME else _SIMILAR
    if _is_doubtful(one, samples, provider):
        return _DOUBT
    return _CALLED if one.score >= _LABEL else _SIMILAR


def _is_other_id(one: _Likeness, fields: dict[int, str], provider: Provider) -> bool:
    """A column that is merely called “id”, beside one that is the id by its name, counts something else."""
    return one.name == EXTERNAL_ID and one.score < _NAME and any(name in provider.identity for name in fields.values())


def _by_values(
    samples: Sequence[Sequence[str]], provider: Provider, taken: dict[int, str]
) -> Iterator[tuple[int, str]]:
    """Columns that can be only one field of all, where that is left and no other column can be it."""
    found: dict[int, str] = {}
    for place, texts in enumerate(samples):
        if place in taken or len(texts) < _FEW:
            continue
        able = [field.name for field in provider.fields if is_telling(field, texts) and _share(field, texts) >= _MOST]
        if len(able) == 1 and able[0] not in taken.values():
            found[place] = able[0]
    counts = Counter(found.values())
    yield from ((place, name) for place, name in found.items() if counts[name] == 1)


def _share(field: Field, texts: Sequence[str]) -> float:
    return sum(fits(field, text) for text in texts) / len(texts)
