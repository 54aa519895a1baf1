"""Editing a customer: the form, what is said of it while somebody types, the save, and the draft."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from console.errors import AlreadySaved, ConsoleError, EditedMeanwhile, KeyMissing, NotPermitted, StepNotPossible
from console.flows import drafts
from console.flows.declare import declare
from console.flows.propose import propose_one, propose_whole, split
from console.flows.visits import visit
from console.forms.edit import EditForm
from console.forms.needs import needs_of
from console.models import Change, Customer, User
from console.permissions import Right, require
from console.sentences import listed
from console.views import edit_page
from console.views.answers import go_to, is_swap, vary_on_swap
from console.views.customers import visible_customer, without_key
from console.views.edit_page import Editing, keep
from console.views.fixing import go_on
from console.views.people import person


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows the form, or saves it as a change and leads on to that."""
    user = person(request)
    try:
        customer = _editable(user, pk)
        if request.method == "POST":
            return _save(request, customer, user)
        visit(customer, by=user)
        return _page(request, Editing(customer, user, request))
    except KeyMissing as problem:
        return without_key(request, pk, problem)


@sensitive_post_parameters()
@require_POST
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """The page again with what the form as it stands would send: for whom nothing follows the typing."""
    user = person(request)
    try:
        editing = Editing(_editable(user, pk), user, request)
    except KeyMissing as problem:
        return without_key(request, pk, problem)
    editing.form.judge()
    editing.form.hold_back(editing.form.unmet)
    keep(editing.form, user)
    return _page(request, editing)


@sensitive_post_parameters()
@require_POST
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """What the rules say about the form as it stands, and what it would send; keeps it as a draft."""
    user = person(request)
    try:
        context = edit_page.check(_editable(user, pk), user, request.POST.dict())
    except KeyMissing as problem:
        return without_key(request, pk, problem)
    return render(request, "customers/edit.html#live", context)


@require_POST
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Lets go of a draft, and leads to the record."""
    user = person(request)
    customer = visible_customer(user, pk)
    drafts.discard(customer, by=user)
    return go_to(request, "customer", pk)


def _editable(user: User, pk: int) -> Customer:
    customer = visible_customer(user, pk)
    try:
        require(user, Right.PROPOSE, customer.connection)
    except NotPermitted as refusal:
        raise PermissionDenied(str(refusal)) from None
    return customer


def _save(request: HttpRequest, customer: Customer, user: User) -> HttpResponse:
    """The form alone is enough for that; what stands beside it is looked up only if the page has to be shown again."""
    form = EditForm(customer, request.POST.dict())
    if not form.reason.is_valid():
        return _page(request, Editing(customer, user, request), status=422)
    try:
        if form.facts:
            return _save_with_facts(request, form, user)
        if request.POST.get("apart"):
            return _apart(request, form, user)
        return go_on(request, _proposed(form, user), form.customer, user)
    except ConsoleError as refusal:
        return _refused(request, customer, user, refusal)


@transaction.atomic
def _proposed(form: EditForm, user: User) -> Change:
    change = propose_one(form.proposal(), by=user)
    drafts.discard(form.customer, by=user)
    return change


def _apart(request: HttpRequest, form: EditForm, user: User) -> HttpResponse:
    """Two changes where the form can be two, and on to the one that waits; else the one that it is."""
    pair = split(form.proposal(), form.customer, by=user)
    if pair is None:
        return go_on(request, _proposed(form, user), form.customer, user)
    with transaction.atomic():
        leaving, waiting = propose_whole(pair, by=user)
        drafts.discard(form.customer, by=user)
    who = needs_of(form.customer, pair[1].wishes, by=user).who or "an approver"
    now, later = (form.labels(half.wishes) for half in pair)
    told = f"Change {leaving.pk} ({now}) is on its way; change {waiting.pk} ({later}) waits for {who}."
    messages.success(request, f"Two changes were saved. {told}")
    return go_on(request, waiting, form.customer, user)


def _save_with_facts(request: HttpRequest, form: EditForm, user: User) -> HttpResponse:
    """What was said beside the wishes goes with them: a refused wish takes it back."""
    with transaction.atomic():
        declare(form.customer, form.facts, by=user)
        if not form.wishes:
            drafts.discard(form.customer, by=user)
            return _noted(request, form, user)
        change = _proposed(form, user)
    return go_on(request, change, form.customer, user)


def _noted(request: HttpRequest, form: EditForm, user: User) -> HttpResponse:
    """Only what the provider holds was said: nothing is to be sent."""
    labels = listed([form.entries[name].field.label for name in form.facts])
    messages.success(request, f"{labels}: noted as what {form.customer.connection.name} holds. Nothing was sent.")
    return go_on(request, None, form.customer, user)


def _refused(request: HttpRequest, customer: Customer, user: User, refusal: ConsoleError) -> HttpResponse:
    """The form again, made from the record as it is by now, with the input kept and the reason at its place."""
    now = Editing(_editable(user, customer.pk), user, request)
    now.form.reason.is_valid()
    now.form.take(refusal)
    if isinstance(refusal, AlreadySaved):
        now.form.new_key()
    if isinstance(refusal, EditedMeanwhile) and now.amended:
        now.form.amends_as = now.amended.asks  # whoever saves once more has been told
    if isinstance(refusal, (StepNotPossible, NotPermitted)) and now.amended is None:
        now.let_go()
    keep(now.form, user)
    return _page(request, now, status=422)


def _page(request: HttpRequest, editing: Editing, *, status: int = 200) -> HttpResponse:
    swaps = is_swap(request)
    template = "customers/edit.html#editor" if swaps else "customers/edit.html"
    return vary_on_swap(render(request, template, {**editing.context(), "swaps": swaps}, status=status))
