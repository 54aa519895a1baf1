"""How a view answers a POST that was done, and what is no POST."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

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
    """Whether htmx asks for a part; in place of another page, and going back in the history, it wants the whole."""
    asked = request.headers.get("HX-Request") == "true" and request.headers.get("HX-Target") != "main"
    return asked and request.headers.get("HX-History-Restore-Request") != "true"


def vary_on_swap(response: HttpResponse) -> HttpResponse:
    """Tells caches that a part and a whole have the same address."""
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


def posted(view: Callable[..., HttpResponse], *, back_to: str) -> Callable[..., HttpResponse]:
    """A view that only a POST reaches; whoever visits its address is led to the page it belongs to, with nothing done.

    Browsers visit such an address after signing in anew, and when somebody puts the cursor into it and presses Enter.
    """

    @wraps(view)
    def led_back(request: HttpRequest, *arguments: object, **named: object) -> HttpResponse:
        if request.method in {"GET", "HEAD"}:
            return go_to(request, back_to, *arguments, *named.values())
        return view(request, *arguments, **named)

    return led_back
