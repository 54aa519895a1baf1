"""How work on many customers is shown: counts in thousands, and what becomes of a field as one bar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.template import Library
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from console.dry_run import FieldCount, Turn

if TYPE_CHECKING:
    from collections.abc import Iterator

register = Library()

WIDE, HIGH = 1000, 8
LEAST = 12  # what there is any of can be seen


@register.filter
def grouped(count: int | None) -> str:
    """A count as people read it: 4,120."""
    return f"{count or 0:,}"


@register.simple_tag
def turns_bar(field: FieldCount, rows: int) -> SafeString:
    """What becomes of a field, each part as wide as its share of the rows; the words beside it say the same."""
    parts = format_html_join("", '<rect class="{}" x="{}" width="{}" height="{}"></rect>', _parts(field, rows))
    return format_html(
        '<svg class="turns" viewBox="0 0 {} {}" preserveAspectRatio="none" aria-hidden="true">{}</svg>',
        WIDE,
        HIGH,
        parts,
    )


def _parts(field: FieldCount, rows: int) -> Iterator[tuple[Turn, int, int, int]]:
    widths = {turn: max(LEAST, WIDE * count // max(rows, count)) for turn, count in field.told}
    beyond, at = max(sum(widths.values()) / WIDE, 1), 0  # where the least of something takes more than there is
    for turn, width in widths.items():
        share = round(width / beyond)
        yield turn, at, max(share - 3, 1), HIGH
        at += share
