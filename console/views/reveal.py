"""A hidden value: compared with what a caller says, or shown for a minute; as a page or in a dialog of another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from console.errors import ConsoleError, KeyMissing, NotFit, NotPermitted, StepNotPossible
from console.flows.compare import compare
from console.flows.hidden import Hidden, hidden
from console.flows.reveal import reveal
from console.flows.visits import visit
from console.views.answers import is_swap, vary_on_swap
from console.views.customer_page import number_in
from console.views.customers import visible_customer, without_key
from console.views.hidden_page import SECONDS, HiddenPage
from console.views.people import person
from console.views.proving import TEN_MINUTES, proved

if TYPE_CHECKING:
    from collections.abc import Callable

    from console.models import Customer, User


@require_GET
def value(request: HttpRequest, pk: int, field: str) -> HttpResponse:
    """What can be learnt of a hidden value, and by whom."""
    user, customer = _asker(request, pk)
    visit(customer, by=user)
    return _answer(request, pk, lambda: _page(request, customer, field, user))


@require_POST
@sensitive_post_parameters()
def compared(request: HttpRequest, pk: int, field: str) -> HttpResponse:
    """Whether it is what a caller says."""
    user, customer = _asker(request, pk)

    def page() -> HiddenPage:
        shown = _page(request, customer, field, user)
        said = request.POST.get("said", "")
        shown.matched = compare(customer, field, said, by=user, change=shown.number)
        return shown

    return _answer(request, pk, page, lambda: _page(request, customer, field, user))


@require_POST
@proved(within=TEN_MINUTES)
@sensitive_post_parameters()
def revealed(request: HttpRequest, pk: int, field: str) -> HttpResponse:
    """The value itself, for a minute."""
    user, customer = _asker(request, pk)

    def page() -> HiddenPage:
        shown = _page(request, customer, field, user)
        reason = request.POST.get("reason", "")
        shown.shown = reveal(customer, field, by=user, reason=reason, change=shown.number)
        return shown

    return _answer(request, pk, page, lambda: _page(request, customer, field, user))


def _asker(request: HttpRequest, pk: int) -> tuple[User, Customer]:
    user = person(request)
    return user, visible_customer(user, pk)


def _page(request: HttpRequest, customer: Customer, field: str, user: User) -> HiddenPage:
    given = request.POST if request.method == "POST" else request.GET
    return HiddenPage(_hidden(customer, field, given.get("change", "")), user)


def _hidden(customer: Customer, field: str, change: str) -> Hidden:
    """What the address names; whatever is not hidden, or not asked for, is not here."""
    try:
        return hidden(customer, field, number_in(change))
    except StepNotPossible:
        raise Http404 from None


def _answer(
    request: HttpRequest, pk: int, page: Callable[[], HiddenPage], again: Callable[[], HiddenPage] | None = None
) -> HttpResponse:
    """The page; where it was refused, the page again with what is wrong."""
    try:
        return _show(request, page())
    except KeyMissing as problem:
        return without_key(request, pk, problem)
    except NotPermitted as refusal:
        raise PermissionDenied(str(refusal)) from None
    except ConsoleError as refusal:
        if again is None:
            raise
        shown = again()
        shown.wanted = refusal.wanted if isinstance(refusal, NotFit) else {}
        shown.problem = "" if shown.wanted else str(refusal)
        return _show(request, shown, status=422)


def _show(request: HttpRequest, page: HiddenPage, *, status: int = 200) -> HttpResponse:
    """The page, or for a swap what stands in the dialog. A page that shows the value leads away by itself."""
    in_place = is_swap(request)
    template = "customers/hidden.html#panel" if in_place else "customers/hidden.html"
    context = {"page": page, "customer": page.asked.customer, "field": page.asked.field, "in_place": in_place}
    typed = {"reason": request.POST.get("reason", "")} if status != 200 else {}
    response = render(request, template, {**context, **typed}, status=status)
    if page.shown and not in_place:
        response["Refresh"] = f"{SECONDS}; url={reverse('customer', args=[page.asked.customer.pk])}"
    return vary_on_swap(response)
