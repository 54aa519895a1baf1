"""One field of the form that edits a customer: what is held, what is typed, and how its row is drawn."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from console.errors import Move
from console.flows.declare import is_lacking
from console.forms import phones
from console.forms.asked import Asked, Earlier
from console.forms.inputs import Input, control_of, help_of, text_of
from console.sentences import MASK
from providers.fields import Clearing, Field, Locked, Required

if TYPE_CHECKING:
    from console.models import Line
    from providers.fields import Value


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
    earlier: Earlier | None = None
    rejected: Line | None = None
    how: str = ""
    at: datetime | None = None
    set_by: str = ""
    reason: str = ""
    errors: tuple[str, ...] = ()
    blocking: int | None = None
    move: Move | None = None
    need: str = ""

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
        return bool(self.earlier and self.earlier.blocks)

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
    def is_emptied(self) -> bool:
        """The box that empties it is ticked."""
        return self.is_wished and self.field.is_blank(self.wish)

    @property
    def input(self) -> Input:
        """The control that takes it."""
        return Input(self.field, self.held, self.text)

    @property
    def help(self) -> str:
        return help_of(self.field, self.held)

    @property
    def placeholder(self) -> str:
        """What stands in an empty input for a hidden value."""
        return MASK if self.field.sensitive and not self.field.is_blank(self.held) else ""

    @property
    def put_back(self) -> str:
        """What its controls hold without the wish, by their names, as JSON: for the script that undoes it."""
        name, text = f"v-{self.name}", "" if self.field.sensitive else text_of(self.field, self.held)
        held = {name: text}
        if control_of(self.field, text) == "phone":
            parts = phones.parts(text, self.field.home)
            held = {name: parts.number, f"{name}-country": parts.country}
        return json.dumps(held)

    @property
    def error_id(self) -> str:
        return f"error-{self.name}"

    @property
    def described_by(self) -> str:
        told = ["help"] if self.help else []
        told += ["earlier"] if self.earlier else []
        return " ".join(f"{part}-{self.name}" for part in (*told, "need", "notes"))
