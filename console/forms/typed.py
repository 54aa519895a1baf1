"""The typed form: one entry per field of a customer, and what is wished by what stands in their inputs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from django import forms

from console.errors import Move
from console.flows.propose import is_unseen
from console.forms.entry import Entry
from console.forms.inputs import in_one_line, text_of
from console.forms.posted import Posted, new_key
from console.sentences import listed

if TYPE_CHECKING:
    from console.forms.asked import Asked
    from console.models import Customer
    from providers.fields import Field, Value


class ReasonForm(forms.Form):
    """Why the change is wanted, and the ticket it belongs to."""

    why = forms.CharField(required=False, max_length=2000)
    reference = forms.CharField(required=False, max_length=120)


class TypedForm:
    """A customer's record as inputs, as it is or with what a person posted; knows no rules and no other changes."""

    def __init__(
        self, customer: Customer, data: Mapping[str, str] | None = None, *, asked: Mapping[str, Asked] | None = None
    ) -> None:
        self.customer, self.provider = customer, customer.provider
        self.posted = Posted(data or {})
        self.is_bound = data is not None
        self.record = customer.record
        self.reason = ReasonForm(data)
        self.key = self.posted.key or new_key()
        asked = asked or {}
        self.entries = {field.name: self._entry(field, asked.get(field.name)) for field in self.provider.fields}
        self.before = {**self.record, **self.facts}

    @property
    def wishes(self) -> dict[str, Value]:
        """What is to change, in stored form."""
        return {entry.name: entry.wish for entry in self.wished}

    @property
    def wished(self) -> list[Entry]:
        """The entries that are to change."""
        return [entry for entry in self.entries.values() if entry.is_wished]

    @property
    def facts(self) -> dict[str, Value]:
        """What the person says that the provider holds, for fields that are locked, required and unknown to us."""
        return {
            name: entry.wish
            for name, entry in self.entries.items()
            if entry.is_fact and entry.text and not entry.field.problem(entry.wish)
        }

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
            entry.name: Move(entry.field.label, entry.held, entry.wish)
            for entry in self.wished
            if entry.digest != self._digest(entry.field)
        }

    @property
    def moved_meanwhile(self) -> bool:
        """The record became another one while the form was open."""
        return self.is_bound and self.posted.version not in {"", str(self.customer.version)}

    def labels(self, names: Iterable[str]) -> str:
        """What the pages call these fields: “E-mail and Phone”."""
        return listed([self.entries[name].field.label for name in names])

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

    def name_authors(self, authors: Mapping[str, str]) -> None:
        """Says of each field who set the value it has, where it came by a change of ours."""
        for name, author in authors.items():
            if name in self.entries:
                self.entries[name].set_by = author

    def new_key(self) -> None:
        """Makes the next save one of its own."""
        self.key = new_key()

    def _digest(self, field: Field) -> str:
        return self.customer.shown_digest(field.name, self.record.get(field.name))

    def _entry(self, field: Field, asked: Asked | None) -> Entry:
        held, known = self.record.get(field.name), self.customer.known.get(field.name)
        entry = Entry(
            field=field,
            held=held,
            is_known=field.name in self.record,
            text="" if field.sensitive else text_of(field, held),
            digest=self._digest(field),
            wish=None,
            is_wished=False,
            asked=asked,
            how=known["how"] if known else "",
            at=datetime.fromisoformat(known["at"]) if known else None,
        )
        self._take_input(entry)
        return entry

    def _take_input(self, entry: Entry) -> None:
        """A field is wished when what stands in it isn't what was shown, whatever became of the record meanwhile."""
        field, text = entry.field, self.posted.text(entry.field)
        shown = self.posted.shown(entry.name) or entry.digest
        untouched = shown == entry.digest and text == entry.text and not field.sensitive
        if text is None or untouched or self._is_same(entry, field.parse(text), shown):
            return
        entry.text = in_one_line(field, text)
        entry.wish = field.parse(entry.text)
        if not entry.is_fact:
            entry.digest, entry.is_wished = shown, True

    def _is_same(self, entry: Entry, wish: Value, shown: str) -> bool:
        """Whether it says what the page showed, or in a field that was locked meanwhile what is known by now."""
        if is_unseen(entry.field, wish):
            return False
        known_by_now = entry.is_locked and entry.field.same(wish, entry.held)
        return known_by_now or self.customer.shown_digest(entry.name, wish) == shown
