"""What every request passes: its line in the log, the reader's time zone, and the word that no page may be stored."""

import time
import uuid
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import patch_cache_control

type GetResponse = Callable[[HttpRequest], HttpResponse]

log = structlog.get_logger("console.requests")


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


def never_stored(get_response: GetResponse) -> GetResponse:
    """Keep pages out of every cache: they show personal data. Static files pass by before."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        patch_cache_control(response, no_store=True, private=True)
        return response

    return middleware


def in_the_readers_zone(get_response: GetResponse) -> GetResponse:
    """Show times in the zone of whoever is signed in, in UTC to nobody in particular."""

    def middleware(request: HttpRequest) -> HttpResponse:
        with timezone.override(getattr(request.user, "zone", None)):
            return get_response(request)

    return middleware
