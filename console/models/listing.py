"""The list of customers as people have it: where each record stands, the views they keep, the columns they chose."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.core.checks import CheckMessage
from django.db import models
from django.db.models import Case, F, Func, Q, Value, When
from django.db.models.functions import Coalesce, Now

from console.models.people import User
from console.models.sealing import key_ring

LONGEST_NAME, LONGEST_TOKEN = 80, 24
SEALED_AS = "view text"  # what the key ring seals the text of a view for
BEFORE_ALL = datetime(1970, 1, 1, tzinfo=UTC)
"""The place of what has no moment, in an order by moments."""


class Awaits(models.IntegerChoices):
    """What the changes of a customer that are not final come to; written by the database at each of their steps."""

    NOTHING = 0, "nothing"
    CHANGE = 1, "a change"
    PERSON = 2, "a person"


class Standing(models.IntegerChoices):
    """Where a customer's record stands, as its row in the list says it; the numbers are the order of the list."""

    PERSON = 1, "Needs a person"
    GONE = 2, "Gone there"
    PENDING = 3, "Pending"
    MOVED = 4, "Moved there"
    NEVER_READ = 5, "Never read"
    LET_GO = 6, "Let go"
    ERASED = 7, "Erased"
    IN_STEP = 8, "In step"

    @property
    def code(self) -> str:
        """What stands for it in an address."""
        return self.name.lower().replace("_", "-")

    @classmethod
    def by_code(cls, code: str) -> Standing | None:
        """The one that an address names, if it is one."""
        return next((each for each in cls if each.code == code), None)


# The first that is true holds. The database keeps the outcome beside the record, where an index can begin with it.
STANDING = Case(
    When(erased_at__isnull=False, then=Value(Standing.ERASED)),
    When(awaits=Awaits.PERSON, then=Value(Standing.PERSON)),
    When(gone_at__isnull=False, then=Value(Standing.GONE)),
    When(awaits=Awaits.CHANGE, then=Value(Standing.PENDING)),
    When(~Q(drift={}), then=Value(Standing.MOVED)),
    When(forgotten_at__isnull=False, then=Value(Standing.LET_GO)),
    When(
        Func(
            F("known"),
            template="jsonb_path_exists(%(expressions)s, '$.* ? (@.how != \"typed\")')",
            output_field=models.BooleanField(),
        ),
        then=Value(Standing.IN_STEP),
    ),
    default=Value(Standing.NEVER_READ),
    output_field=models.PositiveSmallIntegerField(),
)


class Computed(models.GeneratedField):
    """A column that the database computes and stores, as every PostgreSQL that is supported can.

    Django's own would ask the database for its version at every check, and most checks are made without one.
    """

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        """What can be said of it without a database."""
        return super().check(**{**kwargs, "databases": []})

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        """To migrations it is Django's own."""
        name, _, arguments, keywords = super().deconstruct()
        return name, "django.db.models.GeneratedField", arguments, keywords


def moment_or_first(field: str) -> Coalesce:
    """A moment to put customers in order by; whoever has none comes before all."""
    return Coalesce(F(field), Value(BEFORE_ALL, output_field=models.DateTimeField()))


class Sort(models.TextChoices):
    """What a list of customers is put in order by; those that are alike follow each other by name or as they came."""

    NAME = "name", "Name"
    CONNECTION = "connection", "Provider"
    NUMBER = "id", "ID"
    EMAIL = "email", "E-mail"
    STATE = "state", "State"
    KNOWN = "known", "Known since"
    TOUCHED = "touched", "Last change"


class ListChoice(models.Model):
    """How a person wants the list of customers: which columns, one after the other, and in which order its rows."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="list_choice")
    columns = models.JSONField(default=list, help_text="Their names, in order.")
    sort = models.CharField(max_length=16, choices=Sort, default=Sort.NAME)
    is_descending = models.BooleanField(default=False)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(sort__in=Sort.values), name="a_list_has_a_known_order")]

    def __str__(self) -> str:
        return f"list of {self.user}"


class SavedView(models.Model):
    """Criteria of the list that a person named; a link with its token opens it and says nothing of anybody.

    What was searched for may be a name, so it is sealed. Shared, it is there for whoever sees every connection that it
    is about.
    """

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="views")
    token = models.CharField(max_length=LONGEST_TOKEN, unique=True, help_text="Random: what a link names it by.")
    name = models.CharField(max_length=LONGEST_NAME)
    is_shared = models.BooleanField(default=False)
    about = models.JSONField(help_text="The connections that it is about, by number.")
    criteria = models.JSONField(default=dict, help_text="What stands in the address of the list; nothing personal.")
    sealed_text = models.TextField(blank=True, help_text="What is searched for in it.")
    columns = models.JSONField(default=list, help_text="Empty: those that its reader chose.")
    sort = models.CharField(max_length=16, choices=Sort, default=Sort.NAME)
    is_descending = models.BooleanField(default=False)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name_plural = "saved views"
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], name="a_person_names_a_view_once"),
            models.CheckConstraint(condition=Q(sort__in=Sort.values), name="a_view_has_a_known_order"),
        ]
        indexes = [models.Index(fields=["name", "id"], condition=Q(is_shared=True), name="view_shared")]

    def __str__(self) -> str:
        return self.name

    @property
    def text(self) -> str:
        """What is searched for in it, opened."""
        return str(key_ring().open(SEALED_AS, self.sealed_text)) if self.sealed_text else ""
