"""Allow: counts what somebody may do only so often, for all web servers alike."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from django.db import connection as database

from console.errors import TooMany

if TYPE_CHECKING:
    from datetime import timedelta


def allow(what: str, who: int | str, *, most: int, within: timedelta) -> None:
    """Counts once more; raises TooMany if that is more than `most` times since the first of them, `within` ago at most.

    `who` is a person's number, or whatever else is limited: never anything personal, since it stands in a table. Call
    it where no transaction is open: two requests of one person would wait for each other until the end of theirs, and
    what is rolled back was not counted.
    """
    used, seconds = _counted(f"{what}:{who}", most, within)
    if used > most:
        raise TooMany(max(1, math.ceil(seconds)))


def require_left(what: str, who: int | str, *, most: int, within: timedelta) -> None:
    """Raises TooMany where `allow` would, and counts nothing: for what counts only by how it ends."""
    with database.cursor() as cursor:
        cursor.execute(_LEFT, {"name": f"{what}:{who}", "within": within.total_seconds(), "most": most})
        row = cursor.fetchone()
    if row:
        raise TooMany(max(1, math.ceil(row[0])))


def _counted(name: str, most: int, within: timedelta) -> tuple[int, float]:
    """How often by now, and in how many seconds the count begins anew."""
    with database.cursor() as cursor:
        cursor.execute(_COUNT, {"name": name, "within": within.total_seconds(), "over": most + 1})
        used, seconds = cursor.fetchone()
    return int(used), float(seconds)


_LEFT = """
    SELECT EXTRACT(EPOCH FROM began_at + make_interval(secs => %(within)s) - clock_timestamp()) FROM console_allowance
    WHERE name = %(name)s AND used >= %(most)s AND began_at + make_interval(secs => %(within)s) > clock_timestamp()
"""
# One statement: of those who count at the same moment, each sees the others. A count that is over its limit grows no
# further, and one whose time is over begins anew.
_COUNT = """
    INSERT INTO console_allowance AS allowance (name, began_at, used) VALUES (%(name)s, clock_timestamp(), 1)
    ON CONFLICT (name) DO UPDATE SET
        began_at = CASE WHEN allowance.began_at + make_interval(secs => %(within)s) <= clock_timestamp()
            THEN clock_timestamp() ELSE allowance.began_at END,
        used = CASE WHEN allowance.began_at + make_interval(secs => %(within)s) <= clock_timestamp()
            THEN 1 ELSE LEAST(allowance.used + 1, %(over)s) END
    RETURNING used, EXTRACT(EPOCH FROM began_at + make_interval(secs => %(within)s) - clock_timestamp())
"""
