"""The tree of failures: what each says, and what it keeps to itself."""

from __future__ import annotations

import pytest

from providers.errors import (
    Conflict,
    Exchange,
    Misrouted,
    NotAllowed,
    NotReadable,
    NotSent,
    OutcomeUnknown,
    ProviderError,
    Refused,
    TryLater,
    Unreadable,
)

EXCHANGE = Exchange("PUT", "https://api.example/customers/zoe@example.com", b'{"name": "Zoe"}', 200, b"secret-token")
EVERY_FAILURE = (Conflict, Misrouted, NotAllowed, NotReadable, NotSent, OutcomeUnknown, Refused, TryLater, Unreadable)


@pytest.mark.parametrize("failure", EVERY_FAILURE)
def test_every_failure_says_something_without_being_told_what(failure: type[ProviderError]) -> None:
    assert str(failure()).strip()
    assert isinstance(failure(), ProviderError)


@pytest.mark.parametrize("failure", EVERY_FAILURE)
def test_every_failure_keeps_its_evidence_and_shows_none_of_it(failure: type[ProviderError]) -> None:
    error = failure(exchange=EXCHANGE)
    assert error.exchange is EXCHANGE
    for text in (str(error), repr(error), repr(error.exchange)):
        assert "zoe" not in text.lower()
        assert "secret" not in text


def test_a_failure_says_what_it_is_told_to_say() -> None:
    assert str(NotSent("the lease was over")) == "the lease was over"


def test_an_unreadable_answer_leaves_the_outcome_unknown() -> None:
    assert issubclass(Unreadable, OutcomeUnknown)


def test_what_cannot_be_read_was_not_sent() -> None:
    assert issubclass(NotReadable, NotSent)


def test_a_refusal_is_neither_gone_nor_forbidden_unless_said() -> None:
    refused = Refused()
    assert (refused.violations, refused.gone, refused.forbidden) == ((), False, False)


def test_try_later_carries_its_seconds() -> None:
    assert TryLater(after=30.0).after == 30.0
    assert TryLater().after is None
