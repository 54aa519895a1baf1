"""What the commands have in common that work on the console's tables."""

from __future__ import annotations

from typing import Any, override

from django.core.management.base import BaseCommand

from console.checks import refuse_what_cannot_work


class TablesCommand(BaseCommand):
    """Begins only if the configuration and the database are fit, and says in a sentence when they are not."""

    @override
    def check(self, *args: Any, **kwargs: Any) -> None:
        """All checks, the database's included; raises ImproperlyConfigured, whose sentences manage.py tells."""
        refuse_what_cannot_work()
