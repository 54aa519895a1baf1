"""Passkeys: what a browser is asked, and what it answers, which anybody may have made up."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth
from django.core.exceptions import ValidationError

from console.accounts.guessing import Wrong
from console.models import User

# What the library raises over answers that no browser gives.
MADE_UP = (ValidationError, ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError)


def question(user: User | None) -> dict[str, Any]:
    """What a browser is to ask its passkeys: for one of this person's, or for any it has for this console."""
    asked: dict[str, Any] = auth.begin_authentication(user)
    return asked


def used(user: User | None, answer: object) -> Authenticator:
    """The passkey that answered; raises Wrong if it is none of this person's, or of anybody's where nobody is named.

    An answer is good for the one question that was asked last in this session.
    """
    try:
        auth.parse_authentication_response(answer)
        whose = user or auth.extract_user_from_response(answer)
        found: Authenticator = auth.complete_authentication(whose, answer)
    except MADE_UP:
        raise Wrong from None
    finally:
        auth.clear_state()
    return found


def offer(user: User) -> dict[str, Any]:
    """What a browser is to make a passkey of: one that is kept by it and asks for a finger, a face or a PIN."""
    offered: dict[str, Any] = auth.begin_registration(user, passwordless=True)
    return offered


def made(answer: object) -> dict[str, Any]:
    """The passkey as it is kept, if it was made for what was offered; raises Wrong."""
    try:
        auth.parse_registration_response(answer)
        binding = auth.complete_registration(answer)
    except MADE_UP:
        raise Wrong from None
    finally:
        auth.clear_state()
    if not isinstance(answer, dict) or not binding.is_user_verified():
        raise Wrong
    return answer
