"""manage.py person: invites, opens a way back, deactivates and lets in again, for whoever runs the console."""

from __future__ import annotations

import re

import pytest

from console.flows.inviting import use
from console.models import Event, RightsRequest, User
from tests.cast import person
from tests.management.running import run

pytestmark = pytest.mark.django_db

ANOTHER = "a pass phrase of their own"


def secret_of(said: str) -> str:
    [found] = re.findall(r"/invitation/([\w-]+)/", said)
    return str(found)


def test_an_invited_person_is_asked_for_no_password_and_comes_in_by_the_link() -> None:
    said = run("person", "zoe", "--role", "viewer", "--invite")
    user = User.objects.get(username="zoe")
    assert not user.has_usable_password()
    assert user.grants.get().role == "viewer"
    assert use(secret_of(said.out), ANOTHER) == user
    assert "They have set a password already" in run("person", "zoe", "--invite").refusal


def test_a_way_back_is_opened_at_once_and_says_for_ever_that_nobody_confirmed_it() -> None:
    ed, _, _ = person("ed"), person("max"), person("ida")
    said = run("person", "ed", "--way-back", "--why", "The last administrator lost the phone.")
    assert RightsRequest.objects.get().alone
    assert Event.objects.get(verb="person.way_back_given").details["alone"] is True
    use(secret_of(said.out), ANOTHER)
    ed.refresh_from_db()
    assert ed.check_password(ANOTHER)


def test_somebody_is_deactivated_and_let_in_again() -> None:
    ed = person("ed")
    assert "is deactivated and signed out" in run("person", "ed", "--deactivate").out
    ed.refresh_from_db()
    assert not ed.is_active
    assert "ed can sign in again: Editor." in run("person", "ed", "--let-in").out
    ed.refresh_from_db()
    assert ed.is_active


def test_who_is_not_there_and_what_makes_no_sense_is_refused_in_a_sentence() -> None:
    assert "Nobody is called 'zoe' here." in run("person", "zoe", "--deactivate").refusal
    assert "Say at least one --role" in run("person", "zoe").refusal
