# ruff: noqa: ARG001 - these pages are yet to be made
"""All that happened to one customer, grouped by change, the latest first."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET


@require_GET
def timeline(request: HttpRequest, pk: int) -> HttpResponse:
    """The whole history of a customer, piece by piece."""
    raise Http404
