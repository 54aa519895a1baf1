"""What is said of a change that has ended: how it ended, and how that is known."""

from __future__ import annotations

import pytest

from console.models import Confirmation, Outcome, Status, Verdict
from tests.telling import change, told, whole


def test_a_refusal_gives_the_providers_reasons() -> None:
    problems = [{"field": "email", "code": "invalid_email", "message": "Sqril does not take this e-mail."}]
    explained = told(change(Status.REFUSED, problems=problems, note="The provider answered 400."))
    assert explained.headline == "Sqril refused it. Nothing was changed there."
    assert explained.following.startswith("Sqril does not take this e-mail.")


def test_a_refusal_by_our_own_rules_was_not_sent() -> None:
    explained = told(change(Status.REFUSED, note="Our own rules refuse it by now."))
    assert explained.headline == "The rules refuse it by now, so it was not sent."


def test_a_customer_who_is_gone_is_said_to_be_gone() -> None:
    explained = told(change(Status.REFUSED, gone=True, note="The provider answered 404."))
    assert explained.headline == "Sqril has no such customer any more. Nothing was changed."


@pytest.mark.parametrize(
    ("last", "headline"),
    [
        (Outcome.MOVED, "Not sent, so that nothing is overwritten unseen."),
        (Outcome.KEPT_ANOTHER, "Sqril does not hold what was asked for."),
        (Outcome.CONFLICT, "Sqril did not take it: somebody else changed the record at the same time."),
        (None, "The record at Sqril does not hold what was asked for."),
    ],
)
def test_a_conflict_says_which_kind_it_is(last: Outcome | None, headline: str) -> None:
    assert told(change(Status.CONFLICT), last=last).headline == headline


def test_a_failure_says_that_nothing_was_changed_and_how_often_it_was_tried() -> None:
    failed = change(Status.FAILED, tries=6, note="Nothing was sent: could not connect: ConnectionRefusedError.")
    explained = told(failed)
    assert explained.headline == "Given up after 6 tries. Nothing was changed at Sqril."
    assert explained.following == "Could not connect. Try again once Sqril answers, or close it."


@pytest.mark.parametrize(
    ("confirmation", "headline"),
    [
        (Confirmation.ECHOED, "Applied: the answer of Sqril holds the new values."),
        (Confirmation.READ, "Applied: we read the record back, and Sqril holds the new values."),
        (Confirmation.ALREADY, "Nothing had to be sent: Sqril already held these values."),
    ],
)
def test_an_applied_change_says_how_that_is_known(confirmation: Confirmation, headline: str) -> None:
    assert told(change(Status.APPLIED, confirmation=confirmation)).headline == headline


def test_an_accepted_change_is_not_called_applied() -> None:
    explained = told(change(Status.APPLIED, "caibo", confirmation=Confirmation.ACCEPTED))
    assert (explained.tone, explained.word) == ("neutral", "Accepted, not confirmed")
    assert explained.headline == "Caibo accepted it, but does not say what it holds now."
    assert "applied" not in whole(explained).lower()


@pytest.mark.parametrize("verdict", Verdict)
def test_a_closed_change_gives_a_persons_finding_as_theirs(verdict: Verdict) -> None:
    assert told(change(Status.CLOSED, verdict=verdict)).headline.startswith("Closed by a person")
