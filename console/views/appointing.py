"""Taking people in, and asking for, confirming and rejecting what they may do."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from console.errors import ConsoleError, NotFit, StepNotPossible
from console.flows import rights
from console.flows.administrators import others, refusal
from console.flows.policies import why_not_alone
from console.forms.people import NewcomerForm, RolesForm, held_by
from console.models import Connection, RightsRequest, RightsStatus, User
from console.permissions import Right, places_where, who_sentence
from console.views.answers import go_to
from console.views.people import person
from console.views.people_page import PersonPage
from console.views.persons import keep_link, page_of, reading_of, show, status_of, take
from console.views.proving import TEN_MINUTES, proved

ALONE = "It took effect at once, since nobody else could confirm it. The history says so for ever."
ASKED = "Asked. It takes effect once a second administrator confirms it."
NOT_HERE = "That request is not here any more. Look again, then decide."


@require_http_methods(["GET", "HEAD", "POST"])
@proved(within=TEN_MINUTES)
def new(request: HttpRequest) -> HttpResponse:
    """Takes a person in, makes their link, and asks for their roles."""
    reading = reading_of(request)
    if reading.why_not_new:
        raise PermissionDenied(reading.why_not_new)
    by = reading.reader
    places, everywhere = _offered(by)
    form = NewcomerForm(request.POST if request.method == "POST" else None, places=places, everywhere=everywhere)
    if form.is_valid():
        try:
            user, secret = rights.welcome(form.newcomer(), form.wish(), by=by)
        except ConsoleError as problem:
            return _refused(request, form, None, problem)
        keep_link(request, user, secret)
        messages.success(request, "Taken in. Hand over the link below: it is shown to you alone.")
        return go_to(request, "person", user.pk)
    return _form(request, form, None)


@require_http_methods(["GET", "HEAD", "POST"])
@proved(within=TEN_MINUTES)
def roles(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks for other roles of a person."""
    page = page_of(request, pk)
    by = page.reading.reader
    if page.why_not_roles:
        raise PermissionDenied(page.why_not_roles)
    if page.waits_for_roles or not page.user.is_active:
        asked = "Other roles are asked for already: that is decided on first, or withdrawn."
        problem = asked if page.user.is_active else "They are deactivated. Let them in again first."
        return show(request, page, problem=problem, status=422 if request.method == "POST" else 200)
    data = request.POST if request.method == "POST" else None
    places, everywhere = _offered(by)
    form = RolesForm(data, held=held_by(page.user), places=places, everywhere=everywhere)
    if form.is_valid():
        try:
            asked_for = rights.ask_roles(page.user.pk, form.wish(), by=by).request
        except ConsoleError as problem:
            return _refused(request, form, page, problem)
        say(request, asked_for)
        return go_to(request, "person", pk)
    return _form(request, form, page)


@require_POST
@proved(within=TEN_MINUTES)
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirms or rejects what another administrator asked for."""
    by = person(request)

    def step(page: PersonPage) -> str:
        asked = _open(request, page)
        if request.POST.get("do") == "reject":
            rights.reject_rights(asked, by=by, reason=request.POST.get("reason", ""))
            return "Rejected: nothing has changed."
        if secret := rights.approve_rights(asked, by=by).secret:
            keep_link(request, page.user, secret)
            return "Confirmed. Hand over the link below, in person or by a call: it is shown to you alone."
        return "Confirmed: it holds from now on."

    return take(request, pk, step)


@require_POST
@proved(within=TEN_MINUTES)
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes one's own request back."""
    by = person(request)

    def step(page: PersonPage) -> str:
        rights.withdraw_rights(_open(request, page), by=by)
        return "Withdrawn: nothing has changed."

    return take(request, pk, step)


def say(request: HttpRequest, asked: RightsRequest) -> None:
    """Tells what became of a request that was just made."""
    if asked.status == RightsStatus.ASKED:
        messages.success(request, ASKED)
    else:
        messages.warning(request, ALONE)


def _open(request: HttpRequest, page: PersonPage) -> int:
    """The request that was on the page, if it is still there."""
    known = {str(row.request.pk): row.request.pk for row in page.requests}
    number = known.get(request.POST.get("request", ""))
    if number is None:
        raise StepNotPossible(NOT_HERE)
    return number


def _offered(by: User) -> tuple[list[Connection], bool]:
    """Where this administrator gives roles, and whether at all connections at once."""
    held = places_where(by, Right.ADMINISTER)
    return list(held.connections().order_by("name")), held.everywhere


def _refused(request: HttpRequest, form: RolesForm, page: PersonPage | None, problem: ConsoleError) -> HttpResponse:
    if isinstance(problem, NotFit):
        form.refuse(problem.wanted)
    else:
        form.add_error(None, str(problem))
    return _form(request, form, page, status=status_of(problem))


def _form(request: HttpRequest, form: RolesForm, page: PersonPage | None, *, status: int = 0) -> HttpResponse:
    by = person(request)
    context = {
        "form": form,
        "page": page,
        "seconds": (seconds := who_sentence(others(None, but=by))),
        "why_not_alone": "" if seconds else why_not_alone(by),
        "why_not_everywhere": "" if form.everywhere else refusal(None, to=by),
    }
    template = "people/roles.html" if page else "people/new.html"
    return render(request, template, context, status=status or (422 if form.is_bound else 200))
