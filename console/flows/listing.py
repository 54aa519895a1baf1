"""Listing: a person keeps views of the list of customers, shares them, and chooses how the list looks to them."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q

from console.errors import NotFit
from console.models import ListChoice, SavedView, Sort, User
from console.models.listing import LONGEST_NAME, SEALED_AS
from console.models.sealing import key_ring
from console.permissions import Right, connections_where, places_where

MOST_KEPT = 50


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a view holds. `about`: the connections that it is about, of those its owner sees."""

    criteria: Mapping[str, str]
    about: Sequence[int]
    text: str = ""
    columns: Sequence[str] = ()
    sort: Sort = Sort.NAME
    is_descending: bool = False


@transaction.atomic
def keep(wanted: Wanted, name: str, *, shared: bool, by: User) -> SavedView:
    """Keeps a view under a name; raises NotFit with a sentence for `name`."""
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    name = " ".join(name.split())
    if problem := _problem(name, list(by.views.values_list("name", flat=True))):
        raise NotFit(wanted={"name": problem})
    return SavedView.objects.create(
        owner=by,
        token=secrets.token_urlsafe(12),
        name=name,
        is_shared=shared,
        about=sorted(wanted.about),
        criteria=dict(wanted.criteria),
        sealed_text=key_ring().seal(SEALED_AS, wanted.text) if wanted.text else "",
        columns=list(wanted.columns),
        sort=wanted.sort,
        is_descending=wanted.is_descending,
    )


def share(pk: int, *, shared: bool, by: User) -> SavedView | None:
    """Shares one of this person's own, or keeps it to them again; None if they have no such view."""
    SavedView.objects.filter(owner=by, pk=pk).update(is_shared=shared)
    return SavedView.objects.filter(owner=by, pk=pk).first()


def forget_view(pk: int, *, by: User) -> SavedView | None:
    """Forgets one of this person's own, and gives what it was; None if they have no such view."""
    view = SavedView.objects.filter(owner=by, pk=pk).first()
    if view:
        SavedView.objects.filter(pk=view.pk).delete()
    return view


def views_for(reader: User) -> list[SavedView]:
    """Those that somebody can open: their own first, then what others share of connections that they all see."""
    shared = SavedView.objects.filter(_in_sight(reader), is_shared=True).exclude(owner=reader)
    own = SavedView.objects.filter(owner=reader)
    return [*own.order_by("name", "pk"), *shared.select_related("owner").order_by("name", "pk")[:MOST_KEPT]]


def view_by_token(token: str, *, reader: User) -> SavedView | None:
    """The view that a link names, if this person can open it."""
    theirs = Q(owner=reader) | (Q(is_shared=True) & _in_sight(reader))
    is_one = len(token) <= 24 and "\0" not in token
    return SavedView.objects.filter(theirs, token=token).select_related("owner").first() if is_one else None


def choice_of(reader: User) -> ListChoice:
    """How a person wants the list; as it is made for everybody where they chose nothing."""
    return ListChoice.objects.filter(user=reader).first() or ListChoice(user=reader)


def choose(columns: Sequence[str], sort: Sort, *, is_descending: bool, by: User) -> None:
    """Keeps how this person wants the list."""
    wanted = {"columns": list(columns), "sort": sort, "is_descending": is_descending}
    ListChoice.objects.update_or_create(user=by, defaults=wanted)


def _in_sight(reader: User) -> Q:
    """About nothing but connections whose customers this person sees."""
    if places_where(reader, Right.SEE).everywhere:
        return Q()
    seen = sorted(connections_where(reader, Right.SEE).values_list("pk", flat=True))
    return Q(about__contained_by=seen) & ~Q(about=[]) if seen else Q(pk=None)


def _problem(name: str, kept: Sequence[str]) -> str:
    """Why a view cannot be kept under a name; empty if it can."""
    if not name:
        return "Give the view a name, by which you find it again."
    if len(name) > LONGEST_NAME:
        return f"A name has at most {LONGEST_NAME} characters; this has {len(name)}."
    if "\0" in name:
        return "The name holds a character that cannot be kept. Type it anew."
    if name in kept:
        return f"You keep a view called “{name}” already. Choose another name, or forget that one first."
    if len(kept) >= MOST_KEPT:
        return f"You keep {MOST_KEPT} views, which is as many as there can be. Forget one that you no longer need."
    return ""
