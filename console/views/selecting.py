"""Which customers somebody selected in the list: rows of it, or all that match what it was asked for."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import QuerySet
from django.http import HttpRequest

from console.listing import PARAMETERS, matching
from console.models import Connection, Customer, User
from console.permissions import Right, connections_where
from console.views.customer_list import search
from console.views.limits import looked_for
from console.views.list_asked import Asked
from console.views.picked import drop, keys_in, merge, picked


def chosen(request: HttpRequest, user: User) -> QuerySet[Customer]:
    """The customers that a POST of the list selects, of those that this person sees, in no order.

    `customer=<key>` once for each row; with `shown`, the rows of a page of the list, also who is kept as selected on
    other pages, as with `picked=1` alone; or `all=1` and what stands in the address of the list, the token of a search
    or of a view included. Of a search all that it found are selected, which are no more than `finding.MOST`. Where what
    a token stood for is known no more, nobody is selected. Raises NotFit for more rows than can be kept.
    """
    connections = list(connections_where(user, Right.SEE))
    if not request.POST.get("all"):
        return Customer.objects.filter(connection__in=connections, pk__in=_rows(request))
    asked = Asked.of(request, request.POST, user)
    return Customer.objects.none() if asked.lost else all_of(asked, connections, user)


def carried(request: HttpRequest) -> list[tuple[str, str]]:
    """What the next form has to post as hidden fields for the same selection."""
    given = request.POST
    if not given.get("all"):
        is_kept = given.get("shown") or given.get("picked")
        rows = [("customer", str(key)) for key in keys_in(given.getlist("customer"))]
        return [("picked", "1")] if is_kept else rows
    asked = [(name, given[name]) for name in ("s", "view", *PARAMETERS) if given.get(name)]
    return [("all", "1"), *asked]


def let_go(request: HttpRequest, customers: QuerySet[Customer]) -> None:
    """These are taken up by now, so the list shows them as selected no more; whoever else is stays so."""
    if not request.POST.get("all"):
        drop(request, set(customers.values_list("pk", flat=True)))


def all_of(asked: Asked, connections: Sequence[Connection], user: User) -> QuerySet[Customer]:
    """All that the list has for what it was asked for; of a search those that it found."""
    question = asked.question(user, connections)
    found = matching(question).filter(connection__in=question.here)
    return found.filter(pk__in=keys_found(asked, connections, user)) if asked.text else found


def keys_found(asked: Asked, connections: Sequence[Connection], user: User) -> Sequence[int]:
    """Who is found by the text of the list, the best first, of all that match the rest."""
    question = asked.question(user, connections)
    hits = looked_for(user, connections, asked.text, lambda: search(question, asked.text)).hits
    return [hit.pk for hit in hits]


def _rows(request: HttpRequest) -> Sequence[int]:
    if request.POST.get("picked"):
        return picked(request)
    return merge(request) if request.POST.get("shown") else keys_in(request.POST.getlist("customer"))
