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
def turns_bar(field: FieldCount) -> SafeString:
    """What becomes of a field, each part as wide as the rows it is of; the words beside it say the same."""
    parts = format_html_join("", '<rect class="{}" x="{}" width="{}" height="{}"></rect>', _parts(field))
    return format_html(
        '<svg class="turns" viewBox="0 0 {} {}" preserveAspectRatio="none" aria-hidden="true">{}</svg>',
        WIDE,
        HIGH,
        parts,
    )


def _parts(field: FieldCount) -> Iterator[tuple[Turn, int, int, int]]:
    widths = {turn: max(LEAST, count) for turn, count in _scaled(field).items()}
    total, at = sum(widths.values()), 0
    for turn, width in widths.items():
        share = round(WIDE * width / total)
        yield turn, at, max(share - 3, 1), HIGH
        at += share


def _scaled(field: FieldCount) -> dict[Turn, int]:
    total = sum(count for _, count in field.told) or 1
    return {turn: WIDE * count // total for turn, count in field.told}
