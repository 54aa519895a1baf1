"""The first page: what the reader has to fix, what is on its way, what was done today."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from console.inbox import done_since, on_their_way, to_fix
from console.models import User
from console.models.changes import ChangeQuerySet
from console.permissions import Right, connections_where, visible_connections
from console.views.people import person
from console.views.rows import Row, rows

MOST = 20


@require_GET
def work(request: HttpRequest) -> HttpResponse:
    """Three lists, each as long as one reads; more stands among the changes."""
    user = person(request)
    own = connections_where(user, Right.PROPOSE).exists()
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    context = {
        "own": own,
        "sees": own or connections_where(user, Right.SEE).exists(),
        "belongs": visible_connections(user).exists(),
        "to_fix": _section(to_fix(user).order_by("-pk"), user),
        "going": _section(on_their_way(user, own=own).order_by("-pk"), user),
        "done": _section(done_since(user, midnight), user),
    }
    return render(request, "work/work.html", context)


def _section(changes: ChangeQuerySet, reader: User) -> dict[str, object]:
    """The first rows, and whether there are more."""
    found: list[Row] = rows(changes.with_names()[: MOST + 1], reader)
    return {"rows": found[:MOST], "more": len(found) > MOST}
