"""Which installation a database belongs to: by it a worker recognises a restored backup."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q


class Installation(models.Model):
    """The one row that names this database, made with its tables. A restored backup has the name, but an older past."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    name = models.UUIDField(default=uuid.uuid4)
    life = models.PositiveIntegerField(default=0, help_text="Grows by one each time a restored backup was noticed.")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="there_is_one_installation")]

    def __str__(self) -> str:
        return f"{self.name}, life {self.life}"
