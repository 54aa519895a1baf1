# ruff: noqa: ARG001 - these pages are yet to be made
"""How history is proved: the last checkpoint, the key, and what is not sealed yet."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET


@require_GET
def proof(request: HttpRequest) -> HttpResponse:
    """The state of the seals."""
    raise Http404


@require_GET
def checkpoint(request: HttpRequest) -> HttpResponse:
    """The last checkpoint as a file."""
    raise Http404
