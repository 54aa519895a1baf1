"""What every request passes: its line in the log, a first look at its form, and what is set for every page."""

import re
import time
import uuid
from collections.abc import Callable

import structlog
from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.urls import resolve
from django.utils import timezone
from django.utils.cache import patch_cache_control
from whitenoise.middleware import WhiteNoiseFileResponse

from console.errors import TooMany
from console.flows.refuse import refused
from console.flows.uploads import PIECE
from console.views.errors import too_many

type GetResponse = Callable[[HttpRequest], HttpResponse]

log = structlog.get_logger("console.requests")

FORBIDDEN = 403
FOR_MACHINES = frozenset({"/livez", "/readyz", "/metrics"})


def request_log(get_response: GetResponse) -> GetResponse:
    """Name each request, in every log line it causes and in its answer; log its route, never its address or content."""

    def middleware(request: HttpRequest) -> HttpResponse:
        began = time.monotonic()
        request_id = uuid.uuid4().hex
        with structlog.contextvars.bound_contextvars(request=request_id):
            response = get_response(request)
            match = request.resolver_match
            log.info(
                "request",
                method=request.method,
                route=match.route if match else None,
                status=response.status_code,
                milliseconds=round((time.monotonic() - began) * 1000, 1),
            )
        response["X-Request-Id"] = request_id
        return response

    return middleware


def guarded(get_response: GetResponse) -> GetResponse:
    """Tell browsers with every answer what they may make of it: static files, redirects and refusals are answers, too.

    It stands before the middleware that may fail or answer by itself, so that nothing gets round it.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        for name, value in settings.STEWARD_GUARDS.items():
            response.headers.setdefault(name, value)
        return response

    return middleware


def never_stored(get_response: GetResponse) -> GetResponse:
    """Keep pages out of every cache: they show personal data. A static file is the same for everybody."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if not isinstance(response, WhiteNoiseFileResponse):
            patch_cache_control(response, no_store=True, private=True)
        return response

    return middleware


def what_browsers_send(get_response: GetResponse) -> GetResponse:
    """Refuse, before anything of it is read, what no page of ours makes a browser send.

    A charset of its own can smuggle in text that nothing can store or show; a NUL in a cookie breaks the look-up of
    the session; and files are written to the disk whatever their size, while other input is bounded as it is read.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        charset = (request.content_params or {}).get("charset", "utf-8")
        if charset.lower() not in {"utf-8", "utf8"} or any("\0" in value for value in request.COOKIES.values()):
            raise BadRequest
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not (length.isascii() and length.isdigit()):
            raise BadRequest
        if int(length[:20]) > _most(request):
            raise RequestDataTooBig
        return get_response(request)

    return middleware


def _most(request: HttpRequest) -> int:
    """How many bytes a body may have: files come to the imports alone, in pieces, or a small one with its form."""
    if request.method == "POST" and _A_PIECE.fullmatch(request.path_info):
        return PIECE
    if request.method == "POST" and request.path_info == "/imports/":
        return int(settings.FILE_UPLOAD_MAX_MEMORY_SIZE)
    return int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)


_A_PIECE = re.compile(r"/imports/\d{1,18}/piece/", re.ASCII)


def asked_by_machines(get_response: GetResponse) -> GetResponse:
    """Answer what machines ask before a session is looked for or a host's name: they have none, and come by address."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path_info not in FOR_MACHINES:
            return get_response(request)
        request.resolver_match = match = resolve(request.path_info)
        answer: HttpResponse = match.func(request)
        return answer

    return middleware


def refusals_are_told(get_response: GetResponse) -> GetResponse:
    """Write down what somebody was refused for want of a right; a database that is away keeps no answer back."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        match = request.resolver_match
        lacks_a_right = response.status_code == FORBIDDEN and not hasattr(request, "form_was_too_old")
        if lacks_a_right and match and request.user.is_authenticated:
            try:
                refused(request.user, method=str(request.method), route=match.route, status=FORBIDDEN)
            except DatabaseError as problem:
                log.error("refusal.not_told", problem=type(problem).__name__)
        return response

    return middleware


class LimitsAreTold:
    """Answer 429 to what was more than somebody may do in a while, whichever view or flow found it so."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponse | None:
        return too_many(request, problem) if isinstance(problem, TooMany) else None


def in_the_readers_zone(get_response: GetResponse) -> GetResponse:
    """Show times in the zone of whoever is signed in, in UTC to nobody in particular."""

    def middleware(request: HttpRequest) -> HttpResponse:
        with timezone.override(getattr(request.user, "zone", None)):
            return get_response(request)

    return middleware
