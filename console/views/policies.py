"""Policies: what is in force, what is proposed, and how it came about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from console.errors import ConsoleError, NotFit, NotPermitted
from console.flows import policies as flow
from console.flows.policies import Draft
from console.forms.policies import PolicyForm, initial_of
from console.models import PolicyStatus, PolicyVersion, User
from console.permissions import Right, givers_sentence, places_where, who_sentence
from console.views.answers import go_to
from console.views.people import person
from console.views.policy_page import PolicyPage, Reading, pages, warning
from console.views.proving import TEN_MINUTES, proved

if TYPE_CHECKING:
    from collections.abc import Callable


@require_GET
def policies(request: HttpRequest) -> HttpResponse:
    """All that the reader may know of, with what is proposed first."""
    reader = person(request)
    reading, listed = Reading(reader), pages(reader)
    heading, body = warning(reading.rules)
    context = {
        "reads": bool(reading.places),
        "who_gives": "" if reading.places else givers_sentence(to=reader),
        "to_decide": any(page.proposed and not page.why_not_decide for page in listed),
        "proposed": [page for page in listed if page.proposed],
        "in_force": [page for page in listed if page.is_in_force],
        "ended": [page for page in listed if not page.is_in_force and not page.proposed],
        "warning": heading,
        "warning_body": body,
        "why_not_new": _why_not_new(reader),
    }
    return render(request, "policies/policies.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@proved(within=TEN_MINUTES)
def new(request: HttpRequest) -> HttpResponse:
    """Proposes a new one."""
    reader = person(request)
    if why_not := _why_not_new(reader):
        raise PermissionDenied(why_not)
    return _form(request, reader, None)


@require_GET
def policy(request: HttpRequest, pk: int) -> HttpResponse:
    """One with its versions."""
    return _show(request, _page(request, pk))


@require_http_methods(["GET", "HEAD", "POST"])
@proved(within=TEN_MINUTES)
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Proposes its next version, or that it ends."""
    page = _page(request, pk)
    if not flow.may_change(person(request), flow.where(page.shown)):
        raise PermissionDenied(page.why_not_edit)
    if page.proposed:
        return _show(request, page, problem=page.why_not_edit, status=200 if request.method != "POST" else 422)
    if request.method == "POST" and request.POST.get("retire"):
        return _retire(request, page)
    return _form(request, person(request), page)


@require_POST
@proved(within=TEN_MINUTES)
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Approves or rejects what another administrator proposed."""
    by, reason = person(request), request.POST.get("reason", "")
    if request.POST.get("do") == "reject":
        return _step(request, pk, lambda number: flow.reject_policy(number, by=by, reason=reason), "Rejected.")
    said = "Approved: it is in force from now on. What is open is judged anew within moments."
    return _step(request, pk, lambda number: flow.approve_policy(number, by=by), said)


@require_POST
@proved(within=TEN_MINUTES)
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes one's own proposal back."""
    by = person(request)
    return _step(request, pk, lambda number: flow.withdraw_policy(number, by=by), "Withdrawn: nothing has changed.")


def _page(request: HttpRequest, pk: int) -> PolicyPage:
    for found in pages(person(request), pk):
        return found
    raise Http404


def _show(request: HttpRequest, page: PolicyPage, *, problem: str = "", status: int = 200) -> HttpResponse:
    reason = request.POST.get("reason", "")
    context = {"page": page, "policy": page.policy, "problem": problem, "reason": reason}
    return render(request, "policies/policy.html", context, status=status)


def _form(request: HttpRequest, reader: User, page: PolicyPage | None) -> HttpResponse:
    held, now = places_where(reader, Right.ADMINISTER), page.shown if page else None
    places = list(held.connections().order_by("name"))
    data = request.POST if request.method == "POST" else None
    kept = now.fields if now else ()
    form = PolicyForm(data, initial=initial_of(now, everywhere=held.everywhere), places=places, kept=kept)
    if form.is_valid():
        try:
            version = flow.propose_policy(form.draft(), by=reader, policy=page.policy if page else None)
            return _proposed(request, version)
        except NotFit as problem:
            form.refuse(problem.wanted)
        except ConsoleError as problem:
            form.add_error(None, str(problem))
    others = [user for user in flow.administrators(flow.where(now) if now else None) if user.pk != reader.pk]
    context = {
        "form": form,
        "page": page,
        "everywhere": held.everywhere,
        "why_not_everywhere": "" if held.everywhere else flow.refusal(None, to=reader),
        "seconds": who_sentence(others),
    }
    return render(request, "policies/edit.html", context, status=422 if form.is_bound else 200)


def _retire(request: HttpRequest, page: PolicyPage) -> HttpResponse:
    draft = Draft("", retires=True, why=request.POST.get("why", ""))
    try:
        return _proposed(request, flow.propose_policy(draft, by=person(request), policy=page.policy))
    except ConsoleError as problem:
        return _show(request, page, problem=str(problem), status=_status(problem))


def _proposed(request: HttpRequest, version: PolicyVersion) -> HttpResponse:
    if version.status == PolicyStatus.PROPOSED:
        messages.success(request, "Proposed. It takes effect once a second administrator approves it.")
    else:
        messages.warning(
            request, "It took effect at once, since nobody else could approve it. Its history says so for ever."
        )
    return go_to(request, "policy", version.policy_id)


def _step(request: HttpRequest, pk: int, step: Callable[[int], PolicyVersion], said: str) -> HttpResponse:
    """Takes a step on the version that was on the page, or shows the page with why it was not taken."""
    page = _page(request, pk)
    number = request.POST.get("version", "")
    known = {str(version.pk): version.pk for version in page.versions}
    if number not in known:
        return _show(request, page, problem="That version is not here. Look again, then decide.", status=422)
    try:
        step(known[number])
    except ConsoleError as problem:
        return _show(request, _page(request, pk), problem=str(problem), status=_status(problem))
    messages.success(request, said)
    return go_to(request, "policy", pk)


def _status(problem: ConsoleError) -> int:
    return 403 if isinstance(problem, NotPermitted) else 422


def _why_not_new(reader: User) -> str:
    """Why somebody can't propose a policy anywhere; empty if they can."""
    if flow.administers_anything(reader):
        return ""
    who = who_sentence(flow.administrators(None))
    ask = f"Ask {who}." if who else "Ask whoever runs this console."
    return f"You may not change policies: it takes the role Administrator at a connection. {ask}"
