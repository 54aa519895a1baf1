"""The audit: a search over all events, searches that are kept, and the page of one event."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from console import auditing, finding
from console.errors import NotFit
from console.flows import searches
from console.flows.visits import visit
from console.models import Event
from console.models.rows import BIGGEST_KEY
from console.views.answers import go_to, is_swap, vary_on_swap
from console.views.audit_event import EventPage
from console.views.audit_page import AuditPage, Cursor, address
from console.views.auditors import auditor
from console.views.customer_list import in_order
from console.views.limits import Limit, limited, looked_for

if TYPE_CHECKING:
    from console.permissions import Places

LONGEST = 200
MOST_FOUND = 25


@require_GET
@limited(Limit.SEARCH, methods=frozenset({"GET"}))
def audit(request: HttpRequest) -> HttpResponse:
    """The search; its first page is written down as a reading of the audit."""
    reader, places = auditor(request)
    asked, cursor = auditing.parse(request.GET, reader), Cursor.of(request.GET)
    answer = _show(request, AuditPage(reader, places, asked, cursor), status=200 if asked.fits else 422)
    if asked.fits and cursor.is_first:  # after the search, which does not find itself
        searches.searched(asked.query, by=reader)
    return answer


@require_POST
@sensitive_post_parameters("q")
@limited(Limit.SEARCH)
def customer(request: HttpRequest) -> HttpResponse:
    """Finds the customer whose events are wanted: one leads on to them, of several one is chosen."""
    reader, places = auditor(request)
    asked, text = auditing.parse(request.POST, reader), request.POST.get("q", "").strip()[:LONGEST]
    query = asked.query.without("customer")
    here = [each for each in auditing.connections(places) if query.connection in {None, each.pk}]
    found = looked_for(reader, here, text, lambda: finding.find(here, text, MOST_FOUND))
    numbers = [hit.pk for hit in found.hits]
    if exact := found.exact or (numbers[0] if len(numbers) == 1 and found.is_all else None):
        return go_to(request, address(query.but(customer=exact)))
    context = {
        "text": text,
        "customers": [(each, address(query.but(customer=each.pk))) for each in in_order(numbers, here)],
        "is_all": found.is_all,
        "back": address(query),
        "hidden": query.given().items(),
        "words": auditing.describe(query),
    }
    return render(request, "audit/customers.html", context, status=200 if numbers else 422)


@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Keeps a search under a name."""
    reader, places = auditor(request)
    asked, name = auditing.parse(request.POST, reader), request.POST.get("name", "")
    if not asked.fits:
        return _show(request, AuditPage(reader, places, asked), status=422)
    try:
        kept = searches.save(asked.query, name, by=reader)
    except NotFit as problem:
        page = AuditPage(reader, places, asked, name=name[:LONGEST], name_problem=problem.wanted["name"])
        return _show(request, page, status=422)
    messages.success(request, f"Kept as “{kept.name}”.")
    return go_to(request, address(asked.query))


@require_http_methods(["GET", "HEAD", "POST"])
def forget(request: HttpRequest, pk: int) -> HttpResponse:
    """Forgets a kept search; who only visits its address is led to the search, with nothing done."""
    if request.method != "POST":
        return go_to(request, "audit")
    reader, _ = auditor(request)
    if pk > BIGGEST_KEY or not searches.forget(pk, by=reader):
        raise Http404
    messages.success(request, "Forgotten. What it found is still there.")
    return go_to(request, "audit")


@require_GET
def event(request: HttpRequest, pk: int) -> HttpResponse:
    """One event with all that proves it; that it was looked at is written down."""
    reader, places = auditor(request)
    found = _event(pk, places)
    searches.opened(found, by=reader)
    if found.customer:
        visit(found.customer, by=reader)
    return render(request, "audit/event.html", {"page": EventPage(found, reader, places)})


def _event(pk: int, places: Places) -> Event:
    for found in auditing.events([pk] if pk <= BIGGEST_KEY else []):
        if auditing.may_see(found, places):
            return found
    raise Http404


def _show(request: HttpRequest, page: AuditPage, *, status: int) -> HttpResponse:
    template = "audit/audit.html#search" if is_swap(request) else "audit/audit.html"
    context = {"page": page, "swaps": is_swap(request)}
    return vary_on_swap(render(request, template, context, status=status))
