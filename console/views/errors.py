"""What is answered when a view could not: a page in our style that says what to do, or a sentence for a script to show.

Nothing of the request and of the error stands in it but the words that were written for whoever reads them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping

import structlog
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse

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
TOO_LARGE = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)
LARGER = "This is larger than the console takes. Nothing was changed: shorten it, then send it again."
DAMAGED = "The console could not read this. Nothing was changed: copy what you typed, reload the page and try again."
GONE = "This is not here, or no longer here. Reload the page to see what is."
TOO_OLD = (
    "This page was too old to be sent, or your session has ended. Nothing was changed: copy what you typed, reload the "
    "page, sign in again if it asks you to, and send it again."
)
BROKE = "Something broke on the server. Try again; if it stays like this, tell an administrator."
BROKE_SAVING = "Something broke on the server. Reload the page to see whether this was saved before you try again."


def not_understood(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The answer to a damaged request (handler400): 413 for one that is larger than anything we ask for."""
    status = 413 if isinstance(exception, TOO_LARGE) else 400
    return _said(request, LARGER if status == 413 else DAMAGED, status)


def not_allowed(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The answer to whoever lacks a right (handler403): which one, where the view said so."""
    reason = str(exception) or "None of your roles allows it."
    return _said(request, f"{reason} Nothing was changed.", 403, {"exception": str(exception)}, request)


def not_here(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django hands it over by name
    """The answer where nothing is, or nothing that this person may know of (handler404)."""
    return _said(request, GONE, 404, {}, request)


def too_many(request: HttpRequest, problem: TooMany) -> HttpResponse:
    """The answer to what was more than somebody may do in a while: nothing of it was done."""
    words = f"{problem} What you typed is still here."
    answer = _said(request, words, 429, {"problem": str(problem)}, request)
    answer["Retry-After"] = str(problem.seconds)
    return answer


def too_many_of_an_address(request: HttpRequest) -> HttpResponse:
    """The same where only an address is known, or a name that was typed (handler429, which django-allauth asks for)."""
    return too_many(request, TooMany(TRY_AGAIN_SECONDS))


def too_old(request: HttpRequest, reason: str) -> HttpResponse:  # noqa: ARG001 - Django hands it over by name
    """The answer to a form without a token that fits (CSRF_FAILURE_VIEW): nothing of it was done.

    Who was signing in is asked again, since their page is as soon made anew: another tab may have replaced its token.
    """
    if request.path == reverse("sign_in"):
        return sign_in_anew(request)
    vars(request)["form_was_too_old"] = True  # no right was lacking
    return _said(request, TOO_OLD, 403, name="403_csrf")


def broken(request: HttpRequest) -> HttpResponse:
    """The answer to whatever a view raised (handler500): 503 while the database is away, 500 otherwise; asks nobody."""
    if any(map(is_away, causes(sys.exception()))):
        return away(request)
    number = structlog.contextvars.get_contextvars().get("request")  # as the log has it
    words = BROKE_SAVING if _saves(request) else BROKE
    return _said(request, f"{words} It is written down as {number}." if number else words, 500, {"number": number})


def away(request: HttpRequest) -> HttpResponse:
    """The answer while the database does not; asks nobody."""
    saves = _saves(request)
    answer = _said(request, SAVING if saves else LOOKING, 503, {"saves": saves})
    answer["Retry-After"] = str(TRY_AGAIN_SECONDS)
    return answer


def _said(
    request: HttpRequest,
    words: str,
    status: int,
    context: Mapping[str, object] | None = None,
    shell: HttpRequest | None = None,
    *,
    name: str = "",
) -> HttpResponse:
    """The page of this status, in the shell for the person of `shell`; to a script the words, never a piece of a page.

    The words are plain text, which a script shows as it is.
    """
    if "HX-Request" in request.headers:
        return HttpResponse(words, status=status, content_type="text/plain; charset=utf-8")
    page = render_to_string(f"{name or status}.html", {**(context or {})}, shell)
    return HttpResponse(page, status=status)


def _saves(request: HttpRequest) -> bool:
    return request.method not in {"GET", "HEAD"}


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
