"""What stands around every page: where one can go, what waits there, and who is signed in. A context processor."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, partial

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from console.bell import MOST, bell, bounded
from console.inbox import Waiting, waiting
from console.models import User
from console.permissions import Right, givers_sentence, places_where, roles_in_words


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the navigation; `key` follows “g”, `hot` marks a count that wants the reader."""

    url: str
    label: str
    icon: str
    key: str
    current: bool = False
    count: str = ""
    hot: bool = False


def navigation(request: HttpRequest) -> dict[str, object]:
    """`navigation`, `destinations` (the same without counts), `bell`, `person_roles` and `whom_to_ask` for a role; each
    asks the database only if the page shows it, and what is counted on every page is asked for at once.
    """
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {"navigation": (), "destinations": (), "bell": None, "person_roles": "", "whom_to_ask": ""}
    counts = cache(partial(waiting, user, MOST + 1))
    return {
        "navigation": SimpleLazyObject(lambda: places(request, user, counts())),
        "destinations": cache(lambda: tuple(place for place, _ in _open_to(user))),
        "bell": SimpleLazyObject(lambda: bell(counts())),
        "person_roles": SimpleLazyObject(lambda: roles_in_words(user)),
        "whom_to_ask": partial(givers_sentence, to=user),
    }


def places(request: HttpRequest, user: User, counts: Waiting) -> tuple[Place, ...]:
    """Where this person can go, with what waits there."""
    match = request.resolver_match
    here = match.url_name if match and match.url_name else ""
    waits = {"w": bounded(counts.hot), "h": bounded(counts.going)}
    return tuple(
        replace(place, current=here in pages, count=waits.get(place.key, "")) for place, pages in _open_to(user)
    )


type Pages = frozenset[str]


def _open_to(user: User) -> tuple[tuple[Place, Pages], ...]:
    """Where this person can go, by what they may do anywhere, each with the pages that belong to it."""
    return _open_to_whoever(
        imports=_holds(user, Right.PROPOSE) or _holds(user, Right.PAUSE),  # who operates sees what is at work
        quality=_holds(user, Right.SEE),
        audit=_holds(user, Right.AUDIT),
        people=_holds(user, Right.ADMINISTER) or _holds(user, Right.AUDIT),
    )


@cache
def _open_to_whoever(*, imports: bool, quality: bool, audit: bool, people: bool) -> tuple[tuple[Place, Pages], ...]:
    """The same for everybody who may do the same."""
    every = (
        (Place(reverse("work"), "Work", "work", "w", hot=True), WORK_PAGES),
        (Place(reverse("customers"), "Customers", "search", "c"), CUSTOMER_PAGES),
        (Place(reverse("changes"), "Changes", "changes", "h"), CHANGE_PAGES),
        (Place(reverse("batches"), "Batches", "copy", "t"), BATCH_PAGES),
        (Place(reverse("imports"), "Imports", "download", "i"), IMPORT_PAGES),
        (Place(reverse("quality"), "Quality", "quality", "q"), QUALITY_PAGES),
        (Place(reverse("connections"), "Connections", "connections", "n"), CONNECTION_PAGES),
        (Place(reverse("audit"), "Audit", "audit", "a"), AUDIT_PAGES),
        (Place(reverse("policies"), "Policies", "policies", "p"), POLICY_PAGES),
        (Place(reverse("people"), "People", "people", "u"), PEOPLE_PAGES),
    )
    closed = {"i": not imports, "q": not quality, "a": not audit, "u": not people}
    return tuple((place, pages) for place, pages in every if not closed.get(place.key))


def _holds(user: User, right: Right) -> bool:
    held = places_where(user, right)
    return held.everywhere or bool(held.ids)


QUALITY_PAGES = frozenset({"quality", "quality_rule"})
CHANGE_PAGES = frozenset({"changes", "change", "change_undo"})
BATCH_PAGES = frozenset({"batches", "batch"})
IMPORT_PAGES = frozenset({"imports", "import"})
WORK_PAGES = frozenset({"work", "to_decide", "change_alike"})
CONNECTION_PAGES = frozenset(
    {"connections", "connection", "connection_again", "connection_release", "connection_keeping"}
)
AUDIT_PAGES = frozenset(
    {"audit", "audit_event", "proof", "exports", "export", "reviews", "review_new", "review", "review_item"}
)
POLICY_PAGES = frozenset({"policies", "policy", "policy_new", "policy_edit"})
PEOPLE_PAGES = frozenset(
    {
        *("people", "person", "person_new", "person_roles"),
        *("person_decide", "person_withdraw", "person_deactivate", "person_let_in"),
        *("person_way_back", "person_invite"),
    }
)
CUSTOMER_PAGES = frozenset(
    {
        *("customers", "customer", "customer_add", "customer_edit", "customer_preview", "field_history"),
        *("customer_timeline", "customer_as_of", "customer_looked", "customer_erase"),
        *("customer_hidden", "hidden_compare", "hidden_reveal", "customer_disclosure"),
        *("customers_export", "customers_exported"),
    }
)
