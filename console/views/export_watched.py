"""Exports as their owner watches them: their list, and one by itself; a poll gets what moved, or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from console.views.answers import is_swap, vary_on_swap
from console.views.export_page import POLL_SECONDS

if TYPE_CHECKING:
    from console.views.export_page import ExportPage


def listed(own: Sequence[ExportPage]) -> dict[str, object]:
    """What `exports/own.html` shows of these."""
    going = [page for page in own if page.is_going]
    return {"own": own, "every": POLL_SECONDS if going else 0, "seen": "_".join(page.token for page in own)}


def list_again(request: HttpRequest, own: Sequence[ExportPage], template: str) -> HttpResponse:
    """The part `list` of a page again, if it stands otherwise than the page shows it."""
    shown = listed(own)
    if request.GET.get("seen") == shown["seen"]:
        return vary_on_swap(HttpResponse(status=204))
    return vary_on_swap(render(request, f"{template}#list", {**shown, "swaps": True}))


def watched(request: HttpRequest, page: ExportPage, template: str) -> HttpResponse:
    """The page of one; a poll gets its part `moving` while only the progress moves, and `ended` where more does."""
    context = {"page": page, "export": page.export, "every": POLL_SECONDS}
    if not is_swap(request):
        return vary_on_swap(render(request, template, context))
    seen = request.GET.get("seen", "")
    if seen == page.token:
        return vary_on_swap(HttpResponse(status=204))
    part = "moving" if seen.startswith(f"{page.export.status}-") else "ended"
    return vary_on_swap(render(request, f"{template}#{part}", {**context, "oob": True}))
