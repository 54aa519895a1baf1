"""The truth matrix is right: whatever must never be is found, and nothing else is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from console.management.drill.facts import Approval, Entry, Told, Try
from console.management.drill.matrix import Fault, Matrix, Truth, judge

LATER = 1000.0
FIRST, SECOND = Approval(1.0, 10), Approval(2.0, 20)


def told(number: int = 1, status: str = "applied", **more: Any) -> Told:
    """A change that was approved and sent at once, and of which the console says this."""
    usual: dict[str, Any] = {"pk": 100 + number, "customer": "1:1", "approvals": (FIRST,), "ended_at": 50.0}
    if status == "applied":
        usual |= {"confirmation": "echoed", "tries": (Try(5.0, "confirmed"),)}
    return Told(number=number, status=status, **{**usual, **more})


def line(number: int = 1, at: float = 6.0, applied_at: float | None = 6.0, **more: Any) -> Entry:
    """A request that arrived with the value of this change, and was applied at once unless something else is said."""
    return Entry(
        **{"id": int(at * 10), "fields": {"name"}, "kept": True, **more}, number=number, at=at, applied_at=applied_at
    )


def judged(*parts: Told | Entry, acknowledged: Iterable[int] = ()) -> Matrix:
    changes = [part for part in parts if isinstance(part, Told)]
    entries = [part for part in parts if isinstance(part, Entry)]
    return judge(changes, entries, acknowledged=set(acknowledged), now=LATER)


def wrong(matrix: Matrix) -> dict[Fault, list[int]]:
    return {fault: changes for fault, changes in matrix.wrong.items() if changes}


def test_a_change_that_was_applied_once_and_is_said_to_be_stands_on_the_diagonal() -> None:
    matrix = judged(told(), line(), acknowledged=[1])
    assert matrix.is_clean
    assert matrix.cells == {("applied: echoed", Truth.ONCE): 1}


# Lost


def test_an_approved_change_without_a_next_moment_is_lost() -> None:
    change = told(status="approved", wait="turn", next_at=None, ended_at=None)
    assert Fault.LOST in wrong(judged(change))


def test_an_unknown_one_that_neither_moves_nor_needs_a_person_is_lost() -> None:
    change = told(status="unknown", wait="read back", next_at=None, ended_at=None, tries=(Try(5.0, "unknown"),))
    assert Fault.LOST in wrong(judged(change))


def test_what_somebody_was_told_is_saved_and_is_not_there_is_found() -> None:
    assert wrong(judged(told(1), line(1), acknowledged=[1, 7])) == {Fault.GONE: [7]}


@pytest.mark.parametrize("status", ["approved", "sending", "unknown"])
def test_what_is_due_and_not_done_when_everything_rests_is_still_on_its_way(status: str) -> None:
    change = told(status=status, next_at=LATER - 1, ended_at=None, tries=(Try(5.0, "unknown"),))
    assert wrong(judged(change)) == {Fault.UNFINISHED: [101]}


def test_what_waits_for_a_moment_to_come_or_behind_another_is_not_lost() -> None:
    waiting = told(1, "approved", wait="try again", next_at=LATER + 60, ended_at=None)
    behind = told(2, "approved", wait="turn", next_at=3.0, is_behind=True, ended_at=None)
    assert judged(waiting, behind).is_clean


def test_what_is_being_sent_is_not_lost_but_still_on_its_way() -> None:
    assert wrong(judged(told(status="sending", next_at=None, ended_at=None))) == {Fault.UNFINISHED: [101]}


# Doubled


def test_a_change_that_is_applied_again_after_a_clear_answer_is_doubled() -> None:
    change = told(tries=(Try(5.0, "confirmed"), Try(9.0, "confirmed")))
    matrix = judged(change, line(at=6.0), line(at=10.0, applied_at=10.0))
    assert wrong(matrix) == {Fault.DOUBLED: [101]}
    assert matrix.cells == {("applied: echoed", Truth.AGAIN): 1}


@pytest.mark.parametrize("outcome", ["unknown", "intent"])
def test_a_change_that_is_applied_again_after_an_ambiguous_try_is_not(outcome: str) -> None:
    change = told(tries=(Try(5.0, outcome), Try(9.0, "confirmed")))
    assert judged(change, line(at=6.0), line(at=10.0, applied_at=10.0)).is_clean


def test_an_answer_that_came_after_the_lease_leaves_the_try_ambiguous() -> None:
    change = told(tries=(Try(5.0, "confirmed", late=True), Try(9.0, "confirmed")))
    assert judged(change, line(at=6.0), line(at=10.0, applied_at=10.0)).is_clean


def test_a_change_that_a_person_sent_again_is_not_doubled() -> None:
    change = told(tries=(Try(5.0, "confirmed"), Try(9.0, "confirmed")), decided=(8.0,))
    assert judged(change, line(at=6.0), line(at=10.0, applied_at=10.0)).is_clean


def test_a_decision_that_came_before_or_after_excuses_nothing() -> None:
    change = told(tries=(Try(5.0, "confirmed"), Try(9.0, "confirmed")), decided=(4.0, 20.0))
    assert Fault.DOUBLED in wrong(judged(change, line(at=6.0), line(at=10.0, applied_at=10.0)))


def test_one_try_that_arrives_twice_is_doubled_even_if_it_was_ambiguous() -> None:
    change = told(tries=(Try(5.0, "unknown"),))
    assert Fault.DOUBLED in wrong(judged(change, line(at=6.0), line(at=10.0, applied_at=10.0)))


def test_a_zombie_that_sends_after_the_try_that_took_its_place_is_found() -> None:
    change = told(tries=(Try(5.0, "intent"), Try(9.0, "confirmed")))
    matrix = judged(change, line(at=10.0, applied_at=10.0), line(at=12.0, applied_at=12.0))
    assert Fault.DOUBLED in wrong(matrix)


# Out of order


def pair(**more: Any) -> tuple[Told, Told]:
    return told(1, **more), told(2, approvals=(SECOND,), tries=(Try(7.0, "confirmed"),))


def test_an_older_value_over_a_newer_one_is_out_of_order() -> None:
    older, newer = pair()
    matrix = judged(older, newer, line(2, at=6.0, applied_at=6.0), line(1, at=7.0, applied_at=7.0))
    assert wrong(matrix) == {Fault.OUT_OF_ORDER: [101]}


def test_a_provider_that_applies_late_over_a_newer_value_is_out_of_order_though_it_arrived_first() -> None:
    older, newer = pair()
    matrix = judged(older, newer, line(1, at=5.0, applied_at=9.0), line(2, at=8.0, applied_at=8.0))
    assert wrong(matrix) == {Fault.OUT_OF_ORDER: [101]}


def test_in_order_is_in_order_however_often_one_is_applied() -> None:
    older, newer = pair(tries=(Try(3.0, "unknown"), Try(5.0, "confirmed")))
    lines = line(1, at=4.0, applied_at=4.0), line(1, at=6.0, applied_at=6.0), line(2, at=8.0, applied_at=8.0)
    assert judged(older, newer, *lines).is_clean


@pytest.mark.parametrize("apart", [{"customer": "1:2"}, {"fields": {"address"}}])
def test_other_customers_and_other_fields_have_orders_of_their_own(apart: dict[str, Any]) -> None:
    older, newer = pair()
    newer = replace(newer, customer=apart.get("customer", newer.customer))
    lines = line(2, at=6.0, applied_at=6.0, fields=apart.get("fields", {"name"})), line(1, at=7.0, applied_at=7.0)
    assert judged(older, newer, *lines).is_clean


def test_whoever_was_approved_again_leaves_by_the_new_place() -> None:
    older, newer = pair(approvals=(FIRST, Approval(9.0, 30, "conflict")), decided=(9.0,))
    lines = line(1, at=5.0, applied_at=5.0), line(2, at=8.0, applied_at=8.0), line(1, at=10.0, applied_at=10.0)
    assert judged(replace(older, tries=(Try(4.0, "unknown"), Try(9.5, "confirmed"))), newer, *lines).is_clean


def test_a_request_from_before_that_is_out_of_order_by_its_old_place() -> None:
    older, newer = pair(approvals=(FIRST, Approval(9.0, 30)), tries=(Try(5.0, "unknown"),), decided=(9.0,))
    matrix = judged(older, newer, line(1, at=6.0, applied_at=8.5), line(2, at=8.0, applied_at=8.0))
    assert wrong(matrix) == {Fault.OUT_OF_ORDER: [101]}


# False applied


@pytest.mark.parametrize("confirmation", ["echoed", "read", "accepted", "already"])
def test_what_is_said_to_be_applied_and_never_was_is_false(confirmation: str) -> None:
    matrix = judged(told(confirmation=confirmation), line(applied_at=None))
    assert wrong(matrix) == {Fault.FALSE_APPLIED: [101]}
    assert matrix.cells == {(f"applied: {confirmation}", Truth.NEVER): 1}


def test_what_is_said_to_be_applied_and_was_bent_is_false() -> None:
    matrix = judged(told(), line(kept=False))
    assert wrong(matrix) == {Fault.FALSE_APPLIED: [101]}
    assert matrix.cells == {("applied: echoed", Truth.BENT): 1}


def test_what_was_bent_first_and_kept_when_a_person_sent_it_again_is_applied() -> None:
    tries = Try(5.0, "kept another"), Try(9.0, "confirmed")
    change = told(tries=tries, approvals=(FIRST, Approval(8.0, 30, "conflict")), decided=(8.0,))
    assert judged(change, line(at=6.0, kept=False), line(at=10.0, applied_at=10.0)).is_clean


def test_what_was_applied_last_counts_however_late_it_had_arrived() -> None:
    change = told(tries=(Try(5.0, "unknown"), Try(9.0, "confirmed")))
    matrix = judged(change, line(at=6.0, applied_at=20.0, kept=False), line(at=10.0, applied_at=10.0))
    assert wrong(matrix) == {Fault.FALSE_APPLIED: [101]}


def test_what_a_person_says_is_the_persons() -> None:
    change = told(status="closed", verdict="applied", tries=(Try(5.0, "unknown"),), decided=(40.0,))
    assert judged(change, line(applied_at=None)).is_clean


# False failed


@pytest.mark.parametrize("status", ["refused", "failed", "withdrawn", "superseded", "expired", "rejected"])
def test_what_is_said_not_to_be_applied_and_was_is_false(status: str) -> None:
    assert wrong(judged(told(status=status, why="It says no."), line())) == {Fault.FALSE_FAILED: [101]}


def test_what_a_person_was_told_is_not_applied_and_was_is_false() -> None:
    matrix = judged(told(status="closed", verdict="not applied", tries=(Try(5.0, "unknown"),)), line())
    assert wrong(matrix) == {Fault.FALSE_FAILED: [101]}


def test_a_refusal_that_comes_after_a_late_application_is_false() -> None:
    change = told(status="refused", why="No.", tries=(Try(5.0, "unknown"), Try(9.0, "refused")))
    assert Fault.FALSE_FAILED in wrong(judged(change, line(at=6.0, applied_at=20.0), line(at=10.0, applied_at=None)))


@pytest.mark.parametrize("status", ["refused", "failed"])
def test_what_was_refused_and_never_applied_is_not(status: str) -> None:
    assert judged(told(status=status, why="It says no."), line(applied_at=None)).is_clean


def test_a_conflict_says_neither_and_the_refusal_of_sending_again_is_about_that() -> None:
    shown = told(status="conflict", why="Another value.")
    assert judged(shown, line()).is_clean
    approvals = FIRST, Approval(8.0, 30, "conflict")
    again = told(
        status="refused", why="No.", approvals=approvals, tries=(Try(5.0, "kept another"), Try(9.0, "refused"))
    )
    assert judged(again, line(at=6.0), line(at=10.0, applied_at=None)).is_clean
    assert not judged(again, line(at=6.0), line(at=10.0, applied_at=10.0)).is_clean


def test_what_was_bent_may_be_called_not_applied() -> None:
    assert judged(told(status="closed", verdict="not applied", tries=(Try(5.0, "unknown"),)), line(kept=False)).is_clean


# Needs a person


def test_every_need_of_a_person_says_why_and_is_counted_by_it() -> None:
    why = "Change {} of the same field was not applied. Look again."
    changes = [told(number, "proposed", wait="author", why=why.format(number), ended_at=None) for number in (1, 2)]
    matrix = judged(*changes)
    assert matrix.is_clean
    assert matrix.reasons == {"proposed: Change … of the same field was not applied. Look again.": 2}
    assert [need.pk for need in matrix.needs] == [101, 102]


def test_a_need_without_a_reason_is_wrong() -> None:
    assert wrong(judged(told(status="refused", why=" "))) == {Fault.MUTE: [101]}


def test_an_unknown_one_has_an_ambiguous_try() -> None:
    about: dict[str, Any] = {"status": "unknown", "wait": "person", "why": "Nobody knows.", "ended_at": None}
    assert judged(told(**about, tries=(Try(5.0, "intent"),))).is_clean
    assert wrong(judged(told(**about, tries=(Try(5.0, "confirmed"),)))) == {Fault.GROUNDLESS: [101]}
    closed = told(status="closed", verdict="not known", tries=(Try(5.0, "refused"),))
    assert wrong(judged(closed)) == {Fault.GROUNDLESS: [101]}


# Recovery


def test_recovery_counts_from_the_first_ambiguous_try_to_the_end_without_a_person() -> None:
    quick = told(1, tries=(Try(5.0, "unknown"), Try(9.0, "confirmed")), ended_at=10.0)
    slow = told(2, tries=(Try(5.0, "intent"),), ended_at=25.0)
    clear, helped = told(3), told(4, tries=(Try(5.0, "unknown"),), decided=(20.0,), ended_at=30.0)
    matrix = judged(quick, slow, clear, helped, *(line(number) for number in (1, 2, 3, 4)))
    assert sorted(matrix.recoveries) == [5.0, 20.0]
    assert (matrix.recovery(0.5), matrix.recovery(0.95)) == (20.0, 20.0)
    assert judged(clear, line(3)).recovery(0.5) is None
