"""Giving a person all that is held about them: choosing the records that are theirs, then a page or a file."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from console.errors import ConsoleError, NotPermitted
from console.flows.disclose import Candidate, candidates, disclose, why_not
from console.models import Customer, User
from console.permissions import Right, may
from console.views.customer_page import number_in
from console.views.disclosure_page import sections
from console.views.limits import Limit, limited
from console.views.people import person
from console.views.proving import TEN_MINUTES, proved


@sensitive_post_parameters("reference")
@require_http_methods(["GET", "HEAD", "POST"])
@proved(within=TEN_MINUTES, goes_on=False)
@limited(Limit.EXPORT)
def disclosure(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks which records are the person's, and gives what is held in them.

    What it gives is the answer to the POST itself: it is kept nowhere, so there is no address to lead on to.
    """
    user = person(request)
    customer = _disclosable(user, pk)
    found = candidates(customer, by=user)
    if request.method != "POST":
        return _ask(request, customer, found)
    offered = {customer.pk, *(each.customer.pk for each in found)}
    chosen = {number for text in request.POST.getlist("record") if (number := number_in(text)) in offered}
    try:
        told = disclose({customer.pk, *chosen}, by=user, reference=request.POST.get("reference", ""))
    except ConsoleError as refusal:
        status = 403 if isinstance(refusal, NotPermitted) else 422
        return _ask(request, customer, found, problem=str(refusal), status=status)
    return _file(told, customer) if request.POST.get("do") == "download" else _page(request, told, customer)


def _disclosable(user: User, pk: int) -> Customer:
    """The customer, for who sees them or may disclose; for the latter alone it opens."""
    found = Customer.objects.with_connection(pk)
    rights = (Right.SEE, Right.DISCLOSE)
    if found is None or not any(may(user, right, found.connection) for right in rights):
        raise Http404
    if refusal := why_not(found, by=user):
        raise PermissionDenied(refusal)
    return found


def _ask(
    request: HttpRequest, customer: Customer, found: list[Candidate], *, problem: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "customer": customer,
        "sees": may(person(request), Right.SEE, customer.connection),
        "candidates": found,
        "chosen": request.POST.getlist("record"),
        "reference": request.POST.get("reference", ""),
        "problem": problem,
    }
    return render(request, "customers/disclosure.html", context, status=status)


def _page(request: HttpRequest, told: dict[str, Any], customer: Customer) -> HttpResponse:
    context = {
        "customer": customer,
        "made_at": datetime.fromisoformat(told["made at"]),
        "made_by": told["made by"],
        "reference": told["request"],
        "records": [(record["held at"], record["id"], sections(record)) for record in told["records"]],
    }
    return render(request, "customers/disclosed.html", context)


def _file(told: dict[str, Any], customer: Customer) -> HttpResponse:
    """Its name says nothing of the person."""
    response = HttpResponse(json.dumps(told, ensure_ascii=False, indent=2), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="held-about-customer-{customer.pk}.json"'
    return response
