"""How people, moments and tones are said."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message
from django.utils import timezone

from console.templatetags import look

NOW = datetime(2025, 11, 21, 10, 24, 7, tzinfo=UTC)


class Named:
    def __init__(self, full_name: str, username: str = "ed") -> None:
        self.full_name = full_name
        self.username = username

    def get_full_name(self) -> str:
        return self.full_name

    def get_username(self) -> str:
        return self.username


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        (timedelta(seconds=3), "just now"),
        (timedelta(seconds=-3), "in a moment"),
        (timedelta(minutes=2, seconds=50), "2 min ago"),
        (timedelta(minutes=-59), "in 59 min"),
        (timedelta(hours=1, minutes=59), "1 h ago"),
        (timedelta(hours=10, minutes=20), "10 h ago"),
        (timedelta(hours=-13), "in 13 h"),
        (timedelta(hours=13), "yesterday"),
        (timedelta(hours=-14), "tomorrow"),
        (timedelta(days=18), "3 Nov"),
        (timedelta(days=-18), "9 Dec"),
        (timedelta(days=400), "17 Oct 2024"),
    ],
)
def test_a_moment_is_said_relative_to_now(passed: timedelta, words: str) -> None:
    with time_machine.travel(NOW, tick=False):
        assert look.ago(NOW - passed) == words


def test_yesterday_is_judged_by_the_day_of_the_person_who_reads() -> None:
    with time_machine.travel(NOW, tick=False), timezone.override("Pacific/Auckland"):
        assert look.ago(NOW - timedelta(hours=20)) == "20 h ago"
    with time_machine.travel(NOW, tick=False), timezone.override("America/New_York"):
        assert look.ago(NOW - timedelta(hours=20)) == "yesterday"


def test_an_exact_moment_names_its_zone() -> None:
    with timezone.override("Asia/Jakarta"):
        assert look.exactly(NOW) == "21 Nov 2025, 17:24:07 WIB"


@pytest.mark.parametrize(
    ("full_name", "letters"),
    [("Ed Kowalski", "EK"), ("Jorge Valdivia Quispe", "JQ"), ("Ed", "ED"), ("", "RA"), ("عبد الرحمن", "عا")],
)
def test_a_person_has_two_initials(full_name: str, letters: str) -> None:
    assert look.initials(Named(full_name, username="rae")) == letters


def test_a_person_without_a_full_name_is_called_as_they_sign_in() -> None:
    assert look.person_name(Named("", username="rae")) == "rae"


@pytest.mark.parametrize(
    ("level", "tone"),
    [
        (constants.SUCCESS, "applied"),
        (constants.WARNING, "waiting"),
        (constants.ERROR, "refused"),
        (constants.INFO, "neutral"),
    ],
)
def test_a_message_takes_the_tone_of_its_level(level: int, tone: str) -> None:
    assert look.notice_tone(Message(level, "Saved.")) == tone


def test_an_unheard_of_tone_gets_the_neutral_icon() -> None:
    assert look.tone_icon("puzzled") == "info"
