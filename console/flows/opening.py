"""Opening a review: what ended in a period, all of it that is risky, and a sample of the rest that nobody chose."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from console.errors import NotFit, NotPermitted
from console.flows import drawing, population
from console.flows.drawing import Member
from console.flows.population import MOST_CHANGES, Period
from console.flows.record import database_now, record
from console.flows.risks import Reasons, Risk, risky
from console.models import Connection, Origin, Review, ReviewItem, User
from console.permissions import Right, places_where

MOST_SAMPLED = 500
MOST_ITEMS = 2_000
LONGEST_TITLE = 120
BACKWARDS = "The period ends before it begins: choose a last day that is not before the first one."


@dataclass(frozen=True, slots=True)
class Plan:
    """What a review is to be about. No connections: all at which its reviewer reads the audit."""

    title: str
    since: datetime
    until: datetime
    connections: Collection[int] = ()
    sample: int = 25


@dataclass(frozen=True, slots=True)
class Drawing:
    """What came of drawing: the population, and which of it is looked at, in the order of the review."""

    members: list[Member]
    chosen: Reasons

    def count(self, risk: Risk) -> int:
        """How many are looked at for this reason."""
        return sum(any(reason["code"] == risk for reason in reasons) for reasons in self.chosen.values())


@transaction.atomic
def open_review(plan: Plan, *, by: User, seed: str | None = None) -> Review:
    """Opens one: its population and what is looked at stand from now on. Raises NotFit for what can't be reviewed.

    The seed is drawn here and kept, so that nobody can look for one that spares a change; `seed` draws one again.
    """
    seed = seed or drawing.new_seed()
    found = draw(plan, by=by, seed=seed)
    review = Review.objects.create(
        title=plan.title.strip(),
        since=plan.since,
        until=plan.until,
        connection_ids=_kept_places(plan, by),
        seed=seed,
        sample=plan.sample,
        population=len(found.members),
        population_hash=drawing.population_hash(found.members),
        opened_by=by,
    )
    ReviewItem.objects.bulk_create(
        ReviewItem(review=review, change_id=number, position=position, reasons=reasons)
        for position, (number, reasons) in enumerate(found.chosen.items(), 1)
    )
    record(review, "review.opened", by=by, origin=Origin.PAGE, details=_told(review, found))
    return review


def draw(plan: Plan, *, by: User, seed: str) -> Drawing:
    """What a review like this would look at; writes nothing. Raises NotFit with a sentence for each part at fault."""
    _require_fit(plan, by)
    period = Period(plan.since, plan.until, _places(plan, by))
    members = population.members(period)
    if not members:
        raise NotFit(wanted={"since": "No change ended then at these connections. Choose another period."})
    if len(members) > MOST_CHANGES:
        raise NotFit(wanted={"since": f"More than {MOST_CHANGES:,} changes ended then. Choose a shorter period."})
    numbers = {member.number for member in members}
    reasons = risky(period, numbers, seed)
    chosen = {number: reasons[number] for number in sorted(reasons, key=lambda number: _weight(reasons, number))}
    for number in drawing.drawn(seed, numbers, plan.sample, but=reasons):
        chosen[number] = [{"code": Risk.SAMPLE}]
    if len(chosen) > MOST_ITEMS:
        sentence = f"{len(chosen):,} changes are risky or drawn, and a review holds {MOST_ITEMS:,} at most."
        raise NotFit(wanted={"since": f"{sentence} Choose a shorter period or fewer connections."})
    return Drawing(members, chosen)


def _require_fit(plan: Plan, by: User) -> None:
    wanted, title = {}, plan.title.strip()
    if not title:
        wanted["title"] = "Give it a name by which people find it again, such as “October 2026”."
    elif len(title) > LONGEST_TITLE:
        wanted["title"] = f"Shorten the name: it may have {LONGEST_TITLE} characters, not {len(title)}."
    if plan.since >= plan.until:
        wanted["until"] = BACKWARDS
    elif plan.until > database_now():
        wanted["until"] = "That is in the future: a review is about what has ended. Choose an earlier last day."
    if not 1 <= plan.sample <= MOST_SAMPLED:
        wanted["sample"] = f"Choose a sample from 1 to {MOST_SAMPLED} changes."
    if wanted:
        raise NotFit(wanted=wanted)
    _require_places(plan, by)


def _require_places(plan: Plan, by: User) -> None:
    held = places_where(by, Right.AUDIT)
    if not (held.everywhere or held.ids):
        raise NotPermitted("You may not open a review: it takes the role Reviewer at a connection.")
    known = set(held.connections().filter(pk__in=plan.connections).values_list("pk", flat=True))
    if known != set(plan.connections):
        raise NotFit(wanted={"connections": "Choose connections from the list."})


def _places(plan: Plan, by: User) -> list[int]:
    """Where it looks, each by its number."""
    held = places_where(by, Right.AUDIT)
    numbers = plan.connections or (Connection.objects.values_list("pk", flat=True) if held.everywhere else held.ids)
    return sorted(numbers)


def _kept_places(plan: Plan, by: User) -> list[int]:
    """As the row keeps it: none named stands for all there are."""
    everywhere = not plan.connections and places_where(by, Right.AUDIT).everywhere
    return [] if everywhere else _places(plan, by)


def _weight(reasons: Reasons, number: int) -> tuple[int, int, int]:
    """The weightiest first, and of these those that are risky in more than one way."""
    codes = list(Risk)
    return min(codes.index(reason["code"]) for reason in reasons[number]), -len(reasons[number]), number


def _told(review: Review, found: Drawing) -> dict[str, Any]:
    """All by which the drawing is done again. The title is what somebody typed, so history does not repeat it."""
    return {
        "since": review.since.isoformat(),
        "until": review.until.isoformat(),
        "connections": review.connection_ids,
        "seed": review.seed,
        "sample": review.sample,
        "items": len(found.chosen),
        "count": review.population,
        "population": drawing.written(found.members),
        "population_hash": review.population_hash,
    }
