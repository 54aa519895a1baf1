"""The way of a request in plain Python, without database, locks or keys: what the flows have to agree with.

Written from what is promised, not from the code: `Desk` holds one customer's record and all that was asked of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

SENT = {"open", "approved"}


@dataclass
class PlainLine:
    """One field of a request. `yes`: who approved which step from one value to another."""

    before: str
    after: str
    state: str = "open"
    waiting: bool = True
    yes: set[tuple[str, str, str]] = field(default_factory=set)

    def steps_to(self, value: str, held: str) -> bool:
        """Whether it asks for this value of a record that holds that one."""
        return (self.before, self.after) == (held, value)


@dataclass(eq=False)
class PlainRequest:
    """One person's wish. `wait`: whose turn it is while it is proposed."""

    author: str
    lines: dict[str, PlainLine]
    status: str = "proposed"
    wait: str = ""

    @property
    def sent(self) -> dict[str, PlainLine]:
        return {name: line for name, line in self.lines.items() if line.state in SENT}


class Refused(Exception):
    """The step is refused; `why` is the name of the error."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Desk:
    """What is known, what is asked, what the policies want, and who may decide."""

    def __init__(self, record: dict[str, str], needs: dict[str, int], approvers: set[str]) -> None:
        self.record, self.needs, self.approvers = dict(record), dict(needs), approvers
        self.requests: list[PlainRequest] = []

    def propose(self, author: str, wishes: dict[str, str], *, agrees: bool = False) -> PlainRequest:
        """A new request, or what becomes of one's own; `agrees`: the author saw what waits, and takes its place."""
        wishes = {name: value for name, value in wishes.items() if self.record[name] != value}
        if not wishes:
            raise Refused("NothingChanged")
        others = self._in_the_way(wishes, None)
        if others and not agrees:
            raise Refused("AlreadyWaiting")
        own = [one for one in others if one.author == author and one.status == "proposed"]
        if own:
            self._amend(own[0], wishes, agrees=agrees, shows_all=False)
            return own[0]
        request = PlainRequest(author, {name: PlainLine(self.record[name], after) for name, after in wishes.items()})
        self._take_the_place(others, wishes)
        self.requests.append(request)
        self._settle(request)
        return request

    def amend(self, request: PlainRequest, by: str, wishes: dict[str, str], *, agrees: bool) -> None:
        """Its form was saved, which shows what it asks for: what was put back there is asked for no more."""
        if by != request.author:
            raise Refused("NotPermitted")
        if request.status not in {"proposed", "returned"}:
            raise Refused("StepNotPossible")
        self._amend(request, wishes, agrees=agrees, shows_all=True)

    def approve(self, request: PlainRequest, by: str, names: list[str]) -> None:
        self._may_decide(request, by)
        lines = {name: request.lines[name] for name in names if self.needs[name]}
        wanted = {
            name: line
            for name, line in lines.items()
            if self._is_open(name, line) and not self._has_approved(by, name, line)
        }
        if not wanted:
            raise Refused("DecidedAlready")
        for name, line in wanted.items():
            line.before = self.record[name]
            line.yes.add((by, line.before, line.after))
        self._settle(request)

    def reject(self, request: PlainRequest, by: str, names: list[str]) -> None:
        self._may_decide(request, by)
        for name in names:
            request.lines[name].state, request.lines[name].waiting = "rejected", False
        self._settle(request)

    def give_back(self, request: PlainRequest, by: str) -> None:
        self._may_decide(request, by)
        self._end(request, "returned", wait="author")

    def withdraw(self, request: PlainRequest, by: str) -> None:
        if by != request.author:
            raise Refused("NotPermitted")
        if request.status not in {"proposed", "returned", "approved"}:
            raise Refused("StepNotPossible")
        self._end(request, "withdrawn")

    def confirm(self, request: PlainRequest, by: str) -> None:
        if by != request.author:
            raise Refused("NotPermitted")
        if (request.status, request.wait) != ("proposed", "author"):
            raise Refused("StepNotPossible")
        for name, line in request.sent.items():
            line.before = self.record[name]
        self._settle(request)

    def time_passes(self, request: PlainRequest) -> None:
        """Nobody decided in time: it ends, and nothing of it is ever approved by that."""
        if request.status == "returned" or (request.status, request.wait) == ("proposed", "decision"):
            self._end(request, "expired")

    def provider_moves(self, name: str, value: str) -> None:
        self.record[name] = value

    def role_changes(self, name: str, *, has_it: bool) -> None:
        self.approvers = self.approvers | {name} if has_it else self.approvers - {name}

    def policies_change(self, needs: dict[str, int]) -> None:
        self.needs = dict(needs)
        for request in self.requests:
            if (request.status, request.wait) == ("proposed", "decision"):
                self._settle(request)

    def holder(self, name: str) -> PlainRequest | None:
        """The request that waits with a line for this field."""
        for request in self.requests:
            if name in request.lines and request.lines[name].waiting:
                return request
        return None

    def _may_decide(self, request: PlainRequest, by: str) -> None:
        if by not in self.approvers or by == request.author:
            raise Refused("NotPermitted")
        if (request.status, request.wait) != ("proposed", "decision"):
            raise Refused("StepNotPossible")

    def _has_approved(self, by: str, name: str, line: PlainLine) -> bool:
        return line.before == self.record[name] and (by, line.before, line.after) in line.yes

    def _approved_by(self, name: str, line: PlainLine) -> set[str]:
        return {by for by in self.approvers if self._has_approved(by, name, line)}

    def _is_open(self, name: str, line: PlainLine) -> bool:
        moved = line.before != self.record[name]
        return line.state in SENT and (moved or len(self._approved_by(name, line)) < self.needs[name])

    def _settle(self, request: PlainRequest) -> None:
        """Whose turn it is after something happened."""
        for name, line in request.sent.items():
            line.state = "open" if self._is_open(name, line) else "approved"
        still_open = [name for name, line in request.sent.items() if line.state == "open"]
        if any(self.needs[name] for name in still_open):
            request.wait = "decision"
        elif still_open:
            request.wait = "author"
        elif not request.sent:
            self._end(request, "rejected")
        else:
            request.status, request.wait = "approved", "turn"

    def _amend(self, request: PlainRequest, wishes: dict[str, str], *, agrees: bool, shows_all: bool) -> None:
        sent = request.sent
        put_back = [name for name, value in wishes.items() if value == self.record[name] and name in sent and shows_all]
        new = {
            name: value
            for name, value in wishes.items()
            if value != self.record[name] and not (name in sent and sent[name].steps_to(value, self.record[name]))
        }
        asked = (set(sent) - set(put_back)) | set(new)
        if not asked:
            raise Refused("StepNotPossible")
        if not new and not put_back and request.status != "returned" and request.wait != "author":
            raise Refused("NothingChanged")
        others = self._in_the_way(asked, request)
        if others and not agrees:
            raise Refused("AlreadyWaiting")
        self._take_the_place(others, asked)
        for name in put_back:
            request.lines[name].state, request.lines[name].waiting = "dropped", False
        for name, value in new.items():
            kept = request.lines[name].yes if name in request.lines else set()
            request.lines[name] = PlainLine(self.record[name], value, yes=kept)
        for line in request.sent.values():
            line.waiting = True
        request.status = "proposed"
        self._settle(request)

    def _in_the_way(self, names: Iterable[str], besides: PlainRequest | None) -> list[PlainRequest]:
        holders = [holder for name in names if (holder := self.holder(name)) and holder is not besides]
        return [request for request in self.requests if request in holders]

    def _take_the_place(self, others: list[PlainRequest], names: Iterable[str]) -> None:
        for other in others:
            for name in names:
                if name in other.lines and other.lines[name].waiting:
                    other.lines[name].state, other.lines[name].waiting = "dropped", False
            if not other.sent:
                self._end(other, "superseded")
            elif (other.status, other.wait) == ("proposed", "decision"):
                self._settle(other)

    @staticmethod
    def _end(request: PlainRequest, status: str, wait: str = "") -> None:
        request.status, request.wait = status, wait
        for line in request.lines.values():
            line.waiting = False
