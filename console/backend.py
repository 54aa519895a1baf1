"""Who comes by a request: the session, its person and their grants, as the database has them at that moment."""

from __future__ import annotations

from typing import Any, override

from django.contrib.auth.backends import ModelBackend
from django.contrib.sessions.backends import db
from django.db import connection as database
from django.utils import timezone

from console.models import Connection, Grant, User
from console.models.rows import Table, put_beside


class SessionStore(db.SessionStore):
    """Django's own in the database, read by a statement that is written out: every request asks it."""

    @override
    def load(self) -> dict[str, Any]:
        """What the session holds; nothing, and no key, if there is none or its time is over."""
        with database.cursor() as cursor:
            cursor.execute(_SESSION, [self.session_key, timezone.now()])
            row = cursor.fetchone()
        if row is None:
            self._session_key = None
        return self.decode(row[0]) if row else {}


_SESSION = "SELECT session_data FROM django_session WHERE session_key = %s AND expire_date > %s"


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
