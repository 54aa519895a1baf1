"""The tree over all events, and its signed checkpoints: what was sealed can't be altered, moved or cut unnoticed.

A Merkle tree as RFC 6962 has it. A leaf is an event's hash; leaves are numbered as they are sealed, without a gap.
"""

from __future__ import annotations

from django.db import models

from console.models.history import Event


class Leaf(models.Model):
    """One event in the tree."""

    index = models.PositiveBigIntegerField(primary_key=True)
    event = models.OneToOneField(Event, on_delete=models.PROTECT, related_name="leaf")
    hash = models.BinaryField(help_text="The event's hash as it was sealed.")

    class Meta:
        verbose_name_plural = "leaves"

    def __str__(self) -> str:
        return f"leaf {self.index}"


class Subtree(models.Model):
    """The root of a whole subtree of 2 ** `height` leaves, of which `index` come before it; for heights 8, 16, …

    With these a proof reads some hundreds of rows, however many leaves there are.
    """

    height = models.PositiveSmallIntegerField()
    index = models.PositiveBigIntegerField()
    hash = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["height", "index"], name="a_subtree_has_one_root")]

    def __str__(self) -> str:
        return f"subtree {self.index} of height {self.height}"


class Checkpoint(models.Model):
    """What was signed about the first `size` leaves. `note` is the signed text, to be copied elsewhere."""

    size = models.PositiveBigIntegerField(unique=True)
    root = models.BinaryField()
    at = models.DateTimeField(help_text="The database's clock, UTC.")
    note = models.TextField()
    # Where the next search for unsealed events may begin; a full one is made now and then all the same.
    seen = models.BigIntegerField(default=0, help_text="The highest key of an event that was there.")
    horizon = models.BigIntegerField(default=0, help_text="Transactions below this number had ended, or were known.")
    sealed_below = models.BigIntegerField(default=0, help_text="All events with a key up to this one are leaves.")

    class Meta:
        indexes = [models.Index(fields=["at"], name="checkpoint_by_time")]

    def __str__(self) -> str:
        return f"checkpoint over {self.size}"
