"""Editing a customer: the form, the request it would send, and the save."""

from __future__ import annotations

from collections.abc import Mapping

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from console.errors import AlreadySaved, ConsoleError, KeyMissing, NotPermitted
from console.flows.declare import declare
from console.flows.propose import propose_one
from console.forms.asked import Asked
from console.forms.edit import EditForm
from console.forms.inputs import text_of
from console.models import Change, Customer, Status, User
from console.permissions import Right, require
from console.sentences import listed
from console.views.answers import go_to, is_swap, vary_on_swap
from console.views.customer_page import asked, how_known, unfinished
from console.views.customers import visible_customer, without_key
from console.views.people import person
from console.views.rows import Row


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows the form, or saves it as a change and leads on to that."""
    user = person(request)
    try:
        editing = Editing(_editable(user, pk), user, request)
    except KeyMissing as problem:
        return without_key(request, pk, problem)
    return _save(request, editing) if request.method == "POST" else _page(request, editing)


@sensitive_post_parameters()
@require_POST
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """What the form as it stands would send; for a swap only the parts that follow the typing."""
    user = person(request)
    try:
        editing = Editing(_editable(user, pk), user, request)
    except KeyMissing as problem:
        return without_key(request, pk, problem)
    editing.form.judge()
    return _page(request, editing, part="live")


class Editing:
    """The form of one customer for one person, with the changes that stand beside it."""

    def __init__(self, customer: Customer, user: User, request: HttpRequest) -> None:
        self.customer, self.user = customer, user
        self.changes = unfinished(customer, user)
        wishes = asked(self.changes)
        self.again = _tried_before(self.changes, request.GET.get("again", ""))
        data = request.POST.dict() if request.method == "POST" else None
        if data is None and self.again:
            data = _typed_again(self.again, wishes)
        self.form = EditForm(customer, data, asked=wishes)

    def context(self) -> dict[str, object]:
        """What the page shows."""
        return {
            "customer": self.customer,
            "form": self.form,
            "changes": self.changes,
            "again": self.again,
            "how_known": how_known(self.customer),
            "reads": self.customer.provider.capabilities.reads,
            "departure": departure(self.customer, self.changes),
        }


def departure(customer: Customer, changes: list[Row]) -> str:
    """When a change that needs nobody's approval would leave."""
    if customer.connection.is_paused:
        return f"sent once {customer.connection.name} is resumed"
    ahead = [row.change for row in changes if row.change.state in {Status.APPROVED, Status.SENDING, Status.UNKNOWN}]
    return f"sent after change {ahead[-1].pk}" if ahead else "sent right away"


def _tried_before(changes: list[Row], number: str) -> Change | None:
    return next((row.change for row in changes if str(row.change.pk) == number and row.change.can_be_tried_again), None)


def _typed_again(change: Change, wishes: Mapping[str, Asked]) -> dict[str, str]:
    """What a change asked for, as if just typed; without what is hidden, and what another change asks for."""
    known = {field.name: field for field in change.customer.provider.fields if not field.sensitive}
    free = [line for line in change.lines.all() if not (line.field in wishes and wishes[line.field].blocks)]
    values = {f"v-{line.field}": text_of(known[line.field], line.after) for line in free if line.field in known}
    return values | {"why": change.why, "reference": change.reference}


def _editable(user: User, pk: int) -> Customer:
    customer = visible_customer(user, pk)
    try:
        require(user, Right.PROPOSE, customer.connection)
    except NotPermitted as refusal:
        raise PermissionDenied(str(refusal)) from None
    return customer


def _save(request: HttpRequest, editing: Editing) -> HttpResponse:
    form = editing.form
    if not form.reason.is_valid():
        return _page(request, editing, status=422)
    try:
        with transaction.atomic():  # a refused wish takes back what was said beside it
            if form.facts:
                declare(editing.customer, form.facts, by=editing.user)
            if form.facts and not form.wishes:
                return _noted(request, form)
            change = propose_one(form.proposal(), by=editing.user)
    except ConsoleError as refusal:
        return _refused(request, editing, refusal)
    return go_to(request, "change", change.pk)


def _noted(request: HttpRequest, form: EditForm) -> HttpResponse:
    """Only what the provider holds was said: nothing is to be sent."""
    labels = listed([form.entries[name].field.label for name in form.facts])
    messages.success(request, f"{labels}: noted as what {form.customer.connection.name} holds. Nothing was sent.")
    return go_to(request, "customer", form.customer.pk)


def _refused(request: HttpRequest, editing: Editing, refusal: ConsoleError) -> HttpResponse:
    """The form again, made from the record as it is by now, with the input kept and the reason at its place."""
    now = Editing(_editable(editing.user, editing.customer.pk), editing.user, request)
    now.form.reason.is_valid()
    now.form.take(refusal, _authors(now.customer, editing.user))
    if isinstance(refusal, AlreadySaved):
        now.form.new_key()
    return _page(request, now, status=422)


def _authors(customer: Customer, reader: User) -> dict[str, str]:
    """Who set the values that came by a change of ours, by field."""
    numbers = {name: entry["change"] for name, entry in customer.known.items() if "change" in entry}
    changes = Change.objects.filter(pk__in=numbers.values()).select_related("requester").in_bulk()
    authors = {
        number: "You" if change.requester_id == reader.pk else change.requester.name
        for number, change in changes.items()
    }
    return {name: authors[number] for name, number in numbers.items() if number in authors}


def _page(request: HttpRequest, editing: Editing, *, status: int = 200, part: str = "editor") -> HttpResponse:
    swaps = is_swap(request)
    template = f"customers/edit.html#{part}" if swaps else "customers/edit.html"
    return vary_on_swap(render(request, template, {**editing.context(), "swaps": swaps}, status=status))
