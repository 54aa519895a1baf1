"""Signing in: a name and a password, and what is said when they don't fit."""

from __future__ import annotations

from django.contrib.auth.forms import AuthenticationForm

WRONG = "Username or password is wrong. Look at both once more: capital letters count, and so do spaces."
MISSING = "Enter your username and your password."


class SignInForm(AuthenticationForm):
    """Django's own in our words; which of both is wrong is never told."""

    error_messages = {"invalid_login": WRONG, "inactive": WRONG}

    @property
    def refusal(self) -> str:
        """Why nobody is signed in; empty before anybody tried."""
        if not self.is_bound or self.is_valid():
            return ""
        return WRONG if all(self.data.get(name) for name in ("username", "password")) else MISSING
