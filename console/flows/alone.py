"""Alone: lets one process at a time do what must not be done twice side by side, however many workers there are."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from django.db import connection as database


@contextlib.contextmanager
def alone(number: int, *, standstill: str) -> Iterator[bool]:
    """Whether nobody else is at it. Held by the session: a transaction would keep every row it touched locked.

    A process that stands still (frozen, or its host gone without a word) would hold it for ever and keep all others
    from it: a session that asks nothing for as long as `standstill` is ended by the database, and its lock with it.
    """
    with database.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [number])
        [is_alone] = cursor.fetchone()
        if is_alone:
            cursor.execute(f"SET idle_session_timeout = '{standstill}'")
    try:
        yield is_alone
    finally:
        if is_alone:
            with database.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [number])
                cursor.execute("RESET idle_session_timeout")
