"""Connections: how each one is, and what its provider allows, as people read it. Never a credential."""

from __future__ import annotations

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Func, IntegerField, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_POST

from console.errors import ConsoleError, NotPermitted
from console.explain import said
from console.flows import resolve
from console.models import Attempt, Change, Connection, Grant, Role, User
from console.models.changes import ChangeQuerySet
from console.permissions import Right, connections_where, helpers_sentence, may, visible_connections
from console.views.answers import go_to
from console.views.people import person
from console.views.rule_table import abilities, groups, settings_of

MOST = 99


@require_GET
def connections(request: HttpRequest) -> HttpResponse:
    """All that the reader has a role at, with how they are."""
    found = with_health(visible_connections(person(request))).order_by("name")
    return render(request, "connections/connections.html", {"connections": found})


@require_GET
def connection(request: HttpRequest, pk: int) -> HttpResponse:
    """One connection: how it is, what its provider can do and allows, and who works there."""
    return _show(request, pk)


@require_POST
def resume(request: HttpRequest, pk: int) -> HttpResponse:
    """Lets a paused connection send again."""
    found = get_object_or_404(visible_connections(person(request)), pk=pk)
    try:
        resolve.resume(found, by=person(request))
    except ConsoleError as reason:
        return _show(request, pk, problem=str(reason), status=403 if isinstance(reason, NotPermitted) else 422)
    return go_to(request, "connection", pk)


def with_health(found: QuerySet[Connection]) -> QuerySet[Connection]:
    """Each with `going` and `stuck`, counted no further than anybody would read, and `answered_at`, its last answer."""
    mine = Change.objects.filter(connection=OuterRef("pk"))
    answers = Attempt.objects.filter(connection=OuterRef("pk"), status_code__isnull=False).order_by("-pk")
    return found.select_related("paused_by").annotate(
        going=_bounded(mine.going_on()),
        stuck=_bounded(mine.needing_a_person()),
        answered_at=Subquery(answers.values("ended_at")[:1]),
    )


def _bounded(changes: ChangeQuerySet) -> Func:
    some = changes.order_by().values("pk")[: MOST + 1]
    return Func(ArraySubquery(some), function="cardinality", output_field=IntegerField())


def _show(request: HttpRequest, pk: int, *, problem: str = "", status: int = 200) -> HttpResponse:
    reader = person(request)
    found = get_object_or_404(with_health(visible_connections(reader)), pk=pk)
    pauses = may(reader, Right.PAUSE, found)
    context = {
        "connection": found,
        "provider": found.provider,
        "abilities": abilities(found),
        "settings": settings_of(found),
        "groups": groups(found),
        "people": _people(found),
        "sees": connections_where(reader, Right.SEE).filter(pk=pk).exists(),
        "pauses": pauses,
        "who_resumes": "" if pauses or not found.is_paused else helpers_sentence(Right.PAUSE, found),
        "why_paused": said(found.get_pause_display(), found.name),
        "problem": problem,
    }
    return render(request, "connections/connection.html", context, status=status)


def _people(found: Connection) -> list[tuple[str, list[User]]]:
    """Who has which role here, or everywhere, by role."""
    here = Grant.objects.filter(connection=found) | Grant.objects.filter(connection=None)
    grants = here.filter(user__is_active=True).select_related("user").order_by("user__first_name", "user__username")
    by_role: dict[Role, dict[int, User]] = {role: {} for role in Role}
    for grant in grants:
        by_role[Role(grant.role)][grant.user_id] = grant.user
    return [(str(role.label), list(people.values())) for role, people in by_role.items() if people]
