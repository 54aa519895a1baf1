"""Notices: what the reader was told while they were elsewhere, and the bell by which each page shows how much of it."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from console.bell import Bell
from console.flows.examine import items_for
from console.flows.notices import latest, read_all
from console.flows.notices import read as mark_read
from console.models import About, BulkKind, Mark, Notice, User
from console.models.rows import BIGGEST_KEY
from console.navigation import navigation
from console.telling import look, told
from console.views.answers import go_to, is_swap, vary_on_swap
from console.views.people import person

PAGE = 50
IN_THE_BELL = 10


@dataclass(frozen=True, slots=True)
class Told:
    """A notice as a list shows it."""

    notice: Notice
    sentence: str
    customer: str
    url: str
    tone: str
    icon: str
    is_new: bool


@require_GET
def notices(request: HttpRequest) -> HttpResponse:
    """The latest, or those before one, by keyset. They count as read from then on."""
    reader = person(request)
    found = latest(reader, PAGE + 1, before=_number(request.GET.get("before")))
    shown = found[:PAGE]
    _read(shown, reader)
    context = {
        "rows": told_of(shown, reader),
        "older": shown[-1].pk if len(found) > PAGE else None,
        "first": "before" not in request.GET,
    }
    return render(request, "notices/notices.html", context)


@require_GET
def bell(request: HttpRequest) -> HttpResponse:
    """What stands around a page, where it is different from what the page shows; 204 where it is not.

    What is new since then is said in a sentence, for who hears the page.
    """
    if not is_swap(request):
        return go_to(request, "notices")
    frame = navigation(request)
    now, seen = frame["bell"], request.GET.get("seen", "")
    if str(getattr(now, "token", "")) == seen:
        return HttpResponse(status=204)
    return vary_on_swap(render(request, "notices/bell.html#moved", {**frame, "said": _news(request, now, seen)}))


@require_POST
def read(request: HttpRequest) -> HttpResponse:
    """The bell was opened: gives its list, of which all counts as read then. With `all` everything does."""
    reader = person(request)
    if not is_swap(request):
        read_all(by=reader)
        return go_to(request, "notices")
    if "all" in request.POST:
        read_all(by=reader, up_to=_number(request.POST.get("up_to")))
    found = latest(reader, IN_THE_BELL)
    _read(found, reader)
    context = {"rows": told_of(found, reader), **navigation(request)}
    return vary_on_swap(render(request, "notices/bell.html#opened", context))


def _read(shown: list[Notice], reader: User) -> None:
    if fresh := [one.pk for one in shown if one.read_at is None]:
        mark_read(fresh, by=reader)


def told_of(shown: list[Notice], reader: User) -> list[Told]:
    """As a list shows them, each leading to what it is about, or to where that is questioned in a review."""
    asked = _asked_at([one.change_id for one in shown if one.about == About.QUESTIONED and one.change_id], reader)
    return [_told(one, asked.get(one.change_id or 0, "") if one.about == About.QUESTIONED else "") for one in shown]


def _told(notice: Notice, elsewhere: str) -> Told:
    tone, icon = look(notice)
    url = elsewhere or _url(notice)
    whom = str(notice.change.customer) if notice.change else ""
    return Told(notice, told(notice), whom, url, tone, icon, notice.read_at is None)


def _url(notice: Notice) -> str:
    if notice.bulk:
        return reverse("bulk_edit" if notice.bulk.kind == BulkKind.EDIT else "import", args=[notice.bulk.pk])
    if notice.connection_id:
        return f"{reverse('quality_rule', args=[notice.connection_id, notice.field, notice.code])}?whose=mine"
    if notice.batch_id:
        return reverse("batch", args=[notice.batch_id])
    return reverse("change", args=[notice.change_id])


def _asked_at(changes: list[int], reader: User) -> dict[int, str]:
    """Where each of these changes is questioned, the latest review last; asks the database only if any is."""
    if not changes:
        return {}
    items = items_for(reader).filter(change__in=changes, mark__in=[Mark.QUESTIONED, Mark.SETTLED]).order_by("pk")
    return {item.change_id: reverse("review_item", args=[item.review_id, item.pk]) for item in items}


def _news(request: HttpRequest, now: object, seen: str) -> str:
    """The latest notice, if it came after the page was made; without a customer's name, since it is said aloud."""
    newest = _number(seen.split("-")[1]) if seen.count("-") else None
    if not isinstance(now, Bell) or newest is None or now.newest <= newest:
        return ""
    found = latest(person(request), 1)
    return f"{told(found[0])}." if found else ""


def _number(text: str | None) -> int | None:
    """A key out of an address or a form; whatever is none counts as not given."""
    is_one = text is not None and text.isascii() and text.isdigit() and len(text) < 20
    return min(int(text), BIGGEST_KEY) if is_one and text else None
