"""Standing: how a change stands with the policies and the decisions at this moment, line by line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from console.errors import StepNotPossible
from console.flows.record import moment
from console.models import Authorship, Change, Customer, Decision, Emergency, Event, Line, User
from console.models.judging import APPROVAL_LASTS, Asked, Judged, Rule, Subject, judge, need_of
from console.models.policies import rules_in_force
from console.permissions import Right, people_with

if TYPE_CHECKING:
    from providers.fields import Value


def standing(change: Change, lines: Sequence[Line] | None = None, *, rules: Sequence[Rule] | None = None) -> Judged:
    """Judges a change as it is now; wants its customer and connection loaded, and asks for what is not given.

    Who may decide and what they decided is asked only where somebody has to.
    """
    lines = list(change.lines.all()) if lines is None else lines
    rules = rules_in_force() if rules is None else rules
    asked, subject = _asked(change, lines), subject_of(change)
    judged = judge(asked, rules, subject=subject)
    if not judged.for_approval:
        return judged
    given = Decision.objects.on(change)
    if not given:
        return judged
    people = people_with(Right.DECIDE, change.connection).keys() - _authors(change)
    return judge(asked, rules, given, people, subject=subject, now=moment(change.customer))


def judged_wishes(
    customer: Customer, wishes: Mapping[str, Value], *, by: User, size: int = 1, rules: Sequence[Rule] | None = None
) -> Judged:
    """What somebody's wishes would need if they were saved now."""
    rules = rules_in_force() if rules is None else rules
    asked = [Asked(name, is_sensitive(customer, name)) for name in wishes]
    return judge(asked, rules, subject=Subject(customer.connection_id, size, frozenset({by.pk})))


def needs_by(rules: Sequence[Rule], change: Change, lines: Iterable[Line]) -> dict[str, int]:
    """How many approvals these policies ask for, line by line."""
    subject = subject_of(change)
    return {
        line.field: need_of(
            line.field, rules, sensitive=is_sensitive(change.customer, line.field), subject=subject
        ).approvals
        for line in lines
    }


def emergency_of(change: Change) -> Emergency | None:
    """By what it goes without its approvals: for as long as an approval would last, unless it came back since."""
    since = moment(change.customer) - APPROVAL_LASTS
    broken = Emergency.objects.filter(change=change, at__gte=since).first()
    back = Event.objects.filter(change=change, verb__in=["change.proposed", "change.returned"])
    return broken if broken and not back.filter(at__gt=broken.at).exists() else None


def subject_of(change: Change) -> Subject:
    """Where it is, with how many it was proposed, and who asked for it: they can't decide on it."""
    return Subject(change.connection_id, change.size, frozenset({change.requester_id}))


def seen_digest(line: Line, record: Mapping[str, Value]) -> str:
    """What a page posts for a line that it shows, beside this record: what a decision now would be about, as hex."""
    return (line.digest_now(record) if is_declared(line) else bytes(line.digest)).hex()


def is_declared(line: Line) -> bool:
    """Whether the line's connection still has its field; the line must have its change at hand."""
    return any(field.name == line.field for field in line.change.customer.provider.fields)


def require_declared(lines: Iterable[Line]) -> None:
    """Raises StepNotPossible if the connection has the field of a line no longer: that cannot be sent."""
    if gone := [line.field for line in lines if line.state.is_sent and not is_declared(line)]:
        raise StepNotPossible(
            f"This connection has no field {', '.join(gone)} any more, so that line cannot be sent. "
            "It can be rejected, returned or withdrawn."
        )


def is_sensitive(customer: Customer, name: str) -> bool:
    """Whether a field is; one that the connection declares no longer counts as such."""
    field = {field.name: field for field in customer.provider.fields}.get(name)
    return field is None or field.sensitive


def moved_since(change: Change, lines: Iterable[Line]) -> list[str]:
    """The fields whose value is another one by now than the one that the change starts from."""
    record = change.customer.record
    return [line.field for line in lines if line.state.is_sent and is_declared(line) and line.has_moved(record)]


def _asked(change: Change, lines: Sequence[Line]) -> list[Asked]:
    record = change.customer.record
    for line in lines:
        line.change = change
    return [_one(change, line, record) for line in lines]


def _one(change: Change, line: Line, record: Mapping[str, Value]) -> Asked:
    sensitive = is_sensitive(change.customer, line.field)
    if not is_declared(line):
        return Asked(line.field, sensitive, line.state, bytes(line.digest))
    return Asked(line.field, sensitive, line.state, line.current_digest(record), line.has_moved(record))


def _authors(change: Change) -> set[int]:
    """Everybody who asked for any of it."""
    return set(Authorship.objects.filter(line__change=change).values_list("user", flat=True))
