"""Who comes by a request: the session, its person and their grants, as the database has them at that moment."""

from __future__ import annotations

import hashlib
from typing import Any, override

from django.contrib.auth import SESSION_KEY
from django.contrib.auth.backends import ModelBackend
from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError
from django.db import connection as database

from console.errors import KeyMissing
from console.models import Connection, Grant, User
from console.models.rows import Table, put_beside
from console.models.sealing import key_ring
from console.models.sessions import IDLE, LONGEST


class SessionStore(SessionBase):
    """Sessions in the database by the digest of their key, what they hold sealed, by statements that are written out.

    A session ends `LONGEST` after it began, and once somebody who is signed in was not heard from for `IDLE`.
    """

    browser = ""
    """Where somebody comes from who begins a session, such as “Firefox on Linux”; known from their request."""
    address: str | None = None
    quiet = 0.0
    """For how many seconds its person had done nothing when it was looked up."""
    lasts = LONGEST.total_seconds()
    """Seconds that were left to it then, whatever is done in it."""
    is_new = False
    """Whether it began with this request."""

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
            self.modified = self.is_new = True
            self.quiet, self.lasts = 0.0, LONGEST.total_seconds()
            return

    @override
    def save(self, must_create: bool = False) -> None:
        """Raises UpdateError where the session was ended meanwhile: nobody is let in again by a late request."""
        if self.session_key is None:
            return self.create()
        held: dict[str, Any] = self._get_session(no_load=must_create)  # type: ignore[attr-defined]  # Django's own way
        values = [self._sealed(held), held.get(SESSION_KEY), self.digest]
        began: list[Any] = [LONGEST.total_seconds(), self.browser, self.address] if must_create else []
        with database.cursor() as cursor:
            cursor.execute(_BEGIN if must_create else _KEEP, [*values, *began])
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
                [IDLE.total_seconds()],
            )

    def locked(self) -> dict[str, Any] | None:
        """What the session holds now, its row locked until the transaction ends; None where it was ended."""
        row = self._row(f"{_SESSION} FOR UPDATE")
        return None if row is None else self._opened(row)

    def overwrite(self, held: dict[str, Any]) -> None:
        """Keeps this instead, while the row is locked."""
        with database.cursor() as cursor:
            cursor.execute(_KEEP, [self._sealed(held), held.get(SESSION_KEY), self.digest])

    @property
    def digest(self) -> str:
        """By which its row is found."""
        return digest_of(self.session_key or "")

    @property
    def ends_in(self) -> int:
        """After how many seconds it ends if its person does nothing more."""
        return max(0, int(min(IDLE.total_seconds() - self.quiet, self.lasts)))

    def _row(self, statement: str) -> bytes | None:
        with database.cursor() as cursor:
            cursor.execute(statement, [self.digest, IDLE.total_seconds()])
            row = cursor.fetchone()
        if row is None:
            return None
        sealed, self.quiet, self.lasts = row
        return bytes(sealed)

    def _sealed(self, held: dict[str, Any]) -> bytes:
        return key_ring().seal_bytes("session", self.digest, self.encode(held).encode())

    def _opened(self, sealed: bytes) -> dict[str, Any]:
        """Nothing where the ring lost the key: whoever was signed in does so again."""
        try:
            return self.decode(key_ring().open_bytes("session", self.digest, sealed).decode())
        except KeyMissing:
            return {}


def digest_of(session_key: str) -> str:
    """By which a session is kept; the key itself is random and too long to be guessed from it."""
    return hashlib.sha256(session_key.encode()).hexdigest()


_SESSION = """
    SELECT sealed, extract(epoch FROM now() - seen_at)::float8, extract(epoch FROM ends_at - now())::float8
    FROM console_session
    WHERE key_digest = %s AND ends_at > now() AND (user_id IS NULL OR seen_at > now() - make_interval(secs => %s))"""
_BEGIN = """
    INSERT INTO console_session (sealed, user_id, key_digest, ends_at, browser, address)
    VALUES (%s, %s::bigint, %s, now() + make_interval(secs => %s), %s, %s) ON CONFLICT DO NOTHING"""
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
