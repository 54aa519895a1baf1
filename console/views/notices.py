"""Notices: what a person was told while they were elsewhere."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse


def notices(request: HttpRequest) -> HttpResponse:
    """The latest, those not read yet marked."""
    raise Http404


def bell(request: HttpRequest) -> HttpResponse:
    """How many are not read yet, for every page."""
    raise Http404


def read(request: HttpRequest) -> HttpResponse:
    """Marks all as read."""
    raise Http404
