"""Who a request comes from."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest

from console.models import User


def person(request: HttpRequest) -> User:
    """Who is signed in; every page but those for signing in has somebody."""
    return cast("User", request.user)
