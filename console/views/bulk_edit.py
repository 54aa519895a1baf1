"""Editing a selection of customers: which of them, what, what would become of it, and its batch."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from console.errors import ConsoleError, NotFit, NotPermitted, ReasonMissing, RulesBroken, StepNotPossible
from console.flows import bulk_edit as flow
from console.flows import notices
from console.forms.bulk_edit import BulkEditForm
from console.forms.posted import Posted, new_key
from console.models import Bulk, Connection, Customer, User
from console.models.rows import BIGGEST_KEY
from console.permissions import Right, connections_where
from console.views.answers import go_to, is_swap, vary_on_swap
from console.views.bulk_edit_page import BulkEditPage
from console.views.bulk_page import POLL_SECONDS
from console.views.people import person
from console.views.proving import EIGHT_HOURS, proved
from console.views.selecting import carried, chosen, let_go
from console.views.session_parts import changing

NOWHERE = "You may not propose changes at any of the connections of these customers."
NOBODY = "Select the customers that you want to edit, then go on."
PROPOSED = "proposed"
"""In the session: the edit that was proposed last, until that led on to its batch."""


@dataclass(frozen=True, slots=True)
class Part:
    """What is selected at one connection: an edit is about one."""

    connection: Connection
    count: int


@sensitive_post_parameters()
@require_POST
@proved(within=EIGHT_HOURS)
def new(request: HttpRequest) -> HttpResponse:
    """Freezes what is selected in the list and leads to its form; asks which, where it is of several connections."""
    user = person(request)
    try:
        customers = chosen(request, user)
    except NotFit as problem:
        messages.warning(request, str(problem))
        return go_to(request, "customers")
    parts = _parts(request, user, customers)
    if not parts:
        messages.warning(request, NOBODY)
        return go_to(request, "customers")
    given = request.POST.get("connection", "")
    there = parts if len(parts) == 1 else [part for part in parts if str(part.connection.pk) == given]
    if not there:
        return vary_on_swap(render(request, "bulk/where.html", {"parts": parts, "again": carried(request)}))
    return _select(request, user, there[0].connection, customers)


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """Its form, how far it is, or what would become of it; a POST says what is wanted."""
    user = person(request)
    page = BulkEditPage(_own(pk, user), user)
    if request.method == "POST":
        return _ask(request, page, user)
    if is_swap(request):
        return _how_far(request, page)
    notices.work_seen(pk, by=user)
    if page.is_done and _leads_on(request, page.bulk):
        return go_to(request, "batch", page.bulk.batch_id)
    if page.is_mapping or (page.can_be_edited and request.GET.get("edit")):
        edit = flow.edit_of(page.bulk)
        return _form(request, page, BulkEditForm(page.provider, edit=edit))
    return vary_on_swap(render(request, "bulk/edit.html", {"page": page, "bulk": page.bulk, "every": POLL_SECONDS}))


@sensitive_post_parameters()
@require_POST
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """What is wrong with the form as it stands, at its fields; for whoever is still filling it in."""
    page = BulkEditPage(_own(pk, person(request)), person(request))
    form = BulkEditForm(page.provider, request.POST.dict())
    form.judge()
    context = {"page": page, "bulk": page.bulk, "form": form, "live": True}
    return vary_on_swap(render(request, "bulk/form.html#checked", context))


@require_POST
@proved(within=EIGHT_HOURS, back_to="bulk_edit")
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """Proposes it: a worker puts the batch together."""
    user = person(request)
    found = _own(pk, user)
    try:
        done = flow.carry_out(found.pk, by=user)
    except NotPermitted as refusal:
        raise PermissionDenied(str(refusal)) from None
    except ConsoleError as problem:
        messages.warning(request, str(problem))
        return go_to(request, "bulk_edit", pk)
    if done.note:
        messages.warning(request, done.note)
    with changing(request, PROPOSED) as part:
        part.value = pk
    return go_to(request, "bulk_edit", pk)


@require_POST
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    """Ends it: nothing of it is proposed."""
    user = person(request)
    found = _own(pk, user)
    try:
        flow.stop(found.pk, by=user)
    except ConsoleError as problem:
        messages.warning(request, str(problem))
    return go_to(request, "bulk_edit", pk)


def _parts(request: HttpRequest, user: User, customers: QuerySet[Customer]) -> list[Part]:
    """How many are selected at each connection where this person may propose."""
    counts = customers.order_by().values("connection").annotate(many=Count("pk")).values_list("connection", "many")
    found = dict(counts)
    there = connections_where(user, Right.PROPOSE).filter(pk__in=found).order_by("name")
    parts = [Part(connection, found[connection.pk]) for connection in there]
    if found and not parts:
        raise PermissionDenied(NOWHERE)
    if left_out := sum(found.values()) - sum(part.count for part in parts):
        messages.info(request, f"{left_out:,} of them left out: you may not propose changes at their connection.")
    return parts


def _select(request: HttpRequest, user: User, connection: Connection, customers: QuerySet[Customer]) -> HttpResponse:
    try:
        key = Posted(request.POST.dict()).key or new_key()
        made = flow.select(customers, connection=connection, key=key, by=user)
    except NotPermitted as refusal:
        raise PermissionDenied(str(refusal)) from None
    except ConsoleError as problem:
        messages.warning(request, str(problem))
        return go_to(request, "customers")
    let_go(request, customers.filter(connection=connection))
    return go_to(request, "bulk_edit", made.pk)


def _ask(request: HttpRequest, page: BulkEditPage, user: User) -> HttpResponse:
    form = BulkEditForm(page.provider, request.POST.dict())
    if not form.is_valid():
        return _form(request, page, form, status=422)
    try:
        flow.ask(page.bulk.pk, form.edit, by=user)
    except NotPermitted as refusal:
        raise PermissionDenied(str(refusal)) from None
    except ReasonMissing as problem:
        form.ask_for_more(problem.wanted)
        return _form(request, page, form, status=422)
    except RulesBroken as problem:
        form.blame(problem.violations)
        return _form(request, page, form, status=422)
    except StepNotPossible as problem:
        messages.warning(request, str(problem))
    except ConsoleError as problem:
        return _form(request, page, form, problem=str(problem), status=422)
    return go_to(request, "bulk_edit", page.bulk.pk)


def _form(
    request: HttpRequest, page: BulkEditPage, form: BulkEditForm, *, problem: str = "", status: int = 200
) -> HttpResponse:
    context = {"page": page, "bulk": page.bulk, "form": form, "problem": problem}
    return vary_on_swap(render(request, "bulk/form.html", context, status=status))


def _how_far(request: HttpRequest, page: BulkEditPage) -> HttpResponse:
    """What a poll gets: nothing while nothing moved; its page anew once it came to an end."""
    seen = request.GET.get("seen", "")
    if seen == page.token:
        return vary_on_swap(HttpResponse(status=204))
    if not page.is_going:
        return go_to(request, "bulk_edit", page.bulk.pk)
    context = {"page": page, "bulk": page.bulk, "every": POLL_SECONDS, "oob": True}
    return vary_on_swap(render(request, "bulk/edit.html#progress", context))


def _leads_on(request: HttpRequest, bulk: Bulk) -> bool:
    """Whether it was proposed here and became a batch, once: whoever comes back reads what became of it."""
    if not bulk.batch_id or request.session.get(PROPOSED) != bulk.pk:
        return False
    with changing(request, PROPOSED) as part:
        part.value = None
    return True


def _own(pk: int, user: User) -> Bulk:
    found = flow.one(pk, by=user) if pk <= BIGGEST_KEY else None
    if found is None:
        raise Http404
    return found
