"""Changing a password, and setting a new one by a mailed link: never round the second factor."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import Settings

from console.flows import forgotten
from console.models import Event, User
from tests import cast
from tests.factors import add_app, is_in, typed

pytestmark = pytest.mark.django_db

NEW = "four words in a row"


@pytest.fixture
def ed() -> User:
    user = cast.person("ed")
    User.objects.filter(pk=user.pk).update(email="ed@example.com")
    return user


def change(client: Client, new: str = NEW, again: str = NEW) -> int:
    return client.post("/you/password/", {"new": new, "again": again}).status_code


class TestChanging:
    def test_takes_effect_and_is_told(self, client: Client, ed: User) -> None:
        client.force_login(ed)
        assert change(client) == 303
        assert is_in(client)
        assert typed(Client(), "ed", NEW) == "/"
        assert typed(Client(), "ed") == ""
        assert Event.objects.filter(subject=f"person:{ed.pk}", verb="person.password_changed").exists()

    def test_ends_the_sessions_elsewhere(self, client: Client, ed: User) -> None:
        elsewhere = Client()
        typed(elsewhere, "ed")
        client.force_login(ed)
        change(client)
        assert not is_in(elsewhere)

    @pytest.mark.parametrize(
        ("new", "again"), [("short", "short"), ("password123", "password123"), (NEW, "other"), ("", "")]
    )
    def test_to_one_that_is_not_fit_is_refused(self, client: Client, ed: User, new: str, again: str) -> None:
        client.force_login(ed)
        assert change(client, new, again) == 422
        assert typed(Client(), "ed") == "/"

    def test_shows_no_password_again(self, client: Client, ed: User) -> None:
        client.force_login(ed)
        assert NEW not in client.post("/you/password/", {"new": NEW, "again": "other"}).text


class TestForgotten:
    @pytest.fixture(autouse=True)
    def mails(self, settings: Settings) -> None:
        settings.STEWARD_SENDS_MAIL, settings.STEWARD_URL = True, "https://steward.example.com"
        settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}

    def link(self, ed: User) -> str:
        """The way that the mail leads."""
        assert forgotten.mail_link(ed.pk)
        [found] = re.findall(r"https://steward\.example\.com(/\S+)", str(mail.outbox[-1].body))
        return str(found)

    def test_leads_from_the_sign_in_page_to_a_mail_without_saying_who_there_is(self, client: Client, ed: User) -> None:
        assert "/password/forgotten/" in client.get("/sign-in/").text
        answers = [client.post("/password/forgotten/", {"username": name}) for name in ("ed", "nobody", "vic")]
        assert {(answer.status_code, answer.headers["Location"]) for answer in answers} == {(303, "/sign-in/")}
        assert "If somebody is called like that" in client.get("/sign-in/").text

    def test_asks_the_queue_for_each_so_that_it_takes_as_long_for_a_name_that_nobody_has(self, ed: User) -> None:
        for name in ("ed", "nobody"):
            Client().post("/password/forgotten/", {"username": name})
        jobs = ProcrastinateJob.objects.filter(task_name=forgotten.TASK).order_by("pk")
        assert [job.args for job in jobs] == [{"person_id": ed.pk}, {"person_id": 0}]
        assert not mail.outbox

    def test_mails_a_link_that_sets_a_new_password_once(self, client: Client, ed: User) -> None:
        link = self.link(ed)
        assert "Set a new password" in client.get(link).text
        assert client.post(link, {"new": NEW, "again": NEW}).headers["Location"] == "/sign-in/"
        assert not is_in(client)
        assert typed(client, "ed", NEW) == "/"
        assert client.get(link).status_code == 404
        assert Client().post(link, {"new": "another one, then", "again": "another one, then"}).status_code == 404
        assert Event.objects.filter(subject=f"person:{ed.pk}", verb="person.password_reset").count() == 1

    def test_never_leads_round_the_second_factor(self, client: Client, ed: User) -> None:
        add_app(ed)
        client.post(self.link(ed), {"new": NEW, "again": NEW})
        assert not is_in(client)
        assert typed(client, "ed", NEW) == "/sign-in/factor/"
        assert not is_in(client)

    def test_ends_every_session_that_began_with_the_old_password(self, client: Client, ed: User) -> None:
        typed(client, "ed")
        Client().post(self.link(ed), {"new": NEW, "again": NEW})
        assert not is_in(client)

    def test_is_over_after_an_hour_and_once_somebody_signed_in_meanwhile(self, client: Client, ed: User) -> None:
        link = self.link(ed)
        with time_machine.travel(timezone.now() + timedelta(minutes=61)):
            assert client.get(link).status_code == 404
        typed(client, "ed")
        assert Client().get(link).status_code == 404

    @pytest.mark.parametrize("made_up", ["/password/{ed}/x/", "/password/999999/{token}/", "/password/{jo}/{token}/"])
    def test_a_made_up_link_is_over(self, client: Client, ed: User, made_up: str) -> None:
        token = Path(self.link(ed)).name
        assert client.get(made_up.format(ed=ed.pk, jo=cast.person("jo").pk, token=token)).status_code == 404

    def test_is_mailed_to_nobody_deactivated_without_an_address_or_without_a_password(self, ed: User) -> None:
        jo = cast.person("jo")
        assert not forgotten.mail_link(jo.pk)
        User.objects.filter(pk=ed.pk).update(is_active=False)
        assert not forgotten.mail_link(ed.pk)
        assert not forgotten.mail_link(0)
        assert not mail.outbox

    def test_is_asked_for_only_so_often(self, client: Client, ed: User) -> None:
        statuses = [client.post("/password/forgotten/", {"username": "ed"}).status_code for _ in range(4)]
        assert statuses == [303, 303, 303, 429]

    def test_says_in_the_mail_nothing_but_the_name_and_the_link(self, ed: User) -> None:
        self.link(ed)
        [sent] = mail.outbox
        assert sent.to == ["ed@example.com"]
        assert "Kowalski" not in str(sent.body) + str(sent.subject)
