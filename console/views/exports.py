# ruff: noqa: ARG001 - these pages are yet to be made
"""Exports of the audit: asked for, made by a worker, downloaded by their owner."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET, require_http_methods, require_POST


@require_http_methods(["GET", "HEAD", "POST"])
def exports(request: HttpRequest) -> HttpResponse:
    """Those of the reader, and the form for a new one."""
    raise Http404


@require_GET
def export(request: HttpRequest, pk: int) -> HttpResponse:
    """One of them, and how far it is."""
    raise Http404


@require_GET
def download(request: HttpRequest, pk: int) -> HttpResponse:
    """The file."""
    raise Http404


@require_POST
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    """Stops it, or forgets the file."""
    raise Http404
