"""Showing a second factor: a code that was typed, or what a passkey answered; and adding one."""

from __future__ import annotations

from typing import Any, override

from allauth.account.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import HttpRequest
from django.utils.functional import cached_property

from console.accounts import passkeys
from console.accounts.codes import moment_of, use_code
from console.accounts.guessing import SAID, TOO_MANY, Wrong, guessing
from console.models import User

WRONG_CODE = "That code does not fit. An app shows another one every half minute, and each works once."
WRONG_PASSKEY = "That passkey was not accepted. Try once more, or use another way."
NOT_RIGHT = "The password is wrong. Type it once more."
NOT_MADE = "No passkey was made. Try once more, or take another device."
MISSING = "Type the code."


class ProofForm(forms.Form):
    """A form that is refused in one sentence, and whose attempts are counted."""

    def __init__(self, request: HttpRequest, user: User | None, *, posted: bool) -> None:
        super().__init__(request.POST if posted else None)
        self.request, self.user = request, user

    @property
    def is_too_many(self) -> bool:
        """Whether this account or address tried too often, so that nobody looked at what was shown."""
        return self.is_bound and self.has_error(NON_FIELD_ERRORS, code=TOO_MANY)

    @property
    def refusal(self) -> str:
        """Why it was not accepted; empty before anybody tried."""
        errors = [message for messages in self.errors.values() for message in messages] if self.is_bound else []
        return str(errors[0]) if errors else ""

    @property
    def status(self) -> int:
        """What a page that shows this form is answered with."""
        if not self.refusal:
            return 200
        return 429 if self.is_too_many else 422


class FactorForm(ProofForm):
    """A person's second factor: a code of their app, a recovery code, or a passkey."""

    code = forms.CharField(max_length=64, required=False)
    credential = forms.JSONField(required=False)
    factor: Authenticator | None = None

    @cached_property
    def kinds(self) -> frozenset[str]:
        """What this person can show, so that nobody is asked for what they do not have."""
        return frozenset(Authenticator.objects.filter(user=self.user).values_list("type", flat=True))

    @property
    def has_app(self) -> bool:
        return Authenticator.Type.TOTP in self.kinds

    @property
    def has_passkey(self) -> bool:
        return Authenticator.Type.WEBAUTHN in self.kinds

    @override
    def clean(self) -> dict[str, Any]:
        user, code, credential = self.user, self.cleaned_data.get("code"), self.cleaned_data.get("credential")
        if self.errors or user is None or not (code or credential):
            raise ValidationError(WRONG_PASSKEY if "credential" in self.errors else MISSING)
        try:
            with guessing(self.request, f"factor:{user.pk}"):
                self.factor = passkeys.used(user, credential) if credential else use_code(user, str(code))
        except Wrong:
            raise ValidationError(WRONG_PASSKEY if credential else WRONG_CODE) from None
        return self.cleaned_data


class PasskeyForm(ProofForm):
    """A passkey of whoever it is: it says so itself."""

    credential = forms.JSONField(required=False)
    factor: Authenticator | None = None

    @override
    def clean(self) -> dict[str, Any]:
        try:
            with guessing(self.request):
                self.factor = passkeys.used(None, self.cleaned_data.get("credential"))
        except Wrong:
            raise ValidationError(WRONG_PASSKEY) from None
        return self.cleaned_data


class PasswordForm(ProofForm):
    """The password of whoever is signed in."""

    password = forms.CharField(max_length=4096, strip=False, required=False)

    @override
    def clean(self) -> dict[str, Any]:
        """Counted as signing in is; raises ValidationError in our words."""
        try:
            fits = get_adapter().reauthenticate(self.user, self.cleaned_data.get("password") or "")
        except ValidationError:
            raise ValidationError(SAID, code=TOO_MANY) from None
        if not fits:
            raise ValidationError(NOT_RIGHT)
        return self.cleaned_data


class AppForm(ProofForm):
    """The first code of an app, which shows that it holds the secret; `moment` is the half minute it is of."""

    code = forms.CharField(max_length=64, required=False)
    moment = 0

    def __init__(self, request: HttpRequest, user: User, secret: str, *, posted: bool) -> None:
        super().__init__(request, user, posted=posted)
        self.secret = secret

    @override
    def clean(self) -> dict[str, Any]:
        moment = moment_of(self.secret, str(self.cleaned_data.get("code") or ""))
        if moment is None:
            raise ValidationError(WRONG_CODE if self.cleaned_data.get("code") else MISSING)
        self.moment = moment
        return self.cleaned_data


class NewPasskeyForm(ProofForm):
    """A passkey that the browser has just made, and what its owner calls it; `made` is what is kept of it."""

    name = forms.CharField(max_length=100, required=False)
    credential = forms.JSONField(required=False)

    def __init__(self, request: HttpRequest, user: User, *, posted: bool) -> None:
        super().__init__(request, user, posted=posted)
        self.made: dict[str, Any] = {}

    def clean_name(self) -> str:
        """The passkey exists already: one without a name gets one."""
        return self.cleaned_data["name"].strip() or "Passkey"

    @override
    def clean(self) -> dict[str, Any]:
        if self.errors:
            raise ValidationError(NOT_MADE)
        try:
            self.made = passkeys.made(self.cleaned_data.get("credential"))
        except Wrong:
            raise ValidationError(NOT_MADE) from None
        return self.cleaned_data
