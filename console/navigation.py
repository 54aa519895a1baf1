"""What stands around every page: where one can go, what waits there, and who is signed in. A context processor."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from console.inbox import on_their_way, to_fix
from console.models import Change, User
from console.permissions import roles_in_words

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
    """`navigation` and `person_roles`; both ask the database only if the page shows them."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {"navigation": (), "person_roles": ""}
    return {
        "navigation": SimpleLazyObject(lambda: places(request, user)),
        "person_roles": SimpleLazyObject(lambda: roles_in_words(user)),
    }


def places(request: HttpRequest, user: User) -> tuple[Place, ...]:
    """Where this person can go, with what waits there."""
    match = request.resolver_match
    here = match.url_name if match and match.url_name else ""
    under_way = bounded(on_their_way(user, own=False))
    return (
        Place(reverse("work"), "Work", "work", "w", here == "work", bounded(to_fix(user)), hot=True),
        Place(reverse("customers"), "Customers", "search", "c", here in CUSTOMER_PAGES),
        Place(reverse("changes"), "Changes", "changes", "h", here in {"changes", "change"}, under_way),
        Place(reverse("connections"), "Connections", "connections", "n", here in {"connections", "connection"}),
    )


CUSTOMER_PAGES = frozenset(
    {"customers", "customer", "customer_add", "customer_edit", "customer_preview", "field_history"}
)


def bounded(changes: QuerySet[Change], most: int = MOST) -> str:
    """How many, without counting further than anybody would read: “99+”; empty for none."""
    count = changes.order_by()[: most + 1].count()
    return f"{most}+" if count > most else str(count or "")
