"""Where a change stands is told in sentences that never claim more than is known."""

from __future__ import annotations

from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.utils import timezone

from console.coming import steps_ahead
from console.explain import Deciding, Lack, Parts, said, when
from console.models import Change, Confirmation, Outcome, Pause, Status, Verdict, Wait
from tests.telling import ANN, ED, JO, NOW, SAM, change, told, whole

LEFT_OUT = Parts(sent=("Occupation", "Phone"), rejected=("Address",), dropped=("E-mail",))
DECIDING = [
    Deciding(is_yours=True),
    Deciding(people=()),
    Deciding(people=(ANN, SAM), too_few=True, holder=SAM),
    Deciding((Lack(("Phone",), 1, ("KYC",)),), (ANN,), is_yours=True, decided=1, in_all=2, moved=("Phone",)),
    Deciding((Lack(("Phone", "Address"), 2, more=True),), (SAM,), given=True, alongside=("E-mail",), holder=ANN),
]


def possible() -> list[Change]:
    """Every status with every wait, pause, interruption, doubt, confirmation and verdict."""
    found = []
    stops = [{}, {"paused": True}, {"interrupted": True}, {"paused": True, "interrupted": True}]
    for status, wait, stop, doubt, due in product(Status, Wait, stops, [False, True], [None, 5, 600]):
        about: dict[str, Any] = {"wait": wait, "maybe_applied": doubt, "tries": 2, "note": "The provider answered 503."}
        about["next_attempt_at"] = NOW + timedelta(seconds=due) if due else None
        about["expires_at"] = NOW + timedelta(hours=due) if due else NOW
        about["claimed_at"] = NOW
        endings: list[dict[str, str]] = [{}]
        if status is Status.APPLIED:
            endings = [{"confirmation": confirmation} for confirmation in Confirmation]
        if status is Status.CLOSED:
            endings = [{"verdict": verdict} for verdict in Verdict]
        found += [change(status, **{**about, **ending, **stop}) for ending in endings]
    return found


def test_every_state_has_a_badge_a_sentence_and_what_comes_next() -> None:
    for asked in possible():
        for how in _readings(asked):
            explained = told(asked, **how)
            assert explained.tone in {"applied", "waiting", "refused", "unknown", "neutral"}
            assert explained.icon
            assert explained.word
            assert explained.headline.endswith((".", "?"))
            assert explained.following == explained.following.strip()
            assert "  " not in whole(explained)
            assert "None" not in whole(explained)
            assert "the provider" not in whole(explained).lower()


def _readings(asked: Change) -> list[dict[str, Any]]:
    """Who reads it; what the last try may have come to; whether the provider may still apply it; what was decided."""
    read_by: list[dict[str, Any]] = [{"reader": reader} for reader in (None, ED, JO)]
    read_by += [{"parts": LEFT_OUT, "by": "Ann Mwangi", "emergency": "Olu Peters"}, {"parts": LEFT_OUT}]
    if asked.state is Status.PROPOSED:
        read_by += [{"reader": reader, "deciding": how} for how in DECIDING for reader in (None, ED, ANN)]
    if asked.state in {Status.UNKNOWN, Status.CONFLICT, Status.SENDING}:
        read_by += [{"last": outcome, "settles_at": NOW + timedelta(seconds=20)} for outcome in Outcome]
    return read_by


def test_every_way_to_wait_says_something_of_its_own() -> None:
    """No two states that want different things of a person are told in the same words."""
    unknown = change(Status.UNKNOWN, wait=Wait.READ_BACK, maybe_applied=True, next_attempt_at=NOW)
    told_of = [
        told(change(Status.PROPOSED, wait=Wait.DECISION)),
        told(change(Status.PROPOSED, wait=Wait.AUTHOR)),
        told(change(Status.PROPOSED, wait=Wait.RESTORED, maybe_applied=True)),
        told(change(Status.APPROVED, wait=Wait.TURN, next_attempt_at=NOW)),
        told(change(Status.APPROVED, wait=Wait.TRY_AGAIN, tries=1, next_attempt_at=NOW)),
        told(change(Status.APPROVED, paused=True, next_attempt_at=NOW)),
        told(change(Status.APPROVED, interrupted=True, next_attempt_at=NOW)),
        told(change(Status.SENDING, lease_until=NOW + timedelta(seconds=9))),
        told(unknown),
        told(unknown, settles_at=NOW + timedelta(seconds=20)),
        told(change(Status.UNKNOWN, wait=Wait.READ_BACK, paused=True, next_attempt_at=NOW)),
        told(change(Status.UNKNOWN, wait=Wait.READ_BACK, interrupted=True, next_attempt_at=NOW)),
        told(change(Status.UNKNOWN, wait=Wait.PERSON)),
    ]
    assert len({whole(explained) for explained in told_of}) == len(told_of)


def test_what_its_author_holds_and_may_be_applied_is_not_called_unsent() -> None:
    explained = told(change(Status.PROPOSED, wait=Wait.AUTHOR, maybe_applied=True))
    assert (explained.tone, explained.headline) == ("unknown", "An earlier try may have been applied.")
    assert "Nothing has been sent yet." in whole(told(change(Status.PROPOSED, wait=Wait.AUTHOR)))


def test_only_a_confirmed_change_is_green_or_called_applied() -> None:
    for asked in possible():
        explained = told(asked)
        confirmed = asked.state is Status.APPLIED and asked.confirmation != Confirmation.ACCEPTED
        assert (explained.tone == "applied") == confirmed
        if not confirmed and asked.verdict != Verdict.APPLIED:
            assert not explained.headline.startswith("Applied")
            assert explained.word not in {"Applied", "Closed: applied"}


def test_what_was_left_out_is_never_told_as_a_whole() -> None:
    """Neither by the badge nor by the sentence; and whatever goes is told apart from what does not."""
    for asked in possible():
        explained = told(asked, parts=LEFT_OUT, by="Ann Mwangi")
        assert explained.word not in {"Applied", "Already so", "Accepted, not confirmed", "On its way", "Being sent"}
        goes = asked.state not in {Status.REJECTED, Status.WITHDRAWN, Status.EXPIRED, Status.SUPERSEDED}
        assert ("Address was rejected by Ann Mwangi" in whole(explained)) == goes


def test_an_emergency_is_told_in_every_state() -> None:
    for asked in possible():
        explained = told(asked, emergency="Olu Peters")
        assert explained.icon == "warning"
        assert "without its approvals by Olu Peters. " in explained.headline
        assert ("Sent without" in explained.headline) <= explained.word.endswith(", without approval")


def test_an_unknown_change_is_called_neither_failed_nor_applied() -> None:
    for wait in (Wait.READ_BACK, Wait.TRY_AGAIN, Wait.PERSON):
        explained = told(change(Status.UNKNOWN, wait=wait, maybe_applied=True, next_attempt_at=NOW))
        assert explained.tone == "unknown"
        assert explained.word == "Outcome unknown"
        yet = "" if wait == Wait.PERSON else " yet"
        assert explained.headline == f"We sent it, and nobody can say{yet} whether it was applied."


def test_a_waiting_change_says_when_it_is_tried_again() -> None:
    due = NOW + timedelta(minutes=3)
    asked = change(
        Status.APPROVED, wait=Wait.TRY_AGAIN, tries=2, next_attempt_at=due, note="The provider answered 429."
    )
    explained = told(asked)
    assert explained.word == "Will try again"
    assert explained.headline == "Not applied yet: try 2 did not get through."
    assert explained.following == (
        "Sqril asked us to try later (status 429). It will try again at 10:27; you need not do anything."
    )


def test_an_approved_change_is_on_its_way() -> None:
    explained = told(change(Status.APPROVED, wait=Wait.TURN, next_attempt_at=NOW))
    assert (explained.tone, explained.word) == ("waiting", "On its way")
    assert explained.headline == "Saved and on its way to Sqril."


def test_a_change_that_no_worker_takes_says_so_and_who_can_help() -> None:
    asked = change(Status.APPROVED, wait=Wait.TURN, next_attempt_at=NOW - timedelta(minutes=4))
    explained = told(asked, operators="Ask Olu Peters.")
    assert explained.following == (
        "Nothing has picked it up for 4 min. Nothing is lost: it leaves as soon as sending works again. Ask Olu Peters."
    )


def test_a_next_try_that_no_worker_takes_is_not_promised_any_moment_now() -> None:
    overdue = NOW - timedelta(minutes=2)
    asked = change(Status.APPROVED, wait=Wait.TRY_AGAIN, tries=1, next_attempt_at=overdue)
    assert told(asked).following.startswith("Nothing has picked it up for 2 min.")


def test_a_change_behind_one_on_its_way_waits_its_turn() -> None:
    ahead = change(Status.SENDING, wait=Wait.NOTHING)
    explained = told(change(Status.APPROVED, wait=Wait.TURN, next_attempt_at=NOW), ahead=ahead)
    assert "which is on its way, has to end first" in explained.following


def test_a_paused_connection_is_named_with_its_reason_and_who_can_resume_it() -> None:
    asked = change(Status.APPROVED, wait=Wait.PROVIDER, paused=True, next_attempt_at=NOW)
    explained = told(asked, operators="Ask Olu Peters.")
    assert explained.headline == "Sqril is paused, so nothing is sent."
    assert explained.following == (
        "Sqril does not accept our credentials. Nothing is lost: the change leaves by itself once an operator resumes "
        "the connection. Ask Olu Peters."
    )


def test_a_pause_by_a_person_gives_their_reason_as_theirs() -> None:
    asked = change(Status.APPROVED, paused=True, next_attempt_at=NOW)
    asked.connection.pause, asked.connection.pause_reason = Pause.BY_A_PERSON, "They move to another data centre."
    assert told(asked).following.startswith("The reason given: “They move to another data centre.” Nothing is lost")


def test_a_connection_that_does_not_answer_says_how_often_and_when_it_is_tried_again() -> None:
    asked = change(Status.APPROVED, wait=Wait.TURN, interrupted=True, next_attempt_at=NOW)
    explained = told(asked)
    assert (explained.tone, explained.word) == ("waiting", "Waiting for Sqril")
    assert explained.headline == "Sqril has not answered 5 times in a row, so nothing is sent for now."
    assert explained.following == "One call tries again at 10:26; once it is answered, this change leaves by itself."


def test_the_one_call_that_tries_an_interrupted_connection_says_that_it_is_it() -> None:
    asked = change(Status.SENDING, interrupted=True, lease_until=NOW + timedelta(seconds=20))
    assert "It is the one call that tries whether Sqril answers again." in told(asked).following


def test_what_is_held_since_a_backup_was_restored_says_so_and_what_an_operator_can_do() -> None:
    explained = told(change(Status.PROPOSED, wait=Wait.RESTORED, maybe_applied=True), operators="Ask Olu Peters.")
    assert (explained.tone, explained.word) == ("unknown", "Held since a backup")
    assert "restored from a backup, and this change may have been sent before that" in explained.headline
    assert explained.following.endswith("releases it. Ask Olu Peters.")


def test_what_was_withdrawn_after_a_backup_was_restored_is_not_said_to_be_unsent() -> None:
    explained = told(change(Status.WITHDRAWN, maybe_applied=True))
    assert "it may have been sent before" in explained.headline
    assert "Nothing was changed" not in whole(explained)


def test_sending_claims_nothing() -> None:
    explained = told(change(Status.SENDING, lease_until=NOW + timedelta(seconds=20)))
    assert explained.headline == "Being sent to Sqril right now."
    assert "nothing is known yet" in explained.following


def test_an_overdue_answer_is_said_to_be_overdue() -> None:
    explained = told(change(Status.SENDING, lease_until=NOW - timedelta(seconds=1)))
    assert explained.headline == "It was sent, and the answer is overdue."


def test_a_held_change_speaks_to_its_author_and_about_them_to_others() -> None:
    held = change(Status.PROPOSED, wait=Wait.AUTHOR, note="Change 12 of the same field was not applied.")
    assert told(held, reader=ED).word == "Held for you"
    assert told(held, reader=ED).following.endswith("Nothing is sent unless you confirm it.")
    assert told(held, reader=JO).word == "Held for Ed Kowalski"
    assert told(held, reader=JO).following.endswith("Nothing is sent unless Ed Kowalski confirms it.")


def test_a_returned_change_says_whose_move_it_is() -> None:
    returned = change(Status.RETURNED)
    coming = "to edit it and propose it again, or to withdraw it."
    assert told(returned, reader=ED).following == f"It waits for you {coming}"
    assert told(returned, reader=JO).following == f"It waits for Ed Kowalski {coming}"


def test_moments_to_come_are_said_in_the_readers_zone() -> None:
    with timezone.override("Asia/Jakarta"):
        assert when(NOW + timedelta(minutes=5), NOW) == "at 17:29"
        assert when(NOW + timedelta(days=2), NOW) == "on 23 Nov at 17:24"
    assert when(NOW + timedelta(seconds=3), NOW) == "in a few seconds"
    assert when(NOW + timedelta(seconds=30), NOW) == "within a minute"
    assert when(NOW, NOW) == "any moment now"
    assert when(None, NOW) == "any moment now"


def test_a_workers_note_is_said_without_the_machinery() -> None:
    assert said("Nothing was sent: could not connect: ConnectionRefusedError.", "Sqril") == "Could not connect."
    assert (
        said("The provider answered 503.", "Sqril") == "Sqril answered that something failed on its side (status 503)."
    )
    assert said("Whether it was applied is not known: RemoteProtocolError.", "Sqril") == ""
    assert said("", "Sqril") == ""
    assert said("Nothing was sent: the lease was over.", "Sqril") == "This try came too late to be sent."
    assert said("Whether it was applied is not known: the deadline had passed.", "Sqril") == "No answer came in time."


def test_what_follows_a_save_is_told_step_by_step() -> None:
    assert steps_ahead(change(Status.APPROVED), now=NOW) == [
        "Read from Sqril, then sent",
        "Compared with the answer of Sqril",
    ]
    assert steps_ahead(change(Status.APPROVED, "caibo"), now=NOW) == [
        "Sent to Caibo",
        "Accepted by Caibo, which says no more",
    ]


def test_what_has_to_happen_before_the_sending_comes_first() -> None:
    first = change(Status.UNKNOWN)
    first.pk = 41
    asked = change(Status.APPROVED, paused=True)
    assert steps_ahead(asked, now=NOW, ahead=first)[:2] == [
        "Sqril is resumed by an operator",
        "Change 41 of this customer ends",
    ]
    assert steps_ahead(change(Status.APPROVED, interrupted=True), now=NOW)[0] == "Sqril answers one call again"
    decided = change(Status.UNKNOWN, wait=Wait.PERSON, paused=True)  # which no connection is needed for
    assert steps_ahead(decided, now=NOW) == ["A person looks at the record, then decides"]
    held = change(Status.PROPOSED, wait=Wait.RESTORED)
    assert steps_ahead(held, now=NOW)[0] == "An operator looks at the record, then releases it"


def test_a_next_try_that_is_far_is_told_with_its_time() -> None:
    asked = change(Status.APPROVED, "caibo", wait=Wait.TRY_AGAIN, tries=1, next_attempt_at=NOW + timedelta(minutes=5))
    assert steps_ahead(asked, now=NOW)[0] == "Sent to Caibo once more, at 10:29"


@pytest.mark.parametrize("status", Status)
def test_only_what_is_final_has_no_step_ahead(status: Status) -> None:
    assert bool(steps_ahead(change(status, verdict=Verdict.NOT_KNOWN), now=NOW)) != status.is_final
