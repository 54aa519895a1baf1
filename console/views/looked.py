"""Who looked at a customer, day by day, and who was told what of hidden values; for those who read the audit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from console.errors import KeyMissing
from console.flows.hidden import reason_of
from console.flows.visits import visit
from console.models import Reveal, Visit
from console.permissions import Right, may, refusal_sentence
from console.views.customer_page import number_in
from console.views.customers import visible_customer
from console.views.people import person

if TYPE_CHECKING:
    from django.http import QueryDict

    from console.models import Customer

MOST = 50


@dataclass(frozen=True, slots=True)
class Piece:
    """Some of the visits, the latest day first; `older` is what the address says from where it goes on."""

    visits: list[Visit]
    older: str = ""
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class Told:
    """That somebody was shown a hidden value, or compared one; `what` calls the field."""

    kept: Reveal
    what: str
    reason: str

    @property
    def how(self) -> str:
        """What they learnt."""
        if self.kept.matched is None:
            return "was shown it"
        return "compared: it matched" if self.kept.matched else "compared: it did not match"


@require_GET
def looked(request: HttpRequest, pk: int) -> HttpResponse:
    """The access record of one customer."""
    user = person(request)
    found = visible_customer(user, pk)
    if not may(user, Right.AUDIT, found.connection):
        raise PermissionDenied(refusal_sentence(Right.AUDIT, found.connection, to=user))
    visit(found, by=user)
    told = _told(found, number_in(request.GET.get("told", "")))
    shown = {"told": told[:MOST], "told_older": told[MOST - 1].kept.pk if len(told) > MOST else None}
    return render(request, "customers/looked.html", {"customer": found, "piece": _piece(found, request.GET), **shown})


def _piece(customer: Customer, given: QueryDict) -> Piece:
    after = _after(given)
    visits = Visit.objects.filter(customer=customer).select_related("user").order_by("-day", "-pk")
    if after:
        day, number = after
        visits = visits.filter(Q(day__lt=day) | Q(pk__lt=number), day__lte=day)
    found = list(visits[: MOST + 1])
    last = found[:MOST][-1] if len(found) > MOST else None
    older = f"?day={last.day.isoformat()}&before={last.pk}" if last else ""
    return Piece(found[:MOST], older, is_whole=after is None)


def _told(customer: Customer, before: int | None) -> list[Told]:
    """Who was told something of hidden values, the latest first; one more than a piece holds, if there are more."""
    reveals = Reveal.objects.filter(customer=customer).select_related("user").order_by("-pk")
    labels = {field.name: field.label for field in customer.provider.fields}
    kept = list((reveals.filter(pk__lt=before) if before else reveals)[: MOST + 1])
    for one in kept:
        one.customer = customer
    return [Told(one, labels.get(one.field, one.field), _reason(one)) for one in kept]


def _reason(kept: Reveal) -> str:
    try:
        return reason_of(kept)
    except KeyMissing:
        return ""


def _after(given: QueryDict) -> tuple[date, int] | None:
    """The day and the visit after which it goes on; what makes no sense there means the beginning."""
    number = number_in(given.get("before", ""))
    try:
        day = date.fromisoformat(given.get("day", ""))
    except ValueError:
        return None
    return (day, number) if number else None
