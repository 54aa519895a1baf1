"""A customer: the record as we know it, reading it now, what moved there, and the history of one of its fields."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from console.errors import ConsoleError, KeyMissing, NotPermitted
from console.flows.accept import accept
from console.flows.refresh import refresh
from console.flows.visits import visit
from console.models import Customer, User
from console.permissions import Right, may
from console.sentences import listed
from console.views.answers import go_to, is_swap, vary_on_swap
from console.views.customer_page import CustomerPage, Sight, number_in
from console.views.field_history import FieldHistory
from console.views.limits import Limit, limited
from console.views.people import person


@require_GET
def customer(request: HttpRequest, pk: int) -> HttpResponse:
    """The record as we know it, what is under way, and what happened."""
    user = person(request)
    found = visible_customer(user, pk)
    visit(found, by=user)
    return _show(request, CustomerPage(found, user, Sight.of(request.GET)))


@require_GET
def state(request: HttpRequest, pk: int) -> HttpResponse:
    """The parts of the page that move; nothing (204) while they stand as the page shows them."""
    user = person(request)
    found = visible_customer(user, pk)
    if not is_swap(request):
        return go_to(request, "customer", pk)
    page = CustomerPage(found, user, Sight.of(request.GET))
    if request.GET.get("seen") == page.token:
        return HttpResponse(status=204)
    return _show(request, page)


@require_POST
@limited(Limit.READING)
def read(request: HttpRequest, pk: int) -> HttpResponse:
    """Reads the record from the provider now, and shows what had moved; from the form, back to the form."""
    user = person(request)
    found = visible_customer(user, pk)
    to_form = request.POST.get("to") == "edit"
    try:
        event = refresh(found, by=user)
    except ConsoleError as refusal:
        return _refused(request, pk, refusal, "customer_edit" if to_form else "customer", heading="Not read.")
    if to_form:
        labels = listed([field.label for field in found.provider.fields if field.name in event.details["moved"]])
        said = f"{labels} had changed there." if labels else "Nothing had changed there."
        messages.success(request, f"Read from {found.connection.name} just now. {said}")
        return go_to(request, "customer_edit", pk)
    if is_swap(request):
        return _show(request, CustomerPage(visible_customer(user, pk), user, Sight(read=event.pk)))
    return go_to(request, f"{reverse('customer', args=[pk])}?read={event.pk}")


@require_POST
def accept_drift(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes for right what the provider came to hold: of one field, or of all that were shown."""
    user = person(request)
    found = visible_customer(user, pk)
    posted = request.POST.dict()
    shown = {name.removeprefix("seen-"): posted[name] for name in posted if name.startswith("seen-")}
    only = request.POST.get("field", "")
    try:
        labels = accept(found, {only: shown.get(only, "")} if only else shown, by=user)
    except NotPermitted as refusal:
        raise PermissionDenied(str(refusal)) from None
    except ConsoleError as refusal:
        return _refused(request, pk, refusal, "customer")
    said = f"Accepted: {listed(labels)}. Nothing was sent."
    if is_swap(request):
        return _show(request, CustomerPage(visible_customer(user, pk), user), said=said)
    messages.success(request, said)
    return go_to(request, "customer", pk)


@require_GET
def field_history(request: HttpRequest, pk: int, field: str) -> HttpResponse:
    """Every change that was ever asked of one field, and what was seen of it at the provider."""
    user = person(request)
    found = visible_customer(user, pk)
    try:
        history = FieldHistory(found, found.provider.field(field), user, number_in(request.GET.get("before", "")))
        found.key  # noqa: B018 - without it there is nothing to tell here
    except KeyError:
        raise Http404 from None
    except KeyMissing as problem:
        return without_key(request, pk, problem)
    visit(found, by=user)
    return render(request, "customers/field_history.html", {"history": history, "customer": found})


def visible_customer(user: User, pk: int) -> Customer:
    """The customer, if this person may see it; another team's does not exist for them."""
    found = Customer.objects.with_connection(pk)
    if found is None or not may(user, Right.SEE, found.connection):
        raise Http404
    return found


def without_key(request: HttpRequest, pk: int, problem: KeyMissing) -> HttpResponse:
    """Back to the record, which tells what can still be told."""
    messages.error(request, str(problem))
    return go_to(request, "customer", pk)


def _refused(request: HttpRequest, pk: int, refusal: ConsoleError, where: str, heading: str = "") -> HttpResponse:
    """Says why it was not done: in its place on the page, or on the page that one is led back to."""
    if is_swap(request) and where == "customer":
        user = person(request)
        page = CustomerPage(visible_customer(user, pk), user)
        return _show(request, page, problem=str(refusal), heading=heading, status=422)
    messages.error(request, str(refusal))
    return go_to(request, where, pk)


def _show(request: HttpRequest, page: CustomerPage, *, status: int = 200, **said: str) -> HttpResponse:
    """The page, or for a swap the parts of it that move."""
    template = "customers/customer.html#moving" if is_swap(request) else "customers/customer.html"
    context = {"page": page, "customer": page.customer, **said}
    return vary_on_swap(render(request, template, context, status=status))
