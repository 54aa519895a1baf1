"""Guessing passwords: counted per account and per address, which nobody can claim to be another. No clock helps."""

from __future__ import annotations

import pytest
from django.contrib.auth import hashers
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from console.models import Event, User
from tests import cast
from tests.factors import is_in, typed

pytestmark = pytest.mark.django_db


class Counting(hashers.MD5PasswordHasher):
    """Counts how often it was made to work; stands in for the slow one, whose work is what a clock could tell."""

    algorithm = "counting"
    works = 0

    def encode(self, password: str, salt: str) -> str:
        type(self).works += 1
        return super().encode(password, salt)


def refused(client: Client, username: str, typed_in: str = "wrong") -> int:
    return client.post("/sign-in/", {"username": username, "password": typed_in}).status_code


def test_after_five_wrong_passwords_an_account_waits_and_the_right_one_waits_too(client: Client) -> None:
    cast.person("ed")
    assert [refused(client, "ed") for _ in range(6)] == [422, 422, 422, 422, 422, 429]
    answer = client.post("/sign-in/", {"username": "ed", "password": cast.PASSWORD})
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "300")
    assert "Too many attempts in a short time." in answer.text
    assert not is_in(client)


def test_another_account_is_not_kept_waiting_by_that(client: Client) -> None:
    cast.person("ed")
    cast.person("jo")
    for _ in range(6):
        refused(client, "ed")
    assert typed(Client(), "jo") == "/"


def test_a_name_that_nobody_has_waits_as_one_that_somebody_has(client: Client) -> None:
    assert [refused(client, "nobody") for _ in range(6)] == [422, 422, 422, 422, 422, 429]


def test_neither_another_address_nor_another_spelling_nor_another_host_name_helps(settings: Settings) -> None:
    settings.ALLOWED_HOSTS = [".example.com"]
    cast.person("ed")
    for number in range(5):
        guesser = Client(REMOTE_ADDR=f"198.51.100.{number}", headers={"host": f"a{number}.example.com"})
        assert refused(guesser, "ed" if number % 2 else "ED") == 422
    assert refused(Client(headers={"host": "b.example.com"}), "ed", cast.PASSWORD) == 429


def test_an_address_that_tries_many_names_waits(client: Client) -> None:
    statuses = [refused(client, f"name{number}") for number in range(31)]
    assert statuses == [422] * 30 + [429]
    cast.person("ed")
    assert refused(client, "ed", cast.PASSWORD) == 429
    assert typed(Client(REMOTE_ADDR="198.51.100.7"), "ed") == "/"


def test_who_signs_in_well_in_between_does_not_begin_the_count_anew(client: Client) -> None:
    cast.person("ed")
    cast.person("jo")
    for _ in range(4):
        refused(client, "ed")
        typed(Client(), "jo")
    refused(client, "ed")
    assert refused(client, "ed") == 429


def test_a_flood_of_made_up_names_makes_no_limit_forgotten(settings: Settings) -> None:
    """A cache that is full forgets at random: a flood must not fill it before the addresses it takes are stopped."""
    cast.person("ed")
    for _ in range(6):
        refused(Client(), "ed")
    for number in range(400):
        cache.set(f"flood-{number}", "x", 300)
    assert refused(Client(REMOTE_ADDR="198.51.100.9"), "ed", cast.PASSWORD) == 429


class TestAddresses:
    """Whom limits and sessions are told of: nobody gets round a limit by naming other addresses."""

    @pytest.mark.parametrize("proxies", [0, 1, 2])
    def test_claimed_by_a_browser_count_for_nothing(self, settings: Settings, proxies: int) -> None:
        settings.STEWARD_PROXIES = proxies
        appended = ["203.0.113.5", "10.0.0.2"][2 - proxies :] if proxies else []
        if proxies:
            appended[0] = "203.0.113.5"
        statuses = []
        for number in range(31):
            told = ", ".join([f"192.0.2.{number}", "198.51.100.1", *appended])
            guesser = Client(REMOTE_ADDR="10.0.0.1", headers={"x-forwarded-for": told})
            statuses.append(refused(guesser, f"name{number}"))
        assert statuses == [422] * 30 + [429]

    def test_seen_by_a_declared_proxy_are_told_apart(self, settings: Settings) -> None:
        settings.STEWARD_PROXIES = 1
        for number in range(31):
            refused(Client(REMOTE_ADDR="10.0.0.1", headers={"x-forwarded-for": "203.0.113.5"}), f"name{number}")
        other = Client(REMOTE_ADDR="10.0.0.1", headers={"x-forwarded-for": "203.0.113.6"})
        assert refused(other, "name") == 422

    @pytest.mark.parametrize("told", ["", ",", "unknown", "x" * 5000, "203.0.113.5:notaport", "[::1", "1,2,3"])
    def test_that_are_none_break_nothing(self, settings: Settings, told: str) -> None:
        settings.STEWARD_PROXIES = 1
        assert refused(Client(headers={"x-forwarded-for": told}), "name") == 422


class TestAClock:
    """Tells nobody whether there is such an account: the slow work is done as often, and as much is written down."""

    @pytest.fixture
    def counted(self, settings: Settings) -> User:
        settings.PASSWORD_HASHERS = ["tests.views.test_guessing.Counting"]
        return cast.person("ed")

    @pytest.mark.parametrize("kind", ["right name", "no such name", "deactivated", "without a password"])
    def test_shows_the_same_work_for_each_refusal(self, counted: User, kind: str) -> None:
        if kind == "deactivated":
            User.objects.filter(pk=counted.pk).update(is_active=False)
        if kind == "without a password":
            counted.set_unusable_password()
            counted.save()
        events, Counting.works = Event.objects.count(), 0
        assert refused(Client(), "eddie" if kind == "no such name" else "ed") == 422
        assert Counting.works == 1
        assert Event.objects.count() == events + 1

    def test_shows_as_much_work_where_a_password_is_far_too_long(self, counted: User) -> None:
        Counting.works = 0
        assert refused(Client(), "ed", "x" * 100_000) == 422
        assert Counting.works <= 1


def test_a_thousand_attempts_at_once_cost_a_bounded_number_of_slow_hashes(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["tests.views.test_guessing.Counting"]
    cast.person("ed")
    Counting.works = 0
    statuses = [refused(Client(REMOTE_ADDR=f"198.51.100.{number % 4}"), "ed") for number in range(1000)]
    assert statuses.count(422) == Counting.works == 5
    assert statuses.count(429) == 995
    assert Event.objects.filter(verb="person.sign_in_failed").count() == 5
