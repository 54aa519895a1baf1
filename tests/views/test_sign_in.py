"""Signing in and out."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from django.test import Client
from pytest_django import Settings

from console.demo_people import DEMO_PEOPLE
from console.models import Event
from tests import cast

pytestmark = pytest.mark.django_db


def sign_in(client: Client, username: str = "ed", password: str = cast.PASSWORD, **more: str) -> object:
    return client.post("/sign-in/", {"username": username, "password": password, **more})


def test_a_page_leads_a_stranger_to_the_sign_in_page(client: Client) -> None:
    answer = client.get("/changes/")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/sign-in/?next=/changes/"


def test_the_sign_in_page_asks_for_name_and_password(client: Client) -> None:
    answer = client.get("/sign-in/")
    assert answer.status_code == 200
    assert 'name="username"' in answer.text
    assert 'autocomplete="current-password"' in answer.text


def test_signing_in_leads_to_the_page_asked_for(client: Client) -> None:
    cast.person("ed")
    answer = client.post("/sign-in/", {"username": "ed", "password": cast.PASSWORD, "next": "/changes/"})
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/changes/"


ELSEWHERE = [
    "https://evil.example.com/",
    "//evil.example.com",
    "///evil.example.com",
    "/\\evil.example.com",
    "\thttps://evil.example.com/",
    "https:evil.example.com",
    "@evil.example.com",
    "javascript:alert(1)",
    "a word that is no address",
    "change",
    "?s=x",
    "",
]


@pytest.mark.parametrize("target", ELSEWHERE)
def test_signing_in_never_leads_to_another_site(client: Client, target: str) -> None:
    cast.person("ed")
    answer = client.post("/sign-in/", {"username": "ed", "password": cast.PASSWORD, "next": target})
    assert answer.headers["Location"] == "/"
    assert client.get("/sign-in/", {"next": target}).headers["Location"] == "/"


def test_a_line_break_in_the_page_asked_for_makes_no_header(client: Client) -> None:
    cast.person("ed")
    data = {"username": "ed", "password": cast.PASSWORD, "next": "/changes/\r\nSet-Cookie: a=b"}
    answer = client.post("/sign-in/", data, headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"] == "/changes/%0D%0ASet-Cookie:%20a=b"
    assert "a" not in answer.cookies


def test_signing_in_leaves_an_event_in_the_persons_history(client: Client) -> None:
    ed = cast.person("ed")
    sign_in(client)
    event = Event.objects.get(verb="person.signed_in")
    assert (event.subject, event.actor) == (f"person:{ed.pk}", ed)


def test_a_wrong_password_is_refused_without_saying_which_of_both_is_wrong(client: Client) -> None:
    cast.person("ed")
    answers = [
        client.post("/sign-in/", {"username": name, "password": "wrong"}) for name in ("ed", "nobody of this name")
    ]
    assert [answer.status_code for answer in answers] == [422, 422]
    assert all("Username or password is wrong. Look at both once more" in answer.text for answer in answers)
    assert not Event.objects.filter(verb="person.signed_in").exists()


def test_after_a_wrong_password_the_name_is_kept_and_the_cursor_stands_in_the_password(client: Client) -> None:
    cast.person("ed")
    page = client.post("/sign-in/", {"username": "ed", "password": "wrong"}).text
    name, password = re.findall(r'<input class="input"[^>]*>', page)
    assert 'value="ed"' in name
    assert "autofocus" in password
    assert "autofocus" not in name
    assert all('aria-describedby="refusal"' in field for field in (name, password))
    assert "wrong" not in password


def test_what_was_left_empty_is_asked_for(client: Client) -> None:
    for typed in ({}, {"username": "ed"}, {"password": "x"}):
        answer = client.post("/sign-in/", typed)
        assert answer.status_code == 422
        assert "Enter your username and your password." in answer.text


def test_who_is_sent_to_sign_in_is_told_that_the_way_goes_on(client: Client) -> None:
    assert "Then you go on to the page you asked for." in client.get("/sign-in/?next=/changes/").text
    assert "kept as a draft" in client.get("/sign-in/?next=/customers/7/edit/%3Ffield=phone").text
    for target in ("", "/", "/changes/", "/nowhere/at/all/"):
        assert "kept as a draft" not in client.get("/sign-in/", {"next": target}).text
    for target in ("", "/", "/nowhere/at/all/"):
        assert "Then you go on" not in client.get("/sign-in/", {"next": target}).text


def test_somebody_who_may_no_longer_sign_in_is_refused(client: Client) -> None:
    ed = cast.person("ed")
    ed.is_active = False
    ed.save()
    assert client.post("/sign-in/", {"username": "ed", "password": cast.PASSWORD}).status_code == 422


def test_who_is_signed_in_already_is_led_on(client: Client) -> None:
    client.force_login(cast.person("ed"))
    assert client.get("/sign-in/").headers["Location"] == "/"


def test_signing_out_ends_the_session_and_leaves_an_event(client: Client) -> None:
    client.force_login(cast.person("ed"))
    assert client.post("/sign-out/").headers["Location"] == "/sign-in/"
    assert "You are signed out." in client.get("/sign-in/").text
    assert client.get("/").status_code == 302
    assert Event.objects.filter(verb="person.signed_out").exists()


def test_a_link_cannot_sign_anybody_out(client: Client) -> None:
    client.force_login(cast.person("ed"))
    assert client.get("/sign-out/").headers["Location"] == "/"
    assert client.get("/").status_code == 200


def test_the_passwords_of_the_demo_are_shown_in_the_demo_alone(client: Client, settings: Settings) -> None:
    settings.STEWARD_DEMO = False
    assert not any(person.password in client.get("/sign-in/").text for person in DEMO_PEOPLE)
    settings.STEWARD_DEMO = True
    page = client.get("/sign-in/").text
    assert all(person.password in page for person in DEMO_PEOPLE)
    assert "<td>Editor, Compare</td>" in page


def test_every_page_says_who_is_signed_in_and_what_they_are(client: Client) -> None:
    sqril = cast.connect("sqril")
    client.force_login(cast.person("ed", sqril))
    page = client.get("/").text
    assert "Ed Kowalski" in page
    assert "Editor · Sqril" in page


def test_times_are_shown_in_the_persons_zone(client: Client) -> None:
    ed = cast.person("ed")
    ed.time_zone = "Asia/Jakarta"
    ed.save()
    sqril = cast.connect("sqril")
    sqril.paused_at, sqril.pause = datetime(2025, 11, 21, 10, 24, tzinfo=UTC), "person"
    sqril.save()
    client.force_login(ed)
    assert "21 Nov 2025, 17:24:00 WIB" in client.get(f"/connections/{sqril.pk}/").text


class TestAFormThatIsTooOld:
    def test_leads_to_a_new_one_that_knows_where_one_wanted_to_go(self) -> None:
        cast.person("ed")
        client = Client(enforce_csrf_checks=True)
        client.get("/sign-in/")
        old = {"username": "ed", "password": cast.PASSWORD, "next": "/changes/", "csrfmiddlewaretoken": "x" * 64}
        answer = client.post("/sign-in/", old)
        assert answer.status_code == 403
        assert "Please sign in again." in answer.text
        assert cast.PASSWORD not in answer.text
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', answer.text)
        assert token
        again = client.post("/sign-in/", {**old, "csrfmiddlewaretoken": token[1]})
        assert (again.status_code, again.headers["Location"]) == (303, "/changes/")

    def test_is_answered_so_without_any_cookie_too(self) -> None:
        client = Client(enforce_csrf_checks=True)
        answer = client.post("/sign-in/", {"username": "ed", "password": "x", "next": "https://evil.example.com/"})
        assert "Please sign in again." in answer.text
        assert "evil" not in answer.text
        assert "steward-csrf" in answer.cookies

    def test_leads_on_whoever_is_signed_in_by_now(self) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(cast.person("ed"))
        answer = client.post("/sign-in/", {"username": "ed", "password": "wrong", "next": "/changes/"})
        assert (answer.status_code, answer.headers["Location"]) == (303, "/changes/")

    def test_of_another_kind_is_still_told_to_be_too_old(self) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(cast.person("ed"))
        answer = client.post("/customers/", {"q": "adi"})
        assert answer.status_code == 403
        assert "This page was too old to be sent" in answer.text
