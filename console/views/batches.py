"""Batches: the list, the page on which one is decided on and followed, and the steps a person can take about one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_POST

from console.errors import ConsoleError, NotFit, NotPermitted, ReasonMissing
from console.flows import batches as flow
from console.flows import notices
from console.models import Batch, User
from console.permissions import Right, connections_where
from console.views.answers import go_to, is_swap, vary_on_swap
from console.views.batch_actions import actions
from console.views.batch_list import BatchList
from console.views.batch_page import BatchPage
from console.views.batch_results import results_of
from console.views.limits import Limit, limited
from console.views.people import person
from console.views.proving import EIGHT_HOURS, TEN_MINUTES, proved

PAGE = "batches/batch.html"


@require_GET
def batches(request: HttpRequest) -> HttpResponse:
    """Those the reader may see, newest first, by keyset."""
    listed = BatchList(person(request), request.GET)
    template = "batches/list.html#results" if is_swap(request) else "batches/list.html"
    return vary_on_swap(render(request, template, {"page": listed}))


@require_GET
def batch(request: HttpRequest, pk: int) -> HttpResponse:
    """One batch: what it asks for, where it stands, its changes; of these a swap gets a page alone."""
    found, reader = visible_batch(request, pk), person(request)
    if is_swap(request):
        page = BatchPage(found, reader, request.GET)
        return vary_on_swap(render(request, f"{PAGE}#members", {"page": page, "batch": found}))
    notices.batch_seen(found.pk, by=reader)
    return vary_on_swap(_show(request, found))


@require_GET
def state(request: HttpRequest, pk: int) -> HttpResponse:
    """The parts of the page that move; nothing (204) while they stand as the page shows them."""
    found = visible_batch(request, pk)
    if not is_swap(request):
        return go_to(request, "batch", found.pk)
    page = BatchPage(found, person(request))
    if request.GET.get("seen") != page.token:
        notices.batch_seen(found.pk, by=person(request))
        return vary_on_swap(render(request, f"{PAGE}#moving", {**_context(page), "yields": True}))
    if request.GET.get("every") == str(page.poll_seconds):
        return HttpResponse(status=204)
    return vary_on_swap(render(request, f"{PAGE}#asking", {"page": page, "oob": True}))


@require_POST
@proved(within=EIGHT_HOURS)
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    """Approves all of it as it was on the page."""
    seen = request.POST.get("digest", "")
    return _step(request, pk, lambda found, by: flow.approve(found.pk, by=by, digest=seen))


@require_POST
@proved(within=EIGHT_HOURS)
def reject(request: HttpRequest, pk: int) -> HttpResponse:
    """Rejects all of it, for a reason."""
    seen, reason = request.POST.get("digest", ""), request.POST.get("reason", "")
    return _step(request, pk, lambda found, by: flow.reject(found.pk, by=by, digest=seen, reason=reason))


@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Its author takes it back."""
    return _step(request, pk, lambda found, by: flow.withdraw(found.pk, by=by))


@require_POST
def pause(request: HttpRequest, pk: int) -> HttpResponse:
    """Nothing more of it leaves for now."""
    return _step(request, pk, lambda found, by: flow.pause(found.pk, by=by))


@require_POST
@proved(within=EIGHT_HOURS)
def go_on(request: HttpRequest, pk: int) -> HttpResponse:
    """Lets it go on, or says that the first few are right."""
    return _step(request, pk, lambda found, by: flow.go_on(found.pk, by=by))


@require_POST
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    """Nothing more of it leaves ever. As no stop, of an import either, it asks for no fresh proof: it is the safe
    direction, and whoever has to look for their second factor while something goes wrong loses the time that counts.
    """
    return _step(request, pk, lambda found, by: flow.stop(found.pk, by=by))


@require_POST
@proved(within=EIGHT_HOURS)
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks for all it brought to be taken back, by a batch of its own, and leads there."""
    said = {name: request.POST.get(name, "") for name in ("key", "why", "reference")}
    made = list[Batch]()

    def ask(found: Batch, by: User) -> None:
        made.append(flow.undo(found.pk, by=by, **said))

    return _step(request, pk, ask, lambda: made[0].pk)


@require_GET
@proved(within=TEN_MINUTES, back_to="batch")
@limited(Limit.EXPORT, methods=frozenset({"GET"}))
def results(request: HttpRequest, pk: int) -> HttpResponseBase:
    """What became of each of its changes, as a table for a spreadsheet, streamed."""
    return results_of(visible_batch(request, pk), by=person(request))


def visible_batch(request: HttpRequest, pk: int) -> Batch:
    """The batch with what its page shows of it; another team's does not exist."""
    seen = Batch.objects.at(connections_where(person(request), Right.SEE))
    named = seen.select_related("connection", "requester").prefetch_related("undone_by")
    return get_object_or_404(named, pk=pk)


def _step(
    request: HttpRequest,
    pk: int,
    step: Callable[[Batch, User], object],
    leads_to: Callable[[], int] | None = None,
) -> HttpResponse:
    """Takes one step and shows the batch again, or says why the step can't be taken."""
    found = visible_batch(request, pk)
    try:
        step(found, person(request))
    except ConsoleError as reason:
        return _refused(request, pk, reason)
    if leads_to or not is_swap(request):
        return go_to(request, "batch", leads_to() if leads_to else pk)
    return _moving(request, pk)


def _refused(request: HttpRequest, pk: int, reason: ConsoleError) -> HttpResponse:
    """The batch as it is, above it why the step was not taken, and in its form what is wrong with what was typed; a
    swap takes 422 only.
    """
    wanted = reason.wanted if isinstance(reason, NotFit | ReasonMissing) else {}
    told = {"problem": str(reason), "wanted": wanted, **_typed(request)}
    if is_swap(request):
        return _moving(request, pk, status=422, **told)
    status = 403 if isinstance(reason, NotPermitted) else 422
    return _show(request, visible_batch(request, pk), status=status, **told)


def _moving(request: HttpRequest, pk: int, *, status: int = 200, **more: Any) -> HttpResponse:
    context = {**_context(BatchPage(visible_batch(request, pk), person(request))), **more}
    return vary_on_swap(render(request, f"{PAGE}#moving", context, status=status))


def _show(request: HttpRequest, found: Batch, *, status: int = 200, **more: Any) -> HttpResponse:
    page = BatchPage(found, person(request), request.GET)
    return render(request, PAGE, {**_context(page), **more}, status=status)


def _context(page: BatchPage) -> dict[str, Any]:
    """What every part of the page is made of."""
    return {"page": page, "batch": page.batch, "actions": actions(page)}


def _typed(request: HttpRequest) -> dict[str, str]:
    """What was typed into the form of a step that was not taken."""
    return {name: request.POST.get(name, "") for name in ("about", "reason", "why", "reference")}
