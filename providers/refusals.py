"""A provider's reasons for refusing, brought back to the fields they are about."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from providers.fields import Field, Kind, Violation
from providers.kinds.characters import clean

MOST_REASONS = 30  # more than any provider has fields: an answer of a million complaints must not hold up a worker
_LONGEST = 300
_LONGEST_TAKEN_APART = 3000
_TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")  # they would turn our own words as well
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SENTENCES = ("message", "msg", "detail", "error", "description")
_POINTERS = ("field", "path", "param", "property", "name", "loc", "pointer")
_ALSO_CALLED = {Kind.EMAIL: ("email", "e-mail", "email address"), Kind.PHONE: ("phone", "phone number")}


def said(title: str, text: str, *, field: str | None = None, status: int = 400) -> Violation:
    """A provider's own words, as the reason for refusing a field or (None) the whole record."""
    words = " ".join(_TURNING.sub("", clean(text)).split())[:_LONGEST]
    message = f"{title} answered: {words}" if words else f"{title} refused this and gave no reason."
    return Violation(field, "refused_by_provider", message, {"status": status, "text": words})


def texts(value: object, depth: int = 3) -> Iterator[str]:
    """Every text in a part of an answer, however it is nested."""
    if isinstance(value, str) and value.strip():
        yield value
    elif depth and isinstance(value, list):
        for inner in value:
            yield from texts(inner, depth - 1)
    elif depth and isinstance(value, Mapping):
        for inner in value.values():
            yield from texts(inner, depth - 1)


def field_called(fields: Sequence[Field], name: object) -> str | None:
    """The field that a provider calls so, whatever the letter case (`Email`, `$.email`, `first_name`, `FirstName`)."""
    folded = _fold(re.split(r"[./]", str(name))[-1])
    return next((field.name for field in fields if _fold(field.name) == folded), None)


def field_named_in(fields: Sequence[Field], text: str) -> str | None:
    """The one field that a sentence speaks of; None if it names none, or several."""
    text = text[:_LONGEST]
    named: set[str] = set()
    phrases = _phrases(fields)
    for phrase in sorted(phrases, key=len, reverse=True):
        pattern = re.compile(rf"(?<!\w){re.escape(phrase)}(?!\w)", re.IGNORECASE)
        if pattern.search(text):
            named |= phrases[phrase]
            text = pattern.sub(" ", text)  # so that "first name" is not found once more as "name"
    return named.pop() if len(named) == 1 else None


def _phrases(fields: Sequence[Field]) -> dict[str, set[str]]:
    phrases: dict[str, set[str]] = {}
    for field in fields:
        words = _CAMEL.sub(" ", field.name).replace("_", " ")
        for phrase in (field.name, words, field.label, *_ALSO_CALLED.get(field.kind, ())):
            phrases.setdefault(phrase.casefold(), set()).add(field.name)
    return phrases


def _fold(name: str) -> str:
    return re.sub(r"[\W_]", "", name).casefold()


def complaints(fields: Sequence[Field], value: object, depth: int = 4) -> Iterator[tuple[str | None, str]]:
    """The sentences of an answer's errors with the field each is about, for a provider that documents no shape.

    Understands texts, lists of them, `{field: text or texts}`, and `{field: name, message: text}` in usual spellings.
    Gives 30 at most.
    """
    return islice(_complaints(fields, value, depth), MOST_REASONS)


def _complaints(fields: Sequence[Field], value: object, depth: int) -> Iterator[tuple[str | None, str]]:
    if isinstance(value, str) and value.strip():
        yield from _by_sentence(fields, value)
    elif depth and isinstance(value, list):
        for inner in value:
            yield from _complaints(fields, inner, depth - 1)
    elif depth and isinstance(value, Mapping):
        yield from _complaints_by_name(fields, value, depth)


def _by_sentence(fields: Sequence[Field], text: str) -> Iterator[tuple[str | None, str]]:
    """Each part between semicolons by itself if every one of them names a field, otherwise all of it together."""
    sentences = [part.strip() for part in re.split(r"[;\n]", text[:_LONGEST_TAKEN_APART]) if part.strip()]
    parts = [(field_named_in(fields, part), part) for part in sentences[: MOST_REASONS + 1]]
    yield from parts if all(field for field, _ in parts) else [(field_named_in(fields, text), text)]


def _complaints_by_name(
    fields: Sequence[Field], value: Mapping[str, object], depth: int
) -> Iterator[tuple[str | None, str]]:
    sentence = next((value[key] for key in _SENTENCES if isinstance(value.get(key), str)), None)
    pointer = next((value[key] for key in _POINTERS if key in value), None)
    if sentence and pointer:
        last = pointer[-1] if isinstance(pointer, list) and pointer else pointer
        yield field_called(fields, last) or field_named_in(fields, str(sentence)), str(sentence)
        return
    for key, inner in value.items():
        named = field_called(fields, key)
        for field, text in _complaints(fields, inner, depth - 1):
            yield named or field, text
