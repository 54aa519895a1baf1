"""The form that edits many customers at once: for each field a value, an empty one, or nothing. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from console.flows.bulk_edit import Edit, can_be_cleared, violations_in
from console.forms.entry import Entry
from console.forms.headings import Group, under_headings
from console.forms.inputs import Input, control_of, in_one_line, text_of
from console.forms.listed import Option, options_of
from console.forms.posted import Posted
from console.forms.typed import ReasonForm
from console.sentences import listed

if TYPE_CHECKING:
    from providers.base import Provider
    from providers.fields import Field, Value, Violation

LEAVE = "Leave as it is"
EITHER = "Either give it a value or empty it, not both."


@dataclass(frozen=True, slots=True)
class BulkInput(Input):
    """The control of a field that begins with leaving everybody's value as it is; so a list has no other beginning."""

    @property
    def control(self) -> str:
        control = control_of(self.field, self.text)
        return "select" if control == "choices" else control

    @property
    def options(self) -> list[Option]:
        given = [option for option in options_of(self.field, None, self.text) if option.value]
        return [Option("", LEAVE), *given]


@dataclass(slots=True)
class BulkEntry(Entry):
    """One field of the form, of no record in particular."""

    is_cleared: bool = False

    @property
    def input(self) -> BulkInput:
        return BulkInput(self.field, None, self.text)

    @property
    def can_be_cleared(self) -> bool:
        """Whether a box that empties it is offered."""
        return can_be_cleared(self.field)

    @property
    def can_be_typed(self) -> bool:
        """Whether it can be given a value."""
        return not self.is_locked


class BulkEditForm:
    """All fields of a provider, empty-handed, with what was asked for before, or with what a person posted."""

    def __init__(self, provider: Provider, data: Mapping[str, str] | None = None, *, edit: Edit | None = None) -> None:
        self.provider, self.is_bound = provider, data is not None
        given = data if data is not None else _as_typed(provider, edit) if edit else {}
        self._posted = Posted(given)
        self.reason = ReasonForm(given)
        self.entries = {field.name: self._entry(field) for field in provider.fields}
        self.errors: tuple[str, ...] = ()
        self.wanted: Mapping[str, str] = {}

    @cached_property
    def wishes(self) -> dict[str, Value]:
        """What each customer is to hold, in stored form; None clears."""
        return {entry.name: entry.wish for entry in self.entries.values() if entry.is_wished}

    @property
    def edit(self) -> Edit:
        """What is asked for, with the reason; that must have been looked at."""
        return Edit(self.wishes, self.reason.cleaned_data["why"], self.reason.cleaned_data["reference"])

    @cached_property
    def groups(self) -> list[Group]:
        """The entries that can be typed, under their headings."""
        return under_headings({name: entry for name, entry in self.entries.items() if entry.can_be_typed})

    @cached_property
    def locked(self) -> list[Entry]:
        """Those that nobody can change here, in the order of the form."""
        locked = {name: entry for name, entry in self.entries.items() if not entry.can_be_typed}
        return [entry for _, entries in under_headings(locked) for entry in entries]

    @property
    def is_locked_wrong(self) -> bool:
        """Whether somebody asks for what is locked: then it is to be seen."""
        return any(entry.errors for entry in self.locked)

    @property
    def wrong(self) -> list[Entry]:
        """The entries with something to look at."""
        return [entry for entry in self.entries.values() if entry.errors]

    @property
    def wrong_labels(self) -> str:
        """Their labels: “E-mail and Phone”."""
        return listed([entry.field.label for entry in self.wrong])

    @property
    def cursor(self) -> str:
        """Which field gets the cursor: the first that is wrong, or what the reason lacks, or the first there is."""
        if self.wrong:
            return self.wrong[0].name
        if self.wanted:
            return next(iter(self.wanted))
        return next((name for name, entry in self.entries.items() if entry.can_be_typed), "")

    def is_valid(self) -> bool:
        """Whether all of it can be asked for; says at each field why not."""
        self.judge()
        return self.reason.is_valid() and not self.wrong and not self.errors

    def judge(self) -> None:
        """Says at each field what no record of the provider could take."""
        twice = [entry for entry in self.entries.values() if entry.is_cleared and entry.text]
        for entry in twice:
            entry.errors = (EITHER,)
        self.blame(violations_in(self.wishes, self.provider))

    def blame(self, violations: Iterable[Violation]) -> None:
        """Puts what is wrong where it belongs."""
        for violation in violations:
            if entry := self.entries.get(violation.field or ""):
                entry.errors = (*entry.errors, violation.message)
            else:
                self.errors = (*self.errors, violation.message)

    def ask_for_more(self, wanted: Mapping[str, str]) -> None:
        """Shows that a policy wants a reason or a ticket."""
        self.wanted = wanted
        for name, sentence in wanted.items():
            self.reason.add_error(name, sentence)

    def _entry(self, field: Field) -> BulkEntry:
        is_cleared = self._posted.data.get(f"clear-{field.name}") == "on"
        typed = Posted({k: v for k, v in self._posted.data.items() if k != f"clear-{field.name}"}).text(field)
        text = in_one_line(field, typed) if typed and typed.strip() else ""
        return BulkEntry(
            field=field,
            held=None,
            is_known=False,
            text=text,
            digest="",
            wish=field.parse(text) if text else None,
            is_wished=bool(text) or is_cleared,
            is_cleared=is_cleared,
        )


def _as_typed(provider: Provider, edit: Edit) -> dict[str, str]:
    """What was asked for, as a browser would post it again; without what is hidden."""
    rules = {field.name: field for field in provider.fields}
    data = {"why": edit.why, "reference": edit.reference}
    for name, wish in edit.wishes.items():
        if name in rules and wish is None:
            data[f"clear-{name}"] = "on"
        elif name in rules and not rules[name].sensitive:
            data[f"v-{name}"] = text_of(rules[name], wish)
    return data
