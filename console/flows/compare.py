"""Compare: somebody types what a caller says, and learns whether that is a hidden value, and nothing else."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from console.errors import NotFit, StepNotPossible, TooMany
from console.flows.allow import allow
from console.flows.hidden import Hidden, hidden, keep
from console.flows.record import moment
from console.models import Customer, Reveal
from console.permissions import Right, require
from providers.difference import matches

if TYPE_CHECKING:
    from console.models import User
    from providers.fields import Field, Value

AN_HOUR = timedelta(hours=1)
MOST_MISSES = 5
"""How often somebody may be wrong about one value in an hour: more is no caller, it is guessing."""
GUESSED = f"{MOST_MISSES} times within an hour it did not match. Whoever says it has not shown who they are."


def compare(customer: Customer, name: str, said: str, *, by: User, change: int | None = None) -> bool:
    """Whether what was said is the value that is held or, of a change, asked for. What was said is kept nowhere.

    Raises NotFit for what cannot be such a value, which counts as no try; TooMany after too many tries in an hour, at
    all or, where they were wrong, at this value.
    """
    require(by, Right.COMPARE, customer.connection)
    asked = hidden(customer, name, change)
    _require_any(asked)
    value = _understood(asked.field, said)
    allow("compare", by.pk, most=settings.STEWARD_COMPARES, within=AN_HOUR)
    with transaction.atomic():
        [fresh] = Customer.objects.locked([customer.pk])
        asked = hidden(fresh, name, change)
        _require_any(asked)
        _require_few_misses(asked, by)
        matched = matches(asked.field, asked.value, value)
        keep(asked, "customer.compared", by=by, matched=matched)
    return matched


def _understood(field: Field, said: str) -> Value:
    """What was said as the field would hold it; of mere digits without what stands between them."""
    text = "".join(filter(str.isalnum, said)) if field.digits else said
    value = field.parse(text)
    if field.is_blank(value):
        raise NotFit(wanted={"said": "Type what the caller says."})
    if problem := field.problem(value):
        raise NotFit(wanted={"said": problem.message})
    return value


def _require_any(asked: Hidden) -> None:
    if asked.field.is_blank(asked.value):
        raise StepNotPossible(f"Nothing is known of {asked.field.label}, so there is nothing to compare with.")


def _require_few_misses(asked: Hidden, by: User) -> None:
    """The customer's row is locked, so two tries at once are counted one after the other."""
    now = moment(asked.customer)
    misses = Reveal.objects.filter(user=by, customer=asked.customer, field=asked.field.name, matched=False)
    late = misses.filter(at__gt=now - AN_HOUR).order_by("-at").values_list("at", flat=True)
    if first := late[MOST_MISSES - 1 : MOST_MISSES].first():
        raise TooMany(max(1, math.ceil((first + AN_HOUR - now).total_seconds())), GUESSED)
