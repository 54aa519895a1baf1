"""What was looked for, marked where it stands in what was found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from django.template import Library
from django.utils.safestring import SafeString

from console.models.search import Pieces, marked, marked_phone
from console.templatetags.values import parted, pieces

register = Library()


@register.filter
def mark_words(text: str, sought: Sequence[str]) -> SafeString:
    """A name, what was looked for marked."""
    return _marked(marked(text, sought)) if sought else SafeString(escape(text))


@register.filter
def mark_digits(text: str, sought: Sequence[str]) -> SafeString:
    """A phone number, the digits that were looked for marked, whatever stands between them."""
    return _marked(marked_phone(text, sought)) if sought else SafeString(escape(text))


@register.filter
def mark_pieces(text: str, sought: Sequence[str]) -> SafeString:
    """An e-mail or an ID as `pieces` gives it, what was looked for marked."""
    if not sought:
        return pieces(text)
    spans, rest = [], marked(text, sought)
    for part in parted(text):
        here, rest = _cut(rest, len(part))
        spans.append(f'<span class="piece">{_marked(here)}</span>')
    return SafeString("".join(spans))


def _marked(pieces: Iterable[tuple[str, bool]]) -> SafeString:
    """Escaped here, since this is done a hundred times on a page."""
    each = (f"<mark>{escape(text)}</mark>" if is_marked else escape(text) for text, is_marked in pieces)
    return SafeString("".join(each))


def _cut(pieces: Pieces, length: int) -> tuple[Pieces, Pieces]:
    """The first so many characters, and the rest."""
    here: Pieces = []
    for place, (text, is_marked) in enumerate(pieces):
        if len(text) > length:
            rest = [(text[length:], is_marked), *pieces[place + 1 :]]
            return [*here, (text[:length], is_marked)] if length else here, rest
        here.append((text, is_marked))
        length -= len(text)
    return here, []
