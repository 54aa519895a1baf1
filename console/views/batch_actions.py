"""What can be done about a batch in its present state: each step, or why this reader can't take it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.urls import reverse

from console.flows.batches.going import MAY_PAUSE, may_steer
from console.flows.batches.undoing import CAN_BE_UNDONE, why_not_undo
from console.models import CANARY, BatchStatus
from console.permissions import Right, may, refusal_sentence
from console.views.action import Action
from console.views.batch_words import counted, is_restored, once

if TYPE_CHECKING:
    from console.views.batch_page import BatchPage

QUESTIONS = {
    "approve": "Approve all of it?",
    "reject": "Reject all of it?",
    "withdraw": "Withdraw this batch?",
    "pause": "Pause this batch?",
    "go_on": "Let it go on?",
    "stop": "Stop this batch for good?",
    "undo": "Undo this batch?",
}
RESTING = frozenset({BatchStatus.CHECKING, BatchStatus.PAUSED})


@dataclass(frozen=True, slots=True)
class Actions:
    """The buttons of a batch. Several that the reader may not press have the same reason, which is told once."""

    buttons: tuple[Action, ...]

    @property
    def asked(self) -> list[Action]:
        """Those that the reader may take, each with a dialog that asks before."""
        return [action for action in self.buttons if not action.why_not]

    @property
    def reasons(self) -> list[tuple[str, str, str]]:
        """Each reason why some can't be taken: the first of them by name, all by their labels, and the reason."""
        told = dict[str, list[Action]]()
        for action in self.buttons:
            if action.why_not:
                told.setdefault(action.why_not, []).append(action)
        return [
            (first.name, ", ".join(action.label for action in (first, *others)), why_not)
            for why_not, (first, *others) in told.items()
        ]

    @property
    def offered(self) -> list[tuple[Action, str]]:
        """All of them, each with the name under which the reason stands why it can't be taken."""
        first = {why_not: name for name, _, why_not in self.reasons}
        return [(action, first.get(action.why_not, "")) for action in self.buttons]


def actions(page: BatchPage) -> Actions:
    """The steps that its state allows."""
    return Actions(tuple(_offered(page)))


def _offered(page: BatchPage) -> Iterator[Action]:
    state = page.batch.state
    is_theirs = page.is_the_readers or state is BatchStatus.BUILDING  # who decides is not asked to withdraw
    if state in {BatchStatus.BUILDING, BatchStatus.WAITING} and not page.asks_anew and is_theirs:
        yield _action(page, "withdraw", "Withdraw", "cross", _WITHDRAW, danger=True, why_not=_not_the_author(page))
    if state in MAY_PAUSE:
        yield _steering(page, "pause", "Pause", "pause", _PAUSE)
    if state.is_released or page.asks_anew:
        yield _steering(page, "stop", "Stop", "cross", _stops(page), danger=True)
    if state is BatchStatus.WAITING:
        yield from _deciding(page)
    if state in RESTING:
        yield _steering(page, "go_on", "Go on", "play", _goes_on(page), primary=True)
    if state in CAN_BE_UNDONE and page.batch.released:
        yield _undo(page)


def _deciding(page: BatchPage) -> Iterator[Action]:
    why_not, seen = page.review.why_not, {"digest": bytes(page.batch.digest).hex()}
    yield _action(
        page,
        "reject",
        "Reject",
        "cross",
        f"Nothing {'more ' if page.asks_anew else ''}of it is sent. Its author reads why.",
        danger=True,
        asks_reason=True,
        reason="Why? Its author reads it.",
        posts=seen,
        why_not=why_not,
        key="r",
    )
    approve = _approves(page)
    yield _action(page, "approve", "Approve", "check", approve, primary=True, posts=seen, why_not=why_not, key="a")


def _approves(page: BatchPage) -> str:
    batch, left, there = page.batch, page.counts.here, page.batch.connection.name
    rest = f"You approve what is left: {left:,} of {counted(batch.size)} at {there}."
    if page.asks_anew:
        return f"{rest} {'Somebody else has to, too.' if page.review.lacks > 1 else 'It leaves at the rate there.'}"
    all_of_it = rest if page.out_of_it else f"You approve {counted(batch.size)} at {there} as one."
    if page.review.lacks > 1:
        return f"{all_of_it} It leaves once somebody else has approved it, too."
    if left <= CANARY:
        return f"{all_of_it} It leaves at once."
    return f"{all_of_it} {CANARY} of them go first; the others follow {once(batch)}."


def _stops(page: BatchPage) -> str:
    left, there = page.counts.here, page.batch.connection.name
    never = f"{counted(left)} that {'has' if left == 1 else 'have'} not left never will. " if left else ""
    return f"{never}What no worker has taken yet is taken back; what is being sent to {there} just now ends by itself."


def _goes_on(page: BatchPage) -> str:
    left, there = page.counts.here, page.batch.connection.name
    if not left:
        return "Nothing of it is left to leave, so it ends."
    if is_restored(page.batch):
        return f"All {left:,} that had not left when the backup was made leave, those that were sent since once more."
    if page.batch.state is BatchStatus.CHECKING:
        return f"You say that the first ones are right at {there}. {_then(left)}."
    if not page.batch.canary_passed_at and left > CANARY:
        return f"Of the {left:,} that have not left, {CANARY} go first; the others follow {once(page.batch)}."
    return f"{_then(left)} at the rate of {there}."


def _then(left: int) -> str:
    return f"The other {left:,} then {'leaves' if left == 1 else 'leave'}"


def _undo(page: BatchPage) -> Action:
    meaning = (
        f"What {counted(page.counts.arrived)} brought is asked back, as a batch of its own: it is put together, "
        "decided on and sent like this one. What can't go back is listed with why."
    )
    why_not = _lacks(page, Right.PROPOSE) or why_not_undo(page.batch)
    asks = {"asks_reason": True, "reason": "Why is it undone?", "reason_name": "why"}
    posts = {"key": uuid.uuid4().hex}
    return _action(page, "undo", "Undo", "undo", meaning, why_not=why_not, posts=posts, **asks)


def _steering(page: BatchPage, name: str, label: str, icon: str, meaning: str, **more: Any) -> Action:
    """A step for its author, an approver or an operator."""
    return _action(page, name, label, icon, meaning, why_not=_not_steering(page), **more)


def _not_steering(page: BatchPage) -> str:
    if may_steer(page.reader, page.batch):
        return ""
    return refusal_sentence(Right.RESOLVE, page.batch.connection, to=page.reader)


def _not_the_author(page: BatchPage) -> str:
    if page.batch.requester_id != page.reader.pk:
        return f"Only its author, {page.batch.requester.name}, can do this."
    return _lacks(page, Right.PROPOSE)


def _lacks(page: BatchPage, right: Right) -> str:
    there = page.batch.connection
    return "" if may(page.reader, right, there) else refusal_sentence(right, there, to=page.reader)


def _action(page: BatchPage, name: str, label: str, icon: str, meaning: str, **more: Any) -> Action:
    url = reverse(f"batch_{name}", args=[page.batch.pk])
    return Action(name, label, QUESTIONS[name], meaning, url, icon, **more)


_WITHDRAW = "Nothing of it is sent. It stays in the history as withdrawn."
_PAUSE = "Nothing more leaves until somebody lets it go on. What is being sent just now ends by itself."
