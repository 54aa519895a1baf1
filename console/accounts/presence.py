"""Presence: from where a session's person comes, and when they last did something. Middleware, behind the sign-in.

What a page asks for by itself (poll.js says so in a header) is no deed: a session ends though its page stays open.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from django.http import HttpRequest, HttpResponse

from console.accounts.address import address_of
from console.accounts.browsers import browser_of
from console.flows.sessions import came, heard_from

if TYPE_CHECKING:
    from console.backend import SessionStore

type GetResponse = Callable[[HttpRequest], HttpResponse]

A_MINUTE = 60
BY_ITSELF = "X-Poll"
ENDS_IN = "X-Session-Ends"


def presence(get_response: GetResponse) -> GetResponse:
    """Keep, at most once a minute, that somebody was heard from; say with each answer when their session will end."""

    def middleware(request: HttpRequest) -> HttpResponse:
        session = cast("SessionStore", request.session)
        session.browser = browser_of(request.headers.get("User-Agent", ""))
        session.address = address_of(request) or None
        if request.user.is_authenticated and session.quiet >= A_MINUTE and BY_ITSELF not in request.headers:
            heard_from(session.digest, browser=session.browser, address=session.address)
            session.quiet = 0
        response = get_response(request)
        session = cast("SessionStore", request.session)  # single sign-on looks it up anew meanwhile
        if request.user.is_authenticated and request.user.pk:
            if session.is_new:
                came(request.user.pk)
            response[ENDS_IN] = str(session.ends_in)
        return response

    return middleware
