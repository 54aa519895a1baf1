"""Codes of an app, and recovery codes. Each works once, whoever sees it typed, and however often it is sent at once."""

from __future__ import annotations

from collections.abc import Iterator

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.utils import decrypt
from django.db import transaction

from console.accounts.guessing import Wrong
from console.flows.factors import code_used
from console.models import User

USED_UNTIL = "used_until"
BY_CODE = (Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES)


@transaction.atomic
def use_code(user: User, code: str) -> Authenticator:
    """The factor that this code belongs to, and with that the code is used; raises Wrong if it is of none."""
    factors = Authenticator.objects.select_for_update().filter(user=user, type__in=BY_CODE)
    for factor in factors.order_by("-type"):
        if _fits_app(factor, code) if factor.type == Authenticator.Type.TOTP else _fits_list(factor, code):
            return factor
    raise Wrong


def moment_of(secret: str, code: str) -> int | None:
    """The half minute, counted from 1970, of which this is the code; None if it is of none about now."""
    return next((moment for moment in _about_now() if _is_code_of(secret, moment, code)), None)


def _about_now() -> Iterator[int]:
    counters: Iterator[int] = yield_hotp_counters_from_time()
    return counters


def _is_code_of(secret: str, moment: int, code: str) -> bool:
    return bool(compare_user_code(actual=code, expected=format_hotp_value(hotp_value(secret, moment))))


def _fits_app(factor: Authenticator, code: str) -> bool:
    """An app's code is good if it is later than the last one that was used: so none is good twice."""
    moment = moment_of(decrypt(factor.data["secret"]), code)
    if moment is None or moment <= factor.data.get(USED_UNTIL, 0):
        return False
    factor.data[USED_UNTIL] = moment
    factor.save(update_fields=["data"])
    return True


def _fits_list(factor: Authenticator, code: str) -> bool:
    codes = factor.wrap()
    if not codes.validate_code(code):
        return False
    code_used(left=len(codes.get_unused_codes()), by=factor.user)
    return True
