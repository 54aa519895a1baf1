"""Having a customer erased: one person asks for it, a second one agrees."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from console.errors import ConsoleError, NotPermitted
from console.flows import erase as erasing
from console.models import Customer, Erasure, User
from console.permissions import Right, may, require
from console.views.answers import go_to
from console.views.customer_page import number_in
from console.views.erasure import erasing_of
from console.views.people import person
from console.views.proving import EIGHT_HOURS, proved

STEPS: Mapping[str, tuple[Callable[..., object], str]] = {
    "agree": (erasing.agree, "The customer is erased. It cannot be taken back."),
    "reject": (erasing.reject, "The customer stays: you said no to the erasure."),
    "withdraw": (erasing.withdraw, "You took it back: the customer stays."),
}


@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: HttpRequest, pk: int) -> HttpResponse:
    """What would be erased, and the wish for it."""
    user = person(request)
    customer = _erasable(user, pk)
    if request.method != "POST":
        return _show(request, customer, user)
    try:
        erasing.ask(customer.pk, by=user, reference=request.POST.get("reference", ""))
    except ConsoleError as refusal:
        return _show(request, _erasable(user, pk), user, problem=str(refusal), status=422)
    messages.success(request, "It is asked for. Nothing is erased before somebody else agrees.")
    return go_to(request, "customer_erase", pk)


@require_POST
@proved(within=EIGHT_HOURS)
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """A second person agrees or refuses; whoever asked takes it back."""
    user = person(request)
    customer = _erasable(user, pk)
    step, said = STEPS.get(request.POST.get("do", ""), (None, ""))
    erasure = Erasure.objects.filter(pk=number_in(request.POST.get("erasure", "")) or 0, customer=customer).first()
    if step is None or erasure is None:
        return _show(request, customer, user, problem="There is nothing here to decide on any more.", status=422)
    if step is erasing.agree and not request.POST.get("sure"):
        return _show(request, customer, user, problem="Tick that it cannot be taken back.", status=422)
    try:
        step(erasure.pk, by=user)
    except ConsoleError as refusal:
        status = 403 if isinstance(refusal, NotPermitted) else 422
        return _show(request, _erasable(user, pk), user, problem=str(refusal), status=status)
    messages.success(request, said)
    return go_to(request, "customer_erase", pk)


def _erasable(user: User, pk: int) -> Customer:
    """The customer, for who sees them or may have them erased; for the latter alone it opens."""
    found = Customer.objects.with_connection(pk)
    if found is None or not (may(user, Right.SEE, found.connection) or may(user, Right.ERASE, found.connection)):
        raise Http404
    try:
        require(user, Right.ERASE, found.connection)
    except NotPermitted as refusal:
        raise PermissionDenied(str(refusal)) from None
    return found


def _show(
    request: HttpRequest, customer: Customer, user: User, *, problem: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "customer": customer,
        "erasing": erasing_of(customer, user),
        "sees": may(user, Right.SEE, customer.connection),
        "discloses": may(user, Right.DISCLOSE, customer.connection),
        "problem": problem,
        "reference": request.POST.get("reference", ""),
    }
    return render(request, "customers/erase.html", context, status=status)
