"""Signing in: a name and a password, and what is said when they don't fit."""

from __future__ import annotations

from typing import Any, override

from allauth.account.adapter import get_adapter
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import NON_FIELD_ERRORS

from console.accounts.guessing import SAID, TOO_MANY

WRONG = "Username or password is wrong. Look at both once more: capital letters count, and so do spaces."
MISSING = "Enter your username and your password."


class SignInForm(AuthenticationForm):
    """Django's own in our words; which of both is wrong is never told, and attempts are counted."""

    error_messages = {"invalid_login": WRONG, "inactive": WRONG}

    @override
    def clean(self) -> dict[str, Any]:
        name, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if name and password:
            self.user_cache = get_adapter().authenticate(self.request, username=name, password=password)
            if self.user_cache is None:
                raise self.get_invalid_login_error()
        return self.cleaned_data

    @property
    def is_too_many(self) -> bool:
        """Whether this account or address tried too often, so that nobody looked at what was typed."""
        return self.has_error(NON_FIELD_ERRORS, code=TOO_MANY)

    @property
    def refusal(self) -> str:
        """Why nobody is signed in; empty before anybody tried."""
        if not self.is_bound or self.is_valid():
            return ""
        if self.is_too_many:
            return SAID
        return WRONG if all(self.data.get(name) for name in ("username", "password")) else MISSING
