"""Finding a customer, and taking in one whom the console has not met yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from console.errors import ConsoleError
from console.flows.adopt import add_by_id
from console.flows.listing import choice_of, connections_for
from console.flows.visits import recent
from console.forms.adding import AddForm, offers
from console.listing import Order, Question, sole, why_not_by_field
from console.models import Connection, ListChoice, User
from console.permissions import Right, connections_where, places_where
from console.views.answers import go_to, is_swap, vary_on_swap
from console.views.bulk_edit_page import unfinished_of
from console.views.columns import columns_of
from console.views.customer_list import Page, Result, page_of_all, page_of_found, search
from console.views.customer_rows import customer_rows
from console.views.limits import Limit, limited, looked_for
from console.views.list_asked import LONGEST, Asked, order_of_choice
from console.views.list_page import ListPage
from console.views.people import person
from console.views.picked import picked

__all__ = ["LONGEST", "add", "addable", "customers"]


@sensitive_post_parameters("q")
@require_http_methods(["GET", "HEAD", "POST"])
@limited(Limit.SEARCH)
def customers(request: HttpRequest) -> HttpResponse:
    """The list; a search comes by POST, is kept in the session, and leads to an address without anything personal."""
    if request.method != "POST":
        return _list(request, Asked.of(request, request.GET, person(request)))
    asked = Asked.by_form(request)
    response = _list(request, asked) if is_swap(request) else _lead_on(request, asked)
    if is_swap(request):
        response["HX-Replace-Url"] = asked.address()
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
    user = person(request)
    connections = connections_for(user)
    asked = _in_sight(asked, connections)
    exact = search(asked.question(user, connections), asked.text).found.exact if asked.text else None
    return go_to(request, "customer", exact) if exact else go_to(request, asked.address())


def _list(request: HttpRequest, asked: Asked) -> HttpResponse:
    """The list, or for a swap only its results."""
    user = person(request)
    connections = connections_for(user)
    asked = _in_sight(asked, connections)
    result = looked_for(user, connections, asked.text, lambda: _search(asked, user, connections))
    template = "customers/list.html#results" if is_swap(request) else "customers/list.html"
    context = {**_context(user, connections, asked, result, picked(request)), "swaps": is_swap(request)}
    return vary_on_swap(render(request, template, context))


def _context(
    user: User, connections: Sequence[Connection], asked: Asked, result: Result, selected: Sequence[int]
) -> Mapping[str, Any]:
    choice = choice_of(user)
    order, why_not = _order(asked, asked.question(user, connections), order_of_choice(choice))
    columns = columns_of(_wanted_columns(asked, choice), sole(asked.criteria, connections))
    more = ("values", "identity") if any(column.field for column in columns) else ()
    page, chosen = _page(asked, asked.question(user, connections), result, order, more), asked.criteria.at
    adding = _adding(user, connections)
    begins = asked == Asked()
    boxes = frozenset(selected) if adding else None
    return {
        "page": page,
        "picked": bool(selected),
        "besides": len(set(selected).difference(each.pk for each in page.customers)),
        "rows": customer_rows(page.customers, user, result.found, columns, boxes),
        "chips": [(each, each.pk == chosen, result.counts.get(each.pk)) for each in connections],
        "count": sum(result.counts.values()) if result.counts else None,
        "chosen": next((each for each in connections if each.pk == chosen), None),
        "asked": asked,
        "list": ListPage(user, connections, asked, order, columns, page, result.counts, why_not),
        "previous": asked.turned(page.previous),
        "next": asked.turned(page.next),
        "offers": [] if page.customers else offers((each for each in adding if chosen in {None, each.pk}), asked.text),
        "recent": recent(user) if begins else [],
        "unfinished": unfinished_of(user) if begins and adding else [],
        "may_add": bool(adding),
    }


def _adding(user: User, connections: Sequence[Connection]) -> list[Connection]:
    places = places_where(user, Right.PROPOSE)
    return [each for each in connections if places.everywhere or each.pk in places.ids]


def _search(asked: Asked, user: User, connections: Sequence[Connection]) -> Result:
    return search(asked.question(user, connections), asked.text) if asked.text else Result()


def _order(asked: Asked, question: Question, usual: Order) -> tuple[Order, str]:
    """The order of the list, and why it is not the one that was asked for, if it is not."""
    order = asked.order or usual
    if not order.field or asked.text or asked.lost:
        return order, ""
    why_not = why_not_by_field(question, order)
    return (usual, why_not) if why_not else (order, "")


def _page(asked: Asked, question: Question, result: Result, order: Order, more: Sequence[str]) -> Page:
    if asked.text or asked.lost:
        return page_of_found(result.found, question.connections, asked.cursor, more)
    return page_of_all(question, order, asked.cursor, more)


def _wanted_columns(asked: Asked, choice: ListChoice) -> Sequence[str]:
    return list(asked.view.columns if asked.view and asked.view.columns else choice.columns)


def _in_sight(asked: Asked, connections: Sequence[Connection]) -> Asked:
    """Without a connection that this person does not see."""
    if asked.criteria.at is None or any(each.pk == asked.criteria.at for each in connections):
        return asked
    return replace(asked, criteria=asked.criteria.but(at=None))
