"""Searches: what readers of the audit keep, and the record of what they looked at."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction

from console.auditing import Query
from console.errors import NotFit
from console.flows.record import database_now, record
from console.models import Event, Origin, SavedSearch, User

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_KEPT = 50
LONGEST_NAME = 80
THE_SAME = timedelta(minutes=1)
LOOKED_BACK = 20  # events of one person


@transaction.atomic
def save(query: Query, name: str, *, by: User) -> SavedSearch:
    """Keeps a search under a name; raises NotFit with a sentence for `name`."""
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    kept, name = by.searches.all(), " ".join(name.split())
    if problem := _problem(query, name, list(kept.values_list("name", flat=True))):
        raise NotFit(wanted={"name": problem})
    return SavedSearch.objects.create(owner=by, name=name, query=query.stored())


def forget(pk: int, *, by: User) -> bool:
    """Forgets one of this person's own; whether there was one."""
    gone, _ = SavedSearch.objects.filter(owner=by, pk=pk).delete()
    return bool(gone)


def searched(query: Query, *, by: User) -> Event | None:
    """Writes down that this person read the audit, and what they asked it for; not the same again within a minute."""
    return _looked(by, "audit.searched", {"query": query.stored()})


def opened(event: Event, *, by: User) -> Event | None:
    """Writes down that this person looked at one event; not the same again within a minute."""
    return _looked(by, "audit.opened", {"event": event.pk, "of": event.subject, "verb": event.verb})


@transaction.atomic
def _looked(by: User, verb: str, details: Mapping[str, Any]) -> Event | None:
    if _just_now(by, verb, details):
        return None
    return record(by, verb, by=by, origin=Origin.PAGE, details=details)


def _just_now(by: User, verb: str, details: Mapping[str, Any]) -> bool:
    since = database_now() - THE_SAME
    latest = Event.objects.filter(subject=f"person:{by.pk}").order_by("-number").only("verb", "details", "at")
    return any(event.verb == verb and event.details == details and event.at > since for event in latest[:LOOKED_BACK])


def _problem(query: Query, name: str, kept: list[str]) -> str:
    """Why a search cannot be kept; empty if it can."""
    if query.is_empty:
        return "Nothing narrows this search, so there is nothing to keep. Choose something above, search, then keep it."
    if name in kept:
        return f"You keep a search called “{name}” already. Choose another name, or forget that one first."
    if len(kept) >= MOST_KEPT:
        return f"You keep {MOST_KEPT} searches, which is as many as there can be. Forget one that you no longer need."
    return _problem_with_name(name)


def _problem_with_name(name: str) -> str:
    if not name:
        return "Give the search a name, by which you find it again."
    if len(name) > LONGEST_NAME:
        return f"A name has at most {LONGEST_NAME} characters; this has {len(name)}."
    return "The name holds a character that cannot be kept. Type it anew." if "\0" in name else ""
