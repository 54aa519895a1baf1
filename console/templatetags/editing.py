"""How a form is said that was begun before: by a draft, or by a change that is edited again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.template import Library

from console.sentences import listed

if TYPE_CHECKING:
    from console.flows.drafts import Kept
    from console.forms.edit import EditForm
    from console.forms.entry import Entry
    from console.models import Change, Customer

register = Library()


@register.filter
def began(draft: Kept, customer: Customer) -> str:
    """What the person was about to do: “change Phone and E-mail”."""
    labels = [field.label for field in customer.provider.fields if field.name in draft.fields]
    return f"change {listed(labels)}" if labels else "write a reason"


@register.filter
def held_back(change: Change, form: EditForm) -> list[Entry]:
    """What a change asked for that another one holds by now, so that the form has no place to type it."""
    entries = (form.entries.get(line.field) for line in change.lines.all())
    return [entry for entry in entries if entry and entry.is_blocked]
