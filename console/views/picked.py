"""Picked: the customers that somebody selected in the list, kept in their session while they page and filter.

A page tells which rows it showed and which of them are ticked; what was ticked on other pages stays beside that.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from console.errors import NotFit
from console.models.rows import BIGGEST_KEY
from console.views.answers import go_to, is_swap
from console.views.list_asked import Asked
from console.views.people import person
from console.views.session_parts import changing

NAME = "picked"
MOST = 1000
TOO_MANY = (
    f"At most {MOST:,} customers are selected one by one, so the last ones are not kept. "
    "Edit those first, or narrow the list and edit all that match."
)


@require_POST
def keep(request: HttpRequest) -> HttpResponse:
    """Keeps what is ticked on a page of the list, or with `clear` forgets all of it; back to that page."""
    try:
        kept = drop(request, None) if request.POST.get("clear") else merge(request)
    except NotFit as refusal:
        if is_swap(request):
            return HttpResponse(str(refusal), status=422, content_type="text/plain; charset=utf-8")
        messages.warning(request, str(refusal))
    else:
        if is_swap(request):  # the page says by itself how many they are
            return HttpResponse(status=204)
        messages.success(request, f"{len(kept):,} selected." if kept else "Nobody is selected any more.")
    asked = Asked.of(request, request.POST, person(request))
    return go_to(request, asked.turned(asked.cursor))


def picked(request: HttpRequest) -> Sequence[int]:
    """Who is selected, in the order in which they were."""
    return _keys(request.session.get(NAME))


def merge(request: HttpRequest) -> Sequence[int]:
    """Takes over what a page of the list says; raises NotFit, and keeps as many as there may be, if those are more."""
    shown = set(keys_in(request.POST.get("shown", "").split(",")))
    ticked = keys_in(request.POST.getlist("customer"))
    with changing(request, NAME) as part:
        others = [key for key in _keys(part.value) if key not in shown and key not in ticked]
        part.value = [*others, *ticked][:MOST]
    if len(others) + len(ticked) > MOST:
        raise NotFit(TOO_MANY)
    return _keys(part.value)


def drop(request: HttpRequest, keys: Collection[int] | None) -> Sequence[int]:
    """Forgets these, or all; gives whom it did not."""
    if not picked(request):
        return []
    with changing(request, NAME) as part:
        part.value = [] if keys is None else [key for key in _keys(part.value) if key not in keys]
    return _keys(part.value)


def keys_in(texts: Sequence[str]) -> list[int]:
    """Those of the texts that can be keys, each once."""
    return [int(text) for text in dict.fromkeys(texts[:MOST]) if _is_key(text)]


def _keys(value: object) -> list[int]:
    return [key for key in value if isinstance(key, int)] if isinstance(value, list) else []


def _is_key(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= len(str(BIGGEST_KEY)) and int(text) <= BIGGEST_KEY
