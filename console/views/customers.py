"""Customers: finding them, adding one by id, the record of one, and the history of one of its fields."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from console.errors import ConsoleError, KeyMissing
from console.flows.adopt import add_by_id
from console.flows.refresh import refresh
from console.forms.adding import AddForm, offers
from console.models import Connection, Customer, User
from console.permissions import Right, connections_where
from console.sentences import is_stamp, listed
from console.views import searches
from console.views.answers import go_to, is_swap, vary_on_swap
from console.views.customer_list import Cursor, page_of
from console.views.customer_page import CustomerPage, FieldHistory
from console.views.people import person

LONGEST_KEY = 18


@sensitive_post_parameters("q")
@require_http_methods(["GET", "HEAD", "POST"])
def customers(request: HttpRequest) -> HttpResponse:
    """The list; a search comes by POST, is kept in the session, and leads to an address without anything personal."""
    if request.method == "POST":
        return _search(request)
    token = request.GET.get("s", "")
    return _list(request, token, searches.kept(request, token))


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("external_id")
def add(request: HttpRequest) -> HttpResponse:
    """Takes in a customer by id: read from the provider where that is possible, otherwise marked as never read."""
    user = person(request)
    connections = _addable(user)
    data = request.POST if request.method == "POST" else None
    form = AddForm(data, connections=connections, initial={"connection": request.GET.get("at")})
    problem = ""
    if form.is_valid():
        try:
            customer = add_by_id(form.cleaned_data["connection"], form.cleaned_data["external_id"], by=user)
            return go_to(request, "customer", customer.pk)
        except ConsoleError as refusal:
            problem = str(refusal)
    context = {"form": form, "connections": connections, "problem": problem}
    return render(request, "customers/add.html", context, status=422 if form.is_bound else 200)


@require_GET
def customer(request: HttpRequest, pk: int) -> HttpResponse:
    """The record as we know it, what is under way, and what happened."""
    user = person(request)
    page = CustomerPage(visible_customer(user, pk), user, before=_before(request))
    return render(request, "customers/customer.html", {"page": page, "customer": page.customer})


@require_POST
def read(request: HttpRequest, pk: int) -> HttpResponse:
    """Reads the record from the provider now, and says what had moved."""
    user = person(request)
    found = visible_customer(user, pk)
    try:
        moved = refresh(found, by=user)
    except ConsoleError as refusal:
        messages.error(request, str(refusal))
    else:
        fields = [found.provider.field(name) for name in moved]
        labels = [field.label for field in fields if not is_stamp(field)]
        said = f"{listed(labels)} had changed there." if labels else "Nothing had changed there."
        messages.success(request, f"Read from {found.connection.name} just now. {said}")
    to_form = request.POST.get("to") == "edit"
    return go_to(request, "customer_edit" if to_form else "customer", pk)


@require_GET
def field_history(request: HttpRequest, pk: int, field: str) -> HttpResponse:
    """Every change that was ever asked of one field, and what was seen of it at the provider."""
    user = person(request)
    found = visible_customer(user, pk)
    try:
        history = FieldHistory(found, found.provider.field(field), user, before=_before(request))
        found.key  # noqa: B018 - without it there is nothing to tell here
    except KeyError:
        raise Http404 from None
    except KeyMissing as problem:
        return without_key(request, pk, problem)
    return render(request, "customers/field_history.html", {"history": history, "customer": found})


def visible_customer(user: User, pk: int) -> Customer:
    """The customer, if this person may see it; another team's does not exist for them."""
    rows = Customer.objects.at(connections_where(user, Right.SEE)).select_related("connection")
    return get_object_or_404(rows, pk=pk)


def without_key(request: HttpRequest, pk: int, problem: KeyMissing) -> HttpResponse:
    """Back to the record, which tells what can still be told."""
    messages.error(request, str(problem))
    return go_to(request, "customer", pk)


def _before(request: HttpRequest) -> str:
    """Where an older part of a history begins; no longer than a key can be, since reading a number takes its time."""
    return request.GET.get("before", "")[:LONGEST_KEY]


def _search(request: HttpRequest) -> HttpResponse:
    text = request.POST.get("q", "").strip()[:200]
    token = searches.keep(request, text, request.POST.get("s", "") if is_swap(request) else "") if text else ""
    at = {"at": request.POST["at"]} if request.POST.get("at", "").isdigit() else {}
    address = _address(at | ({"s": token} if token else {}))
    if not is_swap(request):
        return go_to(request, address)
    response = _list(request, token, text, at.get("at", ""))
    response["HX-Replace-Url"] = address
    return response


def _list(request: HttpRequest, token: str, text: str, at: str = "") -> HttpResponse:
    """The list, or for a swap only its results."""
    user = person(request)
    connections = list(connections_where(user, Right.SEE).order_by("name"))
    at = at or request.GET.get("at", "")
    chosen = next((each for each in connections if str(each.pk) == at), None)
    searched = [chosen] if chosen else connections
    page = page_of(searched, text, Cursor.of(request.GET) if request.method != "POST" else Cursor())
    kept = {"at": str(chosen.pk)} if chosen else {}
    kept |= {"s": token} if text else {}
    context = {
        "page": page,
        "connections": connections,
        "chosen": chosen,
        "text": text,
        "token": token if text else "",
        "previous": _turn(kept, page.previous),
        "next": _turn(kept, page.next),
        "offers": [] if page.customers else _offers(user, searched, text),
        "may_add": _addable(user).exists(),
        "swaps": is_swap(request),
    }
    template = "customers/list.html#results" if is_swap(request) else "customers/list.html"
    return vary_on_swap(render(request, template, context))


def _turn(kept: dict[str, str], cursor: Cursor | None) -> str:
    if cursor is None:
        return ""
    turned = {"after": cursor.after, "before": cursor.before, "from": cursor.number if cursor.number > 1 else None}
    return _address(kept | {name: str(value) for name, value in turned.items() if value})


def _address(parameters: dict[str, str]) -> str:
    return f"{reverse('customers')}{'?' if parameters else ''}{urlencode(parameters)}"


def _offers(user: User, searched: list[Connection], text: str) -> object:
    addable = set(_addable(user).values_list("pk", flat=True)) if text else set()
    return offers((connection for connection in searched if connection.pk in addable), text)


def _addable(user: User) -> QuerySet[Connection]:
    return connections_where(user, Right.PROPOSE).order_by("name")
