"""What every row of a record shows: its label, the value and what can be done about it, who set it and since when.

Written out here, since a record has dozens of rows and a template looks each name up anew.
"""

from __future__ import annotations

from datetime import datetime
from html import escape
from typing import TYPE_CHECKING, Protocol

from django.template import Library
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from console.templatetags.customers import held, to_copy
from console.templatetags.look import copy_button, exactly, icon
from console.templatetags.values import is_hidden

if TYPE_CHECKING:
    from console.models import Change, Customer
    from providers.fields import Field, Value

register = Library()


class Row(Protocol):
    """What is needed of a row: it is made above the tags (`forms.sheet`)."""

    @property
    def field(self) -> Field: ...
    @property
    def value(self) -> Value: ...
    @property
    def is_known(self) -> bool: ...
    @property
    def how(self) -> str: ...
    @property
    def at(self) -> datetime | None: ...
    @property
    def set_by(self) -> Change | None: ...
    @property
    def asked(self) -> object: ...
    @property
    def news(self) -> object: ...
    @property
    def is_locked(self) -> bool: ...
    @property
    def is_open(self) -> bool: ...


class Page(Protocol):
    """What is needed of the page that it stands on (`views.customer_page`)."""

    @property
    def customer(self) -> Customer: ...
    @property
    def can_edit(self) -> bool: ...
    @property
    def compares(self) -> bool: ...
    @property
    def edit_url(self) -> str: ...
    def change_url(self, number: int, /) -> str: ...
    def history_url(self, name: str, /) -> str: ...
    def freshness(self, how: str, at: datetime | None, /) -> SafeString: ...


@register.simple_tag
def known_value(row: Row, page: Page) -> SafeString:
    """The three columns of a row."""
    name, label = escape(row.field.name), escape(row.field.label)
    return SafeString(
        f'<span class="label" id="label-{name}">{label}</span>\n'
        f'<div class="cell">{_value(row, page)}{_hidden(row, page)}{_copy(row)}</div>\n'
        f'<span class="by">{_history(row, page)}{_author(row, page)}{page.freshness(row.how, row.at)}</span>'
    )


def _value(row: Row, page: Page) -> str:
    shown: str = held(row.field, row.value, row.is_known)
    shown = f"<ins>{shown}</ins>" if row.news else shown
    if row.is_locked:
        return f'<span class="locked" title="{escape(row.field.locked_reason)}">{icon("lock", "Locked")}{shown}</span>'
    return _to_the_form(row, page, shown) if page.can_edit and row.is_open else shown


def _to_the_form(row: Row, page: Page, shown: str) -> str:
    name, label = escape(row.field.name), escape(row.field.label)
    return (
        f'<a class="open" id="value-{name}" href="{page.edit_url}?field={name}" title="Edit {label}" '
        f'aria-labelledby="label-{name} value-{name}" data-edit>{shown}{icon("pencil")}</a>'
    )


def _hidden(row: Row, page: Page) -> str:
    if not is_hidden(row.field, row.value):
        return ""
    about = {"field": row.field, "compares": page.compares, "customer": page.customer}
    return render_to_string("customers/hidden_link.html", about)


def _copy(row: Row) -> str:
    text = to_copy(row.field, row.value)
    return copy_button(text, f"Copy {row.field.label}", f"copy-{row.field.name}") if text else ""


def _history(row: Row, page: Page) -> str:
    if not (row.at or row.asked):
        return ""
    said = f"History of {row.field.label}"
    address = page.history_url(row.field.name)
    return f'<a class="history" href="{address}" title="{escape(said)}">{icon("history", said)}</a>\n'


def _author(row: Row, page: Page) -> str:
    if (change := row.set_by) is None:
        return ""
    said = f"Set by change {change.pk}" + (f", {exactly(change.ended_at)}" if change.ended_at else "")
    address, who = page.change_url(change.pk), escape(change.requester.name)
    return f'<a href="{address}" title="{said}"><bdi>{who}</bdi></a> · '
