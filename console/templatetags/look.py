"""How people, moments, tones and states are said and shown on every page: tags and filters every template has."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import datetime, timedelta
from functools import lru_cache
from html import escape
from typing import Protocol

from django.conf import settings
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest
from django.template import Library
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = Library()

TONE_ICONS = {
    "applied": "check",
    "waiting": "clock",
    "refused": "cross",
    "unknown": "question",
    "neutral": "info",
}
MESSAGE_TONES = {"success": "applied", "warning": "waiting", "error": "refused"}

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
HALF_A_DAY = timedelta(hours=12)


class Person(Protocol):
    """What is needed of a user to name them."""

    def get_full_name(self) -> str: ...
    def get_username(self) -> str: ...


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """A symbol of icons.svg; with `label` where no word stands beside it, otherwise silent to a screen reader."""
    return _icon(name, label)


@lru_cache(maxsize=512, typed=True)
def _icon(name: str, label: str) -> SafeString:
    """The same on every page, and dozens of times on some; a label that is safe is not one that is not."""
    spoken = format_html('role="img" aria-label="{}"', label) if label else SafeString('aria-hidden="true"')
    return format_html('<svg class="icon" {}><use href="{}#{}"></use></svg>', spoken, static("img/icons.svg"), name)


@register.simple_tag
def drawn(template: str, **given: Hashable) -> SafeString:
    """A part that is the same whenever it is given the same, and drawn once for each of what it was given.

    For what stands around every page: nothing personal may be given, since it would stay in the memory.
    """
    draw = _draw.__wrapped__ if settings.DEBUG else _draw
    return draw(template, tuple(given.items()))


@lru_cache(maxsize=512, typed=True)
def _draw(template: str, given: tuple[tuple[str, Hashable], ...]) -> SafeString:
    return render_to_string(template, dict(given))


@register.simple_tag
def state(tone: str, icon_name: str, word: str) -> SafeString:
    """What became of something: a colour, an icon and a word. Tones: applied, waiting, refused, unknown, neutral."""
    return _state(tone, icon_name, word)


@lru_cache(maxsize=512, typed=True)
def _state(tone: str, icon_name: str, word: str) -> SafeString:
    """A few dozen of them stand on every list; a word that is safe is not one that is not."""
    return format_html('<span class="state {}">{}{}</span>', tone, icon(icon_name), word)


@register.simple_tag
def copy_button(text: str, label: str, name: str = "") -> SafeString:
    """Copies a text; `label` is what a screen reader calls it, and by its `name` it keeps the focus when swapped."""
    words = escape(label)
    named = f' id="{escape(name)}"' if name else ""
    return SafeString(
        f'<button class="button plain small copy" type="button"{named} data-copy="{escape(text)}" aria-label="{words}" '
        f'title="{words}"><span class="todo">{icon("copy")}</span><span class="done">{icon("check")}</span></button>'
    )


@register.simple_tag
def timeline_item(
    heading: str, *, tone: str = "", at: datetime | None = None, say: str = "", url: str = "", to_come: bool = False
) -> SafeString:
    """An entry of a timeline: what happened, when, and where it is told in full."""
    told = f'<a href="{escape(url)}">{escape(heading)}</a>' if url else escape(heading)
    more = " · ".join(filter(None, (when(at or None), escape(say))))
    small = f"<small>{more}</small>" if more else ""
    return SafeString(f'<li class="{escape(tone or "neutral")}{" next" if to_come else ""}">{told}{small}</li>')


@register.simple_tag
def provider(title: str) -> SafeString:
    """A provider's or a connection's name as a label."""
    return _provider(title)


@lru_cache(maxsize=512, typed=True)
def _provider(title: str) -> SafeString:
    return format_html('<span class="provider">{}</span>', title)


@register.simple_tag
def when(at: datetime | None) -> SafeString:
    """A moment, said relative to now; the exact one is in its title. Nothing for none."""
    if at is None:
        return SafeString("")
    local = timezone.localtime(at)
    moment = local.isoformat(timespec="seconds")  # digits and our own words: nothing to escape
    return SafeString(f'<time datetime="{moment}" title="{_exactly(local)}">{ago(at)}</time>')


@register.filter
def layout(request: HttpRequest | str) -> str:
    """What a page stands in: the document, or main alone where htmx shows it in place of the page that asks."""
    headers = request.headers if isinstance(request, HttpRequest) else {}
    is_whole = headers.get("HX-Target") != "main" or "HX-History-Restore-Request" in headers
    return "document.html" if is_whole else "main.html"


@register.filter
def person_name(person: Person) -> str:
    """The name a person is called by: the full one, or the one they sign in with."""
    return person.get_full_name() or person.get_username()


@register.filter
def initials(person: Person) -> str:
    """One or two capital letters that stand for a person."""
    first, *others = person_name(person).split() or ["?"]
    letters = first[0] + others[-1][0] if others else first[:2]
    return letters.upper()


@register.filter
def tone_icon(tone: str) -> str:
    """The icon that goes with a tone where nobody chose another one."""
    return TONE_ICONS.get(tone, TONE_ICONS["neutral"])


@register.filter
def notice_tone(message: Message) -> str:
    """The tone of a Django message."""
    return MESSAGE_TONES.get(message.level_tag, "neutral")


@register.filter
def ago(moment: datetime) -> str:
    """A moment relative to now, short: "2 min ago", "in 3 h", "yesterday", "3 Nov", "3 Nov 2024"."""
    passed = timezone.now() - moment
    distance = abs(passed)
    if distance < MINUTE:
        return "just now" if passed >= timedelta() else "in a moment"
    if distance < HOUR:
        return _directed(passed, f"{distance // MINUTE} min")
    if distance < HALF_A_DAY or _days_back(moment) == 0:
        return _directed(passed, f"{distance // HOUR} h")
    return _day(moment)


@register.filter
def exactly(moment: datetime) -> str:
    """A moment to the second, in the person's zone, the zone named: "21 Nov 2025, 10:24:07 UTC"."""
    return _exactly(timezone.localtime(moment))


def _exactly(local: datetime) -> str:
    return f"{local.day} {local:%b %Y, %H:%M:%S} {local.tzname()}"


def _directed(passed: timedelta, words: str) -> str:
    return f"{words} ago" if passed >= timedelta() else f"in {words}"


def _days_back(moment: datetime) -> int:
    return (timezone.localdate() - timezone.localdate(moment)).days


def _day(moment: datetime) -> str:
    named = {1: "yesterday", -1: "tomorrow"}.get(_days_back(moment))
    day = timezone.localdate(moment)
    return named or f"{day.day} {day:%b}" + ("" if day.year == timezone.localdate().year else f" {day.year}")
