"""Which roles a person is to have where, and who a new one is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, override

from django import forms

from console.flows.giving import RoleAt
from console.flows.inviting import Newcomer
from console.flows.rights import Wish
from console.models import Connection, Role, User
from console.permissions import RIGHTS, Right

EVERYWHERE = "all"
FEW = 3
GONE = "One of these roles or connections is not there any more. Look again."
NAMELESS = "Enter the name they sign in with, such as zoe.adler."
WRONG_ADDRESS = "Enter an address such as zoe@example.com, or leave it empty."


@dataclass(frozen=True, slots=True)
class Tick:
    """One role at one place that can be ticked; `off`: it is out of the reader's hands."""

    value: str
    label: str
    ticked: bool
    off: bool = False


@dataclass(frozen=True, slots=True)
class RoleRow:
    """A role, what it lets somebody do, and where they can have it: at all connections, or at single ones."""

    role: Role
    rights: Sequence[str]
    everywhere: Tick
    ticks: Sequence[Tick]

    @property
    def unfolded(self) -> bool:
        """Whether single connections are shown at once: one is ticked, they are few, or all the reader can give."""
        return self.everywhere.off or len(self.ticks) <= FEW or any(tick.ticked for tick in self.ticks)


class RolesForm(forms.Form):
    """What somebody is to have; what stood there when the page was made is posted along, so that only what was ticked
    or unticked here is asked for.
    """

    role = forms.MultipleChoiceField(required=False, error_messages={"invalid_choice": GONE})
    seen = forms.MultipleChoiceField(required=False, error_messages={"invalid_choice": GONE})
    why = forms.CharField(required=False)

    def __init__(
        self, *args: Any, places: Sequence[Connection], everywhere: bool, held: Collection[RoleAt] = (), **kwargs: Any
    ) -> None:
        """`places`: where the reader gives roles; `everywhere`: also at all at once; `held`: what the person has."""
        super().__init__(*args, **kwargs)
        self.places, self.everywhere = places, everywhere
        mine = {place.pk for place in places} | ({None} if everywhere else set())
        self.held = {value_of(each) for each in held if each[1] in mine}
        self.out_of_reach = {value_of(each) for each in held} - self.held
        choices = [(value_of((role, place)), "") for role in Role.values for place in mine]
        for name in ("role", "seen"):
            self.fields[name].choices = choices  # type: ignore[attr-defined]  # declared above as fields of choices

    @property
    def rows(self) -> list[RoleRow]:
        """Every role, as the page offers it."""
        ticked = set(self.data.getlist("role")) if self.is_bound else self.held  # type: ignore[attr-defined]
        return [self._row(role, ticked) for role in Role]

    @property
    def seen_values(self) -> list[str]:
        """What stood there when the page was first made."""
        return self.data.getlist("seen") if self.is_bound else sorted(self.held)  # type: ignore[attr-defined]

    def wish(self) -> Wish:
        """What is different from what the page showed, once it is valid."""
        ticked, seen = set(self.cleaned_data["role"]), set(self.cleaned_data["seen"])
        return Wish(roles_of(ticked - seen), roles_of(seen - ticked), self.cleaned_data["why"])

    def refuse(self, wanted: Mapping[str, str]) -> None:
        """Puts what the flow wants otherwise at its place."""
        for part, sentence in wanted.items():
            self.add_error(part if part in self.fields else None, sentence)

    def _row(self, role: Role, ticked: Collection[str]) -> RoleRow:
        value = f"{role}@{EVERYWHERE}"
        everywhere = Tick(value, "All connections", value in {*ticked, *self.out_of_reach}, off=not self.everywhere)
        places = [(f"{role}@{place.pk}", place.name) for place in self.places]
        ticks = [Tick(value, name, value in ticked) for value, name in places]
        return RoleRow(role, [str(right) for right in Right if right in RIGHTS[role]], everywhere, ticks)


class NewcomerForm(RolesForm):
    """A new person: who they are, and which roles are asked for."""

    username = forms.CharField(max_length=150, error_messages={"required": NAMELESS})
    first_name = forms.CharField(max_length=150, required=False)
    last_name = forms.CharField(max_length=150, required=False)
    email = forms.EmailField(max_length=254, required=False, error_messages={"invalid": WRONG_ADDRESS})

    field_order = ("username", "first_name", "last_name", "email")

    def newcomer(self) -> Newcomer:
        """Who it is, once it is valid."""
        said = self.cleaned_data
        return Newcomer(said["username"], said["first_name"], said["last_name"], said["email"])


class PasswordForm(forms.Form):
    """A password that somebody sets by a link, typed twice."""

    password = forms.CharField(strip=False, max_length=1000, error_messages={"required": "Choose a password."})
    again = forms.CharField(strip=False, max_length=1000, error_messages={"required": "Type it once more."})

    @override
    def clean(self) -> dict[str, Any]:
        said = self.cleaned_data
        if {"password", "again"} <= said.keys() and said["password"] != said["again"]:
            self.add_error("again", "This is not the same password. Type it once more.")
        return said


def held_by(user: User) -> list[RoleAt]:
    """What a person has, and where."""
    return [(grant.role, grant.connection_id) for grant in user.grants.all()]


def value_of(held: RoleAt) -> str:
    """A role with its place, as the form posts it."""
    role, place = held
    return f"{role}@{EVERYWHERE if place is None else place}"


def roles_of(values: Iterable[str]) -> list[RoleAt]:
    """What was posted, as roles with their places."""
    parts = [value.partition("@") for value in sorted(values)]
    return [(role, None if place == EVERYWHERE else int(place)) for role, _, place in parts]
