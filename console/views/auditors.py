"""Who may read the audit, asked by each of its pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied

from console.auditing import refusal, sight
from console.views.people import person

if TYPE_CHECKING:
    from django.http import HttpRequest

    from console.models import User
    from console.permissions import Places


def auditor(request: HttpRequest) -> tuple[User, Places]:
    """The reader and where they read it; whoever reads it nowhere is told why, and who could help."""
    reader = person(request)
    if why_not := refusal(reader):
        raise PermissionDenied(why_not)
    return reader, sight(reader)
