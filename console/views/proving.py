"""Step-up: what may only be done by somebody who proved a short while ago that it is really they who sit there.

A session says when and how its person proved it. Whoever has a second factor proves it by that alone; a password alone
counts for the others. What was posted without a proof that is fresh enough waits in the session, sealed as all of it,
and is done once the proof is there; what was only looked for is led back to.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import wraps
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve, reverse
from django.utils.http import url_has_allowed_host_and_scheme

from console.accounts.second_step import has_second_factor
from console.views.answers import go_to
from console.views.people import person


class Guard(Protocol):
    """What makes a view one that asks for a proof first."""

    def __call__[T: HttpResponseBase](self, view: Callable[..., T], /) -> Callable[..., T | HttpResponse]: ...


EIGHT_HOURS, TEN_MINUTES = timedelta(hours=8), timedelta(minutes=10)
WORDS: Mapping[timedelta | None, str] = {EIGHT_HOURS: "eight hours", TEN_MINUTES: "ten minutes"}

# What proves a person: their second factor; a password or a provider's word only for those who have none.
SECOND = frozenset({"mfa"})
ANY = frozenset({"mfa", "password", "socialaccount"})

# What waits for a proof: where in the session, for how long, and how much of it at most.
WAITING = "waits_for_proof"
WAITS = TEN_MINUTES
LARGEST = 100_000


def proved(*, within: timedelta, only_posts: bool = False, goes_on: bool = True, back_to: str = "") -> Guard:
    """A view for whoever proved within this time that it is they; others are led to the page `prove`, then back.

    With `only_posts` the page itself is shown to all. Without `goes_on` nothing that was posted is kept and done
    afterwards: the person is back on the page where they were, or on the one that `back_to` names, with the same
    numbers. It stands below `require_http_methods` and its like.
    """

    def guarded[T: HttpResponseBase](view: Callable[..., T]) -> Callable[..., T | HttpResponse]:
        @wraps(view)
        def asked(request: HttpRequest, *arguments: object, **named: object) -> T | HttpResponse:
            if (only_posts and request.method in {"GET", "HEAD"}) or is_fresh(proved_at(request), within):
                return view(request, *arguments, **named)
            back = reverse(back_to, args=[*arguments, *named.values()]) if back_to else ""
            return ask(request, back, goes_on=goes_on)

        vars(asked)["proof_within"] = within
        return asked

    return guarded


def proved_at(request: HttpRequest) -> float | None:
    """When (seconds since 1970) this person last proved in this session that it is they; None if they never did."""
    user = person(request)
    counts = SECOND if has_second_factor(user) else ANY
    return max(
        (record["at"] for record in get_authentication_records(request, user) if _is(record, counts)), default=None
    )


def is_fresh(at: float | None, within: timedelta) -> bool:
    """Whether a proof given then is still good; one from the future, by a clock that was set back, is not."""
    return at is not None and 0 <= time.time() - at < within.total_seconds()


def ask(request: HttpRequest, back: str = "", *, goes_on: bool = True) -> HttpResponse:
    """Leads to the page that asks for the proof; its `next` is where one goes on, or back to."""
    request.session.pop(WAITING, None)
    waits = request.method == "POST" and goes_on and _keep(request)
    following = request.path if waits else back or _page_of(request)
    return go_to(request, f"{reverse('prove')}?{urlencode({'next': following})}")


def go_on(request: HttpRequest, target: str) -> HttpResponse:
    """After the proof: does what waited for it if that was asked of `target`, else leads there if it is a page of ours.

    Of what waited only this once is left anything: another proof, or one for another page, does not do it.
    """
    held = request.session.pop(WAITING, None)
    waiting = Waiting(**held) if held else None
    if waiting and waiting.path == target and waiting.is_of(request):
        return _done(request, waiting)
    return go_to(request, target if is_ours(request, target) else settings.LOGIN_REDIRECT_URL)


def how_old(address: str) -> str:
    """How old a proof may be for what is there, in words; empty where it takes none, or nothing is there."""
    try:
        view = resolve(urlsplit(address).path).func
    except Resolver404:
        return ""
    return WORDS.get(getattr(view, "proof_within", None), "")


def is_ours(request: HttpRequest, address: str) -> bool:
    """Whether this leads to a page of this console, told without host and scheme."""
    safe = url_has_allowed_host_and_scheme(address, None, require_https=request.is_secure())
    if not safe or not address.startswith("/"):
        return False
    try:
        resolve(urlsplit(address).path)
    except Resolver404:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Waiting:
    """A form that was posted without a proof that was fresh enough."""

    person: int
    path: str
    query: str
    body: str
    at: float

    def is_of(self, request: HttpRequest) -> bool:
        """Whether it is still theirs to do."""
        return self.person == person(request).pk and is_fresh(self.at, WAITS)


def _is(record: dict[str, Any], counts: frozenset[str]) -> bool:
    return record.get("method") in counts and isinstance(record.get("at"), int | float)


def _keep(request: HttpRequest) -> bool:
    """Keeps what was posted; False where it is too much, or where files came with it."""
    body = request.POST.urlencode()
    if len(body) > LARGEST or request.FILES:
        return False
    query = request.GET.urlencode()
    waiting = Waiting(person(request).pk, request.path, query, body, time.time())
    request.session[WAITING] = asdict(waiting)
    return True


def _page_of(request: HttpRequest) -> str:
    """The page somebody is on: what they asked for, or the one that asks for a part of itself."""
    if request.headers.get("HX-Request") != "true":
        return request.get_full_path() if request.method in {"GET", "HEAD"} else request.path
    shown = urlsplit(request.headers.get("HX-Current-URL", ""))
    page = f"{shown.path}?{shown.query}" if shown.query else shown.path
    is_here = shown.netloc == request.get_host() and is_ours(request, page)
    return page if is_here else settings.LOGIN_REDIRECT_URL


def _done(request: HttpRequest, waiting: Waiting) -> HttpResponse:
    """The answer to what waited, as if it came now; its token was checked before it was kept."""
    match = resolve(waiting.path)
    request.path = request.path_info = waiting.path
    request.GET, request.POST = QueryDict(waiting.query), QueryDict(waiting.body)
    request.resolver_match = match
    answer: HttpResponse = match.func(request, *match.args, **match.kwargs)
    return answer
