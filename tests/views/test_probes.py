"""What machines ask: whether the console lives, whether it can work, and how it is going."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from console.models import Attempt, Change, Connection, Kind, Outcome, Pause, Status, Wait
from tests import cast
from tests.databases import Database
from tests.views.counting import queries
from tests.views.standing import standing

TOKEN = "the token of the one who watches"
PROBES = ("/livez", "/readyz", "/metrics")


def metrics(text: str) -> dict[tuple[str, frozenset[str]], float]:
    """Every sample of an exposition by its name and the values of its labels; fails where it is not well-formed."""
    families = text_string_to_metric_families(text)
    return {
        (sample.name.removeprefix("steward_"), frozenset(sample.labels.values())): sample.value
        for family in families
        for sample in family.samples
    }


def figure(name: str, *labels: str) -> float:
    """One sample as it is now; labels besides the connection's are given by value."""
    return metrics(Client().get("/metrics").text)[name, frozenset({"Caibo", "caibo", *labels})]


@pytest.fixture
def without_a_database(live_db: Database) -> None:
    """The name leads to a database that is not there."""
    connections["default"].close()
    connections.settings["default"]["NAME"] = "steward_that_is_not_there"


def attempt(change: Change, outcome: Outcome, *, ago: timedelta, milliseconds: int, epoch: int) -> None:
    """An exchange that ended a while ago."""
    Attempt.objects.create(
        change=change,
        customer=change.customer,
        connection=change.connection,
        kind=Kind.CHECK,
        epoch=epoch,
        worker="w",
        outcome=outcome,
        milliseconds=milliseconds,
        ended_at=timezone.now() - ago,
    )


@pytest.mark.django_db
@pytest.mark.parametrize("path", PROBES)
def test_machines_come_by_address_in_plain_http_and_without_a_session(path: str, settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    settings.STEWARD_METRICS_TOKEN = TOKEN
    answer = Client(headers={"Authorization": f"Bearer {TOKEN}", "Host": "10.1.2.3:8000"}).get(path)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    assert "Vary" not in answer
    assert not answer.cookies


@pytest.mark.django_db
def test_other_pages_are_still_only_under_the_names_that_are_allowed() -> None:
    assert Client(headers={"Host": "10.1.2.3"}).get("/sign-in/").status_code == 400


def test_living_asks_no_database() -> None:
    assert Client().get("/livez").text == "alive\n"  # a test without a database may not ask one


def test_without_its_database_the_console_lives_and_is_not_ready(without_a_database: None) -> None:
    assert Client().get("/livez").status_code == 200
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.text) == (503, "database\n")
    assert Client(raise_request_exception=False).get("/metrics").status_code == 503


def test_it_is_ready_again_as_soon_as_the_database_is(live_db: Database, without_a_database: None) -> None:
    assert Client().get("/readyz").status_code == 503
    connections["default"].close()
    connections.settings["default"]["NAME"] = live_db.name
    assert Client().get("/readyz").text == "ready\n"


@pytest.mark.parametrize(
    "damage",
    ["DELETE FROM django_migrations WHERE app = 'console' AND name LIKE '0007%'", "DROP TABLE django_migrations"],
)
def test_a_database_that_was_not_migrated_is_not_ready(live_db: Database, damage: str) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute(damage)
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.text) == (503, "migrations\n")


@pytest.mark.django_db
def test_with_a_token_only_who_shows_it_reads_the_metrics(settings: Settings) -> None:
    settings.STEWARD_METRICS_TOKEN = TOKEN
    for wrong in ("", "Bearer", "Bearer ", f"Bearer {TOKEN}x", f"Basic {TOKEN}", TOKEN, "Bearer t\xf6ken"):
        answer = Client().get("/metrics", headers={"Authorization": wrong})
        assert (answer.status_code, answer.text) == (401, "")
        assert answer["WWW-Authenticate"].startswith("Bearer")
    far = Client(REMOTE_ADDR="203.0.113.7", headers={"Authorization": f"Bearer {TOKEN}"})
    assert far.get("/metrics").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
def test_without_a_token_this_machine_reads_the_metrics(address: str) -> None:
    for host in ("localhost:8000", "127.0.0.1", "[::1]:8000", "testserver"):
        assert Client(REMOTE_ADDR=address, headers={"Host": host}).get("/metrics").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["203.0.113.7", "10.0.0.1", "::", "", "unix:"])
def test_without_a_token_nobody_else_reads_the_metrics(address: str) -> None:
    answer = Client(REMOTE_ADDR=address).get("/metrics")
    assert answer.status_code == 403
    assert "steward_" not in answer.text


@pytest.mark.django_db
@pytest.mark.parametrize(
    "told",
    [
        {"X-Forwarded-For": "203.0.113.7"},
        {"Forwarded": "for=203.0.113.7"},
        {"X-Real-IP": "203.0.113.7"},
        {"X-Https": "https"},
        {"Host": "steward.example.com"},
    ],
)
def test_a_proxy_on_this_machine_is_not_this_machine(told: Mapping[str, str], settings: Settings) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_HTTPS", "https")
    assert Client().get("/metrics", headers=told).status_code == 403


@pytest.mark.django_db
def test_metrics_tell_how_each_connection_stands() -> None:
    here, ed = cast.connect("caibo"), cast.person("ed")
    customer = cast.sample(here)
    change = standing(customer, ed, Status.APPROVED, wishes={"phone": "+442079460000"})
    Change.objects.filter(pk=change.pk).update(next_attempt_at=timezone.now() - timedelta(minutes=2))
    assert figure("changes", "approved") == 1
    assert figure("changes", "unknown") == 0
    assert 119 < figure("oldest_due_seconds") < 180
    assert figure("connection_paused", Pause.NOT_ALLOWED) == figure("connection_interrupted") == 0
    assert (figure("slots"), figure("rate_per_second")) == (4, 1000)
    Connection.objects.filter(pk=here.pk).update(
        paused_at=timezone.now(),
        pause=Pause.NOT_ALLOWED,
        interrupted_at=timezone.now(),
        probe_at=timezone.now(),
        failures=5,
    )
    assert figure("connection_paused", Pause.NOT_ALLOWED) == figure("connection_interrupted") == 1
    assert figure("connection_paused", Pause.BY_A_PERSON) == 0
    assert figure("connection_failures") == 5


@pytest.mark.django_db
def test_metrics_tell_what_waits_for_a_person_and_what_is_under_way() -> None:
    here, ed = cast.connect("caibo"), cast.person("ed")
    change = standing(cast.sample(here), ed, Status.UNKNOWN, wishes={"phone": "+442079460000"})
    Change.objects.filter(pk=change.pk).update(
        wait=Wait.PERSON, next_attempt_at=None, lease_until=timezone.now() + timedelta(minutes=1)
    )
    assert figure("changes_needing_a_person") == figure("slots_under_way") == figure("changes", "unknown") == 1
    assert figure("oldest_due_seconds") == 0


@pytest.mark.django_db
def test_metrics_tell_of_the_attempts_of_the_last_five_minutes() -> None:
    here, ed = cast.connect("caibo"), cast.person("ed")
    change = standing(cast.sample(here), ed, Status.UNKNOWN, wishes={"phone": "+442079460000"})
    before = figure("attempts_lately", Outcome.UNKNOWN), figure("attempts_lately", Outcome.STILL_OLD)
    for epoch, (minutes, milliseconds) in enumerate(((1, 100), (2, 300), (6, 90_000)), 2):
        ago = timedelta(minutes=minutes)
        attempt(change, Outcome.STILL_OLD, ago=ago, milliseconds=milliseconds, epoch=epoch)
    assert (figure("attempts_lately", Outcome.UNKNOWN), figure("attempts_lately", Outcome.STILL_OLD)) == (
        before[0],
        before[1] + 2,
    )
    assert 0.1 <= figure("exchange_seconds", "0.5") <= 0.3
    assert figure("exchange_seconds", "0.95") <= 0.3


@pytest.mark.django_db
def test_metrics_hold_nothing_personal() -> None:
    people = [cast.person(name) for name in cast.CAST]
    customers = {slug: cast.sample(cast.connect(slug)) for slug in cast.SLUGS}
    standing(customers["caibo"], people[0], Status.UNKNOWN, wishes={"phone": "+442079460000"})
    told = Client().get("/metrics").text
    samples = "\n".join(line for line in told.splitlines() if not line.startswith("#"))
    names = {word for first, last, _ in cast.CAST.values() for word in (first, last)} | set(cast.CAST)
    values = {str(value) for record in cast.SAMPLES.values() for value in record.values() if len(str(value)) > 3}
    assert not [word for word in names | values | {"+442079460000"} if f'"{word}"' in samples or f" {word} " in samples]
    labels = {value for family in text_string_to_metric_families(told) for s in family.samples for value in s.labels}
    assert labels <= {"connection", "provider", "status", "cause", "outcome", "quantile"}


@pytest.mark.django_db
def test_a_name_with_every_kind_of_quote_is_still_well_formed() -> None:
    cast.connect("caibo")
    name = 'Caibo "East"\\ä\n{1}'
    Connection.objects.update(name=name)
    assert ("slots", frozenset({name, "caibo"})) in metrics(Client().get("/metrics").text)


@pytest.mark.django_db
def test_metrics_take_as_many_queries_for_one_connection_as_for_five() -> None:
    cast.connect("caibo")
    one = queries(Client(), "/metrics")
    for slug in cast.SLUGS[:2]:
        cast.connect(slug)
    assert queries(Client(), "/metrics") == one <= 12
