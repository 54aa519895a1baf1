"""Steps: what every POST about one change does: it finds the change, takes one step, and shows the page again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.http import url_has_allowed_host_and_scheme

from console.errors import ConsoleError, NotPermitted
from console.inbox import visible
from console.models import Change, ReviewItem, User, Verdict
from console.views.answers import go_to, is_swap, vary_on_swap
from console.views.change_actions import actions
from console.views.change_page import ASKED, ChangePage
from console.views.people import person

PAGE = "changes/change.html"


def take_step(
    request: HttpRequest,
    pk: int,
    step: Callable[[Change, User], object],
    done: Callable[[Change], HttpResponse | None] | None = None,
) -> HttpResponse:
    """Takes one step and shows the change again, or says why the step can't be taken.

    A swap gets the parts that move, so that the answer comes in place; the list of work asks to be shown again itself.
    `done` may lead elsewhere once the step was taken.
    """
    found = visible_change(request, pk)
    try:
        step(found, person(request))
    except ConsoleError as reason:
        return refused(request, pk, str(reason), status=403 if isinstance(reason, NotPermitted) else 422)
    if done and (elsewhere := done(found)):
        return elsewhere
    if request.POST.get("from") == "work":
        return go_to(request, _list_of(request))
    if not is_swap(request):
        return go_to(request, "change", pk)
    return moving(request, pk)


def _list_of(request: HttpRequest) -> str:
    """The list that a step was taken from, as it was filtered; the work where that is no address of ours."""
    back = request.POST.get("back", "")
    return back if back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None) else "work"


def refused(request: HttpRequest, pk: int, problem: str, *, status: int) -> HttpResponse:
    """The change as it is, and above it why the step was not taken; a swap takes 422 only."""
    if is_swap(request):
        return moving(request, pk, problem=problem, status=422)
    return show(request, visible_change(request, pk), problem=problem, status=status)


def moving(request: HttpRequest, pk: int, *, status: int = 200, **more: str) -> HttpResponse:
    """The parts of the page that move, after a step."""
    page = ChangePage(visible_change(request, pk), person(request))
    context = {**context_of(page), **_typed(request, is_kept=status != 200), **more}
    return vary_on_swap(render(request, f"{PAGE}#moving", context, status=status))


def show(request: HttpRequest, found: Change, *, status: int = 200, **more: str) -> HttpResponse:
    """The whole page."""
    context = {**context_of(ChangePage(found, person(request))), **_typed(request, is_kept=True), **more}
    return render(request, PAGE, context, status=status)


def visible_change(request: HttpRequest, pk: int) -> Change:
    """The change with what its page shows of it; another team's does not exist."""
    named = ("customer__connection", "requester", "claimed_by", "emergency__by", "emergency__closed_by")
    mine = visible(person(request)).select_related(*named)
    mine = mine.annotate(was_questioned=Exists(ReviewItem.objects.filter(change=OuterRef("pk"), mark__in=ASKED)))
    found = get_object_or_404(mine.prefetch_related("lines"), pk=pk)
    found.connection = found.customer.connection
    return found


def context_of(page: ChangePage) -> dict[str, Any]:
    """What every part of the page is made of."""
    possible = actions(page)
    return {"page": page, "change": page.change, "actions": possible, "verdicts": Verdict.choices}


def _typed(request: HttpRequest, *, is_kept: bool) -> dict[str, str]:
    """What was typed into the form of a step that was not taken."""
    names = ("reason", "verdict", "text", "finding", "about")
    return {name: request.POST.get(name, "") if is_kept else "" for name in names}
