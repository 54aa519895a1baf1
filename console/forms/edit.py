"""The form that edits a customer: one entry per field, judged on the page by the rules that judge it at the save."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from django import forms

from console.errors import AlreadySaved, AlreadyWaiting, ConsoleError, Move, NothingChanged, RulesBroken, ValuesMoved
from console.flows.declare import is_lacking
from console.flows.propose import Proposal, is_unseen, violations_of
from console.forms.asked import Asked
from console.forms.inputs import (
    Option,
    control_of,
    help_of,
    in_groups,
    mode_of,
    option_groups,
    options_of,
    text_of,
    type_of,
)
from console.models import Line
from console.models.policies import outstanding
from console.sentences import MASK, listed
from providers.base import Preview
from providers.errors import ProviderError
from providers.fields import Clearing, Field, Locked, Required

if TYPE_CHECKING:
    from console.models import Customer
    from providers.fields import Value, Violation

A_KEY = re.compile(r"[\w-]{1,64}", re.ASCII)
THEIRS = "theirs"


class ReasonForm(forms.Form):
    """Why the change is wanted, and the ticket it belongs to."""

    why = forms.CharField(required=False, max_length=2000)
    reference = forms.CharField(required=False, max_length=120)


@dataclass(slots=True)
class Entry:
    """One field of the form: what is held, what stands in the input, and what is wished by it."""

    field: Field
    held: Value
    is_known: bool
    text: str
    digest: str
    wish: Value
    is_wished: bool
    asked: Asked | None = None
    how: str = ""
    at: datetime | None = None
    reason: str = ""
    errors: tuple[str, ...] = ()
    blocking: int | None = None
    move: Move | None = None
    moved_by: str = ""

    @property
    def name(self) -> str:
        return self.field.name

    @property
    def is_locked(self) -> bool:
        return self.field.locked is not Locked.NO

    @property
    def is_forbidden(self) -> bool:
        """Locked by the provider itself; any other lock is a caution of ours."""
        return self.field.locked is Locked.FORBIDDEN

    @property
    def is_fact(self) -> bool:
        """Locked, required, and unknown to us: the person says what the provider holds, which changes nothing there."""
        return is_lacking(self.field, self.held)

    @property
    def is_closed(self) -> bool:
        """Locked, and nothing about it is asked."""
        return self.is_locked and not self.is_fact

    @property
    def is_blocked(self) -> bool:
        """Another change of this field has to end first."""
        return bool(self.asked and self.asked.blocks)

    @property
    def can_be_typed(self) -> bool:
        """Whether there is an input at all; one that was typed into stays, whatever came in between."""
        return self.is_fact or not (self.is_locked or (self.is_blocked and not self.is_wished))

    @property
    def is_required(self) -> bool:
        """Marked as required: nothing can be saved while it is empty."""
        return self.field.required is Required.ALWAYS or (
            self.field.required is Required.ONCE_SET and not self.field.is_blank(self.held)
        )

    @property
    def is_lacking(self) -> bool:
        """The provider requires it and our copy has no value: it is asked for."""
        return self.field.required is Required.ALWAYS and self.field.is_blank(self.held)

    @property
    def offers_clearing(self) -> bool:
        """A hidden value can't be emptied by leaving its input empty, so a box does it."""
        return self.field.sensitive and self.field.clearing is not Clearing.NO and not self.field.is_blank(self.held)

    @property
    def control(self) -> str:
        return control_of(self.field, self.text)

    @property
    def type(self) -> str:
        return type_of(self.field, self.text)

    @property
    def mode(self) -> str:
        return mode_of(self.field)

    @property
    def help(self) -> str:
        return help_of(self.field, self.held)

    @property
    def options(self) -> list[tuple[str, list[Option]]]:
        return option_groups(options_of(self.field, self.held, self.text))

    @property
    def placeholder(self) -> str:
        """What stands in an empty input for a hidden value."""
        return MASK if self.field.sensitive and not self.field.is_blank(self.held) else ""

    @property
    def error_id(self) -> str:
        return f"error-{self.name}"

    @property
    def described_by(self) -> str:
        return f"help-{self.name} notes-{self.name}" if self.help else f"notes-{self.name}"


class EditForm:
    """A customer's record as a form, empty-handed or with what a person posted."""

    def __init__(
        self, customer: Customer, data: Mapping[str, str] | None = None, *, asked: Mapping[str, Asked] | None = None
    ) -> None:
        self.customer, self.provider = customer, customer.provider
        self.data: Mapping[str, str] = data or {}
        self.is_bound = data is not None
        self.record = customer.record
        self.asked = asked or {}
        self.reason = ReasonForm(data)
        self.key = given if A_KEY.fullmatch(given := self.data.get("key", "")) else new_key()
        self.refusal: ConsoleError | None = None
        self.errors: tuple[str, ...] = ()
        self.entries = {field.name: self._entry(field) for field in self.provider.fields}
        self.before = {**self.record, **self.facts}

    @property
    def first_groups(self) -> list[tuple[str, list[Entry]]]:
        """The groups down to the last one in which something can be typed; then the reason is asked."""
        return self.groups[: self._turning_point]

    @property
    def last_groups(self) -> list[tuple[str, list[Entry]]]:
        """The groups after it, which are only to be looked at."""
        return self.groups[self._turning_point :]

    @property
    def _turning_point(self) -> int:
        open_ones = [
            place for place, (_, entries) in enumerate(self.groups, 1) if not all(e.is_closed for e in entries)
        ]
        return max(open_ones, default=0)

    @cached_property
    def groups(self) -> list[tuple[str, list[Entry]]]:
        """The entries under their headings."""
        grouped = in_groups(entry.field for entry in self.entries.values())
        return [(group, self._reasoned(self.entries[field.name] for field in fields)) for group, fields in grouped]

    @property
    def wishes(self) -> dict[str, Value]:
        """What is to change, in stored form."""
        return {name: entry.wish for name, entry in self.entries.items() if entry.is_wished}

    @property
    def facts(self) -> dict[str, Value]:
        """What the person says that the provider holds, for fields that are locked, required and unknown to us."""
        return {
            name: entry.wish
            for name, entry in self.entries.items()
            if entry.is_fact and entry.text and not entry.field.problem(entry.wish)
        }

    @cached_property
    def violations(self) -> tuple[Violation, ...]:
        """What the rules say about saving this now; without a wish, what they would ask for."""
        return violations_of(self.provider, self.before, self.wishes)

    @property
    def blockers(self) -> list[tuple[str, str, str]]:
        """What keeps the form from being sent: name and label of the field (empty for the whole record), and why."""
        labels = {name: entry.field.label for name, entry in self.entries.items()}
        return [(v.field or "", labels.get(v.field or "", ""), v.message) for v in self.violations]

    @property
    def wrong(self) -> list[Entry]:
        """The entries with something to look at, in the order of the page."""
        return [entry for _, entries in self.groups for entry in entries if entry.errors]

    @property
    def wrong_labels(self) -> str:
        """Their labels: “E-mail and Phone”."""
        return listed([entry.field.label for entry in self.wrong])

    @property
    def first_wrong(self) -> str:
        """The name of the entry that gets the cursor; empty when nothing is wrong."""
        return next((entry.name for entry in self.wrong if entry.can_be_typed), "")

    @property
    def refusal_tone(self) -> str:
        """How grave the refusal is: that nothing was different is no mistake."""
        return "neutral" if isinstance(self.refusal, NothingChanged) else "refused"

    @property
    def saved_as(self) -> int | None:
        """The change that this form became before."""
        return self.refusal.change_id if isinstance(self.refusal, AlreadySaved) else None

    @property
    def moved_meanwhile(self) -> bool:
        """The record became another one while the form was open."""
        return self.is_bound and self.data.get("version", "") not in {"", str(self.customer.version)}

    @property
    def approvals(self) -> int:
        """How many approvals the wishes need."""
        return len(outstanding([Line(field=name) for name in self.wishes]))

    @property
    def not_ready(self) -> str:
        """The labels of what keeps the form from being sent: “E-mail and Phone”; empty when nothing does."""
        names = dict.fromkeys(violation.field for violation in self.violations)
        labels = [self.entries[name].field.label for name in names if name in self.entries]
        return listed(labels) or ("this record" if names else "")

    @property
    def preview(self) -> Preview | None:
        """Exactly what would be sent; None while there is nothing to send or something keeps it from being sent."""
        if not self.wishes or self.violations:
            return None
        try:
            return self.provider.preview(self.customer.connection.base_url, self.before, self.wishes)
        except ProviderError:  # a base URL or an id that no request can carry: the connection's page says so
            return None

    def proposal(self) -> Proposal:
        """What the flow is asked for; the reason must be valid."""
        return Proposal(
            customer_id=self.customer.pk,
            wishes=self.wishes,
            key=self.key,
            shown={name: self.entries[name].digest for name in self.wishes},
            why=self.reason.cleaned_data["why"],
            reference=self.reason.cleaned_data["reference"],
        )

    def judge(self) -> None:
        """Puts at each wished field what the rules say about it."""
        self._blame(violation for violation in self.violations if violation.field in self.wishes)

    def take(self, refusal: ConsoleError, authors: Mapping[str, str]) -> None:
        """Shows why the save was refused, where it belongs. `authors` names who set the value that a field has now."""
        self.refusal = refusal
        match refusal:
            case RulesBroken():
                self._blame(refusal.violations)
            case ValuesMoved():
                self._ask_whose(refusal, authors)
            case AlreadyWaiting():
                for name, number in refusal.changes.items():
                    self.entries[name].errors = ("Another change of this field is waiting already.",)
                    self.entries[name].blocking = number

    def new_key(self) -> None:
        """Makes the next save one of its own."""
        self.key = new_key()

    def _blame(self, violations: Iterable[Violation]) -> None:
        for violation in violations:
            if violation.field in self.entries:
                entry = self.entries[violation.field]
                entry.errors = (*entry.errors, violation.message)
            else:
                self.errors = (*self.errors, violation.message)

    def _ask_whose(self, moved: ValuesMoved, authors: Mapping[str, str]) -> None:
        """The input stays; the digest becomes that of their value, so that saving once more is a decision."""
        for name, move in moved.moves.items():
            entry = self.entries[name]
            entry.move, entry.moved_by = move, authors.get(name, "")
            entry.digest = self._digest(entry.field)
            entry.errors = ("Choose whose value it is to be.",)

    @staticmethod
    def _reasoned(entries: Iterable[Entry]) -> list[Entry]:
        """One reason for several locked entries in a row is said at the first of them."""
        listed_so_far: list[Entry] = []
        for entry in entries:
            previous = listed_so_far[-1].field.locked_reason if listed_so_far else ""
            entry.reason = "" if entry.field.locked_reason == previous else entry.field.locked_reason
            listed_so_far.append(entry)
        return listed_so_far

    def _digest(self, field: Field) -> str:
        return self.customer.shown_digest(field.name, self.record.get(field.name))

    def _entry(self, field: Field) -> Entry:
        held, current, known = self.record.get(field.name), self._digest(field), self.customer.known.get(field.name)
        present = "" if field.sensitive else text_of(field, held)
        entry = Entry(
            field=field,
            held=held,
            is_known=field.name in self.record,
            text=present,
            digest=current,
            wish=None,
            is_wished=False,
            asked=self.asked.get(field.name),
            how=known["how"] if known else "",
            at=datetime.fromisoformat(known["at"]) if known else None,
        )
        self._take_input(entry, current, present)
        return entry

    def _take_input(self, entry: Entry, current: str, present: str) -> None:
        """A field is wished when what stands in it isn't what was shown, whatever became of the record meanwhile."""
        field, name = entry.field, entry.name
        text = self._posted(field)
        if text is None:
            return
        shown, wish = self.data.get(f"d-{name}") or current, field.parse(text)
        untouched = shown == current and text == present and not field.sensitive
        known_by_now = entry.is_locked and field.same(wish, entry.held)
        same = untouched or known_by_now or self.customer.shown_digest(name, wish) == shown
        if same and not is_unseen(field, wish):
            return
        entry.text, entry.wish = text, wish
        if not entry.is_fact:
            entry.digest, entry.is_wished = shown, True

    def _posted(self, field: Field) -> str | None:
        """What was typed; None where nothing was, or where the person chose the value that stands."""
        if self.data.get(f"whose-{field.name}") == THEIRS:
            return None
        if self.data.get(f"clear-{field.name}") == "on":
            return ""
        posted = self.data.get(f"v-{field.name}")
        return None if posted is None or (field.sensitive and not posted) else posted.replace("\r\n", "\n")


def new_key() -> str:
    """What makes one form one change, however often it is sent."""
    return secrets.token_urlsafe(24)
