"""The list of customers: what it is asked for, its pages and its counts, at a price that does not grow with it."""

from __future__ import annotations

from console.listing.by_field import APART, name_of, orders_of, walk_by_field, why_not_by_any, why_not_by_field
from console.listing.counting import MOST_COUNTED, Count, count, lacking, per_state
from console.listing.criteria import NOTHING_ASKED, PARAMETERS, Criteria, Flawed, Question, matching, sole, there
from console.listing.walking import Order, Start, Stretch, among, walk

__all__ = [
    "APART",
    "MOST_COUNTED",
    "NOTHING_ASKED",
    "PARAMETERS",
    "Count",
    "Criteria",
    "Flawed",
    "Order",
    "Question",
    "Start",
    "Stretch",
    "among",
    "count",
    "lacking",
    "matching",
    "name_of",
    "orders_of",
    "per_state",
    "sole",
    "there",
    "walk",
    "walk_by_field",
    "why_not_by_any",
    "why_not_by_field",
]
