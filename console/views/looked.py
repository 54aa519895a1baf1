# ruff: noqa: ARG001 - these pages are yet to be made
"""Who looked at a customer, day by day, for those who read the audit."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET


@require_GET
def looked(request: HttpRequest, pk: int) -> HttpResponse:
    """The access record of one customer."""
    raise Http404
