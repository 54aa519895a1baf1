"""Sessions: where a person is signed in, how long this one lasts, and how each is ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from console.accounts.presence import BY_ITSELF
from console.flows import sessions as flow
from console.models.sessions import IDLE, LONGEST
from console.views.answers import go_to
from console.views.people import person

if TYPE_CHECKING:
    from console.backend import SessionStore

MOST = 100


@require_GET
def sessions(request: HttpRequest) -> HttpResponse:
    """All of the reader's own, the one they sit in first."""
    found = [(session, session.key_digest == _here(request)) for session in flow.of(person(request))[:MOST]]
    context = {
        "sessions": sorted(found, key=lambda pair: not pair[1]),
        "others": len([session for session, is_this in found if not is_this]),
        "idle": int(IDLE.total_seconds() / 60),
        "longest": int(LONGEST.total_seconds() / 3600),
    }
    return render(request, "people/sessions.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def left(request: HttpRequest) -> HttpResponse:
    """How long this session still lasts, which every answer says in a header. A POST is from somebody who stays."""
    if request.method != "POST" and BY_ITSELF not in request.headers:
        return go_to(request, "sessions")
    return HttpResponse(status=204)


@require_http_methods(["GET", "HEAD", "POST"])
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """Ends one of one's own; who ends the one they sit in is signed out by that. A visit does nothing."""
    if request.method != "POST":
        return go_to(request, "sessions")
    ended = flow.end(pk, by=person(request))
    if ended is None:
        messages.info(request, "That session had ended already.")
    elif ended.key_digest == _here(request):
        logout(request)
        messages.info(request, "You are signed out.")
        return go_to(request, "sign_in")
    else:
        messages.success(request, "Ended. Whoever sits there has to sign in again.")
    return go_to(request, "sessions")


@require_POST
def end_others(request: HttpRequest) -> HttpResponse:
    """Ends all of one's own but this one."""
    count = flow.end_others(but=_here(request), by=person(request))
    messages.success(request, f"{counted(count)} ended. You are signed in here alone.")
    return go_to(request, "sessions")


def counted(count: int) -> str:
    """How many, in words that begin a sentence."""
    return f"{count or 'No'} session{'' if count == 1 else 's'}"


def _here(request: HttpRequest) -> str:
    return cast("SessionStore", request.session).digest
