"""The record of a customer as the console knew it at any moment, beside another moment or now."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from console.flows.visits import visit
from console.views.as_of_page import AsOfPage
from console.views.customers import visible_customer
from console.views.people import person


@require_GET
def as_of(request: HttpRequest, pk: int) -> HttpResponse:
    """The record then, beside the record at another moment."""
    user = person(request)
    found = visible_customer(user, pk)
    visit(found, by=user)
    page = AsOfPage(found, user, request.GET)
    context = {"page": page, "customer": found}
    return render(request, "customers/as_of.html", context, status=422 if page.problems else 200)
