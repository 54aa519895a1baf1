# ruff: noqa: ARG001 - these pages are yet to be made
"""The audit: a search over all events, and searches that were kept."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET, require_POST


@require_GET
def audit(request: HttpRequest) -> HttpResponse:
    """The search."""
    raise Http404


@require_POST
def customer(request: HttpRequest) -> HttpResponse:
    """Finds the customer whose events are wanted."""
    raise Http404


@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Keeps a search under a name."""
    raise Http404


@require_POST
def forget(request: HttpRequest, pk: int) -> HttpResponse:
    """Forgets a kept search."""
    raise Http404


@require_GET
def event(request: HttpRequest, pk: int) -> HttpResponse:
    """One event with all that proves it."""
    raise Http404
