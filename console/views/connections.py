"""Connections: how each one is, and what its provider allows, as people read it. Never a credential."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_POST

from console.errors import ConsoleError, NotPermitted
from console.flows import resolve
from console.models import Connection, Grant, Role, User
from console.permissions import (
    Right,
    connections_where,
    givers_sentence,
    helpers_sentence,
    may,
    refusal_sentence,
    visible_connections,
)
from console.views.abilities import abilities, settings_of
from console.views.answers import go_to
from console.views.health import health_of, what_to_do, why_paused, with_health
from console.views.people import person
from console.views.rule_table import Group, rule_groups


@require_GET
def connections(request: HttpRequest) -> HttpResponse:
    """All that the reader has a role at, with how they are."""
    reader = person(request)
    rows = health_of(with_health(visible_connections(reader)).order_by("name"))
    sees = set(connections_where(reader, Right.SEE).values_list("pk", flat=True)) if rows else set()
    context = {"rows": rows, "sees": sees, "who_gives": "" if rows else givers_sentence(to=reader)}
    return render(request, "connections/connections.html", context)


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


def _show(request: HttpRequest, pk: int, *, problem: str = "", status: int = 200) -> HttpResponse:
    reader = person(request)
    get_object_or_404(visible_connections(reader), pk=pk)
    [(found, health)] = health_of(with_health(Connection.objects.filter(pk=pk)))
    context = {
        "connection": found,
        "provider": found.provider,
        "health": health,
        "abilities": abilities(found),
        "settings": settings_of(found),
        "groups": _rules(found, reader),
        "people": _people(found),
        "problem": problem,
        **_rights(found, reader),
    }
    return render(request, "connections/connection.html", context, status=status)


def _rights(found: Connection, reader: User) -> dict[str, object]:
    """What the reader may do here; where they may not, the sentence that says why and who can help."""
    pauses, sees = may(reader, Right.PAUSE, found), may(reader, Right.SEE, found)
    paused = found.is_paused
    return {
        "pauses": pauses,
        "why_not_resume": "" if pauses or not paused else refusal_sentence(Right.PAUSE, found, to=reader),
        "why_paused": why_paused(found) if paused else "",
        "what_to_do": what_to_do(found) if paused else "",
        "sees": sees,
        "why_not_see": "" if sees else refusal_sentence(Right.SEE, found, to=reader),
    }


def _rules(found: Connection, reader: User) -> list[Group]:
    who = "You" if may(reader, Right.PROPOSE, found) else "Editors"
    helped = "That is you." if may(reader, Right.ADMINISTER, found) else helpers_sentence(Right.ADMINISTER, found)
    opener = "The setting “Fields to open” opens them one by one."
    return rule_groups(found, who=who, opener=f"{opener} {helped}")


def _people(found: Connection) -> list[tuple[str, list[User]]]:
    """Who has which role here, or everywhere, by role."""
    here = Grant.objects.filter(connection=found) | Grant.objects.filter(connection=None)
    grants = here.filter(user__is_active=True).select_related("user").order_by("user__first_name", "user__username")
    by_role: dict[Role, dict[int, User]] = {role: {} for role in Role}
    for grant in grants:
        by_role[Role(grant.role)][grant.user_id] = grant.user
    return [(str(role.label), list(people.values())) for role, people in by_role.items() if people]
