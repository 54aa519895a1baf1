"""Alike: requests that lead the same fields from the same values to the same values, decided on together."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse


def alike(request: HttpRequest, pk: int) -> HttpResponse:
    """Lists them, the outliers first, or approves those that were chosen."""
    raise Http404
