# ruff: noqa: ARG001 - these pages are yet to be made
"""The record of a customer as the console knew it at any moment, beside another moment or now."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET


@require_GET
def as_of(request: HttpRequest, pk: int) -> HttpResponse:
    """The record then, beside the record at another moment."""
    raise Http404
