# ruff: noqa: ARG001 - these pages are yet to be made
"""Undoing a change that was applied, or one line of it: a new proposal that asks for what was before."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods


@require_http_methods(["GET", "HEAD", "POST"])
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """What would be asked for, and the proposal."""
    raise Http404
