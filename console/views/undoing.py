"""Undoing a change that was applied, or one line of it: a new proposal that asks for what was before."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from console.errors import ConsoleError, NotPermitted
from console.flows.undo import undo as undo_it
from console.flows.visits import visit
from console.permissions import Right, require
from console.views.answers import go_to
from console.views.people import person
from console.views.steps import visible_change
from console.views.undo_page import UndoPage


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """What would be asked for, and the proposal."""
    user, change = person(request), visible_change(request, pk)
    try:
        require(user, Right.PROPOSE, change.connection)
    except NotPermitted as refusal:
        raise PermissionDenied(str(refusal)) from None
    if request.method == "POST":
        return _propose(request, UndoPage(change, user, request.GET, posted=request.POST))
    visit(change.customer, by=user)
    return _show(request, UndoPage(change, user, request.GET))


def _propose(request: HttpRequest, page: UndoPage) -> HttpResponse:
    if not page.reason.is_valid():
        return _show(request, page, status=422)
    said, chosen = page.reason.cleaned_data, request.POST.getlist("field")
    try:
        done = undo_it(
            page.change.pk,
            by=page.reader,
            key=page.key,
            fields=chosen,
            why=said["why"],
            reference=said["reference"],
            replacing=page.replacing,
        )
    except ConsoleError as refusal:
        page.take(refusal)
        return _show(request, page, status=422)
    return go_to(request, "change", done.pk)


def _show(request: HttpRequest, page: UndoPage, *, status: int = 200) -> HttpResponse:
    return render(request, "changes/undo.html", {"page": page, "change": page.change}, status=status)
