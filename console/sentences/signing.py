"""How people came in, by what they proved who they are, and what they did to that."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from console.sentences.happening import Happening, by_person
from console.sentences.words import listed

_FACTORS: Mapping[str, str] = {"totp": "an app for codes", "webauthn": "a passkey"}
_PROOFS: Mapping[str, str] = {
    "password": "their password",
    "totp": "a code of their app",
    "webauthn": "a passkey",
    "recovery_codes": "a recovery code",
    "socialaccount": "single sign-on",
    "oidc": "single sign-on",
}


def _signed_in(about: Happening) -> str:
    proofs = _proofs(about)
    return f"{about.who} signed in{f', by {listed(proofs)}' if proofs else ''}"


def _proved(about: Happening) -> str:
    proofs = _proofs(about)
    return f"{about.who} proved once more that it is they{f', by {proofs[0]}' if proofs else ''}"


def _proofs(about: Happening) -> list[str]:
    return [_PROOFS[proof] for proof in about.said("proofs") or () if proof in _PROOFS]


def _added(about: Happening) -> str:
    return f"{about.who} added {_factor(about)}"


def _removed(about: Happening) -> str:
    return f"{about.who} removed {_factor(about)}"


def _code_used(about: Happening) -> str:
    left = about.said("left")
    return f"{about.who} used a recovery code{f'; {left} are left' if isinstance(left, int) else ''}"


def _factor(about: Happening) -> str:
    return _FACTORS.get(str(about.said("factor")), "a second factor")


TONES: Mapping[str, str] = {"person.factor_removed": "waiting", "person.code_used": "waiting"}

TELLING: Mapping[str, Callable[[Happening], str]] = {
    "person.signed_in": _signed_in,
    "person.proved": _proved,
    "person.factor_added": _added,
    "person.factor_removed": _removed,
    "person.codes_made": by_person("made new recovery codes"),
    "person.code_used": _code_used,
    "person.password_changed": by_person("changed their password"),
    "person.password_reset": by_person("set a new password by a link that was mailed to them"),
}
