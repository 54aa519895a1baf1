"""What machines ask of the console: whether it lives, whether it can work, and how it is going.

They come by IP address, in plain HTTP and without a session; `console.middleware.asked_by_machines` hands them over
before any of that is looked at.
"""

from __future__ import annotations

import hmac
import ipaddress
from functools import cache

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, InterfaceError, ProgrammingError, connection
from django.db.migrations.loader import MigrationLoader
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port, validate_host
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_PLAIN_1_0_0

from console import metrics
from console.embedded import Unavailable

LOOPBACK_NAMES = ["localhost", "127.0.0.1", "[::1]"]
# What a reverse proxy adds: then the address that we see is the proxy's and says nothing of who asks.
FORWARDED = ("HTTP_FORWARDED", "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_REAL_IP", "HTTP_VIA")


@login_not_required
@require_safe
def alive(_: HttpRequest) -> HttpResponse:
    """200 as long as this process answers; asks nobody."""
    return _said("alive")


@login_not_required
@require_safe
def ready(_: HttpRequest) -> HttpResponse:
    """200 when the database is there and has all the tables; else 503 with the reason in a word."""
    try:
        is_migrated = _expected() <= _applied()
    except ProgrammingError:  # there is not even the table of what was applied
        is_migrated = False
    except (DatabaseError, InterfaceError, Unavailable):
        return _said("database", status=503)
    return _said("ready") if is_migrated else _said("migrations", status=503)


@login_not_required
@require_safe
def figures(request: HttpRequest) -> HttpResponse:
    """Metrics in Prometheus' text format: for whoever shows the token, or, where none is set, for this very machine."""
    if settings.STEWARD_METRICS_TOKEN:
        if not _shows_the_token(request):
            return HttpResponse(status=401, headers={"WWW-Authenticate": 'Bearer realm="metrics"'})
    elif not _is_of_this_machine(request):
        return _said("Set STEWARD_METRICS_TOKEN to read the metrics from elsewhere.", status=403)
    return HttpResponse(metrics.exposition(), content_type=CONTENT_TYPE_PLAIN_1_0_0)


def _said(word: str, status: int = 200) -> HttpResponse:
    return HttpResponse(f"{word}\n", status=status, content_type="text/plain; charset=utf-8")


@cache
def _expected() -> frozenset[tuple[str, str]]:
    """The migrations that this version of the console brings along."""
    return frozenset(MigrationLoader(None, ignore_no_migrations=True).graph.nodes)


def _applied() -> set[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations")
        return set(cursor.fetchall())


def _shows_the_token(request: HttpRequest) -> bool:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    expected: str = settings.STEWARD_METRICS_TOKEN
    return scheme.lower() == "bearer" and hmac.compare_digest(token.strip().encode(), expected.encode())


def _is_of_this_machine(request: HttpRequest) -> bool:
    """Asked directly from a loopback address, and under a name of ours: a foreign page's name may lead here, too."""
    try:
        near = ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:  # a socket has no address
        return False
    https: tuple[str, str] | None = settings.SECURE_PROXY_SSL_HEADER
    proxied = any(name in request.META for name in [*FORWARDED, *(https or ())[:1]])
    host, _ = split_domain_port(request.META.get("HTTP_HOST") or request.META["SERVER_NAME"])
    return near and not proxied and validate_host(host, [*LOOPBACK_NAMES, *settings.ALLOWED_HOSTS])
