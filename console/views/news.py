"""News: what became meanwhile of the changes that the reader asked for, told while they are elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET

from console.inbox import visible
from console.models import Status
from console.views.answers import go_to, is_swap, vary_on_swap
from console.views.next_steps import with_steps
from console.views.pace import pace, quickest
from console.views.people import person
from console.views.rows import Row, rows

MOST_WATCHED = 50
MOST_TOLD = 3
NEVER_SENT = frozenset({Status.REJECTED, Status.WITHDRAWN, Status.EXPIRED, Status.SUPERSEDED})


@dataclass(frozen=True, slots=True)
class Toast:
    """One end of a change, or several together, in the words of a toast."""

    tone: str
    heading: SafeString
    body: str
    url: str
    action: str
    change: int


@require_GET
def news(request: HttpRequest) -> HttpResponse:
    """A toast for each watched change that goes on no more, and what to watch from now on; 204 where nothing moved.

    The address holds numbers alone: `of` are the changes that the page watches, `but` the one whose own page it is,
    `every` how often it asks. Whatever of that isn't the reader's own counts as not there.
    """
    if not is_swap(request):
        return go_to(request, "work")
    watched, shown = _numbers(request.GET.get("of", "")), _numbers(request.GET.get("but", ""))
    mine = visible(person(request)).filter(requester=person(request))
    alone = mine.filter(batch__isnull=True)  # the others are told of by their batch
    found = list((alone.filter(pk__in=watched) | alone.going_on()).select_related("connection").order_by("-pk")[:100])
    now = timezone.now()
    going = [change for change in found if pace(change, now)][:MOST_WATCHED]
    every = quickest(going, now)
    ended = (watched - shown - {change.pk for change in going}) & {change.pk for change in found}
    if not ended and watched == {change.pk for change in going} and request.GET.get("every") == str(every):
        return HttpResponse(status=204)
    context = {"going": [change.pk for change in going], "every": every, "toasts": _told(request, ended)}
    return vary_on_swap(render(request, "news/news.html", context))


def _told(request: HttpRequest, ended: Iterable[int]) -> list[Toast]:
    """Each in a toast of its own, unless there are so many that nobody would read them."""
    reader = person(request)
    listed = rows(visible(reader).filter(pk__in=ended).with_names().order_by("pk"), reader) if ended else []
    if len(listed) > MOST_TOLD:
        return [_together(listed)]
    return [_toast(row) for row in with_steps(listed, reader)]


def _toast(row: Row) -> Toast:
    url, action = (row.step.url, row.step.label) if row.step else ("", "")
    heading = format_html("<bdi>{}</bdi> · {}: {}.", row.change.customer, row.fields, row.state.word)
    said = row.state.headline.removeprefix(f"{row.state.word}: ")
    return Toast(row.state.tone, heading, f"{said[:1].upper()}{said[1:]}", url, action, row.change.pk)


def _together(listed: list[Row]) -> Toast:
    states = [row.change.state for row in listed]
    stuck = sum(row.change.needs_a_person for row in listed)
    counts = {
        "taken by their providers": states.count(Status.APPLIED),
        "to be fixed": stuck,
        "closed by a person": states.count(Status.CLOSED),
        "never sent": sum(state in NEVER_SENT for state in states),
    }
    body = ", ".join(f"{count} {words}" for words, count in counts.items() if count)
    heading = format_html("{} of your changes ended.", len(listed))
    return Toast("refused" if stuck else "neutral", heading, f"{body}.", "/", "See your work", 0)


def _numbers(text: str) -> set[int]:
    """The numbers of an address: “12-15”; what is none counts as not there."""
    parts = text.split("-")[:MOST_WATCHED]
    return {int(part) for part in parts if part.isascii() and part.isdigit() and len(part) < 19}
