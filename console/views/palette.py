"""The palette: from any page to a customer, a change, a batch, a place. What is typed is personal and comes by POST."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from console.finding import find
from console.flows.visits import recent
from console.inbox import visible
from console.models import Batch, Change, Connection, User
from console.models.search import words
from console.permissions import Right, connections_where, visible_connections
from console.views.batch_list import Row, batch_rows
from console.views.customer_list import in_order
from console.views.find import LONGEST, addable
from console.views.limits import Limit, limited, looked_for
from console.views.people import person

MOST = 8
MOST_FOUND = 200  # counted no further, since it answers while one types
MOST_PLACES = 4
_CHANGE = re.compile(r"(?:change\s*#?|#)\s*([1-9][0-9]{0,17})", re.IGNORECASE)
_BATCH = re.compile(r"batch\s*#?\s*([1-9][0-9]{0,17})", re.IGNORECASE)


@sensitive_post_parameters("q")
@require_POST
@limited(Limit.SEARCH)
def palette(request: HttpRequest) -> HttpResponse:
    """What the text may mean, the best first; without a text the customers seen lately."""
    user, text = person(request), request.POST.get("q", "").strip()[:LONGEST]
    connections = list(connections_where(user, Right.SEE))
    found = looked_for(user, connections, text, lambda: find(connections, text, MOST_FOUND))
    context = {
        "asked": text,
        "sought": found.sought,
        "exact": found.exact,
        "customers": in_order((hit.pk for hit in found.hits[:MOST]), connections),
        "count": f"{len(found.hits)}{'' if found.is_all else '+'}" if len(found.hits) > MOST else "",
        "recent": [] if text else recent(user, MOST),
        "change": _change(user, text),
        "batch": _batch(user, text),
        "connections": _connections(visible_connections(user), text) if text else [],
        "may_add": bool(text) and not found.hits and addable(user).exists(),
    }
    return render(request, "palette/found.html", context)


def _change(user: User, text: str) -> Change | None:
    """The change whose number was typed: “change 12”, “#12”."""
    number = _CHANGE.fullmatch(text)
    wanted = visible(user).select_related("customer", "connection")
    return wanted.filter(pk=int(number[1])).first() if number else None


def _batch(user: User, text: str) -> Row | None:
    """The batch whose number was typed: “batch 7”, “Batch #7”."""
    if not (number := _BATCH.fullmatch(text)):
        return None
    seen = Batch.objects.at(connections_where(user, Right.SEE)).select_related("connection", "requester")
    return next(iter(batch_rows(seen.filter(pk=int(number[1])), user)), None)


def _connections(connections: Iterable[Connection], text: str) -> list[Connection]:
    """Those where each word that was typed begins a word of the name."""
    typed = words(text)
    named = ((each, words(each.name)) for each in connections)
    return [each for each, held in named if all(any(word.startswith(one) for word in held) for one in typed)][
        :MOST_PLACES
    ]
