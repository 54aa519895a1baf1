"""Allow: counts what somebody may do only so often, for all web servers alike."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from django.db import connection as database

from console.errors import TooMany

if TYPE_CHECKING:
    from datetime import timedelta


def allow(what: str, who: int | str, *, most: int, within: timedelta, times: int = 1) -> None:
    """Counts once more, or so many times; raises TooMany if that is more than `most` since the first of them, `within`
    ago at most.

    `who` is a person's number, or whatever else is limited: never anything personal, since it stands in a table. Call
    it where no transaction is open: two requests of one person would wait for each other until the end of theirs, and
    what is rolled back was not counted.
    """
    used, seconds = _counted(f"{what}:{who}", most, within, times)
    if used > most:
        raise TooMany(max(1, math.ceil(seconds)))


def require_left(what: str, who: int | str, *, most: int, within: timedelta, times: int = 1) -> None:
    """Raises TooMany where `allow` would, and counts nothing: for what counts only by how it ends."""
    with database.cursor() as cursor:
        cursor.execute(_LEFT, {"name": f"{what}:{who}", "within": within.total_seconds(), "left": most - times})
        row = cursor.fetchone()
    if row:
        raise TooMany(max(1, math.ceil(row[0])))


def _counted(name: str, most: int, within: timedelta, times: int) -> tuple[int, float]:
    """How often by now, and in how many seconds the count begins anew."""
    with database.cursor() as cursor:
        over = max(most + 1, times)
        cursor.execute(_COUNT, {"name": name, "within": within.total_seconds(), "times": times, "over": over})
        used, seconds = cursor.fetchone()
    return int(used), float(seconds)


_LEFT = """
    SELECT EXTRACT(EPOCH FROM began_at + make_interval(secs => %(within)s) - clock_timestamp()) FROM console_allowance
    WHERE name = %(name)s AND used > %(left)s AND began_at + make_interval(secs => %(within)s) > clock_timestamp()
"""
# One statement: of those who count at the same moment, each sees the others. A count that is over its limit grows no
# further, and one whose time is over begins anew.
_COUNT = """
    INSERT INTO console_allowance AS allowance (name, began_at, used) VALUES (%(name)s, clock_timestamp(), %(times)s)
    ON CONFLICT (name) DO UPDATE SET
        began_at = CASE WHEN allowance.began_at + make_interval(secs => %(within)s) <= clock_timestamp()
            THEN clock_timestamp() ELSE allowance.began_at END,
        used = CASE WHEN allowance.began_at + make_interval(secs => %(within)s) <= clock_timestamp()
            THEN %(times)s ELSE LEAST(allowance.used + %(times)s, %(over)s) END
    RETURNING used, EXTRACT(EPOCH FROM began_at + make_interval(secs => %(within)s) - clock_timestamp())
"""
