"""The views that people keep of the list of customers, and the columns that each of them has in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from console.errors import NotFit
from console.flows import listing
from console.flows.listing import Wanted, choice_of, views_for
from console.listing import orders_of, sole, there
from console.models import Connection, SavedView, Sort, User
from console.models.rows import BIGGEST_KEY
from console.permissions import Right, connections_where
from console.views.answers import go_to
from console.views.columns import COLUMNS, columns_of, fields_as_columns, is_of_a_field
from console.views.list_asked import BY_FIELD, LONGEST, Asked, order_of_choice
from console.views.people import person

SPARE = 3
"""How many columns can be added at once: a page of them is long enough."""
MOST_KEPT = 100


@require_GET
def views(request: HttpRequest) -> HttpResponse:
    """All views that somebody can open."""
    return _show(request, {})


@require_POST
def keep(request: HttpRequest) -> HttpResponse:
    """Keeps what the list was asked for as a view."""
    user, given = person(request), request.POST
    asked, name = Asked.of(request, given, user), given.get("name", "")
    shared = bool(given.get("shared"))
    if asked.lost:
        messages.warning(request, "That search is no longer kept. Type it again, then keep it.")
        return go_to(request, "customers")
    try:
        view = listing.keep(_wanted(asked, user), name, shared=shared, by=user)
    except NotFit as problem:
        hidden = {key: given[key] for key in given if key not in {"name", "shared", "csrfmiddlewaretoken"}}
        tried = {"hidden": hidden, "name": name[:LONGEST], "shared": shared, "problem": problem.wanted["name"]}
        return _show(request, {"tried": tried}, status=422)
    messages.success(request, f"Kept as “{view.name}”.")
    return go_to(request, _address(view))


@require_http_methods(["GET", "HEAD", "POST"])
def share(request: HttpRequest, pk: int) -> HttpResponse:
    """Shares one's own view, or keeps it to oneself again; a visit does nothing."""
    if request.method != "POST":
        return go_to(request, "views")
    shared = bool(request.POST.get("shared"))
    view = listing.share(_key(pk), shared=shared, by=person(request))
    if view is None:
        raise Http404
    said = "is shared now: whoever sees all of its connections finds it" if shared else "is yours alone again"
    messages.success(request, f"“{view.name}” {said}.")
    return go_to(request, "views")


@require_http_methods(["GET", "HEAD", "POST"])
def forget(request: HttpRequest, pk: int) -> HttpResponse:
    """Forgets one's own view; a visit does nothing."""
    if request.method != "POST":
        return go_to(request, "views")
    view = listing.forget_view(_key(pk), by=person(request))
    if view is None:
        raise Http404
    messages.success(request, f"“{view.name}” is forgotten. Its customers are still there.")
    return go_to(request, "views")


@require_http_methods(["GET", "HEAD", "POST"])
def columns(request: HttpRequest) -> HttpResponse:
    """The columns that a person has in the list, one after the other, and the order of its rows."""
    user = person(request)
    if request.method == "POST":
        return _choose(request, user)
    choice, at = choice_of(user), _at(request.GET.get("at"), user)
    chosen = [column.name for column in columns_of(choice.columns, at)]
    count = min(len(chosen) + SPARE, len(COLUMNS) + len(fields_as_columns(at)))
    context = {
        "places": [(number, [*chosen, *[""] * count][number - 1]) for number in range(1, count + 1)],
        "columns": COLUMNS.values(),
        "at": at,
        "fields": fields_as_columns(at).values(),
        "sorts": Sort.choices,
        "order": order_of_choice(choice),
    }
    return render(request, "customers/columns.html", context)


def _choose(request: HttpRequest, user: User) -> HttpResponse:
    given = request.POST
    at = _at(given.get("at"), user)
    fields = fields_as_columns(at)
    names = [name for name in given.getlist("column") if name in COLUMNS or name in fields]
    others = [name for name in choice_of(user).columns if is_of_a_field(name) and name not in fields]
    if given.get("as_made"):
        listing.choose((), Sort.NAME, is_descending=False, by=user)
    else:
        sort = Sort(given["sort"]) if given.get("sort") in Sort.values else Sort.NAME
        listing.choose(
            list(dict.fromkeys([*names, *others]))[:MOST_KEPT], sort, is_descending=bool(given.get("down")), by=user
        )
    messages.success(request, "The list has these columns for you from now on.")
    return go_to(request, f"{reverse('customers')}?at={at.pk}" if at else "customers")


def _at(given: str | None, user: User) -> Connection | None:
    """The connection whose fields may be columns, of those that this person sees."""
    return next((each for each in connections_where(user, Right.SEE) if str(each.pk) == given), None)


def _wanted(asked: Asked, user: User) -> Wanted:
    connections = list(connections_where(user, Right.SEE))
    order, usual = asked.order, order_of_choice(choice_of(user))
    if not order or (order.field and order.field not in orders_of(sole(asked.criteria, connections))):
        order = usual
    return Wanted(
        criteria=asked.criteria.given() | ({BY_FIELD: order.field} if order.field else {}),
        about=[each.pk for each in there(asked.criteria, connections)],
        text=asked.text,
        columns=choice_of(user).columns,
        sort=order.sort,
        is_descending=order.is_descending,
    )


def _show(request: HttpRequest, more: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
    user = person(request)
    found = views_for(user)
    context = {
        "own": [view for view in found if view.owner_id == user.pk],
        "others": [view for view in found if view.owner_id != user.pk],
        **more,
    }
    return render(request, "customers/views.html", context, status=status)


def _address(view: SavedView) -> str:
    return Asked(view=view).address()


def _key(pk: int) -> int:
    if pk > BIGGEST_KEY:
        raise Http404
    return pk
