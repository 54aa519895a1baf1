"""What is answered when a view could not: the form was too old, it was too often, the database is away, or it broke."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping

import structlog
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.csrf import csrf_failure

from console.embedded import Unavailable
from console.errors import TooMany
from console.views.signing_in import sign_in_anew

TRY_AGAIN_SECONDS = 60
# Of SQLSTATE: connection exceptions; no connection left; shut down, crashed, still starting.
AWAY = ("08", "53300", "57P01", "57P02", "57P03")
LOOKING = "The console cannot reach its database. Nothing you saved is lost; try again in a minute."
SAVING = (
    "The console cannot reach its database. What you typed is still here; "
    "look in a minute whether it was saved before you send it again."
)


def broken(request: HttpRequest) -> HttpResponse:
    """The answer to whatever a view raised (handler500): 503 while the database is away, 500 otherwise; asks nobody."""
    if any(map(is_away, causes(sys.exception()))):
        return away(request)
    number = structlog.contextvars.get_contextvars().get("request")  # as the log has it
    return HttpResponse(render_to_string("500.html", {"number": number}), status=500)


def too_old(request: HttpRequest, reason: str) -> HttpResponse:
    """The answer to a form without a token that fits (CSRF_FAILURE_VIEW): nothing of it was done.

    Who was signing in is asked again, since their page is as soon made anew: another tab may have replaced its token.
    """
    if request.path == reverse("sign_in"):
        return sign_in_anew(request)
    vars(request)["form_was_too_old"] = True  # no right was lacking
    return csrf_failure(request, reason)


def too_many(request: HttpRequest, problem: TooMany) -> HttpResponse:
    """The answer to what was more than somebody may do in a while: nothing of it was done."""
    headers = {"Retry-After": str(problem.seconds)}
    if "HX-Request" in request.headers:
        return _in_words(f"{problem} What you typed is still here.", status=429, headers=headers)
    page = render_to_string("429.html", {"problem": str(problem)}, request)
    return HttpResponse(page, status=429, headers=headers)


def away(request: HttpRequest) -> HttpResponse:
    """A page, or to a script a sentence to show."""
    saves = request.method not in {"GET", "HEAD"}
    headers = {"Retry-After": str(TRY_AGAIN_SECONDS)}
    if "HX-Request" in request.headers:
        words = SAVING if saves else LOOKING
        return _in_words(words, status=503, headers=headers)
    return HttpResponse(render_to_string("503.html", {"saves": saves}), status=503, headers=headers)


def _in_words(words: str, *, status: int, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """A sentence for a script to show: plain text, so that it is never taken for a piece of a page."""
    return HttpResponse(words, status=status, headers=headers, content_type="text/plain; charset=utf-8")


def is_away(error: BaseException) -> bool:
    """Whether this error means that the database was not there; a deadlock or a time limit means that it was."""
    if isinstance(error, OperationalError | InterfaceError):
        state: str | None = getattr(error.__cause__, "sqlstate", None)
        return state is None or state.startswith(AWAY)
    return isinstance(error, Unavailable)


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error, and what it was raised from."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
