"""What stands around every page: where one can go, what waits there, and who is signed in. A context processor."""

from __future__ import annotations

from dataclasses import dataclass
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
    current: bool
    count: str = ""
    hot: bool = False


def navigation(request: HttpRequest) -> dict[str, object]:
    """`navigation`, `bell`, `person_roles` and `whom_to_ask` for a role; each asks the database only if the page shows
    it, and what is counted on every page is asked for at once.
    """
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {"navigation": (), "bell": None, "person_roles": "", "whom_to_ask": ""}
    counts = cache(partial(waiting, user, MOST + 1))
    return {
        "navigation": SimpleLazyObject(lambda: places(request, counts())),
        "bell": SimpleLazyObject(lambda: bell(counts())),
        "person_roles": SimpleLazyObject(lambda: roles_in_words(user)),
        "whom_to_ask": partial(givers_sentence, to=user),
    }


def places(request: HttpRequest, counts: Waiting) -> tuple[Place, ...]:
    """Where this person can go, with what waits there."""
    match = request.resolver_match
    here = match.url_name if match and match.url_name else ""
    return (
        Place(reverse("work"), "Work", "work", "w", here in WORK_PAGES, bounded(counts.hot), hot=True),
        Place(reverse("customers"), "Customers", "search", "c", here in CUSTOMER_PAGES),
        Place(reverse("changes"), "Changes", "changes", "h", here in CHANGE_PAGES, bounded(counts.going)),
        Place(reverse("batches"), "Batches", "copy", "t", here in BATCH_PAGES),
        *(
            [Place(reverse("imports"), "Imports", "download", "i", here in IMPORT_PAGES)]
            if _may_import(request)
            else ()
        ),
        *([Place(reverse("quality"), "Quality", "quality", "q", here in QUALITY_PAGES)] if _sees(request) else ()),
        Place(reverse("connections"), "Connections", "connections", "n", here in CONNECTION_PAGES),
        *([Place(reverse("audit"), "Audit", "audit", "a", here in AUDIT_PAGES)] if _reads_the_audit(request) else ()),
        Place(reverse("policies"), "Policies", "policies", "p", here in POLICY_PAGES),
        *([Place(reverse("people"), "People", "people", "u", here in PEOPLE_PAGES)] if _reads_people(request) else ()),
    )


def _may_import(request: HttpRequest) -> bool:
    return _holds(request, Right.PROPOSE) or _holds(request, Right.PAUSE)  # who operates sees what is at work


def _reads_the_audit(request: HttpRequest) -> bool:
    return _holds(request, Right.AUDIT)


def _sees(request: HttpRequest) -> bool:
    return _holds(request, Right.SEE)


def _reads_people(request: HttpRequest) -> bool:
    return _holds(request, Right.ADMINISTER) or _holds(request, Right.AUDIT)


def _holds(request: HttpRequest, right: Right) -> bool:
    held = places_where(request.user, right) if isinstance(request.user, User) else None
    return held is not None and (held.everywhere or bool(held.ids))


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
    }
)
