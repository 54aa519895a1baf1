# ruff: noqa: ARG001 - these pages are yet to be made
"""Having a customer erased: one person asks for it, a second one agrees."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_POST


@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: HttpRequest, pk: int) -> HttpResponse:
    """What would be erased, and the wish for it."""
    raise Http404


@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """A second person agrees or refuses; whoever asked takes it back."""
    raise Http404
