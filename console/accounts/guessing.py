"""How often somebody may try: what fails is counted for the account and for the address, what succeeds is not."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from allauth.core.internal import ratelimit
from django.core.exceptions import ValidationError
from django.http import HttpRequest

TOO_MANY = "too_many_login_attempts"
WAIT_SECONDS = 300
SAID = "Too many attempts in a short time. Wait five minutes, then try again; whoever tries on waits longer."


class Wrong(Exception):
    """What was shown proves nothing."""


@contextlib.contextmanager
def guessing(request: HttpRequest, account: str = "") -> Iterator[None]:
    """Counts an attempt for the address and for the account, where one is named, and takes it back if the block ends
    well. Raises ValidationError where there were too many.
    """
    how = {"app": "allauth.account", "action": "login_failed", "key": account}
    anybody = {"app": "allauth.mfa", "action": "webauthn_login"}
    use = ratelimit.consume(request, **(how if account else anybody))
    if use is None:
        raise ValidationError(SAID, code=TOO_MANY)
    yield
    use.rollback()
