"""The queue of what is wrong with records: a row of each flaw, how many there were each day, how far was looked.

Rows of flaws are the database's: it writes and removes them as `Customer.flaws` changes, whoever changes that (see
migration 0020). People say only who sees to one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection as database
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now

from console.models.connections import Connection
from console.models.customers import Customer
from console.models.lines import Line
from console.models.people import User
from console.models.states import IN_FLIGHT

MOST_COUNTED = 1000


@dataclass(frozen=True, slots=True, order=True)
class Rule:
    """What is wrong in one way at one connection: the same field, the same code."""

    connection: int
    field: str
    code: str


@dataclass(frozen=True, slots=True)
class Tally:
    """How many flaws of a rule there are: exactly up to `MOST_COUNTED`, beyond that as they were last counted, if ever.

    `mine`: how many of them the reader sees to. `since`: when the one that waits longest was found.
    """

    rule: Rule
    seen: int
    counted: int
    mine: int
    since: datetime

    @property
    def is_exact(self) -> bool:
        """They were counted just now, every one."""
        return self.seen <= MOST_COUNTED

    @property
    def count(self) -> int:
        """How many there are, exactly or about."""
        return self.seen if self.is_exact else max(self.seen, self.counted)

    @property
    def yours(self) -> str:
        """How many the reader sees to: “1,000+” where they were not counted further."""
        return f"{self.mine:,}" if self.mine <= MOST_COUNTED else f"{MOST_COUNTED:,}+"


class FlawQuerySet(models.QuerySet["Flaw"]):
    """Questions about flaws, as English."""

    def tallies(self, connections: Sequence[int], reader: User) -> list[Tally]:
        """What is wrong at these connections, by rule; it takes no longer the more there is of one."""
        with database.cursor() as cursor:
            cursor.execute(_TALLIES, {"at": list(connections), "most": MOST_COUNTED + 1, "reader": reader.pk})
            return [Tally(Rule(*row[:3]), *row[3:]) for row in cursor.fetchall()]

    def of(self, rule: Rule) -> FlawQuerySet:
        """Those of one rule, the first found first."""
        found = self.filter(connection=rule.connection, field=rule.field, code=rule.code)
        return found.order_by("connection_id", "field", "code", "pk")  # in full, as the index has it

    def free_for(self, user: User) -> FlawQuerySet:
        """Nobody else sees to it."""
        return self.filter(Q(assigned_to=None) | Q(assigned_to=user))

    def free_but_for(self, able: Iterable[int]) -> FlawQuerySet:
        """None of these sees to it: nobody does, or somebody who may not put it right any more."""
        return self.exclude(assigned_to__in=list(able))

    def not_under_way(self) -> FlawQuerySet:
        """No change that has not ended asks for another value already."""
        lines = Line.objects.filter(customer=OuterRef("customer"), field=OuterRef("field"))
        return self.exclude(Exists(lines.filter(Q(waiting=True) | Q(change__status__in=sorted(IN_FLIGHT)))))

    def assigned(self, pks: Sequence[int], to: User | None, by: User) -> int:
        """Says who sees to them, or that nobody does; gives how many there were."""
        return self.filter(pk__in=pks).update(
            assigned_to=to, assigned_by=by if to else None, assigned_at=Now() if to else None
        )


class Flaw(models.Model):
    """One field of one customer of which our copy says that the provider would refuse an update. No value is in it."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+", db_index=False)
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="+", db_index=False)
    field = models.CharField(max_length=64, db_collation="C")
    code = models.CharField(max_length=40, db_collation="C")
    since = models.DateTimeField(db_default=Now())
    assigned_to = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    assigned_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    assigned_at = models.DateTimeField(null=True)

    objects = FlawQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "field"], name="a_field_has_one_flaw"),
            models.CheckConstraint(
                condition=Q(assigned_to=None, assigned_by=None, assigned_at=None)
                | Q(assigned_to__isnull=False, assigned_by__isnull=False, assigned_at__isnull=False),
                name="an_assigned_flaw_says_by_whom_and_when",
            ),
        ]
        indexes = [
            models.Index(fields=["connection", "field", "code", "id"], name="flaw_by_rule"),
            models.Index(
                fields=["assigned_to", "connection", "field", "code", "id"],
                condition=Q(assigned_to__isnull=False),
                name="flaw_by_who_sees_to_it",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} in {self.field} of customer {self.customer_id}"

    @property
    def rule(self) -> Rule:
        """What it is one of."""
        return Rule(self.connection_id, self.field, self.code)


class FlawDay(models.Model):
    """How many flaws of a rule there were on a day (UTC), when it was last counted: what the trend is drawn of."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+", db_index=False)
    field = models.CharField(max_length=64, db_collation="C")
    code = models.CharField(max_length=40, db_collation="C")
    day = models.DateField()
    count = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "field", "code", "day"], name="flaws_are_counted_once_a_day")
        ]
        indexes = [models.Index(fields=["day"], name="flaw_day_by_day")]

    def __str__(self) -> str:
        return f"{self.count} of {self.code} in {self.field} at {self.connection_id} on {self.day}"


class LookThrough(models.Model):
    """How far the records of a connection were judged by its rules as they are now."""

    connection = models.OneToOneField(Connection, on_delete=models.CASCADE, related_name="+")
    rules = models.CharField(max_length=80, help_text="The fingerprint of the rules by which they are judged.")
    reached = models.BigIntegerField(default=0, help_text="The key of the last customer that was looked at.")
    began_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"records of connection {self.connection_id} by {self.rules}"


# From one rule to the next along the index, as many steps as there are rules; of each no more rows than are counted.
_TALLIES = """
    WITH RECURSIVE rule AS (
        SELECT first.* FROM unnest(%(at)s::bigint[]) AS place(connection_id), LATERAL (
            SELECT flaw.connection_id, flaw.field, flaw.code FROM console_flaw flaw
            WHERE flaw.connection_id = place.connection_id ORDER BY connection_id, field, code LIMIT 1) AS first
        UNION ALL
        SELECT next.* FROM rule, LATERAL (
            SELECT flaw.connection_id, flaw.field, flaw.code FROM console_flaw flaw
            WHERE flaw.connection_id = rule.connection_id AND (flaw.field, flaw.code) > (rule.field, rule.code)
            ORDER BY connection_id, field, code LIMIT 1) AS next
    )
    SELECT rule.connection_id, rule.field, rule.code, seen.count, coalesce(last.count, 0), mine.count, oldest.since
    FROM rule
    CROSS JOIN LATERAL (SELECT count(*) FROM (
        SELECT FROM console_flaw flaw WHERE flaw.connection_id = rule.connection_id AND flaw.field = rule.field
            AND flaw.code = rule.code LIMIT %(most)s) AS few) AS seen
    CROSS JOIN LATERAL (SELECT count(*) FROM (
        SELECT FROM console_flaw flaw WHERE flaw.assigned_to_id = %(reader)s
            AND flaw.connection_id = rule.connection_id AND flaw.field = rule.field AND flaw.code = rule.code
        LIMIT %(most)s) AS few) AS mine
    CROSS JOIN LATERAL (
        SELECT flaw.since FROM console_flaw flaw WHERE flaw.connection_id = rule.connection_id
            AND flaw.field = rule.field AND flaw.code = rule.code
        ORDER BY connection_id, field, code, id LIMIT 1) AS oldest
    LEFT JOIN LATERAL (
        SELECT day.count FROM console_flawday day WHERE day.connection_id = rule.connection_id
            AND day.field = rule.field AND day.code = rule.code ORDER BY day.day DESC LIMIT 1) AS last ON true
"""
