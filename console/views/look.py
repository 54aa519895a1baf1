"""The look: all components in all states on one page, from the templates that the other pages use. Only with DEBUG."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from console.views import samples
from console.views.swatches import TONES, pairs, palette

ICON = re.compile(r'<symbol id="([\w-]+)"')
SORRY: Mapping[str, dict[str, str]] = {
    "400": {},
    "403": {"exception": "You may not edit at SQRIL: it takes the role Editor. Ask Max Brandt."},
    "403_csrf": {},
    "404": {},
    "413": {},
    "429": {"problem": "That was too often in a short time. It works again in 12 minutes."},
    "500": {"number": "8cf8e77096cf41f1b96376b753af3c1f"},
    "503": {},
}


@require_GET
def look(request: HttpRequest) -> HttpResponse:
    """Everything there is to look at."""
    _only_while_developing()
    colours = palette()
    shown = {
        "tones": TONES,
        "colours": [{"name": name, "light": light, "dark": dark} for name, (light, dark) in colours.items()],
        "pairs": pairs(colours),
        "people": samples.PEOPLE,
        "long": samples.LONG,
        "arabic": samples.ARABIC,
        "hostile": samples.HOSTILE,
        "errors": list(SORRY),
        "icons": ICON.findall((settings.BASE_DIR / "static/img/icons.svg").read_text(encoding="utf-8")),
        "wrong": ["Enter a name that somebody here has."],
        **samples.previews(),
        **samples.moments(),
        **samples.form(),
    }
    return render(request, "look/look.html", shown)


@require_GET
def sorry(request: HttpRequest, page: str) -> HttpResponse:
    """An error page as it looks, whatever the state of the console."""
    _only_while_developing()
    if page not in SORRY:
        raise Http404
    return render(request, f"{page}.html", SORRY[page])


def _only_while_developing() -> None:
    if not settings.DEBUG:
        raise Http404
