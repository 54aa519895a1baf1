"""What stands around every page: where one can go, what waits there, and who is signed in. A context processor."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from console.inbox import waiting
from console.models import User
from console.permissions import givers_sentence, roles_in_words

MOST = 99


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
    """`navigation`, `person_roles` and `whom_to_ask` for a role; each asks the database only if the page shows it."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {"navigation": (), "person_roles": "", "whom_to_ask": ""}
    return {
        "navigation": SimpleLazyObject(lambda: places(request, user)),
        "person_roles": SimpleLazyObject(lambda: roles_in_words(user)),
        "whom_to_ask": partial(givers_sentence, to=user),
    }


def places(request: HttpRequest, user: User) -> tuple[Place, ...]:
    """Where this person can go, with what waits there."""
    match = request.resolver_match
    here = match.url_name if match and match.url_name else ""
    waits = waiting(user, MOST + 1)
    return (
        Place(reverse("work"), "Work", "work", "w", here in WORK_PAGES, bounded(waits.hot), hot=True),
        Place(reverse("customers"), "Customers", "search", "c", here in CUSTOMER_PAGES),
        Place(reverse("changes"), "Changes", "changes", "h", here in {"changes", "change"}, bounded(waits.going)),
        Place(reverse("connections"), "Connections", "connections", "n", here in CONNECTION_PAGES),
    )


WORK_PAGES = frozenset({"work", "to_decide", "change_alike"})
CONNECTION_PAGES = frozenset({"connections", "connection", "connection_again", "connection_release"})
CUSTOMER_PAGES = frozenset(
    {"customers", "customer", "customer_add", "customer_edit", "customer_preview", "field_history"}
)


def bounded(count: int) -> str:
    """How many, told no further than anybody would read: “99+”; empty for none."""
    return f"{MOST}+" if count > MOST else str(count or "")
