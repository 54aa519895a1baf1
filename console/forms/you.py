"""What people choose for themselves: their time zone, whether single keys act, and what they are told by e-mail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import groupby
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError

from console.flows.prefer import Preferences
from console.models import Mail, User
from providers.kinds.moments import zoneinfo_names

WRONG = "Choose one of the listed time zones, such as Asia/Jakarta."
NO_CHOICE = "Choose one of the listed."
NO_ADDRESS = "Enter an address such as ed@example.com."
ADDRESS_MISSING = "Enter the address that mails are to go to, or choose Nothing."
# Other spellings of a zone, by country or by their distance from Greenwich with the sign turned round.
OTHER_SPELLINGS = ("Etc", "US", "Canada", "Brazil", "Chile", "Mexico", "SystemV")


class YouForm(forms.Form):
    """The settings of whoever is signed in. What a page doesn't ask about stays as it is."""

    time_zone = forms.CharField(max_length=64, error_messages={"required": WRONG, "max_length": WRONG})
    single_keys = forms.BooleanField(required=False)
    mail = forms.ChoiceField(choices=Mail.choices, required=False, error_messages={"invalid_choice": NO_CHOICE})
    email = forms.EmailField(
        max_length=254, required=False, error_messages={"invalid": NO_ADDRESS, "max_length": NO_ADDRESS}
    )

    def clean_time_zone(self) -> str:
        """Any zone there is, listed or not: browsers know some by an older name."""
        zone = str(self.cleaned_data["time_zone"])
        if zone not in zoneinfo_names():
            raise ValidationError(WRONG)
        return zone

    def clean(self) -> None:
        """Whoever wants mails needs an address."""
        wants = self.cleaned_data.get("mail") not in {None, "", Mail.NOTHING}
        if wants and "email" in self.data and "email" not in self.errors and not self.cleaned_data["email"]:
            self.add_error("email", ADDRESS_MISSING)

    def preferences(self, user: User) -> Preferences:
        """What was chosen, once it is valid."""
        chosen = self.cleaned_data
        mail = Mail(chosen["mail"] or user.mail)
        email = chosen["email"] if "email" in self.data else user.email
        return Preferences(chosen["time_zone"], chosen["single_keys"], mail, email)


def form_of(user: User) -> YouForm:
    """The form as it stands before anybody touches it."""
    names = ("time_zone", "single_keys", "mail", "email")
    return YouForm(initial={name: getattr(user, name) for name in names})


@dataclass(frozen=True, slots=True)
class Zone:
    """One zone in the list, with what a clock there shows."""

    name: str
    label: str


def zones(now: datetime, chosen: str) -> list[tuple[str, list[Zone]]]:
    """The zones by continent, UTC first; the chosen one is among them, by whichever name."""
    listed = sorted(name for name in zoneinfo_names() if _is_a_place(name))
    other = chosen if chosen in zoneinfo_names() and chosen not in listed else ""
    first = [name for name in dict.fromkeys(("UTC", other)) if name]
    groups = groupby(listed, key=lambda name: name.partition("/")[0])
    found = [(continent, [_zone(name, now) for name in names]) for continent, names in groups]
    return [("", [_zone(name, now) for name in first]), *found]


def clock(zone: str, now: datetime) -> str:
    """What a clock there shows: “17:24”."""
    return f"{now.astimezone(_known(zone)):%H:%M}"


@cache
def _known(zone: str) -> ZoneInfo:
    """Python itself keeps the last eight alone, and reads the others from their files each time."""
    return ZoneInfo(zone)


def _is_a_place(name: str) -> bool:
    continent, slash, _ = name.partition("/")
    return bool(slash) and continent not in OTHER_SPELLINGS


def _zone(name: str, now: datetime) -> Zone:
    away = _distance(name, now)
    return Zone(name, f"{name.replace('_', ' ')} · {clock(name, now)}{away and f', UTC{away}'}")


def _distance(zone: str, now: datetime) -> str:
    """How far a zone is from UTC: “+7”, “-2:30”; nothing where it is the same."""
    away = now.astimezone(_known(zone)).utcoffset() or timedelta()
    hours, minutes = divmod(round(abs(away).total_seconds() / 60), 60)
    sign = "-" if away < timedelta() else "+"
    return f"{sign}{hours}{f':{minutes:02}' if minutes else ''}" if away else ""
