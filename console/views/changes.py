"""Changes: the list with its filters, the page of one, its state as it moves, and the steps a person can take."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from console.flows import decide, held, notices, propose, resolve
from console.flows.read_back import read_back_now
from console.flows.visits import visit
from console.inbox import visible
from console.models import Change, Status, User, Verdict, Wait
from console.models.changes import ChangeQuerySet
from console.permissions import Right, connections_where
from console.views.answers import go_to, is_swap, vary_on_swap
from console.views.change_page import ChangePage
from console.views.limits import Limit, limited
from console.views.people import person
from console.views.rows import rows_of
from console.views.steps import context_of, refused, show, take_step, visible_change

PAGE = 50
ENDED_OTHERWISE = [status for status in Status if status.is_final and status is not Status.APPLIED]

GROUPS: Mapping[str, tuple[str, Callable[[ChangeQuerySet], ChangeQuerySet]]] = {
    "": ("All", lambda changes: changes),
    "person": ("Needs a person", lambda changes: changes.needing_a_person()),
    "going": ("On their way", lambda changes: changes.going_on()),
    "waiting": ("Waiting for approval", lambda changes: changes.to_decide()),
    "applied": ("Applied", lambda changes: changes.filter(status=Status.APPLIED)),
    "ended": (
        "Ended otherwise",
        lambda changes: changes.filter(status__in=ENDED_OTHERWISE),
    ),
}


@dataclass(frozen=True, slots=True)
class Filters:
    """What the reader chose to see; whatever the address says that is no choice counts as none."""

    group: str
    mine: bool
    connection: int | None
    before: int | None
    after: int | None

    @classmethod
    def of(cls, request: HttpRequest) -> Filters:
        """Reads them out of the address."""
        given = request.GET
        group = given.get("state", "")
        return cls(
            group if group in GROUPS else "",
            given.get("whose") == "mine",
            _number(given.get("connection")),
            _number(given.get("before")),
            _number(given.get("after")),
        )

    def chosen(self, changes: ChangeQuerySet, reader: User) -> ChangeQuerySet:
        """The changes that pass."""
        found = GROUPS[self.group][1](changes)
        if self.mine:
            found = found.filter(requester=reader)
        return found.filter(connection=self.connection) if self.connection else found


@require_GET
def changes(request: HttpRequest) -> HttpResponse:
    """The list, newest first, by keyset."""
    reader, filters = person(request), Filters.of(request)
    found = filters.chosen(visible(reader), reader)
    page, older, newer = _page(found, filters)
    listed = rows_of(page, reader)
    context = {
        "filters": filters,
        "groups": [(name, label) for name, (label, _) in GROUPS.items()],
        "connections": connections_where(reader, Right.SEE).order_by("name"),
        "rows": [listed[number] for number in page if number in listed],
        "older": older,
        "newer": newer,
        "filtered": bool(filters.group or filters.mine or filters.connection),
    }
    template = "changes/changes.html#results" if is_swap(request) else "changes/changes.html"
    return vary_on_swap(render(request, template, context))


@require_GET
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """One change: where it stands, its lines, what is sent, what happened, what can be done."""
    found, user = visible_change(request, pk), person(request)
    visit(found.customer, by=user)
    notices.seen(found.pk, by=user)
    return show(request, found)


@require_GET
def state(request: HttpRequest, pk: int) -> HttpResponse:
    """The parts of the page that move; nothing (204) while they stand as the page shows them.

    Where only the pace is another one, only that is answered: a dialog or a half-typed reason stays as it is.
    """
    found = visible_change(request, pk)
    if not is_swap(request):
        return go_to(request, "change", found.pk)
    page = ChangePage(found, person(request))
    if request.GET.get("seen") != page.token:
        notices.seen(found.pk, by=person(request))
        return vary_on_swap(render(request, "changes/change.html#moving", {**context_of(page), "yields": True}))
    if request.GET.get("every") == str(page.poll_seconds):
        return HttpResponse(status=204)
    return vary_on_swap(render(request, "changes/change.html#asking", {"page": page, "oob": True}))


@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """The author takes it back; what is held and may have been applied, an operator, who says why."""
    reason = request.POST.get("reason", "").strip()

    def step(found: Change, by: User) -> object:
        if found.wait == Wait.RESTORED or (found.state is Status.PROPOSED and found.maybe_applied):
            return held.withdraw(found.pk, by=by, reason=reason)
        return propose.withdraw(found.pk, by=by)

    return take_step(request, pk, step)


@require_POST
def release(request: HttpRequest, pk: int) -> HttpResponse:
    """Lets leave what is held since a backup was restored."""
    reason = request.POST.get("reason", "").strip()
    return take_step(request, pk, lambda found, by: held.release(found.pk, by=by, reason=reason))


@require_POST
@limited(Limit.READING)
def read_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Has the record of an unknown read at once."""
    return take_step(request, pk, lambda found, by: read_back_now(found.pk, by=by))


@require_POST
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """The author stands by a held change."""
    return take_step(request, pk, lambda found, by: decide.confirm(found.pk, by=by))


@require_POST
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """Sends the same lines once more."""
    reason = request.POST.get("reason", "").strip()
    return take_step(request, pk, lambda found, by: resolve.try_again(found.pk, by=by, reason=reason))


@require_POST
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """Ends it with what a person found out."""
    verdict, reason = request.POST.get("verdict", ""), request.POST.get("reason", "").strip()
    if verdict not in Verdict:
        return refused(request, pk, "Choose what became of the change.", status=422)
    return take_step(
        request, pk, lambda found, by: resolve.close(found.pk, by=by, verdict=Verdict(verdict), reason=reason)
    )


def _page(found: ChangeQuerySet, filters: Filters) -> tuple[list[int], int | None, int | None]:
    """The numbers of one page, with the keys that lead to the older and the newer one, where there are any."""
    if filters.after:
        page = list(found.filter(pk__gt=filters.after).order_by("pk").values_list("pk", flat=True)[: PAGE + 1])
        newer, page = len(page) > PAGE, page[:PAGE][::-1]
        older = True
    else:
        below = found.filter(pk__lt=filters.before) if filters.before else found
        page = list(below.order_by("-pk").values_list("pk", flat=True)[: PAGE + 1])
        older, page = len(page) > PAGE, page[:PAGE]
        newer = bool(filters.before)
    return page, page[-1] if page and older else None, page[0] if page and newer else None


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None
