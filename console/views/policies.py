"""Policies: what is in force, what is proposed, and how it came about."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse


def policies(request: HttpRequest) -> HttpResponse:
    """All of them."""
    raise Http404


def new(request: HttpRequest) -> HttpResponse:
    """Proposes a new one."""
    raise Http404


def policy(request: HttpRequest, pk: int) -> HttpResponse:
    """One with its versions."""
    raise Http404


def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Proposes its next version."""
    raise Http404


def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Approves or rejects what another administrator proposed."""
    raise Http404


def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes one's own proposal back."""
    raise Http404
