"""What would make a provider refuse an update of a record as it stands, found before anybody tries. Pure.

What it found is kept with the record as field → code, which holds no value. The database makes a row of each for the
queue (`console.models.quality`), so whoever writes a customer has no more to do than that.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from django.db.models import BooleanField, F, Func, Model, Q, QuerySet
from django.db.models import Value as Literal

from providers.fields import Field, Locked, Sent

if TYPE_CHECKING:
    from providers.base import Provider
    from providers.fields import Value

MISSING = frozenset({"required", "one_of"})
"""The codes of what is not there; all others are of values that are wrong."""

_IS_THERE = Q(gone_at=None, erased_at=None, forgotten_at=None)
_IS_MISSING = Func(
    F("flaws"),
    Literal(" || ".join(f'@ == "{code}"' for code in sorted(MISSING)).join(("$.* ? (", ")"))),
    template="jsonb_path_exists(%(expressions)s::jsonpath)",  # as the index of migration 0020 has it
    output_field=BooleanField(),
)


def compute(provider: Provider, record: Mapping[str, Value]) -> dict[str, str]:
    """By field, the code of what is wrong with a record, identity and opened values included: `Customer.flaws`.

    What is missing though every update needs it, and every value that is or could be sent and breaks a rule: one that
    may not stand as it is once somebody touches it. Of a record that was never read and could be, nothing is said.
    Takes some 30 µs and never raises.
    """
    if provider.capabilities.reads and not record.keys() - set(provider.identity):
        return {}
    missing = {_at(provider, violation.field): violation.code for violation in provider.violations(record, {})}
    return missing | _broken(provider, record, missing)


def with_flaws[M: Model](customers: QuerySet[M], *, missing: bool = False) -> QuerySet[M]:
    """Those of these customers with whom something is wrong; or only those who lack what every update needs.

    Who lacks something is found by an index in the order of names, at one connection as well as at all of them.
    """
    return customers.filter(_IS_MISSING if missing else ~Q(flaws={}), _IS_THERE)


def _broken(provider: Provider, record: Mapping[str, Value], missing: Mapping[str, str]) -> dict[str, str]:
    """A list that is open names some of what there is: what the provider holds beyond it is none of ours to doubt."""
    found = {}
    for field in _judged(provider):
        value = record.get(field.name)
        if value is None or field.name in missing:
            continue
        problem = field.problem(value)
        if problem and not field.is_blank(value) and not (field.open_choices and problem.code == "not_a_choice"):
            found[field.name] = problem.code
    return found


@lru_cache(maxsize=256)
def _judged(provider: Provider) -> tuple[Field, ...]:
    """The fields whose value is carried by updates, or can be changed by one."""
    return tuple(field for field in provider.fields if field.name not in provider.identity and _matters(field))


def _matters(field: Field) -> bool:
    if field.locked is Locked.NO:
        return field.sent is not Sent.NEVER
    return field.sent in {Sent.ALWAYS, Sent.WHEN_HELD}


def _at(provider: Provider, field: str | None) -> str:
    """The field under which it is kept; of several of which one is needed, the first."""
    return field or provider.one_of[0][0]
