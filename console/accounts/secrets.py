"""How the secrets of factors are kept, and what apps and passkeys call an account."""

from __future__ import annotations

from typing import override

from allauth.mfa.adapter import DefaultMFAAdapter

from console.models import User
from console.models.sealing import key_ring

PURPOSE = "factor"


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth ships no types
    """What allauth asks us about second factors."""

    @override
    def encrypt(self, text: str) -> str:
        return key_ring().seal(PURPOSE, text)

    @override
    def decrypt(self, encrypted_text: str) -> str:
        return str(key_ring().open(PURPOSE, encrypted_text))

    @override
    def get_totp_issuer(self) -> str:
        return "Steward"

    @override
    def _get_site_name(self) -> str:
        return "Steward"

    @override
    def _get_user_identifier(self, user: User) -> str:
        """The name one signs in by: an address is nobody else's business, and may change."""
        return user.username
