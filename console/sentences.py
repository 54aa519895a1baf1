"""History in sentences: what an event, or a whole change, was about. Pure: it asks nothing that was not loaded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from console.errors import KeyMissing
from console.models import Attempt, Change, Confirmation, Event, Known, Line, Outcome, Pause, Status, Verdict
from console.models import Kind as AttemptKind

if TYPE_CHECKING:
    from providers.fields import Field, Value

MASK = "••••"
_MOST_NAMED = 4
_LONGEST_VALUE = 80
A_MINUTE = timedelta(minutes=1)
_TOLD_WHOLE = {Outcome.INTENT, Outcome.ALREADY, Outcome.NOT_SENT, Outcome.MOVED, Outcome.STILL_OLD}
_TONES = {"customer.gone": "refused", "customer.moved": "waiting", "connection.paused": "waiting"}


def event_sentence(event: Event, fields: Iterable[Field]) -> str:
    """What happened, in one sentence without a full stop. `fields` are those of the customer's provider.

    Wants the event's actor loaded, and its customer where values may be told; sensitive values stay masked.
    """
    tell = _TELLING.get(event.verb)
    known = {field.name: field for field in fields}
    return tell(_Case(event, known)) if tell else _plainly(event)


def event_tone(event: Event) -> str:
    """The style sheet's class for an event: that of the state it led to, neutral for what is no change."""
    subject, _, verb = event.verb.partition(".")
    if subject == "change" and verb in Status:
        return Status(verb).tone
    return _TONES.get(event.verb, "neutral")


def attempt_sentence(attempt: Attempt, there: str) -> str:
    """What a try came to, without a full stop; `there` is the provider's side by the name of the connection."""
    outcome = Outcome(attempt.outcome)
    words = str(outcome.label).replace("the provider", there)
    if outcome in _TOLD_WHOLE:
        return f"{words[:1].upper()}{words[1:]}"
    return f"{'Read back' if attempt.kind == AttemptKind.CHECK else 'Sent'}: {words}"


def change_sentence(change: Change, fields: Iterable[Field]) -> str:
    """Who wanted what of a customer: “Jo set Occupation to OCC4” once applied, “Jo asked to change Phone” before.

    What was only accepted counts as asked: nobody has seen it there.

    Wants the change's requester, customer and lines loaded.
    """
    known = {field.name: field for field in fields}
    lines = list(change.lines.all())
    is_applied = change.state is Status.APPLIED and change.confirmation != Confirmation.ACCEPTED
    if len(lines) == 1 and (value := _after(lines[0], known.get(lines[0].field))):
        verb = "set" if is_applied else "asked to set"
        return f"{change.requester.name} {verb} {named([lines[0].field], known)} to {value}"
    verb = "changed" if is_applied else "asked to change"
    return f"{change.requester.name} {verb} {named([line.field for line in lines], known)}"


def _after(line: Line, field: Field | None) -> str:
    """The value that a line asks for; empty where there is none to tell."""
    try:
        blank = field is None or field.sensitive or field.is_blank(line.after)
        return "" if blank else told(field, line.after)
    except KeyMissing:
        return ""


def named(names: Sequence[str], fields: Mapping[str, Field]) -> str:
    """Labels of fields as a list in a sentence: “Phone”, “Phone and Address”, “Phone, Address and 3 more”."""
    labels = [fields[name].label if name in fields else name for name in names]
    return listed(labels) or "nothing"


def listed(words: Sequence[str]) -> str:
    """Words as people list them, the end of a long list counted."""
    if len(words) > _MOST_NAMED:
        words = [*words[: _MOST_NAMED - 1], f"{len(words) - _MOST_NAMED + 1} more"]
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)


def told(field: Field | None, value: Value) -> str:
    """A value inside a sentence: in words, masked when sensitive, shortened when long."""
    if field is None or field.is_blank(value):
        return "nothing"
    if field.sensitive:
        return MASK
    words = " ".join(field.display(value).split())
    return words if len(words) <= _LONGEST_VALUE else f"{words[:_LONGEST_VALUE].rstrip()}…"


@dataclass(frozen=True, slots=True)
class _Case:
    """An event, and what its sentence may draw on."""

    event: Event
    fields: Mapping[str, Field]

    @property
    def who(self) -> str:
        return self.event.actor.name if self.event.actor else "The console"

    @property
    def there(self) -> str:
        """The provider's side, by the name people gave the connection."""
        return self.event.customer.connection.name if self.event.customer else "the provider"

    @property
    def values(self) -> Mapping[str, Any]:
        """The sealed values; none where the customer's key was erased."""
        try:
            return self.event.values
        except KeyMissing:
            return {}

    @property
    def outcome(self) -> str:
        outcome = self.said("outcome")
        label = str(Outcome(outcome).label) if outcome in Outcome else "nobody knows why"
        return label.replace("the provider", self.there)

    @property
    def reason(self) -> str:
        reason = str(self.values.get("reason") or self.said("reason") or "")  # of a connection it is no personal value
        return f" (“{reason}”)" if reason else ""

    @property
    def as_of(self) -> str:
        """“, as of 20 Nov, 13:28” where that is another moment than the event's."""
        said = self.said("as of")
        if not said or abs(self.event.at - datetime.fromisoformat(said)) < A_MINUTE:
            return ""
        local = timezone.localtime(datetime.fromisoformat(said))
        year = "" if local.year == timezone.localtime(self.event.at).year else f" {local.year}"
        return f", as of {local.day} {local:%b}{year}, {local:%H:%M}"

    def said(self, name: str) -> Any:
        return self.event.details.get(name)

    def names(self, detail: str) -> Sequence[str]:
        """Names of fields, without the moments that a provider writes at every change: they tell nothing."""
        return [name for name in self.said(detail) or () if not (name in self.fields and self.fields[name].is_stamp)]

    def named(self, detail: str) -> str:
        return named(self.names(detail), self.fields)

    def from_to(self, detail: str) -> str:
        """“ from A to B” where one field is concerned and its values are there."""
        field, pair = self.pair(detail)
        return f" from {told(field, pair[0])} to {told(field, pair[1])}" if pair else ""

    def instead(self, detail: str) -> str:
        """“: B instead of A” where one field is concerned, its values are there and may be told."""
        field, pair = self.pair(detail)
        hidden = field is None or field.sensitive
        return f": {told(field, pair[1])} instead of {told(field, pair[0])}" if pair and not hidden else ""

    def pair(self, detail: str) -> tuple[Field | None, list[Any] | None]:
        """The one field that is concerned, and what it was and is; None where there are several, or it is not told."""
        names = self.names(detail)
        pair = self.values.get(names[0]) if len(names) == 1 else None
        known = isinstance(pair, list) and len(pair) == 2
        return (self.fields.get(names[0]), pair) if known else (None, None)


def _plainly(event: Event) -> str:
    """An event that no sentence was written for: its verb as words."""
    subject, _, verb = event.verb.partition(".")
    return f"{subject.capitalize()} {verb.replace('_', ' ')}".strip()


def _baseline(about: _Case) -> str:
    count = len([name for name in about.said("fields") or () if name in about.fields])
    values = f"{count} value{'' if count == 1 else 's'}"
    match about.said("how"):
        case Known.READ:
            return f"First read from {about.there}: {values}"
        case Known.IMPORTED:
            return f"Imported: {values}{about.as_of}"
        case _:
            return f"{about.who} added this customer by id, without having read anything from {about.there}"


def _refreshed(about: _Case) -> str:
    what = (
        f"{about.named('moved')} had changed{about.from_to('moved')}" if about.said("moved") else "nothing had changed"
    )
    return f"{about.who} read it from {about.there}: {what}"


def _moved(about: _Case) -> str:
    detail = "moved" if about.said("moved") else "fields"
    return f"{about.there} showed another value for {about.named(detail)} than we knew{about.instead(detail)}"


def _accepted(about: _Case) -> str:
    return f"{about.who} accepted what {about.there} holds for {about.named('fields')}{about.instead('fields')}"


def _imported(about: _Case) -> str:
    return f"An import brought a change: {about.named('moved')}{about.from_to('moved')}{about.as_of}"


def _declared(about: _Case) -> str:
    return f"{about.who} said what {about.there} holds for {about.named('fields')}"


def _gone(about: _Case) -> str:
    return f"{about.there} said that it has no such customer any more"


def _proposed(about: _Case) -> str:
    if before := about.said("because of"):
        return f"Held: change {before} of the same field was not applied, so its author looks again"
    if about.said("restored"):
        return "Held: the database was restored from a backup, and it may have been sent before that"
    if about.said("void"):
        return "Held: its approval no longer covers what would be sent"
    return f"{about.who} asked to change {about.named('fields')}{about.from_to('fields')}"


def _approved(about: _Case) -> str:
    source = about.said("from")
    if about.said("released"):
        return f"{about.who} released it to be sent after all{about.reason}"
    if about.said("policies"):
        policies = ", ".join(str(policy["name"]) for policy in about.said("policies"))
        return f"Approved by the rules: {policies}" if source == Status.PROPOSED else f"Approved again: {policies}"
    if about.said("again"):
        return "To be sent once more: the same values again do no harm"
    if source == Status.SENDING:
        return f"Not applied by this try: {about.outcome}"
    if source == Status.UNKNOWN and about.event.actor is None:
        return "Read back: the old values stand, so it is sent again"
    return f"{about.who} had it sent again{about.reason}"


def _sending(about: _Case) -> str:
    number = about.said("epoch") or 1
    return "Being sent" if number == 1 else f"Being sent, for the {_ordinal(int(number))} time"


def _unknown(about: _Case) -> str:
    if about.said("restored"):
        return "The database was restored from a backup, so nobody can say what became of it"
    return "Sent, but nobody can say yet whether it was applied"


def _applied(about: _Case) -> str:
    there = about.there
    match about.said("outcome"):
        case Outcome.ALREADY:
            return f"Nothing had to be sent: {there} already held these values"
        case Outcome.ACCEPTED:
            return f"Accepted by {there}, which did not say what it holds now"
        case _:
            how = "reading back showed" if about.said("from") == Status.UNKNOWN else f"the answer of {there} showed"
            return f"Applied: {how} the new values"


def _refused(about: _Case) -> str:
    if about.said("outcome") == Outcome.GONE:
        return f"Refused: {about.there} has no such customer"
    return f"{about.there} refused it"


def _conflict(about: _Case) -> str:
    if about.said("outcome") == Outcome.MOVED:
        return f"Not sent: a value had moved at {about.there}"
    return f"Conflict: {about.outcome}"


def _failed(about: _Case) -> str:
    return f"Given up: {about.outcome}"


def _closed(about: _Case) -> str:
    verdict = {
        Verdict.APPLIED: "it was applied",
        Verdict.NOT_APPLIED: "it was not applied",
        Verdict.NOT_KNOWN: "whether it was applied could not be found out",
    }[Verdict(about.said("verdict"))]
    return f"{about.who} closed it: {verdict}{about.reason}"


def _by_person(words: str) -> Callable[[_Case], str]:
    return lambda about: f"{about.who} {words}{about.reason}"


def _by_itself(words: str) -> Callable[[_Case], str]:
    return lambda _: words


def _paused(about: _Case) -> str:
    cause = about.said("cause")
    if about.event.actor:
        return f"{about.who} paused it{about.reason}"
    return f"Paused: {Pause(cause).label[0].lower()}{Pause(cause).label[1:]}" if cause in Pause else "Paused"


def _interrupted(about: _Case) -> str:
    count = about.said("failures")
    silent = f"{count} calls in a row got no proper answer" if count else "Too many calls in a row got no proper answer"
    return f"Interrupted: {silent}"


def _settings(about: _Case) -> str:
    """Only what was chosen is told; a setting that is gone by now has no words."""
    moved = about.said("moved") or {}
    told_of = {
        "time_zone": lambda pair: f"set the time zone to {pair[1]}",
        "single_keys": lambda pair: f"switched single keys {'on' if pair[1] else 'off'}",
    }
    words = [told_of[name](pair) for name, pair in moved.items() if name in told_of]
    return f"{about.who} {listed(words) or 'changed a setting'}"


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


_TELLING: Mapping[str, Callable[[_Case], str]] = {
    "customer.baseline": _baseline,
    "customer.refreshed": _refreshed,
    "customer.moved": _moved,
    "customer.imported": _imported,
    "customer.declared": _declared,
    "customer.gone": _gone,
    "drift.accepted": _accepted,
    "change.proposed": _proposed,
    "change.approved": _approved,
    "change.sending": _sending,
    "change.applied": _applied,
    "change.refused": _refused,
    "change.conflict": _conflict,
    "change.unknown": _unknown,
    "change.failed": _failed,
    "change.closed": _closed,
    "change.returned": _by_person("returned it to its author"),
    "change.rejected": _by_person("rejected it"),
    "change.withdrawn": _by_person("withdrew it"),
    "change.expired": _by_itself("Expired: nobody decided in time"),
    "change.superseded": _by_itself("Replaced by a later change"),
    "person.settings_changed": _settings,
    "connection.paused": _paused,
    "connection.resumed": _by_person("resumed it"),
    "connection.interrupted": _interrupted,
    "connection.recovered": _by_itself("It answers again"),
    "change.read_back": _by_person("asked to read it back now"),
    "installation.restored": _by_itself("The database was found to be restored from a backup, so everything was held"),
}
