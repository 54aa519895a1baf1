"""What the pages about signing in show: a person's ways in, a secret to scan and to read out."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO

from allauth.mfa.models import Authenticator
from qrcode import make
from qrcode.image.svg import SvgPathFillImage

from console.flows.factors import APP, CODES, PASSKEY
from console.models import User


@dataclass(frozen=True, slots=True)
class Factor:
    """One second factor, as its owner sees it."""

    pk: int
    kind: str
    name: str
    added_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class WaysIn:
    """All by which a person can sign in; `codes` is how many recovery codes are left, None where there are none."""

    has_password: bool
    app: Factor | None
    passkeys: Sequence[Factor]
    codes: int | None


def ways_in(user: User) -> WaysIn:
    """In one query."""
    kept = list(Authenticator.objects.filter(user=user).order_by("created_at", "pk"))
    apps = [_factor(one, "App for codes") for one in kept if one.type == APP]
    passkeys = [_factor(one, one.wrap().name) for one in kept if one.type == PASSKEY]
    codes = next((len(one.wrap().get_unused_codes()) for one in kept if one.type == CODES), None)
    return WaysIn(user.has_usable_password(), apps[0] if apps else None, passkeys, codes)


def app_picture(link: str) -> str:
    """A QR code of the link as a picture that stands in the page itself, dark on white as cameras want it."""
    drawn = BytesIO()
    make(link, image_factory=SvgPathFillImage).save(drawn)
    return f"data:image/svg+xml;base64,{b64encode(drawn.getvalue()).decode()}"


def in_groups(text: str, size: int = 4) -> str:
    """The same with spaces, to be read and typed."""
    return " ".join(text[start : start + size] for start in range(0, len(text), size))


def _factor(kept: Authenticator, name: str) -> Factor:
    return Factor(kept.pk, str(kept.type), name, kept.created_at, kept.last_used_at)
