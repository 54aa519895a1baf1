"""The amending form: what becomes of a wish for a field for which a change waits, and into which change it goes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from console.flows.propose import Proposal
from console.forms.typed import TypedForm
from console.models import LineState, Status
from console.sentences import listed

if TYPE_CHECKING:
    from console.forms.asked import Asked, Earlier
    from console.models import Change, Customer
    from providers.fields import Value


class AmendingForm(TypedForm):
    """A form whose wishes become a change of their own, or go into `amends`, the change that it edits.

    `corrects` is the change whose place theirs takes; `kept` is what else the change asks for that they go into;
    `proposes_again`: that change was returned, so that saving it asks for decisions once more.
    """

    def __init__(
        self, customer: Customer, data: Mapping[str, str] | None = None, *, asked: Mapping[str, Asked] | None = None
    ) -> None:
        super().__init__(customer, data, asked=asked)
        self.amends, self.corrects = self.posted.number("amends"), self.posted.number("corrects")
        self.amends_as = self.posted.amends_as
        self.kept: dict[str, Value] = {}
        self.proposes_again = False

    @property
    def all_wishes(self) -> dict[str, Value]:
        """The wishes with what else the change asks for that they go into."""
        return {**self.kept, **self.wishes}

    @property
    def amending(self) -> int | None:
        """The change of one's own that the wishes go into: that which the form edits, or that which waits for one."""
        own = (one.change.pk for one in self.met if one.amends)
        return self.amends or next(own, None)

    @property
    def met(self) -> list[Earlier]:
        """What waits for the wished fields already."""
        return [entry.earlier for entry in self.wished if entry.earlier]

    @property
    def unmet(self) -> dict[str, int]:
        """The wished fields for which a change waits that was not shown, or that has to end first, and its number."""
        return {
            entry.name: entry.earlier.change.pk
            for entry in self.wished
            if entry.earlier and (entry.earlier.blocks or entry.earlier.change.pk != self.posted.second(entry.name))
        }

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
            amends_as=self.amends_as,
            corrects=self.corrects,
        )

    def meet(self, earlier: Mapping[str, Earlier]) -> None:
        """Says which change waits for which field already; not of the one that this form edits."""
        for name, one in earlier.items():
            if name in self.entries and one.change.pk != self.amends:
                self.entries[name].earlier = one

    def go_into(self, change: Change) -> None:
        """The wishes go into this change, which keeps what else it asks for; wants its lines loaded."""
        self.proposes_again = change.state is Status.RETURNED
        said = {*self.wishes, *(self._untouched if self.amends else ())}
        for line in change.lines.all():
            if line.field not in self.entries:
                continue
            if line.state.is_sent and line.field not in said:
                self.kept[line.field] = line.after
            if line.state is LineState.REJECTED:
                self.entries[line.field].rejected = line

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

    @property
    def _untouched(self) -> dict[str, Value]:
        """What the record holds of each field whose input stands as it was, or was put back; hidden ones left out."""
        return {
            entry.name: entry.held
            for entry in self.posted_entries
            if not (entry.is_wished or entry.is_locked or entry.field.sensitive)
        }


def wanted_beside(earlier: Iterable[Earlier], wanted: Mapping[str, str]) -> dict[str, str]:
    """What has to be said of a second wish, given what the policies want: what the amended change says already is not
    asked again, and taking the place of somebody else's wish needs a reason.
    """
    met, missing = list(earlier), dict(wanted)
    for one in met:
        if one.amends and one.change.sealed_why:
            missing.pop("why", None)
        if one.amends and one.change.reference:
            missing.pop("reference", None)
    if theirs := [one.change.requester.name for one in met if not (one.is_own or one.blocks)]:
        replaced = f"You replace what {listed([*dict.fromkeys(theirs)])} asked for."
        missing["why"] = f"{missing['why']} {replaced}" if "why" in missing else replaced
    return missing


def _in_between(earlier: Earlier | None) -> str:
    if earlier is None or earlier.blocks:
        return "Another change of this field has to end first."
    who = "You" if earlier.is_own else earlier.change.requester.name
    return f"{who} asked for this field, too, while this form was open. Look at that before you save."
