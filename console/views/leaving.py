"""What ends or opens the console to a person: deactivating, letting in again, a way back in, ending sessions."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from console.flows import inviting, leave, rights
from console.views.appointing import ALONE, ASKED
from console.views.people_page import PersonPage
from console.views.persons import keep_link, take
from console.views.proving import TEN_MINUTES, proved


@require_POST
@proved(within=TEN_MINUTES)
def deactivate(request: HttpRequest, pk: int) -> HttpResponse:
    """Works at once, by one administrator."""

    def step(page: PersonPage) -> str:
        leave.deactivate(page.user.pk, by=page.reading.reader, why=request.POST.get("why", ""))
        return "Deactivated. Their sessions have ended, and what they had taken is free again."

    return take(request, pk, step)


@require_POST
@proved(within=TEN_MINUTES)
def let_in(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks that who was deactivated be let in again."""

    def step(page: PersonPage) -> str:
        asked = rights.ask_return(page.user.pk, by=page.reading.reader, why=request.POST.get("why", ""))
        return ALONE if asked.request.alone else ASKED

    return take(request, pk, step)


@require_POST
@proved(within=TEN_MINUTES)
def way_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks for a way back in."""

    def step(page: PersonPage) -> str:
        asked = rights.ask_way_back(page.user.pk, by=page.reading.reader, why=request.POST.get("why", ""))
        if asked.secret:
            keep_link(request, page.user, asked.secret)
        return ALONE if asked.request.alone else ASKED

    return take(request, pk, step)


@require_POST
@proved(within=TEN_MINUTES)
def invite(request: HttpRequest, pk: int) -> HttpResponse:
    """Makes another link for who has never had a password, or takes back the one that is open."""

    def step(page: PersonPage) -> str:
        if request.POST.get("do") == "end":
            inviting.end_invitation(page.user.pk, by=page.reading.reader)
            return "The link works no more."
        keep_link(request, page.user, inviting.invite(page.user.pk, by=page.reading.reader))
        return "Here is another link; the one before works no more."

    return take(request, pk, step)
