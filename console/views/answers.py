"""How a view answers a POST that was done."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils.cache import patch_vary_headers
from django_htmx.http import HttpResponseClientRedirect


def go_to(request: HttpRequest, where: str, *arguments: object) -> HttpResponse:
    """Leads on to a page, by name or address: a 303; htmx would follow that inside the swap and gets its own header."""
    url = resolve_url(where, *arguments)
    if request.headers.get("HX-Request") == "true":
        return HttpResponseClientRedirect(url)
    return HttpResponseRedirect(url, status=303)


def is_swap(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of the page; going back in the history it wants the whole."""
    asked = request.headers.get("HX-Request") == "true"
    return asked and request.headers.get("HX-History-Restore-Request") != "true"


def vary_on_swap(response: HttpResponse) -> HttpResponse:
    """Tells caches that a part and a whole have the same address."""
    patch_vary_headers(response, ["HX-Request"])
    return response
