"""Listing: a person keeps views of the list of customers, shares them, and chooses how the list looks to them."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection as database
from django.db import transaction

from console.errors import NotFit
from console.models import Connection, ListChoice, SavedView, Sort, User
from console.models.listing import LONGEST_NAME, LONGEST_TOKEN, SEALED_AS
from console.models.rows import Table
from console.models.sealing import key_ring
from console.permissions import Right, places_where, roles_with

MOST_KEPT = 50
MOST_PEOPLE = 200


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
    return [_view(row) for row in _rows(_VIEWS, _asked(reader) | {"most": MOST_KEPT})]


def view_by_token(token: str, *, reader: User) -> SavedView | None:
    """The view that a link names, if this person can open it."""
    if len(token) > LONGEST_TOKEN or "\0" in token:
        return None
    found = _rows(_VIEW_OF_TOKEN, _asked(reader) | {"token": token})
    return _view(found[0]) if found else None


def choice_of(reader: User) -> ListChoice:
    """How a person wants the list; as it is made for everybody where they chose nothing."""
    found = _rows(_CHOICE_OF, {"reader": reader.pk})
    return _CHOICE.of(found[0]) if found else ListChoice(user=reader)


def connections_for(reader: User) -> list[Connection]:
    """Where this person sees customers, by name; each with its name and what its rules take."""
    places = places_where(reader, Right.SEE)
    found = _rows(_CONNECTIONS, {"everywhere": places.everywhere, "ids": places.ids})
    return [_CONNECTION.of(row) for row in found]


def who_propose(connections: Sequence[Connection]) -> list[User]:
    """Who may ask for changes at any of these connections, by name, as far as a name goes."""
    asked = {"roles": roles_with(Right.PROPOSE), "ids": [each.pk for each in connections], "most": MOST_PEOPLE}
    return [_PERSON.of(row) for row in _rows(_WHO, asked)]


def choose(columns: Sequence[str], sort: Sort, *, is_descending: bool, by: User) -> None:
    """Keeps how this person wants the list."""
    wanted = {"columns": list(columns), "sort": sort, "is_descending": is_descending}
    ListChoice.objects.update_or_create(user=by, defaults=wanted)


def _asked(reader: User) -> dict[str, Any]:
    places = places_where(reader, Right.SEE)
    return {"reader": reader.pk, "everywhere": places.everywhere, "seen": json.dumps(places.ids)}


def _rows(statement: str, asked: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with database.cursor() as cursor:
        cursor.execute(statement, asked)
        return list(cursor.fetchall())


def _view(row: tuple[Any, ...]) -> SavedView:
    view = _VIEW.of(row)
    view.owner = _PERSON.of(row[len(_VIEW) :])
    return view


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


# Written out: composing these takes longer than answering them, and the list asks most of them for each of its pages.
_VIEW, _CHOICE = Table(SavedView, "view"), Table(ListChoice, "choice")
_PERSON = Table(User, "person", only=("id", "username", "first_name", "last_name"))
_CONNECTION = Table(Connection, "connection", only=("id", "name", "provider_slug", "options"))
# Shared, and about nothing but connections whose customers the reader sees.
_IN_SIGHT = "view.is_shared AND (%(everywhere)s OR view.about <@ %(seen)s::jsonb AND view.about <> '[]')"
_VIEW_AND_OWNER = f"""
    SELECT {_VIEW.columns}, {_PERSON.columns}
    FROM console_savedview view JOIN console_user person ON person.id = view.owner_id"""  # noqa: S608 - of our own names
_VIEWS = f"""
    ({_VIEW_AND_OWNER} WHERE view.owner_id = %(reader)s ORDER BY view.name, view.id)
    UNION ALL
    ({_VIEW_AND_OWNER} WHERE view.owner_id <> %(reader)s AND {_IN_SIGHT} ORDER BY view.name, view.id LIMIT %(most)s)"""
_VIEW_OF_TOKEN = f"{_VIEW_AND_OWNER} WHERE view.token = %(token)s AND (view.owner_id = %(reader)s OR {_IN_SIGHT})"
_CHOICE_OF = f"SELECT {_CHOICE.columns} FROM console_listchoice choice WHERE choice.user_id = %(reader)s"  # noqa: S608
_CONNECTIONS = f"""
    SELECT {_CONNECTION.columns} FROM console_connection connection
    WHERE %(everywhere)s OR connection.id = ANY(%(ids)s) ORDER BY connection.name"""  # noqa: S608 - of our own names
_WHO = f"""
    SELECT {_PERSON.columns} FROM console_user person
    WHERE EXISTS (
        SELECT FROM console_grant given
        WHERE given.user_id = person.id AND given.role = ANY(%(roles)s)
            AND (given.connection_id IS NULL OR given.connection_id = ANY(%(ids)s))
    )
    ORDER BY person.first_name, person.last_name, person.username LIMIT %(most)s"""  # noqa: S608 - of our own names
