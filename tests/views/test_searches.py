"""Searches of one session, while other requests of the same browser write to it."""

from __future__ import annotations

import pytest
from django.http import HttpRequest

from console.backend import SessionStore
from console.models import Session
from console.views import searches

pytestmark = pytest.mark.django_db


def began() -> HttpRequest:
    """A request whose session was read."""
    stored = SessionStore()
    stored["said"] = "Accepted."
    stored.save()
    return again(str(stored.session_key))


def again(key: str) -> HttpRequest:
    request = HttpRequest()
    request.session = SessionStore(key)
    assert request.session["said"]
    return request


def test_what_another_request_wrote_meanwhile_stays() -> None:
    search = began()
    other = SessionStore(search.session.session_key)
    other["said"] = "Applied."
    other.save()
    token = searches.keep(search, "Whitfield")
    stored = again(str(search.session.session_key))
    assert stored.session["said"] == "Applied."
    assert searches.kept(stored, token) == searches.kept(search, token) == "Whitfield"


def test_a_session_that_was_ended_meanwhile_stays_ended() -> None:
    search = began()
    SessionStore(search.session.session_key).flush()
    searches.keep(search, "Whitfield")
    assert not Session.objects.exists()
    assert not search.session.modified
