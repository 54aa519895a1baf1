"""What can be done about a change in its present state: each step, or why this reader can't take it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import reverse

from console.models import Change, Outcome, Status, User, Wait
from console.permissions import Right, helpers_sentence, may

QUESTIONS = {
    "confirm": "Send it as it stands?",
    "withdraw": "Withdraw this change?",
    "again": "Send the same values again?",
    "close": "Close this change by hand?",
}


@dataclass(frozen=True, slots=True)
class Action:
    """A button. `meaning` stands beside the confirming one; `why_not` says why it is disabled and who can help."""

    name: str
    label: str
    question: str
    meaning: str
    url: str
    icon: str
    primary: bool = False
    danger: bool = False
    asks_reason: bool = False
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Actions:
    """The buttons of a change; `closing` is a form of its own, None where there is nothing to close."""

    buttons: tuple[Action, ...]
    closing: Action | None
    edit_url: str
    edit_is_primary: bool


def actions(change: Change, reader: User, last: Outcome | None) -> Actions:
    """The steps that the change's state allows, disabled where the reader may not take them."""
    asking = _Asking(change, reader, last)
    edits = change.can_be_tried_again and may(reader, Right.PROPOSE, change.connection)
    edit_url = f"{reverse('customer_edit', args=[change.customer_id])}?again={change.pk}" if edits else ""
    first = bool(edit_url) and change.state is Status.REFUSED and not change.customer.is_gone
    return Actions(tuple(asking.buttons()), asking.closing(), edit_url, first)


class _Asking:
    """Asks the rights once, and only those that the state makes matter."""

    def __init__(self, change: Change, reader: User, last: Outcome | None) -> None:
        self.change, self.reader, self.last = change, reader, last
        self.there = change.connection.name
        self.is_author = change.requester_id == reader.pk

    def buttons(self) -> Iterator[Action]:
        change = self.change
        if change.state is Status.PROPOSED and change.wait == Wait.AUTHOR:
            yield self._confirm()
        if change.can_be_withdrawn:
            yield self._withdraw()
        if change.can_be_tried_again or self._unknown_and_stuck():
            yield self._again()

    def closing(self) -> Action | None:
        """Closing by hand, offered once nothing goes on by itself."""
        if not (self.change.can_be_closed and (self.change.can_be_tried_again or self._unknown_and_stuck())):
            return None
        meaning = "It ends here, with your name and reason in the history. Nothing is sent any more."
        return self._action("close", "Close by hand", meaning, "check", why_not=self._not_resolving())

    def _confirm(self) -> Action:
        meaning = f"It is sent to {self.there} as it stands here."
        return self._action(
            "confirm", "Confirm and send", meaning, "send", primary=True, why_not=self._not_the_author()
        )

    def _withdraw(self) -> Action:
        meaning = "Nothing of it was applied, and nothing will be sent. It stays in the history as withdrawn."
        return self._action("withdraw", "Withdraw", meaning, "cross", danger=True, why_not=self._not_the_author())

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
            label, meaning = "Send all the same", f"What somebody else set at {self.there} meanwhile is replaced."
        why_not = self._not_resolving()
        primary = not (why_not or moved or self.change.state is Status.REFUSED)
        return self._action("again", label, meaning, "retry", primary=primary, why_not=why_not)

    def _risk(self) -> str:
        may_have = "It may have been applied already."
        if self.last is Outcome.STILL_OLD:
            may_have = f"Read back, the record at {self.there} still held the old values."
        if self.change.connection.provider.capabilities.resend_harmless:
            return f"{may_have} The same values again do no harm at {self.there}, unless somebody changed them since."
        return f"{may_have} Sending it again is not harmless at {self.there}: what an update sets off may happen twice."

    def _unknown_and_stuck(self) -> bool:
        return self.change.state is Status.UNKNOWN and self.change.needs_a_person

    def _not_the_author(self) -> str:
        if not self.is_author:
            return f"Only {self.change.requester.name} can do this."
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
        return f"You may not {right} at {self.there}. {helpers_sentence(right, self.change.connection)}"

    def _action(
        self,
        name: str,
        label: str,
        meaning: str,
        icon: str,
        *,
        primary: bool = False,
        danger: bool = False,
        asks_reason: bool = False,
        why_not: str = "",
    ) -> Action:
        url = reverse(f"change_{name}", args=[self.change.pk])
        return Action(name, label, QUESTIONS[name], meaning, url, icon, primary, danger, asks_reason, why_not)
