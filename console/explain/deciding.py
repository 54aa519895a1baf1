"""What a request lacks, who can give it, and how far it has come: what a list knows of that, or all of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from console.explain.words import numbered
from console.models import LineState
from console.sentences import listed

if TYPE_CHECKING:
    from console.models import User
    from console.models.judging import Judged, JudgedLine


@dataclass(frozen=True, slots=True)
class Lack:
    """Fields, by their labels, that lack the same: so many approvals, because of the same policies."""

    labels: tuple[str, ...]
    approvals: int
    policies: tuple[str, ...] = ()
    more: bool = False

    def __str__(self) -> str:
        """“Occupation and Address need one approval (policy “KYC fields”)”; no policies: none names the field."""
        plural = len(self.labels) > 1
        what = f"{numbered(self.approvals)}{' more' if self.more else ''} approval{'' if self.approvals == 1 else 's'}"
        why = _policies(self.policies) or f"no policy names {'them' if plural else 'it'}"
        return f"{listed(self.labels)} need{'' if plural else 's'} {what} ({why})"


@dataclass(frozen=True, slots=True)
class Deciding:
    """How a change that waits for a decision stands.

    `people` can still decide; None where nobody asked who they are, and nobody at all if empty. `too_few`: some line
    lacks more approvals than there are people to give them. `given`: the reader approved all that is open already.
    `holder` took the request, so that others leave it to them. `moved`, `alongside`: labels of the open lines whose
    value has moved since they were asked, and of those that need nobody and wait with the rest.
    """

    lacks: tuple[Lack, ...] = ()
    people: tuple[User, ...] | None = None
    is_yours: bool = False
    given: bool = False
    too_few: bool = False
    holder: User | None = None
    decided: int = 0
    in_all: int = 0
    moved: tuple[str, ...] = ()
    alongside: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        judged: Judged,
        *,
        labels: Mapping[str, str],
        people: Mapping[int, User],
        author: int,
        reader: User | None = None,
        holder: User | None = None,
    ) -> Self:
        """As it was judged; `people` may decide there, whoever asked for the change cannot."""
        waiting = judged.for_approval
        able = {number: person for number, person in people.items() if number != author}
        still = tuple(person for number, person in able.items() if any(number not in line.by for line in waiting))
        counted = [line for line in judged.lines if line.need.approvals and line.state is not LineState.DROPPED]
        free = [line for line in judged.sent if line.state is LineState.APPROVED and not line.need.approvals]
        return cls(
            lacks=_lacks(waiting, labels),
            people=still,
            is_yours=reader is not None and any(person.pk == reader.pk for person in still),
            given=reader is not None and bool(waiting) and all(reader.pk in line.by for line in waiting),
            too_few=any(len(able.keys() - set(line.by)) < line.missing for line in waiting),
            holder=holder,
            decided=sum(line.state is not LineState.OPEN for line in counted),
            in_all=len(counted),
            moved=_labels((line for line in waiting if line.asked.moved), labels),
            alongside=_labels(free, labels),
        )

    @property
    def approvals(self) -> int:
        """How many the line that lacks most still needs; one where that is not known."""
        return max((lack.approvals for lack in self.lacks), default=1)

    def others(self, reader: User | None) -> list[str]:
        """Who else than the reader can decide, by name."""
        return [person.name for person in self.people or () if reader is None or person.pk != reader.pk]


@dataclass(frozen=True, slots=True)
class Parts:
    """The lines of a change by what became of them, as labels: not all of them need to go to the provider."""

    sent: tuple[str, ...] = ()
    rejected: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()

    @classmethod
    def of(cls, lines: Iterable[tuple[str, LineState]]) -> Self:
        """From the label and the state of every line, in their order."""
        lines = list(lines)
        return cls(
            tuple(label for label, state in lines if state.is_sent),
            tuple(label for label, state in lines if state is LineState.REJECTED),
            tuple(label for label, state in lines if state is LineState.DROPPED),
        )

    @property
    def is_partial(self) -> bool:
        """Some lines go, others do not."""
        return bool(self.sent and (self.rejected or self.dropped))

    def left_out(self, by: str, *, sent: bool) -> str:
        """What does not go with it, and why, without a full stop; `sent`: the rest was, and is not yet to be."""
        found = []
        if self.rejected:
            who = f" by {by}" if by else ""
            found.append(f"{_were(self.rejected)} rejected{who} and {'not sent' if sent else 'will not be sent'}")
        if self.dropped:
            found.append(f"{_were(self.dropped)} taken off it")
        return "; ".join(found)


def _lacks(lines: Iterable[JudgedLine], labels: Mapping[str, str]) -> tuple[Lack, ...]:
    """Those that lack the same together, in the order of the form otherwise."""
    alike: dict[tuple[int, tuple[str, ...], bool], list[JudgedLine]] = {}
    for line in lines:
        alike.setdefault((line.missing, _asking(line), bool(line.by)), []).append(line)
    return tuple(Lack(_labels(found, labels), *what) for what, found in alike.items())


def _asking(line: JudgedLine) -> tuple[str, ...]:
    """The policies because of which so many are needed; not those that would do with fewer."""
    most = [rule for rule in line.need.rules if rule.approvals == line.need.approvals]
    return tuple(rule.name for rule in most if rule.policy)


def _policies(names: tuple[str, ...]) -> str:
    quoted = [f"“{name}”" for name in names]
    return f"{'policy' if len(quoted) == 1 else 'policies'} {listed(quoted)}" if quoted else ""


def _labels(lines: Iterable[JudgedLine], labels: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(labels.get(line.field, line.field) for line in lines)


def _were(labels: tuple[str, ...]) -> str:
    return f"{listed(labels)} {'was' if len(labels) == 1 else 'were'}"
