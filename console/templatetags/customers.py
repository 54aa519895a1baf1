"""How a customer is said: the values of the record, and how fresh each of them is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from django.template import Library
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from console.models import Known
from console.templatetags.look import ago, exactly, when
from console.templatetags.values import shown
from providers.fields import Kind
from providers.kinds.characters import clean

if TYPE_CHECKING:
    from providers.fields import Field, Value

register = Library()

# How a value came to be known: in its row, and about the record as a whole; {} is when.
FRESHNESS = {
    Known.READ: ("read {}", "Read {}"),
    Known.ECHOED: ("answered {}", "Answered {}"),
    Known.SENT: ("sent {}, not read back", "Sent {}, not read back"),
    Known.IMPORTED: ("imported as of {}", "Imported as of {}"),
    Known.TYPED: ("typed in {}", "Typed in {}"),
}


@register.simple_tag
def fresh(how: str, at: datetime | None) -> SafeString:
    """How and when one value came to be known: “read 2 min ago”, “imported as of 20 Nov, 13:28”. Nothing for never."""
    return _freshness(how, at, 0)


@register.simple_tag
def freshest(how: str, at: datetime | None) -> SafeString:
    """The same of the latest that is known of a record: “Read 2 min ago”."""
    return _freshness(how, at, 1)


def _freshness(how: str, at: datetime | None, place: int) -> SafeString:
    """An import says of which moment it is true: when it was carried out tells nothing about the value."""
    if at is None or how not in FRESHNESS:
        return SafeString("")
    known = Known(how)
    return format_html(FRESHNESS[known][place], _as_of(at) if known is Known.IMPORTED else when(at))


def _as_of(at: datetime) -> SafeString:
    title = f"{exactly(at)}, {ago(at)}"
    moment = timezone.localtime(at)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', moment.isoformat(timespec="seconds"), title, clock(at)
    )


@register.filter
def clock(at: datetime) -> str:
    """A moment to the minute, in the person's zone: “20 Nov, 13:28”, “20 Nov 2024, 13:28”."""
    local = timezone.localtime(at)
    year = "" if local.year == timezone.localdate().year else f" {local.year}"
    return f"{local.day} {local:%b}{year}, {local:%H:%M}"


@register.simple_tag
def held(field: Field, value: Value, known: bool = True) -> SafeString:
    """A value of a record: like everywhere, but a JSON object as the list of its keys and values."""
    if field.kind is not Kind.JSON or field.sensitive or not isinstance(value, Mapping) or field.is_blank(value):
        return shown(field, value, known)
    pairs = [(clean(str(name)), _inner(inner)) for name, inner in sorted(value.items())]
    listed = format_html_join("", '<span class="name" dir="auto">{}</span><span dir="auto">{}</span>', pairs)
    return format_html('<span class="value members">{}</span>', listed)


def _inner(value: object) -> str:
    """What a JSON object holds under a key: a text as it is, anything else as JSON."""
    try:
        return clean(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
    except ValueError:  # an integer may have too many digits to write
        return "…"


@register.filter
def to_copy(field: Field, value: Value) -> str:
    """What the copy button of a value copies: a phone number as one dials it, else what is shown; empty for neither."""
    if field.sensitive or field.is_blank(value):
        return ""
    return str(value) if field.kind is Kind.PHONE else field.display(value)
