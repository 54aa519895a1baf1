"""The form that edits a customer: one entry per field, judged on the page by the rules that judge it at the save."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from console.errors import (
    AlreadySaved,
    AlreadyWaiting,
    ConsoleError,
    NothingChanged,
    ReasonMissing,
    RulesBroken,
    ValuesMoved,
)
from console.flows.propose import violations_of
from console.forms.amending import AmendingForm, wanted_beside
from console.forms.entry import Entry
from console.forms.headings import Group, around_the_reason, under_headings
from console.forms.needs import Needs
from console.sentences import listed
from providers.base import Preview
from providers.errors import ProviderError

if TYPE_CHECKING:
    from console.forms.asked import Asked
    from console.models import Customer
    from providers.fields import Violation


@dataclass(frozen=True, slots=True)
class Apart:
    """Two changes instead of one: the labels of what needs nobody's approval, those of the rest, and how many each."""

    free: str
    frees: int
    waiting: str
    waits: int


class EditForm(AmendingForm):
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
        super().__init__(customer, data, asked=asked)
        self.at = at
        self.refusal: ConsoleError | None = None
        self.errors: tuple[str, ...] = ()
        self.needs = Needs()

    @cached_property
    def groups(self) -> list[Group]:
        """The entries under their headings."""
        return under_headings(self.entries)

    @property
    def first_groups(self) -> list[Group]:
        """The groups before the reason is asked: down to the last one in which something can be typed."""
        return around_the_reason(self.groups)[0]

    @property
    def last_groups(self) -> list[Group]:
        """The groups after it, which are only to be looked at."""
        return around_the_reason(self.groups)[1]

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
    def approvals(self) -> int:
        """How many approvals the wishes need."""
        return self.needs.approvals

    @property
    def wanted(self) -> dict[str, str]:
        """What has to be said beside the wishes, `why` or `reference`, each with a sentence on who wants it."""
        return wanted_beside(self.met, self.needs.wanted)

    @property
    def button(self) -> str:
        """What the one that saves is called."""
        if not self.approvals:
            return "Save and send"
        if self.amending:
            return "Propose again" if self.proposes_again else "Save request"
        return "Propose change"

    @cached_property
    def apart(self) -> Apart | None:
        """What could leave now, and what has to wait for an approval, where these can be two changes; else None."""
        free, waiting = self.needs.free, self.needs.waiting
        if self.amends or self.facts or self.met:
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

    def judge(self) -> None:
        """Puts at each wished field what the rules say about it."""
        wishes = self.wishes
        self._blame(violation for violation in self.violations if violation.field in wishes)

    def judge_left(self) -> None:
        """The same while somebody is typing: at the fields that they have left, and about the record as a whole."""
        if self.wishes:
            told = {None, *self.left.split()}
            self._blame(violation for violation in self.violations if violation.field in told)

    def say_needs(self, needs: Needs) -> None:
        """Says what saving the wishes now would need, at each field too."""
        self.needs, sentences = needs, needs.sentences
        for entry in self.wished:
            entry.need = sentences.get(entry.name, "")

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

    def _stands_alone(self, names: list[str]) -> bool:
        wishes = {name: value for name, value in self.wishes.items() if name in names}
        return not violations_of(self.provider, self.before, wishes)

    def _blame(self, violations: Iterable[Violation]) -> None:
        for violation in violations:
            if violation.field in self.entries:
                entry = self.entries[violation.field]
                entry.errors = (*entry.errors, violation.message)
            else:
                self.errors = (*self.errors, violation.message)
