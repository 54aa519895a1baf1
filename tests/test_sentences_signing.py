"""How people came in, and what they did to what they prove themselves by, in sentences."""

from __future__ import annotations

from typing import Any

import pytest

from tests.test_sentences_auditing import told


@pytest.mark.parametrize(
    ("verb", "details", "said"),
    [
        ("person.signed_in", {"proofs": ["password"]}, "Ed Kowalski signed in, by their password"),
        (
            "person.signed_in",
            {"proofs": ["password", "totp"]},
            "Ed Kowalski signed in, by their password and a code of their app",
        ),
        ("person.signed_in", {"proofs": ["webauthn"]}, "Ed Kowalski signed in, by a passkey"),
        ("person.signed_in", {"proofs": ["something new"]}, "Ed Kowalski signed in"),
        ("person.proved", {"proofs": ["totp"]}, "Ed Kowalski proved once more that it is they, by a code of their app"),
        ("person.proved", {}, "Ed Kowalski proved once more that it is they"),
        ("person.factor_added", {"factor": "webauthn"}, "Ed Kowalski added a passkey"),
        ("person.factor_removed", {"factor": "totp"}, "Ed Kowalski removed an app for codes"),
        ("person.factor_removed", {}, "Ed Kowalski removed a second factor"),
        ("person.codes_made", {}, "Ed Kowalski made new recovery codes"),
        ("person.code_used", {"left": 9}, "Ed Kowalski used a recovery code; 9 are left"),
        ("person.password_changed", {}, "Ed Kowalski changed their password"),
        ("person.password_reset", {}, "Ed Kowalski set a new password by a link that was mailed to them"),
    ],
)
def test_what_happens_to_factors_is_told(verb: str, details: dict[str, Any], said: str) -> None:
    assert told(verb, **details) == said
