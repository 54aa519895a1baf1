"""The form that edits a customer: one entry per field, judged on the page by the rules that judge it at the save."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from django import forms

from console.errors import (
    AlreadySaved,
    AlreadyWaiting,
    ConsoleError,
    Move,
    NothingChanged,
    ReasonMissing,
    RulesBroken,
    ValuesMoved,
)
from console.flows.propose import Proposal, is_unseen, violations_of
from console.forms.entry import Entry
from console.forms.inputs import in_groups, in_one_line, text_of
from console.forms.needs import Needs
from console.forms.posted import Posted, new_key
from console.models import LineState
from console.sentences import listed
from providers.base import Preview
from providers.errors import ProviderError

if TYPE_CHECKING:
    from console.forms.asked import Asked, Earlier
    from console.models import Change, Customer
    from providers.fields import Field, Value, Violation


@dataclass(frozen=True, slots=True)
class Apart:
    """Two changes instead of one: the labels of what needs nobody's approval, those of the rest, and how many each."""

    free: str
    frees: int
    waiting: str
    waits: int


class ReasonForm(forms.Form):
    """Why the change is wanted, and the ticket it belongs to."""

    why = forms.CharField(required=False, max_length=2000)
    reference = forms.CharField(required=False, max_length=120)


class EditForm:
    """A customer's record as a form, empty-handed or with what a person posted."""

    def __init__(
        self,
        customer: Customer,
        data: Mapping[str, str] | None = None,
        *,
        asked: Mapping[str, Asked] | None = None,
        at: str = "",
    ) -> None:
        """`at` names the field that gets the cursor while nothing is wrong; the first one otherwise."""
        self.at = at
        self.customer, self.provider = customer, customer.provider
        self.posted = Posted(data or {})
        self.is_bound = data is not None
        self.record = customer.record
        self.asked = asked or {}
        self.reason = ReasonForm(data)
        self.amends, self.corrects = self.posted.number("amends"), self.posted.number("corrects")
        self.kept: dict[str, Value] = {}
        self.key = self.posted.key or new_key()
        self.refusal: ConsoleError | None = None
        self.errors: tuple[str, ...] = ()
        self.needs = Needs()
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
    def all_wishes(self) -> dict[str, Value]:
        """The wishes with what else the change asks for that they go into."""
        return {**self.kept, **self.wishes}

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
        return violations_of(self.provider, self.before, self.all_wishes)

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

    @cached_property
    def cursor(self) -> str:
        """The name of what gets the cursor: the first entry with something wrong, what the reason lacks, the entry that
        was asked for, the first one.
        """
        if self.wrong:
            return next((entry.name for entry in self.wrong if entry.can_be_typed), "")
        if self.is_bound and self.reason.errors:
            return next(iter(self.reason.errors))
        open_ones = [entry.name for _, entries in self.groups for entry in entries if entry.can_be_typed]
        return self.at if self.at in open_ones else "".join(open_ones[:1])

    @property
    def changed(self) -> str:
        """The names of the fields that are to change."""
        return " ".join(self.wishes)

    @property
    def left(self) -> str:
        """The names of the fields that the person has been at and left."""
        return " ".join(name for name in self.posted.left if name in self.entries)

    @property
    def posted_entries(self) -> list[Entry]:
        """The entries whose inputs were on the page."""
        return [entry for name, entry in self.entries.items() if self.posted.has(name)]

    @property
    def is_begun(self) -> bool:
        """Something was typed that a person would not want to type again."""
        return bool(self.wishes or self.facts or self.posted.has_words)

    @property
    def typed(self) -> dict[str, str]:
        """What was posted of this form, as the same browser would post it again."""
        return {**self.posted.typed, "key": self.key}

    @property
    def moves(self) -> dict[str, Move]:
        """The wished fields that hold another value by now than the one that was shown."""
        return {
            name: Move(entry.field.label, entry.held, entry.wish)
            for name, entry in self.entries.items()
            if entry.is_wished and entry.digest != self._digest(entry.field)
        }

    @property
    def refusal_tone(self) -> str:
        """How grave the refusal is: that nothing was different is no mistake."""
        return "neutral" if isinstance(self.refusal, NothingChanged) else "refused"

    @property
    def refusal_sentence(self) -> str:
        """Why nothing was saved, where it belongs to no field."""
        if isinstance(self.refusal, NothingChanged) and self.amending:
            return f"Nothing differs from what change {self.amending} asks for already."
        return str(self.refusal)

    @property
    def saved_as(self) -> int | None:
        """The change that this form became before."""
        return self.refusal.change_id if isinstance(self.refusal, AlreadySaved) else None

    @property
    def moved_meanwhile(self) -> bool:
        """The record became another one while the form was open."""
        return self.is_bound and self.posted.version not in {"", str(self.customer.version)}

    @property
    def approvals(self) -> int:
        """How many approvals the wishes need."""
        return self.needs.approvals

    @property
    def amending(self) -> int | None:
        """The change of one's own that the wishes go into: that which the form edits, or that which waits for one."""
        own = (entry.earlier.change.pk for entry in self._wished if entry.earlier and entry.earlier.amends)
        return self.amends or next(own, None)

    @property
    def wanted(self) -> dict[str, str]:
        """What has to be said beside the wishes, `why` or `reference`, each with a sentence on who wants it."""
        wanted, earlier = dict(self.needs.wanted), [entry.earlier for entry in self._wished if entry.earlier]
        for one in earlier:
            if one.amends and one.change.sealed_why:
                wanted.pop("why", None)
            if one.amends and one.change.reference:
                wanted.pop("reference", None)
        if theirs := [one.change.requester.name for one in earlier if not (one.is_own or one.blocks)]:
            replaced = f"You replace what {listed([*dict.fromkeys(theirs)])} asked for."
            wanted["why"] = f"{wanted['why']} {replaced}" if "why" in wanted else replaced
        return wanted

    @property
    def button(self) -> str:
        """What the one that saves is called."""
        if not self.approvals:
            return "Save and send"
        return "Save request" if self.amending else "Propose change"

    @cached_property
    def apart(self) -> Apart | None:
        """What could leave now, and what has to wait for an approval, where these can be two changes; else None."""
        free, waiting = self.needs.free, self.needs.waiting
        if self.amends or self.facts or any(entry.earlier for entry in self._wished):
            return None
        if not (free and waiting) or self.violations or not (self._stands_alone(free) and self._stands_alone(waiting)):
            return None
        return Apart(self.labels(free), len(free), self.labels(waiting), len(waiting))

    @property
    def not_ready(self) -> str:
        """The labels of what keeps the form from being sent: “E-mail and Phone”; empty when nothing does."""
        names = dict.fromkeys(violation.field for violation in self.violations)
        labels = [self.entries[name].field.label for name in names if name in self.entries]
        return listed(labels) or ("this record" if names else "")

    @property
    def preview(self) -> Preview | None:
        """Exactly what would be sent; None while there is nothing to send or something keeps it from being sent."""
        if not self.all_wishes or self.violations:
            return None
        try:
            return self.provider.preview(self.customer.connection.base_url, self.before, self.all_wishes)
        except ProviderError:  # a base URL or an id that no request can carry: the connection's page says so
            return None

    def proposal(self) -> Proposal:
        """What the flow is asked for; the reason must be valid."""
        wishes = {**self._untouched, **self.wishes} if self.amends else self.wishes
        return Proposal(
            customer_id=self.customer.pk,
            wishes=wishes,
            key=self.key,
            shown={name: self.entries[name].digest for name in wishes},
            why=self.reason.cleaned_data["why"],
            reference=self.reason.cleaned_data["reference"],
            replacing={name: number for name in self.wishes if (number := self.posted.second(name))},
            amends=self.amends,
            corrects=self.corrects,
        )

    def judge(self) -> None:
        """Puts at each wished field what the rules say about it."""
        self._blame(violation for violation in self.violations if violation.field in self.wishes)

    def judge_left(self) -> None:
        """The same while somebody is typing: at the fields that they have left, and about the record as a whole."""
        if self.wishes:
            told = {None, *self.left.split()}
            self._blame(violation for violation in self.violations if violation.field in told)

    def say_needs(self, needs: Needs) -> None:
        """Says what saving the wishes now would need, at each field too."""
        self.needs = needs
        for entry in self._wished:
            entry.need = needs.sentences.get(entry.name, "")

    def take(self, refusal: ConsoleError) -> None:
        """Shows why the save was refused, where it belongs; the reason must have been looked at."""
        self.refusal = refusal
        match refusal:
            case ReasonMissing():
                for name, sentence in refusal.wanted.items():
                    self.reason.add_error(name, sentence)
            case RulesBroken():
                self._blame(refusal.violations)
            case ValuesMoved():
                self.ask_whose(refusal.moves)
            case AlreadyWaiting():
                self.hold_back(refusal.changes)

    def ask_whose(self, moves: Mapping[str, Move]) -> None:
        """The input stays; the digest becomes that of their value, so that saving once more is a decision."""
        for name, move in moves.items():
            entry = self.entries[name]
            entry.move, entry.digest = move, self._digest(entry.field)
            entry.errors = ("Choose whose value it is to be.",)

    def note(self, moves: Mapping[str, Move]) -> None:
        """Says at each field that it holds another value by now; whose it is to be is asked at the save."""
        for name, move in moves.items():
            self.entries[name].move = move

    def meet(self, earlier: Mapping[str, Earlier]) -> None:
        """Says which change waits for which field already; not of the one that this form edits."""
        for name, one in earlier.items():
            if name in self.entries and one.change.pk != self.amends:
                self.entries[name].earlier = one

    def go_into(self, change: Change) -> None:
        """The wishes go into this change, which keeps what else it asks for; wants its lines loaded."""
        for line in change.lines.all():
            asks = line.state.is_sent and line.field in self.entries and line.field not in self.wishes
            if asks and not (self.amends and line.field in self._untouched):
                self.kept[line.field] = line.after
            if line.state is LineState.REJECTED and line.field in self.entries:
                self.entries[line.field].rejected = line

    @property
    def unmet(self) -> dict[str, int]:
        """The wished fields for which a change waits that was not shown, or that has to end first, and its number."""
        return {
            entry.name: entry.earlier.change.pk
            for entry in self._wished
            if entry.earlier and (entry.earlier.blocks or entry.earlier.change.pk != self.posted.second(entry.name))
        }

    def hold_back(self, waiting: Mapping[str, int]) -> None:
        """Says at each field which other change of it came in between, or has to end first."""
        for name, number in waiting.items():
            if name in self.entries:
                self.entries[name].errors = (_in_between(self.entries[name].earlier),)
                self.entries[name].blocking = number

    def let_go(self) -> None:
        """What the form edits or corrects can't be edited any more: the next save is a change of its own."""
        self.amends, self.corrects, self.kept = None, None, {}
        self.new_key()

    def name_authors(self, authors: Mapping[str, str]) -> None:
        """Says of each field who set the value it has, where it came by a change of ours."""
        for name, author in authors.items():
            if name in self.entries:
                self.entries[name].set_by = author

    def new_key(self) -> None:
        """Makes the next save one of its own."""
        self.key = new_key()

    @property
    def _wished(self) -> list[Entry]:
        return [entry for entry in self.entries.values() if entry.is_wished]

    @property
    def _untouched(self) -> dict[str, Value]:
        """What the record holds of each field whose input stands as it was, or was put back; hidden ones left out."""
        return {
            entry.name: entry.held
            for entry in self.posted_entries
            if not (entry.is_wished or entry.is_locked or entry.field.sensitive)
        }

    def _stands_alone(self, names: list[str]) -> bool:
        wishes = {name: value for name, value in self.wishes.items() if name in names}
        return not violations_of(self.provider, self.before, wishes)

    def labels(self, names: Iterable[str]) -> str:
        """What the pages call these fields: “E-mail and Phone”."""
        return listed([self.entries[name].field.label for name in names])

    def _blame(self, violations: Iterable[Violation]) -> None:
        for violation in violations:
            if violation.field in self.entries:
                entry = self.entries[violation.field]
                entry.errors = (*entry.errors, violation.message)
            else:
                self.errors = (*self.errors, violation.message)

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
        text = self.posted.text(field)
        if text is None:
            return
        shown, wish = self.posted.shown(name) or current, field.parse(text)
        untouched = shown == current and text == present and not field.sensitive
        known_by_now = entry.is_locked and field.same(wish, entry.held)
        same = untouched or known_by_now or self.customer.shown_digest(name, wish) == shown
        if same and not is_unseen(field, wish):
            return
        text = in_one_line(field, text)
        wish = field.parse(text)
        entry.text, entry.wish = text, wish
        if not entry.is_fact:
            entry.digest, entry.is_wished = shown, True


def _in_between(earlier: Earlier | None) -> str:
    if earlier is None or earlier.blocks:
        return "Another change of this field has to end first."
    who = "You" if earlier.is_own else earlier.change.requester.name
    return f"{who} asked for this field, too, while this form was open. Look at that before you save."
