"""Who may do what where: one table of roles and rights, asked by every flow and every view.

A person is asked for their grants in Python: whoever comes by a request has them loaded (`console.backend`), so no
question costs a query; any other object asks the database anew each time.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from django.db import connection as database
from django.db.models import F, Q, QuerySet

from console.errors import NotPermitted
from console.models import Change, Connection, Grant, Role, User
from console.models.rows import Table


class Right(StrEnum):
    """What somebody may do; the value completes “may …”."""

    SEE = "see customers and changes"
    PROPOSE = "propose changes"
    DECIDE = "decide on others' changes"
    RESOLVE = "resolve unknown outcomes or retry others' changes"
    PAUSE = "pause and resume a connection"
    BREAK_GLASS = "send a change at once, without its approvals"
    AUDIT = "read the audit"
    ERASE = "have customers erased"
    COMPARE = "compare sensitive values with what a caller says"
    REVEAL = "be shown sensitive values"
    DISCLOSE = "give people all that is held about them"
    ADMINISTER = "change connections, people and policies"


RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.VIEWER: frozenset({Right.SEE}),
    Role.EDITOR: frozenset({Right.SEE, Right.PROPOSE}),
    Role.APPROVER: frozenset({Right.SEE, Right.DECIDE}),
    Role.OPERATOR: frozenset({Right.SEE, Right.RESOLVE, Right.PAUSE}),
    Role.REVIEWER: frozenset({Right.SEE, Right.AUDIT}),
    Role.ADMINISTRATOR: frozenset({Right.ADMINISTER}),
    Role.BREAK_GLASS: frozenset({Right.BREAK_GLASS}),
    Role.ERASURE: frozenset({Right.ERASE, Right.DISCLOSE}),
    Role.COMPARE: frozenset({Right.COMPARE}),
    Role.REVEAL: frozenset({Right.COMPARE, Right.REVEAL}),
}


def roles_with(right: Right) -> list[Role]:
    """The roles that carry a right."""
    return [role for role, rights in RIGHTS.items() if right in rights]


@dataclass(frozen=True, slots=True)
class Places:
    """Connections by number, or all there are."""

    everywhere: bool
    ids: list[int]

    @classmethod
    def of(cls, user: User, roles: Container[str]) -> Self:
        """Where an active person holds one of these roles."""
        held = [grant.connection_id for grant in user.grants.all() if grant.role in roles] if user.is_active else []
        return cls(None in held, [number for number in held if number is not None])

    def connections(self) -> QuerySet[Connection]:
        """They as rows."""
        return Connection.objects.filter() if self.everywhere else Connection.objects.filter(pk__in=self.ids)


def places_where(user: User, right: Right) -> Places:
    """Where this person has the right."""
    return Places.of(user, roles_with(right))


def connections_where(user: User, right: Right) -> QuerySet[Connection]:
    """The connections at which this person has the right."""
    return places_where(user, right).connections()


def visible_connections(user: User) -> QuerySet[Connection]:
    """The connections this person knows of: by any role, so that an administrator sees what they administer."""
    return Places.of(user, list(Role)).connections()


def may(user: User, right: Right, connection: Connection) -> bool:
    """Whether this person has the right at this connection."""
    roles, here = roles_with(right), {None, connection.pk}
    return user.is_active and any(grant.role in roles and grant.connection_id in here for grant in user.grants.all())


def require(user: User, right: Right, connection: Connection) -> None:
    """Raises NotPermitted, naming the right and who could help, unless this person has it here."""
    if not may(user, right, connection):
        raise NotPermitted(refusal_sentence(right, connection, to=user))


def people_with(right: Right, connection: Connection) -> dict[int, User]:
    """Everybody active who has the right at this connection, by key, in the order of their names."""
    with database.cursor() as cursor:
        cursor.execute(_PEOPLE, [connection.pk, roles_with(right)])
        found = [_HELPER.of(row) for row in cursor.fetchall()]
    return {user.pk: user for user in found}


def who_sentence(people: Iterable[User], *, reader: User | None = None) -> str:
    """Names of people as a choice: “Ann or Sam”, “you, Ann or Sam”; empty for nobody."""
    names = ["you" if reader and user.pk == reader.pk else user.name for user in people]
    names.sort(key=lambda name: name != "you")
    if len(names) > MOST_NAMED:
        names = [*names[: MOST_NAMED - 1], f"{len(names) - MOST_NAMED + 1} others"]
    return _either(names) if names else ""


def helpers_sentence(right: Right, connection: Connection) -> str:
    """Whom to ask for a thing that somebody else may do."""
    with database.cursor() as cursor:
        cursor.execute(_HELPERS, [connection.pk, roles_with(right)])
        names = [_HELPER.of(row).name for row in cursor.fetchall()]
    return f"Ask {_either(names)}." if names else "Ask an administrator for that right."


def refusal_sentence(right: Right, connection: Connection, *, to: User | None = None) -> str:
    """Why somebody may not: the right, the roles that carry it, and other people who have or who give one of them."""
    roles = [str(role.label) for role in roles_with(right)]
    takes = f"the role {roles[0]}" if len(roles) == 1 else f"one of the roles {_either(roles)}"
    return f"You may not {right} at {connection.name}: it takes {takes} there. {_whom_to_ask(right, connection, to)}"


def givers_sentence(*, to: User) -> str:
    """Which other people to ask for a role, said to somebody who lacks one."""
    everywhere_first = F("connection").asc(nulls_first=True)
    giving = Grant.objects.filter(role=Role.ADMINISTRATOR, user__is_active=True).exclude(user=to)
    grants = giving.select_related("user")
    names = list(dict.fromkeys(grant.user.name for grant in grants.order_by(everywhere_first, "user__username")[:6]))
    return (
        f"Ask {_either(names[:3])}, who can give you one." if names else "Whoever runs this console can give you one."
    )


def _whom_to_ask(right: Right, connection: Connection, to: User | None) -> str:
    """One query for both: who has a role that carries the right, and who can give one."""
    carrying = roles_with(right)
    appointed = _appointed(connection, {*carrying, Role.ADMINISTRATOR}, to)
    have = list(dict.fromkeys(name for name, role in appointed if role in carrying))
    give = list(dict.fromkeys(name for name, _ in appointed if name not in have))[:2]
    have = have[:2]
    giving = f"{_either(give)}, who can give it" if give else ""
    if not have:
        return f"Nobody has it yet: ask {giving or 'whoever runs this console'}."
    return f"Ask {_either(have)}, who {'has' if len(have) == 1 else 'have'} it{f', or {giving}' if giving else ''}."


def _appointed(connection: Connection, roles: Iterable[Role], to: User | None) -> list[tuple[str, str]]:
    here = Q(connection=connection) | Q(connection=None)
    others = Grant.objects.filter(here, role__in=roles, user__is_active=True).exclude(user=to)
    grants = others.select_related("user")
    return [(grant.user.name, grant.role) for grant in grants.order_by("user__username")]


def _either(words: list[str]) -> str:
    return " or ".join(words) if len(words) < 3 else f"{', '.join(words[:-1])} or {words[-1]}"


def may_withdraw(user: User, change: Change) -> bool:
    """Its author may take a change back, as long as they may propose at all."""
    return change.requester_id == user.pk and may(user, Right.PROPOSE, change.connection)


def may_retry(user: User, change: Change) -> bool:
    """Its author may try again, and so may whoever resolves."""
    return may_withdraw(user, change) or may(user, Right.RESOLVE, change.connection)


def held_roles(user: User) -> list[tuple[Role, list[str], list[str]]]:
    """Each role of a person, where they have it (nowhere named: everywhere), and what it lets them do."""
    return [(role, [] if "" in places else places, _allowed(role)) for role, places in _places(user).items()]


def _allowed(role: Role) -> list[str]:
    return [str(right) for right in Right if right in RIGHTS[role]]


def roles_in_words(user: User) -> str:
    """What stands under the person's name: “Editor · SQRIL, TimePay”."""
    held = {role.label: places for role, places in _places(user).items()}
    return "; ".join(role if "" in places else f"{role} · {', '.join(places)}" for role, places in held.items())


def _places(user: User) -> dict[Role, list[str]]:
    """The names of the connections at which a person has each role; "" stands for all of them."""
    held: dict[Role, list[str]] = {}
    for role, place in sorted(
        (Role(grant.role), grant.connection.name if grant.connection else "") for grant in user.grants.all()
    ):
        held.setdefault(role, []).append(place)
    return held


MOST_NAMED = 4
_HELPER = Table(User, "person", only=("id", "username", "first_name", "last_name"))
# Who has the right here, by the name they sign in with.
_PEOPLE = f"""
    SELECT {_HELPER.columns} FROM console_user person
    WHERE person.is_active AND EXISTS (
        SELECT FROM console_grant given
        WHERE given.user_id = person.id AND (given.connection_id = %s OR given.connection_id IS NULL)
            AND given.role = ANY(%s)
    )
    ORDER BY person.username
"""  # noqa: S608 - of our own names
_HELPERS = f"{_PEOPLE} LIMIT 3"
