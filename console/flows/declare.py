"""Declare: a person says what the provider holds in a locked field that it requires and our copy lacks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.db import transaction

from console.errors import RulesBroken
from console.flows import drift
from console.flows.record import database_now, record
from console.models import Customer, Known, Origin, User
from console.permissions import Right, require
from providers.fields import Field, Locked, Required, Violation

if TYPE_CHECKING:
    from providers.fields import Value


@transaction.atomic
def declare(customer: Customer, values: Mapping[str, Value], *, by: User) -> Customer:
    """Takes the values over, marked as typed in; nothing is sent. Gives the customer as it is then.

    Raises RulesBroken for a field that is not lacking, or a value that it cannot hold.
    """
    [fresh] = Customer.objects.locked([customer.pk])
    require(by, Right.PROPOSE, fresh.connection)
    if violations := tuple(_violations(fresh, values)):
        raise RulesBroken(violations)
    fresh.learn(values, how=Known.TYPED, at=database_now())
    drift.end(fresh, values)
    fresh.save_learnt()
    details = {"fields": sorted(values)}
    record(
        fresh, "customer.declared", by=by, origin=Origin.PAGE, details=details, values=dict(values), learnt=list(values)
    )
    return fresh


def is_lacking(field: Field, held: Value) -> bool:
    """Nothing can be changed before this is known, and nobody can change it."""
    return field.locked is not Locked.NO and field.required is Required.ALWAYS and field.is_blank(held)


def _violations(customer: Customer, values: Mapping[str, Value]) -> list[Violation]:
    found = []
    for name, value in values.items():
        field = customer.provider.field(name)
        if not is_lacking(field, customer.record.get(name)):
            found.append(Violation(name, "locked", field.locked_reason or f"{field.label} is known already."))
        elif problem := field.problem(value):
            found.append(Violation(name, problem.code, problem.message, problem.parameters))
    return found
