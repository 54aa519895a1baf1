"""How many customers there are: exactly as long as they are few, otherwise about as many as the database estimates."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from console.listing.criteria import Question, matching
from console.listing.walking import GROUPS, Group, Order, columns, groups_of, laterally, rows
from console.models import Customer, Standing

MOST_COUNTED = 1000


@dataclass(frozen=True, slots=True)
class Count:
    """A number of customers; an estimate where it is not exact."""

    number: int = 0
    is_exact: bool = True

    def __str__(self) -> str:
        return f"{self.number:,}" if self.is_exact else f"about {_rounded(self.number):,}"

    @property
    def short(self) -> str:
        """As a chip says it: “1,000+” where it was not counted further."""
        return f"{self.number:,}" if self.is_exact else f"{MOST_COUNTED:,}+"


def count(question: Question) -> Count:
    """How many are asked for."""
    number = _counted(question)
    if number <= MOST_COUNTED:
        return Count(number)
    plan = matching(question).filter(connection__in=question.here).order_by().explain(format="json")
    estimate = json.loads(plan)[0]["Plan"]["Plan Rows"]
    return Count(max(int(estimate), number), is_exact=False)


def per_state(states: Sequence[Standing], question: Question) -> Mapping[Standing, Count]:
    """How many are in each of these states where they are asked for; counted no further than it must."""
    here = [each.pk for each in question.here]
    if not here:
        return dict.fromkeys(states, Count())
    groups = [Group(connection, state.value, state.value) for state in states for connection in here]
    part = laterally(Customer.objects.all(), groups).order_by().values("pk")[: MOST_COUNTED + 1]
    sql, values = part.query.sql_with_params()
    statement = f"SELECT here.stage, count(*) FROM {GROUPS}, LATERAL ({sql}) AS found GROUP BY here.stage"  # noqa: S608 - of our own words
    found = dict(rows(statement, [*columns(groups), *values]))
    return {state: _count(found.get(state.value, 0)) for state in states}


def _counted(question: Question) -> int:
    groups = groups_of(question, Order())
    if not groups:
        return 0
    most = MOST_COUNTED + 1
    sql, values = laterally(matching(question), groups).order_by().values("pk")[:most].query.sql_with_params()
    statement = f"SELECT count(*) FROM (SELECT FROM {GROUPS}, LATERAL ({sql}) AS found LIMIT %s) AS counted"  # noqa: S608 - of our own words
    [(number,)] = rows(statement, [*columns(groups), *values, most])
    return int(number)


def _count(number: int) -> Count:
    return Count(min(number, MOST_COUNTED), number <= MOST_COUNTED)


def _rounded(number: int) -> int:
    """To two digits, since an estimate that looks exact would be believed."""
    step: int = 10 ** max(0, int(math.log10(number)) - 1)
    return round(number / step) * step
