"""Ending the sessions of somebody else, which an administrator does."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from console.flows.sessions import end_all
from console.views.people_page import PersonPage
from console.views.persons import take
from console.views.proving import TEN_MINUTES, proved
from console.views.sessions import counted


@require_POST
@proved(within=TEN_MINUTES)
def end_theirs(request: HttpRequest, pk: int) -> HttpResponse:
    """An administrator signs somebody out everywhere."""

    def step(page: PersonPage) -> str:
        count = end_all(page.user.pk, by=page.reading.reader)
        return f"{counted(count)} of {page.user.name} ended."

    return take(request, pk, step)
