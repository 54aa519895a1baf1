"""What a connection did in each minute, counted once when the minute is over: its page draws it."""

from __future__ import annotations

from django.db import models

from console.models.connections import Connection


class Minute(models.Model):
    """One minute of one connection. Counts are of attempts that ended in it; depths are as at its end."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="minutes")
    at = models.DateTimeField(help_text="When the minute began.")
    answered = models.PositiveIntegerField(default=0, help_text="Attempts that the provider applied or confirmed.")
    refused = models.PositiveIntegerField(default=0, help_text="Attempts that it answered, and did not apply.")
    unclear = models.PositiveIntegerField(default=0, help_text="Attempts after which nobody knew.")
    unsent = models.PositiveIntegerField(default=0, help_text="Attempts of which nothing left, or put off by it.")
    half_milliseconds = models.PositiveIntegerField(null=True, help_text="Half of the exchanges took no longer.")
    most_milliseconds = models.PositiveIntegerField(null=True, help_text="95 of 100 exchanges took no longer.")
    waiting = models.PositiveIntegerField(default=0, help_text="Changes on their way at its end.")
    stuck = models.PositiveIntegerField(default=0, help_text="Changes that needed a person at its end.")

    class Meta:
        ordering = ["at"]
        constraints = [models.UniqueConstraint(fields=["connection", "at"], name="one_measure_per_minute")]

    def __str__(self) -> str:
        return f"{self.connection} at {self.at:%Y-%m-%d %H:%M}"
