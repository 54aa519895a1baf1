"""Configurations that cannot keep the promises, and the sentences they are refused with."""

from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import connections
from pytest_django import Settings

from console.accounts.provider import Provider, Rule
from console.checks import refuse_what_cannot_work
from tests.databases import Database


def found(**arguments: Any) -> set[str]:
    return {str(message.id) for message in run_checks(**arguments) if message.is_serious()}


def as_owner(statement: str) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute(statement)


def test_the_settings_of_the_tests_are_fit_to_serve(live_db: Database) -> None:
    refuse_what_cannot_work()


@pytest.mark.parametrize("keys", ["first", "first:abc", "first:!!!", ":AAAA", f"{'x' * 33}:AAAA"])
def test_a_malformed_key_ring_is_refused_without_showing_a_key(settings: Settings, keys: str) -> None:
    settings.STEWARD_KEYS = keys
    messages = [message for message in run_checks() if message.is_serious()]
    assert [message.id for message in messages] == ["steward.E002"]
    assert keys not in messages[0].msg


def test_a_console_without_keys_is_refused(settings: Settings) -> None:
    settings.STEWARD_KEYS = ""
    settings.SECRET_KEY = ""
    assert found() == {"steward.E001", "steward.E003"}


@pytest.mark.parametrize("keys", ["first", "first:abc", "first:!!!", ":AAAA", f"first:{'A' * 43}=, first:{'B' * 43}="])
def test_sealing_keys_that_cannot_sign_are_refused_without_showing_one(settings: Settings, keys: str) -> None:
    settings.STEWARD_SEALING_KEYS = keys
    [message] = [message for message in run_checks() if message.is_serious()]
    assert message.id == "steward.E014"
    assert keys not in message.msg


def test_a_console_that_could_not_seal_its_history_is_refused_and_told_how_to_make_a_key(settings: Settings) -> None:
    settings.STEWARD_SEALING_KEYS = ""
    [message] = [message for message in run_checks() if message.is_serious()]
    assert message.id == "steward.E013"
    assert "head -c 32 /dev/urandom | base64" in str(message.hint)


def test_production_names_the_hosts_of_its_providers_and_none_is_private(settings: Settings) -> None:
    settings.STEWARD_LOCAL = False
    settings.STEWARD_ALLOWED_PROVIDERS = []
    settings.STEWARD_PRIVATE_PROVIDERS = True
    assert found() == {"steward.E004", "steward.E005"}


def test_production_believes_an_identity_provider_by_https_alone_and_gives_roles_that_there_are(
    settings: Settings,
) -> None:
    rule = Rule("groups", "kings", "king", None)
    settings.STEWARD_OIDC = Provider("http://login.example.com", "steward", "a secret", rules=(rule,))
    assert found() == {"steward.E021"}
    settings.STEWARD_LOCAL, settings.STEWARD_PRIVATE_PROVIDERS = False, False
    settings.STEWARD_ALLOWED_PROVIDERS = ["api.sqril.com"]
    assert found() == {"steward.E020", "steward.E021"}
    settings.STEWARD_OIDC = Provider("https://login.example.com", "steward", "a secret")
    assert found() == set()
    assert "a secret" not in repr(settings.STEWARD_OIDC)


@pytest.mark.parametrize(("call", "lease"), [(30, 30), (31, 30), (0, 30), (-1, 30)])
def test_a_call_must_end_before_its_lease(settings: Settings, call: int, lease: int) -> None:
    settings.STEWARD_CALL_SECONDS = call
    settings.STEWARD_LEASE_SECONDS = lease
    assert found() == {"steward.E006"}


@pytest.mark.parametrize("power", ["UPDATE", "UPDATE (id)", "DELETE", "TRUNCATE"])
def test_a_role_that_may_change_history_is_refused(live_db: Database, power: str) -> None:
    as_owner(f"GRANT {power} ON console_event TO steward_app")
    assert found(databases=["default"]) == {"steward.E012"}


def test_a_role_that_owns_history_is_refused(live_db: Database) -> None:
    connections["default"].close()
    connections["default"].settings_dict["USER"] = connections["owner"].settings_dict["USER"]
    try:
        with pytest.raises(ImproperlyConfigured, match="steward_owner owns the history"):
            refuse_what_cannot_work()
    finally:
        connections["default"].close()
        connections["default"].settings_dict["USER"] = "steward_app"


def test_a_database_that_is_not_migrated_is_refused(live_db: Database) -> None:
    as_owner("DELETE FROM django_migrations WHERE app = 'console'")
    assert found(databases=["default"]) == {"steward.E010"}


def test_a_database_that_cannot_be_reached_is_said_so(live_db: Database) -> None:
    connections["default"].close()
    connections["default"].settings_dict["NAME"] = "nowhere"
    with pytest.raises(ImproperlyConfigured, match='database "nowhere" does not exist'):
        refuse_what_cannot_work()


def test_migrating_again_gives_the_application_no_power_over_history(live_db: Database) -> None:
    call_command("migrate", verbosity=0)
    assert found(databases=["default"]) == set()
