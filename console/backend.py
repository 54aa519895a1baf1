"""Who comes by a request: the person of the session, with their grants, as the database has them at that moment."""

from __future__ import annotations

from typing import override

from django.contrib.auth.backends import ModelBackend
from django.db.models import Prefetch

from console.models import Grant, User

GRANTS = Prefetch("grants", Grant.objects.select_related("connection").only("user", "role", "connection__name"))


class Backend(ModelBackend):
    """Django's own, loading all that permissions ask for at once."""

    @override
    def get_user(self, user_id: int) -> User | None:
        """The person, unless they were switched off."""
        return User.objects.filter(pk=user_id, is_active=True).prefetch_related(GRANTS).first()
