"""All that happened to one customer, grouped by change, the latest first."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from console.flows.visits import visit
from console.views.answers import is_swap, vary_on_swap
from console.views.customers import visible_customer
from console.views.people import person
from console.views.timeline_page import Start, TimelinePage


@require_GET
def timeline(request: HttpRequest, pk: int) -> HttpResponse:
    """The whole history of a customer, piece by piece; for a swap the next piece alone."""
    user = person(request)
    found = visible_customer(user, pk)
    visit(found, by=user)
    page = TimelinePage(found, user, Start.of(request.GET))
    template = "customers/timeline.html#entries" if is_swap(request) else "customers/timeline.html"
    context = {"page": page, "customer": found}
    return vary_on_swap(render(request, template, context, status=422 if page.problem else 200))
