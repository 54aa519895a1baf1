"""Who comes by a request: the session, its person and their grants, as the database has them at that moment."""

from __future__ import annotations

import hashlib
from typing import Any, override

from django.contrib.auth import SESSION_KEY
from django.contrib.auth.backends import ModelBackend
from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError
from django.db import connection as database

from console.errors import KeyMissing
from console.models import Connection, Grant, User, sessions
from console.models.rows import Table, put_beside
from console.models.sealing import key_ring


class SessionStore(SessionBase):
    """Sessions in the database by the digest of their key, what they hold sealed, by statements that are written out.

    A session ends `LONGEST` after it began, and once somebody who is signed in was not heard from for `IDLE`.
    """

    @override
    def load(self) -> dict[str, Any]:
        """What the session holds; nothing, and no key, if there is none or its time is over."""
        row = self._row(_SESSION)
        if row is None:
            self._session_key = None
            return {}
        return self._opened(row)

    @override
    def exists(self, session_key: str) -> bool:
        with database.cursor() as cursor:
            cursor.execute("SELECT FROM console_session WHERE key_digest = %s", [digest_of(session_key)])
            return cursor.fetchone() is not None

    @override
    def create(self) -> None:
        while True:
            self._session_key = self._get_new_session_key()  # type: ignore[attr-defined]  # which the stubs leave out
            try:
                self.save(must_create=True)
            except CreateError:
                continue
            self.modified = True
            return

    @override
    def save(self, must_create: bool = False) -> None:
        """Raises UpdateError where the session was ended meanwhile: nobody is let in again by a late request."""
        if self.session_key is None:
            return self.create()
        held: dict[str, Any] = self._get_session(no_load=must_create)  # type: ignore[attr-defined]  # Django's own way
        values = [self._sealed(held), held.get(SESSION_KEY), self._digest]
        with database.cursor() as cursor:
            cursor.execute(_BEGIN if must_create else _KEEP, [*values, LONGEST] if must_create else values)
            if cursor.rowcount:
                return None
        raise CreateError if must_create else UpdateError

    @override
    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key:
            with database.cursor() as cursor:
                cursor.execute("DELETE FROM console_session WHERE key_digest = %s", [digest_of(key)])

    @classmethod
    @override
    def clear_expired(cls) -> None:
        with database.cursor() as cursor:
            cursor.execute(
                "DELETE FROM console_session WHERE ends_at < now() OR seen_at < now() - make_interval(secs => %s)",
                [IDLE],
            )

    def locked(self) -> dict[str, Any] | None:
        """What the session holds now, its row locked until the transaction ends; None where it was ended."""
        row = self._row(f"{_SESSION} FOR UPDATE")
        return None if row is None else self._opened(row)

    def overwrite(self, held: dict[str, Any]) -> None:
        """Keeps this instead, while the row is locked."""
        with database.cursor() as cursor:
            cursor.execute(_KEEP, [self._sealed(held), held.get(SESSION_KEY), self._digest])

    @property
    def _digest(self) -> str:
        return digest_of(self.session_key or "")

    def _row(self, statement: str) -> bytes | None:
        with database.cursor() as cursor:
            cursor.execute(statement, [self._digest, IDLE])
            row = cursor.fetchone()
        return bytes(row[0]) if row else None

    def _sealed(self, held: dict[str, Any]) -> bytes:
        return key_ring().seal_bytes("session", self._digest, self.encode(held).encode())

    def _opened(self, sealed: bytes) -> dict[str, Any]:
        """Nothing where the ring lost the key: whoever was signed in does so again."""
        try:
            return self.decode(key_ring().open_bytes("session", self._digest, sealed).decode())
        except KeyMissing:
            return {}


IDLE, LONGEST = sessions.IDLE.total_seconds(), sessions.LONGEST.total_seconds()


def digest_of(session_key: str) -> str:
    """By which a session is kept; the key itself is random and too long to be guessed from it."""
    return hashlib.sha256(session_key.encode()).hexdigest()


_SESSION = """
    SELECT sealed FROM console_session
    WHERE key_digest = %s AND ends_at > now() AND (user_id IS NULL OR seen_at > now() - make_interval(secs => %s))"""
_BEGIN = """
    INSERT INTO console_session (sealed, user_id, key_digest, ends_at, browser)
    VALUES (%s, %s::bigint, %s, now() + make_interval(secs => %s), '') ON CONFLICT DO NOTHING"""
_TIDY = "DELETE FROM console_session WHERE ends_at < now() OR seen_at < now() - make_interval(secs => %s)"
_KEEP = "UPDATE console_session SET sealed = %s, user_id = %s::bigint WHERE key_digest = %s"


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
