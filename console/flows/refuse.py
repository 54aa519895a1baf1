"""Refuse: writes down that somebody was refused: what they may not do, or to be let in at all."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from console.flows.record import database_now, record
from console.models import Event, Installation, Origin, User

A_MINUTE = timedelta(minutes=1)
MOST_IN_A_MINUTE = 20
"""Of failed sign-ins of one person that are told one by one: whoever tries on fills no disk."""


@transaction.atomic
def refused(user: User, *, method: str, route: str, status: int) -> Event | None:
    """Writes down what this person may not do, by the pattern of the address; the same again within a minute is not."""
    details = {"method": method, "route": route, "status": status}
    lately = Event.objects.filter(actor=user, verb="person.refused", at__gt=database_now() - A_MINUTE)
    if lately.filter(details=details).exists():
        return None
    return record(user, "person.refused", by=user, origin=Origin.PAGE, details=details)


@transaction.atomic
def not_let_in(username: str) -> Event | None:
    """Writes down that somebody could not sign in by this name. A name that nobody has is kept nowhere: it may be a
    password that was typed in the wrong place.
    """
    user = User.objects.filter(username=username).first()
    subject = user or Installation.objects.get()
    kind = "person" if user else "installation"
    told = Event.objects.filter(subject=f"{kind}:{subject.pk}", verb="person.sign_in_failed")
    if told.filter(at__gt=database_now() - A_MINUTE).count() >= MOST_IN_A_MINUTE:
        return None
    return record(subject, "person.sign_in_failed", by=None, origin=Origin.PAGE)
