"""How a value is shown: in words for its kind, masked when sensitive, a dash for never known, “empty” for empty."""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING

from django.template import Library
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from console.models import Known
from console.sentences import MASK
from providers.fields import Kind
from providers.kinds import handler

if TYPE_CHECKING:
    from providers.fields import Field, Value

register = Library()

NEVER_KNOWN = mark_safe(
    '<span class="value none" title="Never known"><span aria-hidden="true">—</span>'
    '<span class="unseen">never known</span></span>'
)
EMPTY = mark_safe('<span class="value none">empty</span>')
MASKED = format_html(
    '<span class="value" title="Hidden, because it is sensitive"><span aria-hidden="true">{}</span>'
    '<span class="unseen">hidden</span></span>',
    MASK,
)

HOW_SHORT = {
    Known.READ: "read",
    Known.ECHOED: "answered",
    Known.SENT: "sent",
    Known.IMPORTED: "imported",
    Known.TYPED: "typed in",
}


@register.simple_tag
def shown(field: Field, value: Value, known: bool = True) -> SafeString:
    """A value of a record, or of a line."""
    if not known:
        return NEVER_KNOWN
    if field.is_blank(value):
        return EMPTY
    if field.sensitive:
        return MASKED
    if field.kind is Kind.JSON:
        return format_html('<span class="value mono">{}</span>', field.display(value))
    return format_html('<span class="value" dir="auto">{}</span>', field.display(value))


@register.filter
def is_hidden(field: Field, value: Value) -> bool:
    """Whether there is a value, and `shown` shows a mask in its place."""
    return field.sensitive and not field.is_blank(value)


@register.filter
@lru_cache(maxsize=512)
def phone(text: str) -> str:
    """A phone number of a list, grouped as people read it; those of the last pages are known."""
    return handler(Kind.PHONE).display(text)


@register.filter
def pieces(text: str) -> SafeString:
    """An e-mail or an ID that a narrow column breaks before an @ or after a slash, elsewhere only if it must."""
    return SafeString("".join(f'<span class="piece">{escape(part)}</span>' for part in parted(text)))


def parted(text: str) -> list[str]:
    """The text at the places where it may break."""
    return [part for part in _PIECES.split(text) if part]


_PIECES = re.compile(r"(?=@)|(?<=/)")


@register.filter
def how_short(how: str) -> str:
    """How a value came to be known, in a word."""
    return HOW_SHORT.get(Known(how), how) if how in Known else ""


@register.filter
def how_begun(how: str) -> str:
    """The same where a moment follows: without what is said after a comma."""
    return how_long(how).partition(",")[0]


@register.filter
def how_long(how: str) -> str:
    """How a value came to be known, as the beginning of a sentence."""
    label = str(Known(how).label) if how in Known else ""
    return f"{label[:1].upper()}{label[1:]}"
