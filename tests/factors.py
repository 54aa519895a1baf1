"""Second factors for the tests: an app that makes codes, without the app."""

from __future__ import annotations

import time

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.test import Client

from console.flows import factors
from console.models import User
from tests.cast import PASSWORD

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
HALF_A_MINUTE = 30


def add_app(user: User, secret: str = SECRET) -> Authenticator:
    """An app for codes of which none was used yet."""
    return factors.add_app(secret, used_until=0, by=user)


def code(later: int = 0, secret: str = SECRET) -> str:
    """What the app shows now, or so many half minutes later."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // HALF_A_MINUTE + later)))


def recovery_codes(user: User) -> list[str]:
    """Those that are left."""
    kept = Authenticator.objects.get(user=user, type=factors.CODES)
    return list(kept.wrap().get_unused_codes())


def typed(client: Client, username: str, password: str = PASSWORD, **more: str) -> str:
    """Signs in by the form; gives where that leads."""
    answer = client.post("/sign-in/", {"username": username, "password": password, **more})
    return str(answer.headers.get("Location", ""))


def is_in(client: Client) -> bool:
    """Whether somebody is signed in."""
    return client.get("/").status_code == 200
