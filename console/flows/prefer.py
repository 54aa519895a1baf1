"""Prefer: a person sets how the console behaves for them, with an event in their own history."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from django.db import transaction

from console.flows.record import record
from console.models import Mail, Origin, User


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a person chooses for themselves: a time zone that exists, whether single keys act, what they are told by
    e-mail, and at which address, which is empty or valid.
    """

    time_zone: str
    single_keys: bool
    mail: Mail
    email: str


@transaction.atomic
def prefer(wanted: Preferences, *, by: User) -> list[str]:
    """Gives the names of what is different now; saving the same again changes nothing and leaves no event.

    History tells that there was an address, or that there is one; never which.
    """
    user = User.objects.select_for_update(no_key=True).get(pk=by.pk)
    wishes = asdict(wanted)
    moved = {name: [getattr(user, name), value] for name, value in wishes.items() if getattr(user, name) != value}
    if not moved:
        return []
    for name, (_, value) in moved.items():
        setattr(user, name, value)
    user.save(update_fields=list(moved))
    told = {name: list(map(bool, pair)) if name == "email" else pair for name, pair in moved.items()}
    record(user, "person.settings_changed", by=user, origin=Origin.PAGE, details={"moved": told})
    return list(moved)
