"""Decisions: what people other than its author do about a proposed change, posted from its page."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from console.errors import ConsoleError
from console.flows import glass, review
from console.flows.refresh import refresh
from console.inbox import next_to_decide
from console.models import Change, User
from console.views.answers import go_to, is_swap, vary_on_swap
from console.views.change_page import ChangePage
from console.views.limits import Limit, limited
from console.views.people import person
from console.views.proving import EIGHT_HOURS, proved
from console.views.review_page import waits_for_decision
from console.views.steps import PAGE, context_of, take_step, visible_change


@require_POST
@proved(within=EIGHT_HOURS)
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    """Approves lines as they were on the page."""
    return _decided(request, pk, lambda found, by: review.approve(found.pk, by=by, seen=_seen(request)))


@require_POST
@proved(within=EIGHT_HOURS)
def reject(request: HttpRequest, pk: int) -> HttpResponse:
    """Rejects lines, or the whole of it, for a reason."""
    reason, whole = request.POST.get("reason", ""), "whole" in request.POST

    def step(found: Change, by: User) -> object:
        return review.reject(found.pk, by=by, seen=_seen(request), reason=reason, whole=whole)

    return _decided(request, pk, step)


@require_POST
@proved(within=EIGHT_HOURS)
def return_to_author(request: HttpRequest, pk: int) -> HttpResponse:
    """Gives it back to its author."""
    reason = request.POST.get("reason", "")
    return _decided(request, pk, lambda found, by: review.return_to_author(found.pk, by=by, reason=reason))


@require_POST
def comment(request: HttpRequest, pk: int) -> HttpResponse:
    """Says something about a line or the change."""
    text, field = request.POST.get("text", ""), request.POST.get("field", "")
    return take_step(request, pk, lambda found, by: review.comment(found.pk, by=by, text=text, field=field))


@require_POST
def claim(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes it, so that nobody else begins."""
    return take_step(request, pk, lambda found, by: review.claim(found.pk, by=by))


@require_POST
def let_go(request: HttpRequest, pk: int) -> HttpResponse:
    """Lets others have it again."""
    return take_step(request, pk, lambda found, by: review.release(found.pk, by=by))


@require_POST
@proved(within=EIGHT_HOURS)
def break_glass(request: HttpRequest, pk: int) -> HttpResponse:
    """Sends it at once, without its approvals."""
    reason = request.POST.get("reason", "")
    return take_step(
        request, pk, lambda found, by: glass.break_glass(found.pk, by=by, reason=reason, seen=_seen(request))
    )


@require_POST
def looked_into(request: HttpRequest, pk: int) -> HttpResponse:
    """A reviewer closes what was sent without approval."""
    finding = request.POST.get("finding", "")
    return take_step(request, pk, lambda found, by: glass.close(found.pk, by=by, finding=finding))


@require_POST
@limited(Limit.READING)
def reading(request: HttpRequest, pk: int) -> HttpResponse:
    """Reads the record now, and says what has moved since it was asked for.

    A swap gets what the page says of it, and all that shows values where any of them moved. Nobody is kept from
    deciding by a provider that does not answer.
    """
    found, reader = visible_change(request, pk), person(request)
    problem, moved = _read(found, reader) if waits_for_decision(found) else ("", False)
    if not is_swap(request):
        if problem:
            messages.warning(request, problem)
        return go_to(request, "change", pk)
    page = ChangePage(visible_change(request, pk), reader, problem=problem, asks=False)
    part = "moved" if moved else "reading"
    return vary_on_swap(render(request, f"{PAGE}#{part}", {**context_of(page), "oob": True, "yields": True}))


def _read(found: Change, reader: User) -> tuple[str, bool]:
    """Why there was no reading; and whether anything was found to have moved."""
    try:
        event = refresh(found.customer, by=reader)
    except ConsoleError as refusal:
        return str(refusal), False
    return "", bool(event.details["moved"])


def _decided(request: HttpRequest, pk: int, step: Callable[[Change, User], object]) -> HttpResponse:
    """Decides, and leads on to the next request where that is wished."""

    def following(found: Change) -> HttpResponse | None:
        if request.POST.get("then") != "next":
            return None
        said = f"Change {found.pk}: {ChangePage(visible_change(request, pk), person(request)).state.word.lower()}."
        coming = next_to_decide(person(request), after=found)
        messages.success(request, said if coming else f"{said} Nothing else waits for your decision.")
        return go_to(request, "change", coming) if coming else go_to(request, "work")

    return take_step(request, pk, step, following)


def _seen(request: HttpRequest) -> dict[str, str]:
    """The digests of the lines that were on the page, by field."""
    posted = request.POST.dict()
    return {name.removeprefix("seen-"): str(posted[name]) for name in posted if name.startswith("seen-")}
