"""How many customers there are: exactly as long as they are few, otherwise about as many as the database estimates."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from console.listing.criteria import Criteria, Flawed, Question, condition
from console.listing.walking import GROUPS, NAME, Group, Order, columns, customers_of, found_by, groups_of, rows
from console.models import Standing

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
    number = count_up_to(question, MOST_COUNTED)
    return Count(number) if number <= MOST_COUNTED else Count(max(_estimated(question), number), is_exact=False)


def per_state(states: Sequence[Standing], question: Question) -> Mapping[Standing, Count]:
    """How many are in each of these states where they are asked for; counted no further than it must."""
    groups = [Group(each.pk, state.value, state.value) for state in states for each in question.here]
    if not groups:
        return dict.fromkeys(states, Count())
    statement = f"""
        SELECT here.stage, count(*) FROM {GROUPS}, LATERAL (
            SELECT FROM {customers_of(groups)} ORDER BY {NAME} LIMIT %s
        ) AS found
        GROUP BY here.stage"""  # noqa: S608 - of our own words
    found = dict(rows(statement, [*columns(groups), MOST_COUNTED + 1]))
    return {state: _count(found.get(state.value, 0)) for state in states}


def lacking(question: Question) -> Count:
    """How many lack what every update needs, whatever else is asked for; counted no further than it must."""
    criteria = Criteria(question.criteria.at, question.criteria.provider, missing=Flawed.MISSING)
    return _count(count_up_to(replace(question, criteria=criteria), MOST_COUNTED))


def count_up_to(question: Question, number: int) -> int:
    """How many are asked for, or one more than this number: counted in an order, which keeps the database from reading
    the whole table for a few.
    """
    groups = groups_of(question, Order())
    if not groups:
        return 0
    (asked, values), most = condition(question), number + 1
    statement = f"""
        SELECT count(*) FROM (
            SELECT FROM {GROUPS}, LATERAL (
                SELECT FROM {customers_of(groups)} AND {asked} ORDER BY {found_by(question.criteria)} LIMIT %s
            ) AS found LIMIT %s
        ) AS counted"""  # noqa: S608 - of our own words
    [(counted,)] = rows(statement, [*columns(groups), *values, most, most])
    return int(counted)


def _estimated(question: Question) -> int:
    """What the planner takes for so many; its plan begins with the rows of all of it."""
    asked, values = condition(question)
    statement = f"EXPLAIN SELECT FROM console_customer WHERE connection_id = ANY(%s) AND {asked}"
    [(plan,), *_] = rows(statement, [[each.pk for each in question.here], *values])
    [number] = re.findall(r"rows=(\d+)", plan)
    return int(number)


def _count(number: int) -> Count:
    return Count(min(number, MOST_COUNTED), number <= MOST_COUNTED)


def _rounded(number: int) -> int:
    """To two digits, since an estimate that looks exact would be believed."""
    step: int = 10 ** max(0, int(math.log10(number)) - 1)
    return round(number / step) * step
