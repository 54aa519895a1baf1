"""What can be done about a change in its present state: each step, or why this reader can't take it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.urls import reverse

from console.models import Outcome, Status, Verdict, Wait
from console.permissions import Right, may, refusal_sentence
from console.views.action import Action
from console.views.review_actions import Deciding, deciding_on, looked_into
from console.views.review_page import waits_for_decision

if TYPE_CHECKING:
    from console.models import Change, User
    from console.views.change_page import ChangePage

QUESTIONS = {
    "confirm": "Send it as it stands?",
    "withdraw": "Withdraw this change?",
    "again": "Send the same values again?",
    "replace": "Replace what is there?",
    "close": "Close this change by hand?",
    "keep": "Keep what is there?",
    "release": "Release this change?",
    "read_back": "Read the record back now?",
    "applied": "Close it as applied?",
    "not-applied": "Close it as not applied?",
    "not-known": "Close it as not known?",
}
POSTS_TO = {"keep": "close", "applied": "close", "not-applied": "close", "not-known": "close"}


@dataclass(frozen=True, slots=True)
class Actions:
    """The buttons of a change; `closing` is a form of its own, None where there is nothing to close.

    `concluding` are those that stand beside the evidence about an unknown: what a person can conclude from it.
    `deciding` is what those who decide on it can do, while it waits for that. `looking`: what a reviewer can.

    `edit_url` leads to the form, `edits` says how: with what was asked in it, or empty handed; where there is none,
    `why_not_edit` says why. `next_is_primary`: nothing is left to do here, so that the next customer comes first.
    """

    buttons: tuple[Action, ...]
    concluding: tuple[Action, ...]
    closing: Action | None
    edit_url: str
    why_not_edit: str
    edits: str
    edit_is_primary: bool
    next_is_primary: bool
    deciding: Deciding | None = None
    looking: Action | None = None

    @property
    def asked(self) -> list[Action]:
        """Those that the reader may take, each with a dialog that asks before."""
        offered = [*self.buttons, *(self.deciding.asked if self.deciding else ()), *filter(None, [self.looking])]
        return [action for action in offered if not action.why_not]


def actions(page: ChangePage) -> Actions:
    """The steps that the change's state allows, disabled where the reader may not take them."""
    change = page.change
    asking = _Asking(change, page.reader, page.last)
    buttons, again, amends = tuple(asking.buttons()), change.can_be_tried_again, asking.amends()
    why_not_edit = "" if asking.only_decides() else asking.not_editing()
    url = "" if why_not_edit or asking.only_decides() else reverse("customer_edit", args=[change.customer_id])
    first = bool(url) and (again or change.state is Status.RETURNED)
    return Actions(
        buttons,
        tuple(asking.concluding()),
        asking.closing(),
        f"{url}?{'again' if again else 'amend'}={change.pk}" if url and (again or amends) else url,
        why_not_edit,
        _edits(change, again=again, amends=amends),
        edit_is_primary=first and not any(button.primary for button in buttons),
        next_is_primary=bool(url) and not (change.needs_a_person or page.review or page.following),
        deciding=deciding_on(page.review) if page.review else None,
        looking=looked_into(page.emergency, page.reader) if page.emergency else None,
    )


def _edits(change: Change, *, again: bool, amends: bool) -> str:
    """What the way into the form is called."""
    if amends:
        return "Edit and propose again" if change.state is Status.RETURNED else "Edit request"
    return "Edit again" if again else "Edit"


class _Asking:
    """Asks the rights once, and only those that the state makes matter."""

    def __init__(self, change: Change, reader: User, last: Outcome | None) -> None:
        self.change, self.reader, self.last = change, reader, last
        self.there = change.connection.name
        self.is_author = change.requester_id == reader.pk

    def buttons(self) -> Iterator[Action]:
        change = self.change
        if change.can_be_withdrawn and change.wait != Wait.RESTORED and not self.only_decides():
            yield self._withdraw()
        if change.state is Status.PROPOSED and change.wait == Wait.AUTHOR:
            yield self._confirm()
            if change.maybe_applied:
                yield self._withdraw_held()
        if change.can_be_tried_again and self.last is Outcome.MOVED:
            yield self._keep()
        if change.state is Status.PROPOSED and change.wait == Wait.RESTORED:
            yield self._release()
            yield self._withdraw_held()
        if change.can_be_tried_again:
            yield self._again()
        if change.state is Status.UNKNOWN and not change.needs_a_person and self._reads():
            yield self._read_back()

    def concluding(self) -> Iterator[Action]:
        """What a person can do about an unknown with which nothing goes on by itself."""
        if not self._unknown_and_stuck():
            return
        if self._reads():
            yield self._read_back()
        yield self._again()
        yield self._verdict(Verdict.APPLIED, "It was applied", "check", self._taken_over())
        yield self._verdict(
            Verdict.NOT_APPLIED,
            "It was not applied",
            "cross",
            "Nothing is sent any more. Save it again if it is still wanted.",
        )
        nobody = "Nothing is sent any more, and it is said for good that nobody knows what the record holds."
        yield self._verdict(Verdict.NOT_KNOWN, "Nobody can find out", "question", nobody)

    def closing(self) -> Action | None:
        """Closing by hand, offered once nothing goes on by itself."""
        if not (self.change.can_be_closed and self.change.can_be_tried_again):
            return None
        meaning = "It ends here, with your name and reason in the history. Nothing is sent any more."
        return self._action("close", "Close by hand", meaning, "check", why_not=self._not_resolving())

    def not_editing(self) -> str:
        """Why this reader cannot edit the customer; empty where they can."""
        if self.change.customer.is_erased:
            return "The customer was erased, so there is nothing left to edit."
        if not self._may(Right.PROPOSE):
            return self._ask(Right.PROPOSE)
        gone = f"{self.there} has no such customer any more, so there is nothing to edit."
        return gone if self.change.customer.is_gone else ""

    def amends(self) -> bool:
        """Whether the author can still ask for something else in its place."""
        waits = self.change.state is Status.PROPOSED and self.change.wait in {Wait.DECISION, Wait.AUTHOR}
        return self.is_author and not self.change.maybe_applied and (waits or self.change.state is Status.RETURNED)

    def only_decides(self) -> bool:
        """It waits for a decision, and the reader is not its author."""
        return waits_for_decision(self.change) and not self.is_author

    def _confirm(self) -> Action:
        meaning = f"It is sent to {self.there} as it stands here."
        return self._action(
            "confirm", "Confirm and send", meaning, "send", primary=True, why_not=self._not_the_author()
        )

    def _withdraw(self) -> Action:
        meaning = "Nothing of it was applied, and nothing will be sent. It stays in the history as withdrawn."
        return self._action("withdraw", "Withdraw", meaning, "cross", danger=True, why_not=self._not_the_author())

    def _withdraw_held(self) -> Action:
        restored = self.change.wait == Wait.RESTORED
        unclear = "it was sent before the backup was restored" if restored else "an earlier try was applied"
        meaning = f"Nothing more of it is sent. Whether {unclear}, nobody here knows."
        why_not = self._not_resolving()
        return self._action("withdraw", "Withdraw", meaning, "cross", danger=True, asks_reason=True, why_not=why_not)

    def _release(self) -> Action:
        can = self.change.connection.provider.capabilities
        if can.reads_before_sending:
            follows = "The record is read first: what is there already is not sent again."
        elif can.resend_harmless:
            follows = "The same values once more do no harm there, unless somebody changed them since."
        else:
            follows = "If it was sent before, what an update sets off there happens twice."
        meaning = f"It is sent to {self.there}. {follows}"
        why_not = self._not_resolving()
        return self._action(
            "release", "Release and send", meaning, "send", primary=not why_not, asks_reason=True, why_not=why_not
        )

    def _read_back(self) -> Action:
        meaning = f"{self.there} is asked at once what it holds. What it shows decides as it would have later."
        return self._action("read_back", "Read back now", meaning, "refresh", why_not=self._not_resolving())

    def _verdict(self, verdict: Verdict, label: str, icon: str, meaning: str) -> Action:
        why_not, name = self._not_resolving(), str(verdict).replace(" ", "-")
        posts = {"verdict": str(verdict)}
        return self._action(name, label, meaning, icon, asks_reason=True, why_not=why_not, posts=posts)

    def _taken_over(self) -> str:
        return "Our copy takes over the new values, as your word. Nothing is sent any more."

    def _again(self) -> Action:
        if self._unknown_and_stuck():
            return self._action(
                "again",
                "Send again",
                self._risk(),
                "retry",
                danger=True,
                asks_reason=True,
                why_not=self._not_resolving(),
            )
        label, meaning = "Try again", f"The same values are sent to {self.there} once more."
        if moved := self.last is Outcome.MOVED:
            label = f"Send {'mine' if self.is_author else 'it'} all the same"
            meaning = f"What somebody else set at {self.there} meanwhile is replaced."
        why_not = self._not_resolving()
        in_vain = self.change.state is Status.REFUSED or self.last is Outcome.KEPT_ANOTHER  # the same gives the same
        primary = not (why_not or in_vain)
        return self._action("again", label, meaning, "retry", primary=primary, why_not=why_not, compares=moved)

    def _keep(self) -> Action:
        meaning = f"The change ends here and is not sent. {self.there} keeps what somebody else set there."
        posts = {"verdict": str(Verdict.NOT_APPLIED), "reason": f"What {self.there} holds now is kept."}
        why_not = self._not_resolving()
        return self._action("keep", "Keep theirs", meaning, "check", why_not=why_not, compares=True, posts=posts)

    def _risk(self) -> str:
        may_have = "It may have been applied already."
        if self.last is Outcome.STILL_OLD:
            may_have = f"Read back, the record at {self.there} still held the old values."
        if self.change.connection.provider.capabilities.resend_harmless:
            return f"{may_have} The same values again do no harm at {self.there}, unless somebody changed them since."
        return f"{may_have} Sending it again is not harmless at {self.there}: what an update sets off may happen twice."

    def _reads(self) -> bool:
        return self.change.connection.provider.capabilities.reads

    def _unknown_and_stuck(self) -> bool:
        return self.change.state is Status.UNKNOWN and self.change.needs_a_person

    def _not_the_author(self) -> str:
        if not self.is_author:
            return f"Only its author, {self.change.requester.name}, can do this."
        return "" if self._may(Right.PROPOSE) else self._ask(Right.PROPOSE)

    def _not_resolving(self) -> str:
        """Whoever resolves may; what certainly was not applied, its author too."""
        if self._may(Right.RESOLVE):
            return ""
        if self.change.state is not Status.UNKNOWN and self.is_author and self._may(Right.PROPOSE):
            return ""
        return self._ask(Right.RESOLVE)

    def _may(self, right: Right) -> bool:
        return may(self.reader, right, self.change.connection)

    def _ask(self, right: Right) -> str:
        return refusal_sentence(right, self.change.connection, to=self.reader)

    def _action(self, name: str, label: str, meaning: str, icon: str, **more: Any) -> Action:
        url = reverse(f"change_{POSTS_TO.get(name, name)}", args=[self.change.pk])
        question = QUESTIONS["replace" if name == "again" and more.get("compares") else name]
        return Action(name, label, question, meaning, url, icon, **more)
