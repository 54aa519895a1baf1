"""What the page shows on which one undoes a change: each line, what it is now, what it goes back to, or why not."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from console.errors import AlreadySaved, ConsoleError, KeyMissing, NotUndone, ReasonMissing, RulesBroken
from console.flows.undo import Back, lines_back, why_not_at_all
from console.forms.needs import Needs, needs_of
from console.forms.posted import Posted, new_key
from console.forms.typed import ReasonForm

if TYPE_CHECKING:
    from django.http import QueryDict

    from console.models import Change, User
    from providers.fields import Field, Value


@dataclass(frozen=True, slots=True)
class Row:
    """One line: what the record holds now and what would be asked for. `rule` is None for a field that is no more."""

    back: Back
    label: str
    rule: Field | None
    now: Value
    need: str
    ticked: bool
    errors: Sequence[str]

    @property
    def name(self) -> str:
        """The name of the field."""
        return self.back.line.field


class UndoPage:
    """The undoing of one change as one person has it before them: filled in, or as they posted it."""

    def __init__(self, change: Change, reader: User, asked: QueryDict, *, posted: QueryDict | None = None) -> None:
        self.change, self.reader = change, reader
        self.problem, self.errors = "", dict[str, str]()
        self._posted = Posted({name: str(text) for name, text in posted.dict().items()} if posted else {})
        self.reason = ReasonForm(self._posted.data if posted is not None else None)
        self._chosen = (asked if posted is None else posted).getlist("field")
        self._is_posted = posted is not None
        self.key = self._posted.key or new_key()

    @cached_property
    def why_not(self) -> str:
        """Why nothing of it can be undone; empty where something may be."""
        if why_not := why_not_at_all(self.change):
            return why_not
        try:
            self.change.open()
        except KeyMissing as problem:
            return str(problem)
        return ""

    @property
    def chosen(self) -> list[str]:
        """The fields that are to go back: those ticked; to begin with what the address names, else all that can."""
        return [row.name for row in self.rows if row.ticked]

    @property
    def replacing(self) -> dict[str, int]:
        """Whose waiting lines the page showed as giving way."""
        numbers = {name: self._posted.second(name) for name in self._chosen}
        return {name: number for name, number in numbers.items() if number}

    @cached_property
    def rows(self) -> list[Row]:
        """The lines in the order of the change."""
        return [] if self.why_not else [self._row(back) for back in self._backs]

    @property
    def possible(self) -> list[Row]:
        """Those that can go back."""
        return [row for row in self.rows if row.back.is_possible]

    @cached_property
    def needs(self) -> Needs:
        """What today's policies ask for of those that can go back."""
        return self._needs([back.line.field for back in self._backs if back.is_possible])

    @cached_property
    def needs_of_chosen(self) -> Needs:
        """The same of those that are ticked."""
        return self._needs(self.chosen)

    @property
    def wanted(self) -> Mapping[str, str]:
        """Who wants a reason or a ticket."""
        waiting = [row.back.waits for row in self.rows if row.ticked and row.back.waits]
        theirs = [change.requester.name for change in waiting if change.requester_id != self.reader.pk]
        asked = self.needs_of_chosen.wanted
        return {"why": f"It takes the place of what {theirs[0]} asked for.", **asked} if theirs else asked

    def take(self, refusal: ConsoleError) -> None:
        """Puts the reason of a refusal where it belongs."""
        match refusal:
            case NotUndone():
                self.errors.update(refusal.reasons)
            case RulesBroken():
                self.errors.update({one.field: one.message for one in refusal.violations if one.field})
                self.problem = " ".join(one.message for one in refusal.violations if one.field not in self._chosen)
            case ReasonMissing():
                self.reason.is_valid()
                for name, sentence in refusal.wanted.items():
                    self.reason.add_error(name, sentence)
            case AlreadySaved():
                self.key = new_key()
                self.problem = str(refusal)
            case _:
                self.problem = str(refusal)

    def _needs(self, names: Collection[str]) -> Needs:
        wishes = {back.line.field: back.line.before for back in self._backs if back.line.field in names}
        return needs_of(self.change.customer, wishes, by=self.reader)

    @cached_property
    def _backs(self) -> Sequence[Back]:
        return lines_back(self.change, by=self.reader)

    @cached_property
    def _fields(self) -> Mapping[str, Field]:
        return {field.name: field for field in self.change.customer.provider.fields}

    def _row(self, back: Back) -> Row:
        name = back.line.field
        rule = self._fields.get(name)
        ticked = name in self._chosen if self._is_posted or self._chosen else True
        return Row(
            back,
            rule.label if rule else name,
            rule,
            self.change.customer.record.get(name),
            self.needs.sentences.get(name, ""),
            ticked and back.is_possible,
            [self.errors[name]] if name in self.errors else [],
        )
