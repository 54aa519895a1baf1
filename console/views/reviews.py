# ruff: noqa: ARG001 - these pages are yet to be made
"""Reviews: a period looked at by a sample and all that is risky, with questions, answers and a sign-off."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET, require_http_methods, require_POST


@require_GET
def reviews(request: HttpRequest) -> HttpResponse:
    """All of them."""
    raise Http404


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Opens one."""
    raise Http404


@require_GET
def review(request: HttpRequest, pk: int) -> HttpResponse:
    """One with its items."""
    raise Http404


@require_GET
def item(request: HttpRequest, pk: int, item: int) -> HttpResponse:
    """One change under review, with its thread."""
    raise Http404


@require_POST
def mark(request: HttpRequest, pk: int, item: int) -> HttpResponse:
    """Marks a change as fine, or questions it."""
    raise Http404


@require_POST
def say(request: HttpRequest, pk: int, item: int) -> HttpResponse:
    """An answer, or one more question."""
    raise Http404


@require_POST
def sign_off(request: HttpRequest, pk: int) -> HttpResponse:
    """Ends it and freezes what it was about."""
    raise Http404
