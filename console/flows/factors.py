"""Factors: by what a person proves who they are; each that comes or goes, or is used, is an event of their history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from allauth.mfa.webauthn.internal.auth import WebAuthn
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from console.errors import NotFit, StepNotPossible
from console.flows.record import record
from console.models import Origin, Session, User

APP, PASSKEY, CODES = Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN, Authenticator.Type.RECOVERY_CODES
THE_LAST = "This is your only second factor, and this console wants one of everybody. Add another one first."


@transaction.atomic
def signed_in(*, by: User, proofs: Sequence[str]) -> None:
    """Writes down that somebody came in, and what they showed for it."""
    _tell(by, "person.signed_in", by=by, details={"proofs": list(proofs)} if proofs else {})


@transaction.atomic
def proved(*, by: User, proof: str) -> None:
    """Writes down that somebody who is signed in showed once more that it is they."""
    _tell(by, "person.proved", by=by, details={"proofs": [proof]})


@transaction.atomic
def code_used(*, left: int, by: User) -> None:
    """Writes down that a recovery code was used, and how many are left."""
    _tell(by, "person.code_used", by=by, details={"left": left})


@transaction.atomic
def add_app(secret: str, *, used_until: int, by: User) -> Authenticator:
    """Makes an app that makes codes a second factor; the code that was shown for it, and those before, count as used.

    Raises StepNotPossible where there is one already.
    """
    user = _locked(by)
    if Authenticator.objects.filter(user=user, type=APP).exists():
        raise StepNotPossible("You have an app for codes already. Remove that one first, then add another.")
    factor = TOTP.activate(user, secret).instance
    factor.data["used_until"] = used_until
    factor.save(update_fields=["data"])
    _added(user, APP)
    return factor


@transaction.atomic
def add_passkey(name: str, credential: dict[str, Any], *, by: User) -> Authenticator:
    """Makes a passkey, as the browser gave it and the caller checked it, a way to sign in."""
    user = _locked(by)
    factor = WebAuthn.add(user, name, credential).instance
    _added(user, PASSKEY)
    return factor


@transaction.atomic
def remove(factor_id: int, *, by: User) -> None:
    """Takes one of a person's own factors away; with the last one go the recovery codes.

    Raises StepNotPossible for the last one where everybody has to have one, Authenticator.DoesNotExist for another's.
    """
    user = _locked(by)
    factor = Authenticator.objects.exclude(type=CODES).get(pk=factor_id, user=user)
    others = Authenticator.objects.filter(user=user).exclude(type=CODES).exclude(pk=factor.pk)
    if settings.STEWARD_SECOND_FACTOR and not others.exists():
        raise StepNotPossible(THE_LAST)
    factor.delete()
    if not others.exists():
        Authenticator.objects.filter(user=user, type=CODES).delete()
    _tell(user, "person.factor_removed", by=user, details={"factor": str(factor.type)})


@transaction.atomic
def remove_all(user: User, *, by: User | None, origin: Origin = Origin.PAGE) -> int:
    """Takes all factors of somebody who lost them away; gives how many there were, recovery codes not counted."""
    locked = _locked(user)
    factors = list(Authenticator.objects.filter(user=locked).order_by("pk"))
    for factor in factors:
        factor.delete()
        if factor.type != CODES:
            details = {"factor": str(factor.type)}
            record(locked, "person.factor_removed", by=by, origin=origin, details=details)
    return len([factor for factor in factors if factor.type != CODES])


@transaction.atomic
def renew_codes(*, by: User) -> None:
    """Makes new recovery codes; those before work no more. Raises StepNotPossible where there is no second factor."""
    user = _locked(by)
    if not Authenticator.objects.filter(user=user).exclude(type=CODES).exists():
        raise StepNotPossible("Recovery codes stand in for a second factor. Set one up first.")
    Authenticator.objects.filter(user=user, type=CODES).delete()
    RecoveryCodes.activate(user)
    _tell(user, "person.codes_made", by=user)


@transaction.atomic
def set_password(user: User, password: str, *, reset: bool = False) -> User:
    """Gives a person the new password that they chose. All their sessions end: who changes it in one has it go on anew.

    Raises NotFit, which says what a password has to be.
    """
    locked = _locked(user)
    try:
        validate_password(password, locked)
    except ValidationError as problem:
        raise NotFit(" ".join(problem.messages)) from None
    locked.set_password(password)
    locked.save(update_fields=["password"])
    Session.objects.filter(user=locked).delete()
    _tell(locked, "person.password_reset" if reset else "person.password_changed", by=locked)
    return locked


def _locked(user: User) -> User:
    return User.objects.select_for_update(no_key=True).get(pk=user.pk)


def _added(user: User, kind: str) -> None:
    """The first factor brings recovery codes along."""
    _tell(user, "person.factor_added", by=user, details={"factor": str(kind)})
    if not Authenticator.objects.filter(user=user, type=CODES).exists():
        RecoveryCodes.activate(user)


def _tell(user: User, verb: str, *, by: User, details: dict[str, Any] | None = None) -> None:
    record(user, verb, by=by, origin=Origin.PAGE, details=details)
