"""Finding a customer, and taking in one whom the console has not met yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from console.errors import ConsoleError
from console.flows.adopt import add_by_id
from console.flows.visits import recent
from console.forms.adding import AddForm, offers
from console.models import Connection, User
from console.permissions import Right, connections_where, places_where
from console.views import searches
from console.views.answers import go_to, is_swap, vary_on_swap
from console.views.customer_list import START, Cursor, Page, Result, page_of_all, page_of_found, search
from console.views.customer_rows import customer_rows
from console.views.limits import Limit, limited, looked_for
from console.views.people import person

LONGEST = 200
LONGEST_MOMENT = 15


@dataclass(frozen=True, slots=True)
class Asked:
    """What the list is asked for: a text under its token, a connection, a place. `lost`: the token is known no more."""

    text: str = ""
    token: str = ""
    at: str = ""
    cursor: Cursor = START
    lost: bool = False

    @classmethod
    def by_address(cls, request: HttpRequest) -> Asked:
        """From the address, the text from the session."""
        token = request.GET.get("s", "")
        text = searches.kept(request, token) if token else ""
        asked = cls(text or "", token if text else "", request.GET.get("at", ""), Cursor.of(request.GET))
        return asked if text is not None else cls(at=asked.at, lost=True)

    @classmethod
    def by_form(cls, request: HttpRequest) -> Asked:
        """From the form; the text is kept in the session, and while one types under the token of the page."""
        given, text = request.POST, request.POST.get("q", "").strip()[:LONGEST]
        token, typed_at = (given.get("s", ""), _moment(given.get("n", ""))) if is_swap(request) else ("", 0)
        kept = searches.keep(request, text, token, typed_at) if text else ""
        return cls(text, kept, given.get("at", ""))


@sensitive_post_parameters("q")
@require_http_methods(["GET", "HEAD", "POST"])
@limited(Limit.SEARCH)
def customers(request: HttpRequest) -> HttpResponse:
    """The list; a search comes by POST, is kept in the session, and leads to an address without anything personal."""
    if request.method != "POST":
        return _list(request, Asked.by_address(request))
    asked = Asked.by_form(request)
    response = _list(request, asked) if is_swap(request) else _lead_on(request, asked)
    if is_swap(request):
        response["HX-Replace-Url"] = _address(asked)
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("external_id")
@limited(Limit.READING)
def add(request: HttpRequest) -> HttpResponse:
    """Takes in a customer by id: read from the provider where that is possible, otherwise marked as never read."""
    user = person(request)
    connections = list(addable(user))
    data = request.POST if request.method == "POST" else None
    form = AddForm(data, connections=addable(user), initial={"connection": request.GET.get("at")})
    if form.is_valid():
        try:
            customer = add_by_id(form.cleaned_data["connection"], form.cleaned_data["external_id"], by=user)
            return go_to(request, "customer", customer.pk)
        except ConsoleError as refusal:
            form.add_error("external_id", str(refusal))
    context = {"form": form, "connections": connections, "chosen": form.chosen(connections)}
    return render(request, "customers/add.html", context, status=422 if form.is_bound else 200)


def addable(user: User) -> QuerySet[Connection]:
    """The connections at which this person may take in a customer."""
    return connections_where(user, Right.PROPOSE).order_by("name")


def _lead_on(request: HttpRequest, asked: Asked) -> HttpResponse:
    """To the customer whose id was typed, otherwise to what was found."""
    connections = list(connections_where(person(request), Right.SEE))
    exact = search(connections, _chosen(connections, asked.at), asked.text).found.exact if asked.text else None
    return go_to(request, "customer", exact) if exact else go_to(request, _address(asked))


def _list(request: HttpRequest, asked: Asked) -> HttpResponse:
    """The list, or for a swap only its results."""
    user = person(request)
    connections = list(connections_where(user, Right.SEE).order_by("name"))
    chosen = _chosen(connections, asked.at)
    result = looked_for(user, connections, asked.text, lambda: _search(connections, chosen, asked.text))
    page, places = _page(connections, chosen, asked, result), places_where(user, Right.PROPOSE)
    adding = [each for each in connections if places.everywhere or each.pk in places.ids]
    context = {
        "page": page,
        "rows": customer_rows(page.customers, user, result.found.sought, result.found.exact),
        "chips": [(each, each == chosen, result.counts.get(each.pk)) for each in connections],
        "count": sum(result.counts.values()) if result.counts else None,
        "chosen": chosen,
        "asked": asked,
        "previous": _turn(asked, chosen, page.previous),
        "next": _turn(asked, chosen, page.next),
        "offers": [] if page.customers else offers((each for each in adding if chosen in (None, each)), asked.text),
        "recent": [] if asked.text or chosen or asked.cursor != START else recent(user),
        "may_add": bool(adding),
        "swaps": is_swap(request),
    }
    template = "customers/list.html#results" if is_swap(request) else "customers/list.html"
    return vary_on_swap(render(request, template, context))


def _search(connections: Sequence[Connection], chosen: Connection | None, text: str) -> Result:
    return search(connections, chosen, text) if text else Result()


def _page(connections: Sequence[Connection], chosen: Connection | None, asked: Asked, result: Result) -> Page:
    if asked.text or asked.lost:
        return page_of_found(result.found, asked.cursor)
    return page_of_all([chosen] if chosen else connections, asked.cursor)


def _chosen(connections: Sequence[Connection], at: str) -> Connection | None:
    return next((each for each in connections if str(each.pk) == at), None)


def _turn(asked: Asked, chosen: Connection | None, cursor: Cursor | None) -> str:
    at = str(chosen.pk) if chosen else ""
    return _address(Asked(asked.text, asked.token, at, cursor)) if cursor else ""


def _address(asked: Asked) -> str:
    """Where this can be seen again: nothing in it is personal."""
    cursor, at = asked.cursor, asked.at if asked.at.isdigit() else ""
    number = cursor.number if cursor.number > 1 else None
    all_of_it = {"at": at, "s": asked.token, "after": cursor.after, "before": cursor.before, "from": number}
    given = {name: str(value) for name, value in all_of_it.items() if value}
    return f"{reverse('customers')}{'?' if given else ''}{urlencode(given)}"


def _moment(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_MOMENT else 0
