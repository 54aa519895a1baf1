"""The audit as readers search it: queries, who may see what, pages that cost the same however much there is."""

from __future__ import annotations

from console.auditing.asking import Asked, field_names, parse
from console.auditing.finding import MOST_FACETED, Facets, Found, batches, count, events, find, listed
from console.auditing.query import CONSOLE, PARAMETERS, Query, describe, described
from console.auditing.sight import EVERYTHING, connections, may_see, people, refusal, sight, visible
from console.auditing.walking import Place

__all__ = [
    "CONSOLE",
    "EVERYTHING",
    "MOST_FACETED",
    "PARAMETERS",
    "Asked",
    "Facets",
    "Found",
    "Place",
    "Query",
    "batches",
    "connections",
    "count",
    "describe",
    "described",
    "events",
    "field_names",
    "find",
    "listed",
    "may_see",
    "parse",
    "people",
    "refusal",
    "sight",
    "visible",
]
