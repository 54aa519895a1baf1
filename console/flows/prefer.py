"""Prefer: a person sets how the console behaves for them, with an event in their own history."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from console.flows.record import record
from console.models import Origin, User


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a person chooses for themselves; a time zone that exists, and whether single keys act."""

    time_zone: str
    single_keys: bool


@transaction.atomic
def prefer(wanted: Preferences, *, by: User) -> list[str]:
    """Gives the names of what is different now; saving the same again changes nothing and leaves no event."""
    user = User.objects.select_for_update(no_key=True).get(pk=by.pk)
    wishes = {"time_zone": wanted.time_zone, "single_keys": wanted.single_keys}
    moved = {name: [getattr(user, name), value] for name, value in wishes.items() if getattr(user, name) != value}
    if not moved:
        return []
    for name, (_, value) in moved.items():
        setattr(user, name, value)
    user.save(update_fields=list(moved))
    record(user, "person.settings_changed", by=user, origin=Origin.PAGE, details={"moved": moved})
    return list(moved)
