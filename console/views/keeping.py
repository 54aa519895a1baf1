"""The page on which an administrator says for how long a connection keeps what."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods

from console.errors import NotPermitted
from console.flows.keeping import MOST_COUNTED, Over, Periods, keep_for, over
from console.forms.keeping import KeepingForm, form_of
from console.models import Connection
from console.permissions import Right, require, visible_connections
from console.views.answers import go_to
from console.views.people import person
from console.views.proving import TEN_MINUTES, proved


@require_http_methods(["GET", "HEAD", "POST"])
@proved(within=TEN_MINUTES)
def keeping(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows the periods, or sets them."""
    found = get_object_or_404(visible_connections(person(request)), pk=pk)
    try:
        require(person(request), Right.ADMINISTER, found)
    except NotPermitted as refusal:
        raise PermissionDenied(str(refusal)) from None
    if request.method != "POST":
        return _page(request, found, form_of(found))
    form = KeepingForm(request.POST)
    if not form.is_valid() or not form.is_meant(found):
        return _page(request, found, form, status=422)
    keep_for(found.pk, form.periods(), by=person(request))
    messages.success(request, "Saved. What is over goes within the hour.")
    return go_to(request, "connection", pk)


def _page(request: HttpRequest, found: Connection, form: KeepingForm, *, status: int = 200) -> HttpResponse:
    is_fit = form.is_bound and not {"customers", "bodies"} & form.errors.keys()
    context = {
        "connection": found,
        "form": form,
        "goes": _goes(over(found, form.periods() if is_fit else Periods.of(found))),
        "asks": bool(form.errors.get("sure")),
    }
    return render(request, "connections/keeping.html", context, status=status)


def _goes(found: Over) -> str:
    """What goes at once, in a sentence; empty for nothing."""
    counts = ((found.customers, "customer", "customers"), (found.bodies, "exchange", "exchanges"))
    told = [f"{_bounded(count)} {one if count == 1 else many}" for count, one, many in counts if count]
    return " and ".join(told)


def _bounded(count: int) -> str:
    return f"more than {MOST_COUNTED}" if count > MOST_COUNTED else str(count)
