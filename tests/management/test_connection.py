"""manage.py connection: accounts at providers, whose secrets go in and never come out."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from console.models import Connection, Event
from tests.management.running import Said, run

pytestmark = pytest.mark.django_db

SECRET = "s3cret-token-of-the-test"


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", SECRET)


def caibo(*more: str, name: str = "Caibo") -> Said:
    return run("connection", name, "--provider", "caibo", "--credential", "api_key=env:TOKEN", *more)


def test_a_connection_takes_the_base_url_of_its_provider_by_default() -> None:
    assert "Caibo is ready: Caibo at https://apay.caibo.digital." in caibo().out
    assert Connection.objects.get().credentials == {"api_key": SECRET}


def test_a_credential_is_read_from_a_file_without_its_last_line_break(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(f"{SECRET}\n")
    run("connection", "Caibo", "--provider", "caibo", "--credential", f"api_key=@{file}")
    assert Connection.objects.get().credentials == {"api_key": SECRET}


def test_credentials_are_read_line_by_line_from_the_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("me\nmine\n"))
    run("connection", "S", "--provider", "sqril", "--credential", "client_id=-", "client_secret=-")
    assert Connection.objects.get().credentials == {"client_id": "me", "client_secret": "mine"}


def test_a_secret_on_the_command_line_is_refused_and_not_repeated() -> None:
    said = run("connection", "Caibo", "--provider", "caibo", "--credential", f"api_key={SECRET}")
    assert "can be read by others" in said.refusal
    assert SECRET not in said.refusal
    assert not Connection.objects.exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--provider", "nobody"], "one of timepay, finosu, caibo, flowwise, sqril"),
        (["--provider", "caibo"], "asks for the credential api_key"),
        (["--provider", "caibo", "--credential", "password=env:TOKEN"], "has no credential password"),
        (["--provider", "caibo", "--credential", "api_key=env:NOT_THERE"], "NOT_THERE for the credential api_key"),
        (["--provider", "caibo", "--credential", "api_key=@/not/there"], "cannot be read"),
        (["--provider", "caibo", "--credential", "api_key"], "--credential is KEY=@FILE"),
        (["--provider", "finosu", "--option", "loan_ids=none"], "publishes no base URL"),
        (["--provider", "finosu", "--base-url", "https://x.example"], "loan_ids: Choose this"),
        (["--provider", "caibo", "--option", "colour=red"], "no such setting"),
        (["--provider", "caibo", "--base-url", "ftp://x.example"], "The base URL is like"),
        (["--provider", "caibo", "--base-url", "https://me:pw@x.example"], "The base URL is like"),
        (["--provider", "caibo", "--slots", "0", "--credential", "api_key=env:TOKEN"], "from 1 to"),
    ],
)
def test_what_cannot_work_is_refused_in_a_sentence(arguments: list[str], sentence: str) -> None:
    said = run("connection", "One", *arguments)
    assert sentence in said.refusal
    assert not Connection.objects.exists()


def test_in_production_plain_http_and_unlisted_hosts_are_refused(settings: Settings) -> None:
    settings.STEWARD_PRIVATE_PROVIDERS = False
    settings.STEWARD_LOCAL = False
    settings.STEWARD_ALLOWED_PROVIDERS = ["apay.caibo.digital"]
    assert "must begin with https" in caibo("--base-url", "http://apay.caibo.digital").refusal
    assert "not among STEWARD_ALLOWED_PROVIDERS" in caibo("--base-url", "https://elsewhere.example").refusal
    assert not caibo().refusal


def test_running_it_again_changes_nothing_and_leaves_one_event() -> None:
    caibo("--option", "send=held")
    assert "up to date" in caibo("--option", "send=held").out
    assert Event.objects.filter(verb="connection.set").count() == 1


def test_running_it_again_changes_what_is_given_and_keeps_the_rest() -> None:
    caibo("--option", "send=held", "--rate", "20")
    run("connection", "Caibo", "--base-url", "https://other.example", "--option", "send=")
    connection = Connection.objects.get()
    assert (connection.base_url, connection.options, connection.rate) == ("https://other.example", {}, 20)
    assert connection.credentials == {"api_key": SECRET}


def test_another_way_of_authenticating_forgets_the_credentials_of_the_first() -> None:
    caibo()
    assert "asks for the credential token" in run("connection", "Caibo", "--option", "auth=bearer").refusal
    run("connection", "Caibo", "--option", "auth=bearer", "--credential", "token=env:TOKEN")
    assert Connection.objects.get().credentials == {"token": SECRET}


def test_a_connection_stays_with_its_provider() -> None:
    caibo()
    said = run("connection", "Caibo", "--provider", "sqril")
    assert "is a connection to caibo" in said.refusal


def test_the_history_tells_what_was_set_and_no_secret() -> None:
    caibo("--option", "send=held")
    [event] = Event.objects.filter(verb="connection.set")
    told: dict[str, Any] = event.details
    assert told["options"] == {"send": "held"}
    assert told["base URL"] == "https://apay.caibo.digital"
    assert SECRET not in str(told)


def test_periods_are_set_one_by_one_and_taken_back() -> None:
    caibo("--keep-customers", "90", "--keep-bodies", "30")
    caibo("--keep-bodies", "60")
    connection = Connection.objects.get()
    assert (connection.keeps_customers_days, connection.keeps_bodies_days) == (90, 60)
    caibo("--keep-customers", "always")
    connection.refresh_from_db()
    assert (connection.keeps_customers_days, connection.keeps_bodies_days) == (None, 60)


@pytest.mark.parametrize("typed", ["soon", "0", "-1", "36501", "9999999"])
def test_a_period_that_is_none_is_refused_in_a_sentence_and_changes_nothing(typed: str) -> None:
    said = caibo(f"--keep-bodies={typed}")
    assert "days" in said.refusal
    assert not Connection.objects.filter(keeps_bodies_days__isnull=False).exists()
