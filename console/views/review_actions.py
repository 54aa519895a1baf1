"""What those who decide on a change can do: about all of it, and line by line; and what a reviewer can afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.http import urlencode

from console.models import LineState
from console.permissions import Right, may
from console.sentences import listed
from console.views.action import Action

if TYPE_CHECKING:
    from console.models import Emergency, User
    from console.views.review_page import Review, ReviewLine

BOTH = 2


@dataclass(frozen=True, slots=True)
class OfLine:
    """A line with what can be done about it. `approve` is done at once: nothing more has to be said."""

    line: ReviewLine
    approve: Action | None = None
    reject: Action | None = None
    theirs: Action | None = None
    ours: Action | None = None
    comment: Action | None = None
    edit_url: str = ""

    @property
    def asked(self) -> Iterable[Action]:
        """What opens a dialog."""
        return filter(None, (self.reject, self.theirs, self.comment))


@dataclass(frozen=True, slots=True)
class Deciding:
    """What can be done about the whole request, off where `why_not` says why; and about each line."""

    buttons: tuple[Action, ...]
    lines: tuple[OfLine, ...]
    why_not: str
    emergency: Action | None
    has_to_choose: str = ""

    @property
    def asked(self) -> Iterator[Action]:
        """All that asks before it is done."""
        yield from () if self.why_not else self.buttons
        for line in self.lines:
            yield from line.asked
        if self.emergency:
            yield self.emergency


def deciding_on(review: Review) -> Deciding:
    """What this reader can do."""
    offered = _Offered(review)
    return Deciding(
        tuple(offered.buttons()),
        tuple(offered.of_line(line) for line in review.lines),
        review.why_not,
        offered.emergency(),
        offered.to_choose(),
    )


def looked_into(emergency: Emergency, reader: User) -> Action | None:
    """A reviewer says what they found; nothing where it is said, or for whoever is no reviewer."""
    change = emergency.change
    own = reader.pk in {emergency.by_id, change.requester_id}
    if emergency.closed_at or not may(reader, Right.AUDIT, change.connection):
        return None
    return Action(
        "looked-into",
        "Looked into it",
        "What did you find?",
        "It goes off the list of what was sent without approval. Your name and what you found stay with the change.",
        reverse("change_looked_into", args=[change.pk]),
        "check",
        primary=True,
        asks_reason=True,
        why_not="It was your own change, so another reviewer closes it." if own else "",
        reason="What you found",
        reason_name="finding",
    )


class _Offered:
    """Asks the rights once."""

    def __init__(self, review: Review) -> None:
        self.review, self.change = review, review.change
        self.there, self.author = review.change.connection.name, review.change.requester.name

    def buttons(self) -> Iterator[Action]:
        """From the least to the most likely."""
        yield self._return()
        if self.review.may_decide and not self.review.sent:
            return
        yield self._reject()
        if self.review.mine or not self.review.may_decide:
            yield self._approve()

    def of_line(self, line: ReviewLine) -> OfLine:
        """What is left to say about one line."""
        comment = self._comment(line)
        if not self.review.may_decide or not line.is_sent or not line.need.approvals:
            return OfLine(line, comment=comment, edit_url=self._edit_url(line))
        if line.moved:
            ours = None if line.rule is None else self._ours(line)
            return OfLine(line, theirs=self._theirs(line), ours=ours, comment=comment)
        approve = self._approve_line(line) if self.review.can_approve(line) else None
        return OfLine(line, approve, self._reject_line(line), comment=comment)

    def emergency(self) -> Action | None:
        """Only for whoever has that right."""
        if not may(self.review.reader, Right.BREAK_GLASS, self.change.connection):
            return None
        meaning = (
            f"It goes to {self.there} at once, although nobody has approved it. Everybody who could have decided is "
            "told at once, it is marked for good as sent without approval, and a reviewer will ask you why."
        )
        return self._action(
            "break-glass",
            "Send without approval",
            "Send this without its approvals?",
            meaning,
            "warning",
            danger=True,
            asks_reason=True,
            reason="Why it cannot wait",
            posts=_seen(self.review.sent),
        )

    def to_choose(self) -> str:
        """That moved values want a word of their own first; empty where none does."""
        moved = [line.label for line in self.review.moved if line.need.approvals]
        if not moved or not self.review.may_decide:
            return ""
        return f"{listed(moved)} moved, so say at {'its line' if len(moved) == 1 else 'their lines'} what is to stay."

    def _approve(self) -> Action:
        lines = self.review.mine
        count, others = len(lines), len([line for line in self.review.lines if line.is_open]) - len(lines)
        label = {1: "Approve", BOTH: "Approve both"}.get(count, f"Approve all {count}")
        if others or not count:
            label = f"Approve {listed([line.label for line in lines])}" if count == 1 else f"Approve {count or 'all'}"
        return self._action(
            "approve",
            label,
            f"Approve {listed([line.label for line in lines])}?",
            self._what_follows(lines),
            "check",
            primary=True,
            posts=_seen(lines),
            key="a",
            goes_on=True,
        )

    def _what_follows(self, lines: list[ReviewLine]) -> str:
        """Whether it leaves then, and what with it."""
        chosen = {line.name for line in lines}
        open_ = [line for line in self.review.lines if line.is_open and not self._is_last_word(line, chosen)]
        if open_:
            return f"Nothing is sent yet: {self._still_open(open_, chosen)}."
        free = [line.label for line in self.review.lines if line.is_sent and not line.need.approvals]
        beside = f", with {listed(free)}" if free else ""
        return f"Nothing else is outstanding: it is sent to {self.there} at once{beside}."

    def _still_open(self, lines: list[ReviewLine], chosen: set[str]) -> str:
        """What is missing then: another person's approval of the same, or a decision on something else."""
        anew = [line.label for line in lines if line.name in chosen]
        others = [line.label for line in lines if line.name not in chosen]
        said = []
        if anew:
            said.append(f"{listed(anew)} still {'needs' if len(anew) == 1 else 'need'} the approval of somebody else")
        if others:
            said.append(f"{listed(others)} still {'waits' if len(others) == 1 else 'wait'} for a decision")
        return listed(said)

    def _is_last_word(self, line: ReviewLine, chosen: set[str]) -> bool:
        return line.name in chosen and len(line.by) + 1 >= line.need.approvals

    def _reject(self) -> Action:
        return self._action(
            "reject",
            "Reject",
            "Reject the whole request?",
            f"None of it is sent. {self.author} is told why.",
            "cross",
            danger=True,
            asks_reason=True,
            reason=f"Why? {self.author} reads it.",
            posts={"whole": "yes", **_seen(self.review.sent)},
            key="r",
            goes_on=True,
        )

    def _return(self) -> Action:
        return self._action(
            "return",
            f"Return to {self.author.partition(' ')[0]}",
            f"Return it to {self.author}?",
            f"Nothing is sent. {self.author} edits it and asks again. What stays as it is keeps its approvals.",
            "undo",
            asks_reason=True,
            reason="What should be different?",
            goes_on=True,
        )

    def _approve_line(self, line: ReviewLine) -> Action:
        return self._of(line, "approve", "Approve", icon="check")

    def _reject_line(self, line: ReviewLine) -> Action:
        return self._of(
            line,
            "reject",
            "Reject",
            question=f"Reject {line.label}?",
            meaning=f"The rest of the request goes its way without it. {self.author} is told why.",
            icon="cross",
            danger=True,
            asks_reason=True,
            reason=f"Why? {self.author} reads it.",
        )

    def _theirs(self, line: ReviewLine) -> Action:
        return self._of(
            line,
            "theirs",
            "Keep theirs",
            question="Keep what is there now?",
            meaning=f"{line.label} is left out of the request. {self.there} keeps what it holds now.",
            icon="check",
            posts={"reason": f"What {self.there} holds now is kept."},
        )

    def _ours(self, line: ReviewLine) -> Action:
        return self._of(line, "ours", "Approve ours", icon="send")

    def _comment(self, line: ReviewLine) -> Action:
        return self._of(
            line,
            "comment",
            "Comment",
            question=f"Comment on {line.label}",
            meaning="It stands at the line and in the history; whoever had a word on this request is told.",
            icon="comment",
            asks_reason=True,
            reason="Comment",
            reason_name="text",
            posts={"field": line.name},
        )

    def _edit_url(self, line: ReviewLine) -> str:
        """For the author: into the form, at the field."""
        if not self.review.is_author or line.state is LineState.DROPPED or line.rule is None:
            return ""
        url = reverse("customer_edit", args=[self.change.customer_id])
        return f"{url}?{urlencode({'amend': str(self.change.pk), 'field': line.name})}"

    def _of(self, line: ReviewLine, name: str, label: str, **more: Any) -> Action:
        seen = {} if name == "comment" else {f"seen-{line.name}": line.digest}
        more = {"question": "", "meaning": "", **more, "posts": {**more.get("posts", {}), **seen}, "about": line.label}
        question, meaning, icon = more.pop("question"), more.pop("meaning"), more.pop("icon")
        return self._action(f"{name}-{line.name}", label, question, meaning, icon, **more)

    def _action(self, name: str, label: str, question: str, meaning: str, icon: str, **more: Any) -> Action:
        return Action(name, label, question, meaning, self._url(name.partition("-")[0]), icon, **more)

    def _url(self, name: str) -> str:
        where = {"theirs": "reject", "ours": "approve", "break": "break_glass"}.get(name, name)
        return reverse(f"change_{where}", args=[self.change.pk])


def _seen(lines: Iterable[ReviewLine]) -> dict[str, str]:
    """What a form posts for the lines that its reader has before their eyes."""
    return {f"seen-{line.name}": line.digest for line in lines}
