"""Who may do what where: one table of roles and rights, asked by every flow and every view."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from django.db.models import Q, QuerySet

from console.errors import NotPermitted
from console.models import Change, Connection, Grant, Role, User


class Right(StrEnum):
    """What somebody may do; the value completes “may …”."""

    SEE = "see customers and changes"
    PROPOSE = "propose changes"
    DECIDE = "decide on others' changes"
    RESOLVE = "resolve unknown outcomes or retry others' changes"
    PAUSE = "pause and resume a connection"
    AUDIT = "read the audit"
    ADMINISTER = "change connections, people and policies"


RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.VIEWER: frozenset({Right.SEE}),
    Role.EDITOR: frozenset({Right.SEE, Right.PROPOSE}),
    Role.APPROVER: frozenset({Right.SEE, Right.DECIDE}),
    Role.OPERATOR: frozenset({Right.SEE, Right.RESOLVE, Right.PAUSE}),
    Role.REVIEWER: frozenset({Right.SEE, Right.AUDIT}),
    Role.ADMINISTRATOR: frozenset({Right.ADMINISTER}),
}


def roles_with(right: Right) -> list[Role]:
    """The roles that carry a right."""
    return [role for role, rights in RIGHTS.items() if right in rights]


def connections_where(user: User, right: Right) -> QuerySet[Connection]:
    """The connections at which this person has the right."""
    if not user.is_active:
        return Connection.objects.none()
    grants = Grant.objects.filter(user=user, role__in=roles_with(right))
    everywhere = grants.filter(connection=None).exists()
    return Connection.objects.filter() if everywhere else Connection.objects.filter(grants__in=grants).distinct()


def visible_connections(user: User) -> QuerySet[Connection]:
    """The connections this person knows of: by any role, so that an administrator sees what they administer."""
    grants = Grant.objects.filter(user=user)
    if not user.is_active:
        return Connection.objects.none()
    everywhere = grants.filter(connection=None).exists()
    return Connection.objects.filter() if everywhere else Connection.objects.filter(grants__in=grants).distinct()


def may(user: User, right: Right, connection: Connection) -> bool:
    """Whether this person has the right at this connection."""
    here = Q(connection=connection) | Q(connection=None)
    return user.is_active and Grant.objects.filter(here, user=user, role__in=roles_with(right)).exists()


def require(user: User, right: Right, connection: Connection) -> None:
    """Raises NotPermitted, naming the right and who could help, unless this person has it here."""
    if not may(user, right, connection):
        raise NotPermitted(f"You may not {right} at {connection.name}. {helpers_sentence(right, connection)}")


def helpers(right: Right, connection: Connection) -> QuerySet[User]:
    """The people who have the right here."""
    here = Q(grants__connection=connection) | Q(grants__connection=None)
    return User.objects.filter(here, is_active=True, grants__role__in=roles_with(right)).distinct().order_by("username")


def helpers_sentence(right: Right, connection: Connection) -> str:
    """Who can help, as a sentence."""
    names = [user.name for user in helpers(right, connection)[:3]]
    return f"Ask {' or '.join(names)}." if names else "Ask an administrator for that right."


def may_withdraw(user: User, change: Change) -> bool:
    """Its author may take a change back, as long as they may propose at all."""
    return change.requester_id == user.pk and may(user, Right.PROPOSE, change.connection)


def may_retry(user: User, change: Change) -> bool:
    """Its author may try again, and so may whoever resolves."""
    return may_withdraw(user, change) or may(user, Right.RESOLVE, change.connection)


def roles_in_words(user: User) -> str:
    """What stands under the person's name: “Editor · SQRIL, TimePay”."""
    held: dict[str, list[str]] = {}
    for grant in Grant.objects.filter(user=user).select_related("connection").order_by("role", "connection__name"):
        held.setdefault(Role(grant.role).label, []).append(grant.connection.name if grant.connection else "")
    return "; ".join(role if "" in places else f"{role} · {', '.join(places)}" for role, places in held.items())
