"""Decisions: what people other than its author do about a proposed change, posted from its page."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse


def approve(request: HttpRequest, pk: int) -> HttpResponse:
    """Approves lines as they were on the page."""
    raise Http404


def reject(request: HttpRequest, pk: int) -> HttpResponse:
    """Rejects lines, for a reason."""
    raise Http404


def return_to_author(request: HttpRequest, pk: int) -> HttpResponse:
    """Gives it back to its author."""
    raise Http404


def comment(request: HttpRequest, pk: int) -> HttpResponse:
    """Says something about a line or the change."""
    raise Http404


def claim(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes it, so that nobody else begins."""
    raise Http404


def let_go(request: HttpRequest, pk: int) -> HttpResponse:
    """Lets others have it again."""
    raise Http404


def break_glass(request: HttpRequest, pk: int) -> HttpResponse:
    """Sends it at once, without its approvals."""
    raise Http404


def looked_into(request: HttpRequest, pk: int) -> HttpResponse:
    """A reviewer closes what was sent without approval."""
    raise Http404


def reading(request: HttpRequest, pk: int) -> HttpResponse:
    """Reads the record now, and says what has moved since it was asked for."""
    raise Http404
