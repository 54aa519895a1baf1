"""What is said of a change of which nobody knows whether it was applied."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from console.coming import steps_ahead
from console.models import Outcome, Status, Wait
from tests.telling import NOW, change, told, whole


def test_a_change_behind_an_unknown_one_says_which_it_waits_for() -> None:
    ahead = change(Status.UNKNOWN, wait=Wait.PERSON)
    explained = told(change(Status.APPROVED, wait=Wait.TURN, next_attempt_at=NOW), ahead=ahead)
    assert explained.word == "Waiting its turn"
    assert "Change 17 of this customer, whose outcome is not known yet, has to end first" in explained.following


def test_an_unclear_try_is_not_forgotten_while_the_connection_is_interrupted() -> None:
    explained = told(change(Status.APPROVED, interrupted=True, maybe_applied=True, next_attempt_at=NOW))
    assert explained.tone == "unknown"
    assert explained.following.endswith("An earlier try may have been applied.")


def test_an_unknown_at_an_interrupted_connection_waits_until_it_answers() -> None:
    asked = change(Status.UNKNOWN, wait=Wait.READ_BACK, interrupted=True, next_attempt_at=NOW)
    assert told(asked).following == (
        "Sqril has not answered 5 times in a row; we look into it once one call, which is made at 10:26, is answered."
    )


def test_while_the_provider_may_still_apply_it_old_values_are_said_to_prove_nothing() -> None:
    asked = change(Status.UNKNOWN, wait=Wait.READ_BACK, next_attempt_at=NOW + timedelta(seconds=5))
    assert told(asked, settles_at=NOW + timedelta(seconds=19.2)).following == (
        "For 20 s more Sqril may still apply it, so that old values there prove nothing yet. "
        "We will read the record in a few seconds to see what became of it."
    )
    assert "For" not in told(asked, settles_at=NOW).following


def test_a_record_that_is_being_read_back_is_said_to_be() -> None:
    lease = NOW + timedelta(seconds=9)
    asked = change(Status.UNKNOWN, wait=Wait.READ_BACK, next_attempt_at=lease, lease_until=lease)
    assert told(asked).following == "The record is being read at Sqril right now to see what became of it."


def test_an_earlier_unclear_try_is_not_forgotten_while_it_is_sent_again() -> None:
    asked = change(
        Status.APPROVED, "caibo", wait=Wait.TRY_AGAIN, maybe_applied=True, next_attempt_at=NOW + timedelta(seconds=8)
    )
    explained = told(asked)
    assert explained.tone == "unknown"
    assert explained.headline == "An earlier try may have been applied; no answer said so."
    assert "do no harm at Caibo, so it is sent again in a few seconds." in explained.following


def test_sending_again_where_it_is_not_harmless_is_said_to_be_a_persons_decision() -> None:
    asked = change(Status.APPROVED, "finosu", wait=Wait.TURN, maybe_applied=True, next_attempt_at=NOW)
    assert "a person decided so" in told(asked).following


EARLIER = "An earlier request may still be applied by the provider, so this one waits a moment."


def test_what_waits_for_an_earlier_request_to_settle_says_so() -> None:
    about: dict[str, Any] = {"wait": Wait.PROVIDER, "note": EARLIER, "next_attempt_at": NOW + timedelta(seconds=20)}
    waits = "An earlier request may still be applied by Sqril, so this one waits a moment."
    assert told(change(Status.APPROVED, **about)).following == f"{waits} It is sent within a minute."
    again = told(change(Status.APPROVED, maybe_applied=True, **about)).following
    assert again == f"{waits} It is sent again within a minute."


def test_an_unknown_that_can_be_read_back_says_when() -> None:
    asked = change(
        Status.UNKNOWN,
        wait=Wait.READ_BACK,
        next_attempt_at=NOW + timedelta(seconds=5),
        note="Whether it was applied is not known: the connection broke: ConnectionResetError.",
    )
    assert told(asked).following == (
        "The connection broke. We will read the record in a few seconds to see what became of it."
    )


def test_an_unknown_that_is_harmless_to_repeat_says_that_it_is_sent_again() -> None:
    asked = change(Status.UNKNOWN, "caibo", wait=Wait.TRY_AGAIN, next_attempt_at=NOW + timedelta(seconds=40))
    assert (
        told(asked).following == "The same values once more do no harm at Caibo, so it is sent again within a minute."
    )


def test_an_unknown_that_needs_a_person_says_what_to_do_and_who_can() -> None:
    asked = change(Status.UNKNOWN, "timepay", wait=Wait.PERSON)
    following = told(asked, operators="Ask Olu Peters.").following
    assert following.endswith(
        "A person has to look at the record at Timepay, then send the change again or close it. Ask Olu Peters."
    )


UNREADABLE = "Timepay cannot be read to see whether it was applied, and "
REPLACES = "by now the same values once more might replace what somebody set there since."


@pytest.mark.parametrize(
    ("slug", "last", "note", "why"),
    [
        (
            "timepay",
            Outcome.REFUSED,
            "The provider answered 400.",
            (
                f"An earlier try may have been applied. Timepay answered 400. {UNREADABLE}"
                "sent once more it would get the same answer."
            ),
        ),
        (
            "timepay",
            Outcome.CONFLICT,
            "The provider reports a conflict, and it may be with our own earlier try.",
            (
                "Timepay reports a conflict, and it may be with our own earlier try. "
                f"{UNREADABLE}sent once more it would get the same answer."
            ),
        ),
        (
            "timepay",
            Outcome.NOT_SENT,
            "Nothing was sent: the lease was over.",
            f"An earlier try may have been applied. This try came too late to be sent. {UNREADABLE}{REPLACES}",
        ),
        (
            "timepay",
            Outcome.UNKNOWN,
            "Sending it again unasked is not safe any more. A person decides.",
            f"{UNREADABLE}{REPLACES}",
        ),
        (
            "sqril",
            Outcome.UNKNOWN,
            "Reading back gave no answer to go by.",
            "Reading back gave no answer to go by. The record was read at Sqril as often as helps, and no answer told.",
        ),
        (
            "sqril",
            Outcome.GONE,
            "",
            "Sqril has no such customer any more, so no record there shows whether it was applied.",
        ),
        (
            "finosu",
            Outcome.STILL_OLD,
            "Read back: the old values stand, but somebody wrote to the record meanwhile. A person decides.",
            (
                "Read back: the old values stand, but somebody wrote to the record meanwhile. "
                "So it may have been applied and then undone by somebody who meant it."
            ),
        ),
        (
            "sqril",
            Outcome.STILL_OLD,
            (
                "The database was restored from a backup, so nobody here knows whether this was sent since. "
                "A person decides."
            ),
            "The database was restored from a backup, so nobody here knows whether this was sent since.",
        ),
        (
            "sqril",
            Outcome.UNKNOWN,
            "Reading back was begun often enough and never ended. A person decides.",
            "Reading back was begun often enough and never ended.",
        ),
        (
            "sqril",
            Outcome.UNKNOWN,
            "The key of this customer's values was erased: the values are gone for good.",
            (
                "The key of this customer's values was erased: the values are gone for good. "
                "So it can be neither looked into nor sent."
            ),
        ),
    ],
)
def test_an_unknown_that_needs_a_person_says_why(slug: str, last: Outcome, note: str, why: str) -> None:
    asked = change(Status.UNKNOWN, slug, wait=Wait.PERSON, maybe_applied=True, tries=2, note=note)
    explained = told(asked, last=last)
    assert explained.headline == "We sent it, and nobody can say whether it was applied."
    does = "then send the change again or close it."
    assert explained.following == f"{why} A person has to look at the record at {slug.title()}, {does}"


def test_what_cannot_be_read_is_not_said_to_hold_old_values() -> None:
    asked = change(Status.UNKNOWN, "caibo", wait=Wait.TRY_AGAIN, next_attempt_at=NOW + timedelta(seconds=40))
    following = told(asked, settles_at=NOW + timedelta(seconds=20)).following
    assert following.startswith("For 20 s more Caibo may still apply it, so nothing is sent before. The same values")


def test_an_unknown_that_a_reading_contradicts_says_what_the_reading_showed() -> None:
    asked = change(Status.UNKNOWN, "finosu", wait=Wait.PERSON, note="Read back: the old values stand.")
    explained = told(asked, last=Outcome.STILL_OLD, operators="Ask Olu Peters.")
    assert (explained.tone, explained.word) == ("unknown", "Outcome unknown")
    assert "read back, Finosu still holds the old values" in explained.headline
    assert "nobody can say" not in whole(explained)
    assert explained.following.endswith("send it again, or close it. Ask Olu Peters.")


def test_an_unknown_that_was_harmlessly_sent_in_vain_says_how_often() -> None:
    asked = change(Status.UNKNOWN, "sqril", wait=Wait.PERSON, tries=6)
    assert told(asked, last=Outcome.STILL_OLD).following.startswith("It was sent 6 times. Now a person decides")


def test_an_unknown_at_a_paused_connection_waits_for_it() -> None:
    asked = change(Status.UNKNOWN, wait=Wait.READ_BACK, paused=True, next_attempt_at=NOW)
    assert told(asked).following == "Sqril is paused; we look into it once an operator resumes it."


@pytest.mark.parametrize(
    ("wait", "step"),
    [
        (Wait.READ_BACK, "Read back and compared"),
        (Wait.TRY_AGAIN, "The same values sent once more"),
        (Wait.PROVIDER, "The same values sent once more"),
        (Wait.PERSON, "A person looks at the record, then decides"),
    ],
)
def test_an_unknown_says_how_it_is_looked_into(wait: Wait, step: str) -> None:
    assert steps_ahead(change(Status.UNKNOWN, wait=wait, next_attempt_at=NOW), now=NOW) == [step]
