"""How people, moments and tones are said and shown on every page."""

from datetime import datetime, timedelta
from typing import Protocol

from django.contrib.messages.storage.base import Message
from django.template import Library
from django.utils import timezone
from django.utils.formats import date_format

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
    local = timezone.localtime(moment)
    return f"{date_format(local, 'j M Y, H:i:s')} {local.tzname()}"


def _directed(passed: timedelta, words: str) -> str:
    return f"{words} ago" if passed >= timedelta() else f"in {words}"


def _days_back(moment: datetime) -> int:
    return (timezone.localdate() - timezone.localdate(moment)).days


def _day(moment: datetime) -> str:
    named = {1: "yesterday", -1: "tomorrow"}.get(_days_back(moment))
    this_year = timezone.localdate(moment).year == timezone.localdate().year
    return named or date_format(timezone.localtime(moment), "j M" if this_year else "j M Y")
