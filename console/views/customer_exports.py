"""Exports of customers: asked for from their list, made by a worker, downloaded by whoever asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from console.errors import ConsoleError, NotFit, NotPermitted
from console.exporting.taking_out import WRITERS, meant
from console.flows import export_customers as flow
from console.flows import exports
from console.flows.export_customers import NOBODY, Wish
from console.models import Connection, Export, Format, User
from console.models.rows import BIGGEST_KEY
from console.permissions import Right, connections_where, givers_sentence
from console.views.answers import go_to, is_swap, vary_on_swap
from console.views.customer_export_page import ExportForm, Given, pages_of
from console.views.export_file import file_of
from console.views.export_meant import Meant
from console.views.export_watched import list_again, listed, watched
from console.views.limits import Limit, limited
from console.views.people import person
from console.views.picked import merge
from console.views.proving import TEN_MINUTES, proved

if TYPE_CHECKING:
    from django.http import QueryDict

NOWHERE = "None of your roles shows customers, so there are none that you could export."
NOT_THERE = "There is no such connection where you see customers that these could be of. Choose one of those below."
WHICH = "These are of several connections, and a file is of one. Choose one of those below."


@sensitive_post_parameters("reason")
@require_http_methods(["GET", "HEAD", "POST"])
@proved(within=TEN_MINUTES, only_posts=True)
@limited(Limit.EXPORT)
def ask(request: HttpRequest) -> HttpResponse:
    """The form about what the address of the list stands for, or who is selected in it; and the reader's exports."""
    user = person(request)
    seen = _seen(user)
    if request.method == "POST":
        return _ask(request, user, seen)
    if is_swap(request):
        return list_again(request, pages_of(flow.own(user)), "exports/ask.html")
    filled = Given(request.GET.get("format") or Format.CSV.value)
    return _show(request, user, _form(request.GET, _meant(request, user, seen), user, filled))


@require_POST
def chosen(request: HttpRequest) -> HttpResponse:
    """Keeps who is ticked in the list, and leads to the form about all who are selected."""
    try:
        merge(request)
    except NotFit as problem:
        messages.warning(request, str(problem))
    return go_to(request, f"{reverse('customers_export')}?picked=1")


@require_GET
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """One of them, and how far it is: a poll gets what moved, or nothing."""
    [page] = pages_of([_own(pk, person(request))])
    return watched(request, page, "exports/one.html")


@require_GET
@proved(within=TEN_MINUTES, back_to="customers_exported")
@limited(Limit.EXPORT, methods=frozenset({"GET"}))
def download(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The file, streamed; that it was fetched stands in the history of the connection."""
    user = person(request)
    try:
        return file_of(exports.download(_own(pk, user), by=user))
    except ConsoleError as problem:
        messages.warning(request, str(problem))
        return go_to(request, "customers_exported", pk)


@require_POST
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    """Stops it, or forgets the file."""
    user = person(request)
    try:
        exports.stop(_own(pk, user), by=user)
    except ConsoleError as problem:
        messages.warning(request, str(problem))
    return go_to(request, "customers_exported", pk)


def _ask(request: HttpRequest, user: User, seen: Sequence[Connection]) -> HttpResponse:
    posted = request.POST
    given = Given(posted.get("format", ""), posted.get("reveal") == "1", posted.get("reason", ""))
    form = _form(posted, _meant(request, user, seen), user, given)
    if form.part is None:
        return _show(request, user, replace(form, problem=form.problem or WHICH))
    if given.kind not in WRITERS:
        return _show(request, user, replace(form, wanted={"format": "Choose one of these formats."}))
    there, which = form.part.connection, form.meant.which()
    wish = Wish(there, Format(given.kind), which, given.reveals, given.reason)
    try:
        made = flow.ask(wish, meant(there, which), by=user)
    except NotPermitted as refusal:
        raise PermissionDenied(str(refusal)) from None
    except ConsoleError as problem:
        wanted = problem.wanted if isinstance(problem, NotFit) else {}
        return _show(request, user, replace(form, wanted=wanted, problem="" if wanted else str(problem)))
    return go_to(request, "customers_exported", made.pk)


def _meant(request: HttpRequest, user: User, seen: Sequence[Connection]) -> Meant:
    return Meant.of(request, request.POST if request.method == "POST" else request.GET, user, seen)


def _form(given: QueryDict, asked: Meant, user: User, filled: Given) -> ExportForm:
    """The form about the connection that is said, or the only one there is."""
    parts, named = asked.parts, given.get("connection", "")
    if not parts:
        return ExportForm(user, asked, parts, None, filled, problem=asked.lost or NOBODY)
    here = [part for part in parts if str(part.connection.pk) == named] if named else parts
    part = here[0] if len(here) == 1 else None
    return ExportForm(user, asked, parts, part, filled, problem=NOT_THERE if named and part is None else "")


def _show(request: HttpRequest, user: User, form: ExportForm) -> HttpResponse:
    refused = request.method == "POST" or (form.problem and form.parts)
    context = {"form": form, **listed(pages_of(flow.own(user)))}
    return vary_on_swap(render(request, "exports/ask.html", context, status=422 if refused else 200))


def _seen(user: User) -> Sequence[Connection]:
    found = list(connections_where(user, Right.SEE))
    if not found:
        raise PermissionDenied(f"{NOWHERE} {givers_sentence(to=user)}")
    return found


def _own(pk: int, user: User) -> Export:
    found = flow.one(pk, by=user) if pk <= BIGGEST_KEY else None
    if found is None:
        raise Http404
    return found
