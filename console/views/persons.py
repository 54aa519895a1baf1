"""People: who there is, what each may do where, and what waits for a second administrator."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from console.errors import ConsoleError, NotPermitted
from console.flows.inviting import digest_of
from console.models import User
from console.models.rows import BIGGEST_KEY
from console.views.answers import go_to
from console.views.people import person
from console.views.people_page import MOST_LISTED, PersonPage, Reading, rows

LINK = "link of a person"


@require_GET
def people(request: HttpRequest) -> HttpResponse:
    """All whom the reader may know of, by the name they sign in with; what is asked for stands first."""
    reading = reading_of(request)
    after = _after(request, reading)
    listed = list(reading.people().filter(username__gt=after).order_by("username")[: MOST_LISTED + 1])
    more, found = len(listed) > MOST_LISTED, rows(listed[:MOST_LISTED], reading)
    requests = [] if after else reading.requests()
    context = {
        "requests": requests,
        "to_decide": any(not row.why_not_decide for row in requests),
        "people": [row for row in found if row.user.is_active],
        "gone": [row for row in found if not row.user.is_active],
        "first": reverse("people") if after else "",
        "next": f"{reverse('people')}?after={found[-1].user.pk}" if more else "",
        "why_not_new": reading.why_not_new,
    }
    return render(request, "people/people.html", context)


@require_GET
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """One of them."""
    return show(request, page_of(request, pk))


def reading_of(request: HttpRequest) -> Reading:
    """What the reader sees of people; raises PermissionDenied for who sees nothing."""
    reading = Reading(person(request))
    if reading.why_not:
        raise PermissionDenied(reading.why_not)
    return reading


def page_of(request: HttpRequest, pk: int) -> PersonPage:
    """One person, if the reader may know of them."""
    reading = reading_of(request)
    user = reading.people().filter(pk=pk).first() if pk <= BIGGEST_KEY else None
    if user is None:
        raise Http404
    return PersonPage(user, reading)


def show(request: HttpRequest, page: PersonPage, *, problem: str = "", status: int = 200) -> HttpResponse:
    """The page of a person; `problem` says why a step was not taken, and what was typed for it is kept."""
    link, why = link_to_show(request, page), request.POST.get("why") or request.POST.get("reason") or ""
    context = {"page": page, "whom": page.user, "link": link, "problem": problem, "why": why}
    return render(request, "people/person.html", context, status=status)


def take(request: HttpRequest, pk: int, step: Callable[[PersonPage], str]) -> HttpResponse:
    """Takes a step about a person and says what it says, or shows the page with why it was not taken."""
    page = page_of(request, pk)
    try:
        said = step(page)
    except ConsoleError as problem:
        return show(request, page_of(request, pk), problem=str(problem), status=status_of(problem))
    messages.success(request, said)
    return go_to(request, "person", pk)


def status_of(problem: ConsoleError) -> int:
    """How a refusal is answered."""
    return 403 if isinstance(problem, NotPermitted) else 422


def keep_link(request: HttpRequest, user: User, secret: str) -> None:
    """Keeps a link in the session, sealed as all of it, so that whoever made it can hand it over."""
    request.session[LINK] = {"person": user.pk, "secret": secret}


def link_to_show(request: HttpRequest, page: PersonPage) -> str:
    """The address of the person's open link, if it was made in this session; empty otherwise."""
    held, link = request.session.get(LINK) or {}, page.row.link
    if link is None or held.get("person") != page.user.pk or digest_of(held["secret"]) != link.token_digest:
        return ""
    path = reverse("invitation", args=[held["secret"]])
    return f"{settings.STEWARD_URL}{path}" if settings.STEWARD_URL else request.build_absolute_uri(path)


def _after(request: HttpRequest, reading: Reading) -> str:
    """The name after which the list goes on: an address tells a number, and no name."""
    given = request.GET.get("after", "")
    if not (given.isascii() and given.isdecimal()) or len(given) > len(str(BIGGEST_KEY)) or int(given) > BIGGEST_KEY:
        return ""
    return reading.people().filter(pk=int(given)).values_list("username", flat=True).first() or ""
