"""For how long a connection keeps what: two periods in days, each of which may be left empty."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms

from console.flows.keeping import LONGEST, Periods

if TYPE_CHECKING:
    from console.models import Connection

NO_DAYS = f"Enter a number of days from 1 to {LONGEST}, or leave it empty."
NOT_SURE = "Tick that you know what goes: it cannot be brought back."


def _days() -> forms.IntegerField:
    wrong = dict.fromkeys(("invalid", "min_value", "max_value"), NO_DAYS)
    return forms.IntegerField(required=False, min_value=1, max_value=LONGEST, error_messages=wrong)


class KeepingForm(forms.Form):
    """Empty keeps for good. What lets anything go that stayed until now wants to be meant."""

    customers = _days()
    bodies = _days()
    sure = forms.BooleanField(required=False)

    def periods(self) -> Periods:
        """What was typed, once it is valid."""
        return Periods(self.cleaned_data["customers"], self.cleaned_data["bodies"])

    def is_meant(self, connection: Connection) -> bool:
        """Whether nothing more goes by it than before, or whoever sets it says that they know."""
        if self.cleaned_data["sure"] or not self.periods().is_shorter_than(Periods.of(connection)):
            return True
        self.add_error("sure", NOT_SURE)
        return False


def form_of(connection: Connection) -> KeepingForm:
    """The form as it stands before anybody touches it."""
    periods = Periods.of(connection)
    return KeepingForm(initial={"customers": periods.customers, "bodies": periods.bodies})
