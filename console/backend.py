"""Who comes by a request: the person of the session, with their grants, as the database has them at that moment."""

from __future__ import annotations

from typing import Any, override

from django.contrib.auth.backends import ModelBackend
from django.db import connection as database

from console.models import Connection, Grant, User
from console.models.rows import Table, put_beside


class Backend(ModelBackend):
    """Django's own, loading all that permissions ask for at once."""

    @override
    def get_user(self, user_id: int) -> User | None:
        """The person, unless they were switched off."""
        with database.cursor() as cursor:
            cursor.execute(_PERSON_WITH_GRANTS, [user_id])
            rows = cursor.fetchall()
        if not rows:
            return None
        user = _PERSON.of(rows[0])
        put_beside(user, "grants", [_grant(row[len(_PERSON) :]) for row in rows if row[len(_PERSON)] is not None])
        return user


_PERSON, _GRANT, _CONNECTION = (
    Table(User, "person"),
    Table(Grant, "given"),
    Table(Connection, "connection", only=("id", "name")),
)
_PERSON_WITH_GRANTS = f"""
    SELECT {_PERSON.columns}, {_GRANT.columns}, {_CONNECTION.columns}
    FROM console_user person LEFT JOIN console_grant given ON given.user_id = person.id
        LEFT JOIN console_connection connection ON connection.id = given.connection_id
    WHERE person.id = %s AND person.is_active ORDER BY given.id"""  # noqa: S608 - of our own names


def _grant(row: tuple[Any, ...]) -> Grant:
    grant = _GRANT.of(row)
    grant.connection = _CONNECTION.of(row[len(_GRANT) :]) if grant.connection_id else None
    return grant
