"""What can stand in the way of a person's wish, named by what they can do about it.

ConsoleError                    its text is a sentence for the person who asked
├── NotPermitted                they lack the right; says which, and who can help
├── NothingChanged              the save holds no difference
├── RulesBroken                 the provider would refuse it; says so per field
├── ValuesMoved                 somebody changed the same field meanwhile; the person chooses
├── AlreadyWaiting              another change of the same field has not ended yet
├── AlreadySaved                the same form was saved before with other content
├── ReasonMissing               a policy wants a reason or a ticket; says which, at its place
├── StepNotPossible             the change is not in a state that allows this step
│   ├── SeenOtherwise           what was on the page is not what stands there now
│   ├── NotUndone           a line of a change cannot go back to what was before; says at which and why
│   ├── EditedMeanwhile         one's own change asks for something else than its form began from
│   └── DecidedAlready          it was decided before, by this person or another
├── CannotBeRead                the provider offers no reading, or it did not answer
├── CannotSeal                  history cannot be signed: no key, or the database is not what was signed before
├── NotATable                   a file can't be read as a table of customers; says what would do
├── NotFit                      a person, a connection or a policy cannot be set up like this; says what would do
└── KeyMissing                  the customer's data key is gone: erased, or the key ring is incomplete

TooMany                         they did it too often in too short a time; says when it works again
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from providers.fields import Value, Violation


class ConsoleError(Exception):
    """The base of everything a flow refuses; `str()` of it is fit for a person to read."""


class NotPermitted(ConsoleError):
    """The person lacks the right at this connection."""


class NothingChanged(ConsoleError):
    """A save without a difference: nothing to propose."""

    def __init__(self, sentence: str = "Nothing is different from what we know. Change a value, then save.") -> None:
        super().__init__(sentence)


class RulesBroken(ConsoleError):
    """The provider's rules refuse the wish; `violations` says which field and why."""

    def __init__(self, violations: tuple[Violation, ...]) -> None:
        super().__init__(" ".join(violation.message for violation in violations))
        self.violations = violations


@dataclass(frozen=True, slots=True)
class Move:
    """A field that somebody changed while the form was open: their value and ours."""

    label: str
    theirs: Value
    ours: Value


class ValuesMoved(ConsoleError):
    """Fields of the form were changed by somebody else since it was opened."""

    def __init__(self, moves: Mapping[str, Move]) -> None:
        names = ", ".join(move.label for move in moves.values())
        super().__init__(
            f"Somebody else changed {names} while this form was open. Look at their value, then save again."
        )
        self.moves = moves


class AlreadyWaiting(ConsoleError):
    """A field has a change that is not finished; `changes` maps its name to the number of that change.

    `remedy` says what can be done about it, where that is something else than to withdraw it or to wait.
    """

    def __init__(self, labels: Mapping[str, str], changes: Mapping[str, int], remedy: str = "") -> None:
        names = ", ".join(f"{labels[name]} (change {number})" for name, number in changes.items())
        remedy = remedy or "Withdraw it first, or wait until it has ended."
        super().__init__(f"A change of {names} is already waiting. {remedy}")
        self.changes = changes


class AlreadySaved(ConsoleError):
    """This form was saved before, with other content, as `change_id`."""

    def __init__(self, change_id: int) -> None:
        super().__init__(
            f"This form was already saved as change {change_id}, with other values. "
            "Your input is kept: save once more to propose it as a change of its own."
        )
        self.change_id = change_id


class StepNotPossible(ConsoleError):
    """The change has moved on: its present state does not allow the step."""


class ReasonMissing(ConsoleError):
    """A policy wants more than was said: `wanted` maps `why` or `reference` to the sentence that belongs there."""

    def __init__(self, wanted: Mapping[str, str]) -> None:
        super().__init__(" ".join(wanted.values()))
        self.wanted = wanted


class SeenOtherwise(StepNotPossible):
    """Lines that were on the page are others by now; `labels` names their fields."""

    def __init__(self, labels: Sequence[str]) -> None:
        what = ", ".join(labels) or "This change"
        super().__init__(f"{what} is not what was on your page any more. Nothing was decided: look again, then decide.")
        self.labels = labels


class NotUndone(StepNotPossible):
    """Lines that cannot go back to what was before; `reasons` maps their fields to the sentence that belongs there."""

    def __init__(self, labels: Mapping[str, str], reasons: Mapping[str, str]) -> None:
        super().__init__(" ".join(f"{labels[name]}: {reason}" for name, reason in reasons.items()))
        self.reasons = reasons


class EditedMeanwhile(StepNotPossible):
    """The change was edited, in another window, since this form was filled in with it."""

    def __init__(self, change_id: int) -> None:
        super().__init__(
            f"Change {change_id} was edited in another window since this form was opened. Your input is kept: "
            "look at what the change asks for now, then save once more to have it ask for this instead."
        )


class DecidedAlready(StepNotPossible):
    """Somebody, perhaps the person themselves, decided it before."""


class CannotBeRead(ConsoleError):
    """No reading from the provider could be had."""


class CannotSeal(ConsoleError):
    """What happened cannot be sealed; says what stands in the way."""


class NotFit(ConsoleError):
    """What was given for a person, a connection or a policy will not do; `wanted` maps its parts to their sentences."""

    def __init__(self, sentence: str = "", wanted: Mapping[str, str] | None = None) -> None:
        self.wanted = dict(wanted or {})
        super().__init__(sentence or " ".join(self.wanted.values()))


class NotATable(ConsoleError):
    """A file as a whole can't be read as a table; `code` is for programs, and the sentence quotes nothing of it."""

    def __init__(self, code: str, sentence: str) -> None:
        self.code = code
        super().__init__(sentence)


class KeyMissing(ConsoleError):
    """The values are sealed and their key is not there."""


class TooMany(Exception):
    """More of something than one person may do in a while; it works again in `seconds`.

    No form can be mended to mend it, so it stands beside the tree: where nothing else is said, it is answered by 429.
    """

    def __init__(self, seconds: int, why: str = "That was too often in a short time.") -> None:
        self.seconds = seconds
        super().__init__(f"{why} It works again in {_spoken(seconds)}.")


def _spoken(seconds: int) -> str:
    if seconds == 1:
        return "a second"
    if seconds < 90:
        return f"{seconds} seconds"
    return f"{-(-seconds // 60)} minutes"
