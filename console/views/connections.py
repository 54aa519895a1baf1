"""Connections: how each one is, its pushes, and what its provider allows, as people read it. Never a credential."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from django.db import connection as database
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET, require_POST

from console.errors import ConsoleError, NotPermitted, StepNotPossible
from console.flows import pausing
from console.models import Connection, Role, User
from console.models.rows import Table
from console.permissions import (
    Places,
    Right,
    givers_sentence,
    helpers_sentence,
    may,
    places_where,
    refusal_sentence,
    visible_connections,
)
from console.views.abilities import abilities, settings_of
from console.views.answers import go_to, is_swap, vary_on_swap
from console.views.health import what_to_do, why_paused, with_health
from console.views.people import person
from console.views.push_console import PushConsole, period_of
from console.views.rule_table import rule_groups


@require_GET
def connections(request: HttpRequest) -> HttpResponse:
    """All that the reader has a role at, with how they are."""
    reader = person(request)
    rows, seen = with_health(_places(reader)), places_where(reader, Right.SEE)
    sees = {each.pk for each, _ in rows if seen.everywhere or each.pk in seen.ids}
    context = {"rows": rows, "sees": sees, "who_gives": "" if rows else givers_sentence(to=reader)}
    return render(request, "connections/connections.html", context)


@require_GET
def connection(request: HttpRequest, pk: int) -> HttpResponse:
    """One connection: its pushes and how it is, what its provider can do and allows, and who works there."""
    return _show(request, pk)


@require_GET
def state(request: HttpRequest, pk: int) -> HttpResponse:
    """The parts of the page that stand otherwise than it shows them; nothing (204) where none does."""
    if not is_swap(request):
        return go_to(request, "connection", pk)
    page = _page(request, pk)
    moved = page.moved(request.GET.get("seen", ""))
    if not moved and request.GET.get("every") == str(page.poll_seconds):
        return vary_on_swap(HttpResponse(status=204))
    context = {**_standing(page), "moved": moved, "oob": True}
    return vary_on_swap(render(request, "connections/connection.html#moving_parts", context))


@require_POST
def pause(request: HttpRequest, pk: int) -> HttpResponse:
    """Lets nothing leave until somebody resumes it."""
    return _step(request, pk, pausing.pause)


@require_POST
def resume(request: HttpRequest, pk: int) -> HttpResponse:
    """Lets a connection send again that is paused or interrupted."""
    return _step(request, pk, pausing.resume)


def _step(request: HttpRequest, pk: int, step: Callable[..., Connection]) -> HttpResponse:
    """Takes a step that is kept with its reason, or shows the page with why it was not taken."""
    found = get_object_or_404(visible_connections(person(request)), pk=pk)
    reason = request.POST.get("reason", "")
    try:
        if may(person(request), Right.PAUSE, found) and not reason.strip():
            raise StepNotPossible("Say in a sentence why: it is kept in the history, and everybody who waits reads it.")
        step(found, by=person(request), reason=reason)
    except ConsoleError as problem:
        return _show(
            request, pk, problem=str(problem), status=403 if isinstance(problem, NotPermitted) else 422, reason=reason
        )
    return go_to(request, "connection", pk)


def _page(request: HttpRequest, pk: int) -> PushConsole:
    reader = person(request)
    for found, health in with_health(_places(reader), only=pk):
        return PushConsole(found, health, reader, period_of(request.GET.get("period")))
    raise Http404


def _places(reader: User) -> Places:
    """Where somebody has any role, so that an administrator sees what they administer."""
    return Places.of(reader, Role)


def _show(request: HttpRequest, pk: int, *, problem: str = "", status: int = 200, reason: str = "") -> HttpResponse:
    page = _page(request, pk)
    found = page.connection
    context = {
        **_standing(page),
        "abilities": abilities(found),
        "settings": settings_of(found),
        "rules": _rules(found, page.reader),
        "people": _people(found),
        "administers": may(page.reader, Right.ADMINISTER, found),
        "problem": problem,
        "reason": reason,
        "why_not_see": "" if page.sees else refusal_sentence(Right.SEE, found, to=page.reader),
    }
    return render(request, "connections/connection.html", context, status=status)


def _standing(page: PushConsole) -> dict[str, object]:
    """What the parts that move take; where the reader may not, the sentence that says why and who can help."""
    found = page.connection
    return {
        "page": page,
        "connection": found,
        "provider": found.provider,
        "health": page.health,
        "why_not_pause": "" if page.pauses else refusal_sentence(Right.PAUSE, found, to=page.reader),
        "why_paused": why_paused(found) if found.is_paused else "",
        "what_to_do": what_to_do(found) if found.is_paused else "",
    }


def _rules(found: Connection, reader: User) -> SafeString:
    who = "You" if may(reader, Right.PROPOSE, found) else "Editors"
    helped = "That is you." if may(reader, Right.ADMINISTER, found) else helpers_sentence(Right.ADMINISTER, found)
    opener = "The setting “Fields to open” opens them one by one."
    options = tuple(sorted(found.options.items()))
    return _rules_as_markup(found.provider_slug, options, found.name, who, f"{opener} {helped}")


@lru_cache(maxsize=64)
def _rules_as_markup(slug: str, options: tuple[tuple[str, str], ...], name: str, who: str, opener: str) -> SafeString:
    """A hundred rows that nothing but these decides on, and that no visit changes."""
    told = Connection(provider_slug=slug, options=dict(options), name=name)
    context = {"provider": told.provider, "groups": rule_groups(told, who=who, opener=opener)}
    return render_to_string("connections/rules.html", context)


def _people(found: Connection) -> list[tuple[str, list[User]]]:
    """Who has which role here, or everywhere, by role."""
    by_role: dict[Role, dict[int, User]] = {role: {} for role in Role}
    with database.cursor() as cursor:
        cursor.execute(_PEOPLE, [found.pk])
        for row in cursor.fetchall():
            by_role[Role(row[-1])].setdefault(row[0], _PERSON.of(row))
    return [(str(role.label), list(people.values())) for role, people in by_role.items() if people]


_PERSON = Table(User, "person", only=("id", "username", "first_name", "last_name"))
_PEOPLE = f"""
    SELECT {_PERSON.columns}, given.role FROM console_grant given JOIN console_user person ON person.id = given.user_id
    WHERE (given.connection_id = %s OR given.connection_id IS NULL) AND person.is_active
    ORDER BY person.first_name, person.username
"""  # noqa: S608 - of our own names
