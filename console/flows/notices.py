"""Notices: what a person was told while they were elsewhere, and which of it they have read.

That they have read it is a note on their own desk, as a visit is: looking at a page may leave it.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import connection as database
from django.db.models import Prefetch, Q
from django.db.models.functions import Now

from console.models import Line, Notice
from console.permissions import Right, connections_where

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from console.models import User
    from console.models.quality import Rule

READ_ARE_KEPT = timedelta(days=90)


def latest(user: User, most: int, *, before: int | None = None) -> list[Notice]:
    """The last ones about what this person may still see, with all that a list shows of them."""
    found = visible(user)
    if before is not None:
        found = found.filter(pk__lt=before)
    return list(found.order_by("-pk")[:most])


def visible(user: User) -> QuerySet[Notice]:
    """Those about what this person may still see, with change, customer's name and lines, or batch, or connection and
    work, and who caused them.
    """
    lines = Line.objects.only("change_id", "field", "decision").order_by("position")
    mine = about_what_is_seen(user)
    shown = mine.select_related(
        "by", "change__connection", "change__customer", "batch__connection", "connection", "bulk"
    )
    unseen = ("identity", "values", "sealed", "known", "drift", "wrapped_key", "chain_head")
    return shown.defer(*(f"change__customer__{name}" for name in unseen)).prefetch_related(
        Prefetch("change__lines", lines)
    )


def about_what_is_seen(user: User) -> QuerySet[Notice]:
    """This person's, but for those about something at a connection whose customers they no longer see."""
    places = connections_where(user, Right.SEE)
    of_these = Q(change__connection__in=places) | Q(batch__connection__in=places) | Q(connection__in=places)
    return Notice.objects.filter(of_these, user=user)


def batch_seen(batch_id: int, *, by: User) -> None:
    """Whoever looks at a batch has read what they were told about it."""
    with database.cursor() as cursor:
        cursor.execute(f"{_READ} AND batch_id = %s", [by.pk, batch_id])


def work_seen(bulk_id: int, *, by: User) -> None:
    """Whoever looks at their work on many customers has read what they were told about it."""
    with database.cursor() as cursor:
        cursor.execute(f"{_READ} AND bulk_id = %s", [by.pk, bulk_id])


def rule_seen(rule: Rule, *, by: User) -> None:
    """Whoever looks at the records of a rule has read that they are to put some of them right."""
    with database.cursor() as cursor:
        cursor.execute(
            f"{_READ} AND connection_id = %s AND field = %s AND code = %s",
            [by.pk, rule.connection, rule.field, rule.code],
        )


def seen(change_id: int, *, by: User) -> None:
    """Whoever looks at a change has read what they were told about it."""
    with database.cursor() as cursor:
        cursor.execute(f"{_READ} AND change_id = %s", [by.pk, change_id])


def read(numbers: Collection[int], *, by: User) -> None:
    """This person has read these."""
    with database.cursor() as cursor:
        cursor.execute(f"{_READ} AND id = ANY(%s)", [by.pk, list(numbers)])


def read_all(*, by: User, up_to: int | None = None) -> None:
    """This person has read all, or all until this one: what came since was not on their page."""
    with database.cursor() as cursor:
        cursor.execute(f"{_READ} AND id <= coalesce(%s, id)", [by.pk, up_to])


def forget_old() -> int:
    """Deletes what was read and is older than 90 days; says how many."""
    return Notice.objects.filter(at__lte=Now() - READ_ARE_KEPT, read_at__isnull=False).delete()[0]


_READ = "UPDATE console_notice SET read_at = statement_timestamp() WHERE user_id = %s AND read_at IS NULL"
