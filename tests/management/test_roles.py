"""manage.py roles: two roles and a database on a real server, of which the application cannot rewrite history."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import quote

import psycopg
import pytest
from django.conf import settings
from django.core.checks import run_checks
from django.db import connections
from psycopg.sql import SQL, Identifier

from console.embedded import programs
from console.management.commands.roles import ADMINISTRATOR
from console.management.roles import Names
from tests.databases import Database
from tests.management.running import Said, run

NAMES = Names(f"owner of {os.getpid()}", f"app of {os.getpid()}", f"steward_test_{os.getpid()}_roles")


@pytest.fixture
def administrator(monkeypatch: pytest.MonkeyPatch) -> Iterator[psycopg.Connection]:
    """The superuser of the embedded server, whose URL is in the environment; afterwards nothing of the test is left."""
    if settings.DATABASES["owner"]["ENGINE"] != "console.embedded":
        pytest.skip("Only of the embedded server it is known who administers it.")
    settings.EMBEDDED.join()
    url = f"postgresql://postgres@/postgres?host={quote(str(settings.EMBEDDED.host), safe='')}"
    monkeypatch.setenv(ADMINISTRATOR, url)
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection
        connection.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(NAMES.database)))
        for role in (NAMES.application, NAMES.owner):
            connection.execute(SQL("DROP ROLE IF EXISTS {}").format(Identifier(role)))


def roles(*arguments: str, names: Names = NAMES) -> Said:
    given = ("--owner", names.owner, "--application", names.application, "--database", names.database)
    return run("roles", *given, *arguments)


def url(role: str) -> str:
    host = quote(str(settings.EMBEDDED.host), safe="")
    return f"postgresql://{quote(role)}@/{NAMES.database}?host={host}"


def manage(*arguments: str) -> subprocess.CompletedProcess[str]:
    """A command of a console that runs on these roles."""
    urls = {"DATABASE_URL": url(NAMES.application), "DATABASE_OWNER_URL": url(NAMES.owner), "STEWARD_LOCAL": "true"}
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, env={**os.environ, **urls}, capture_output=True, text=True, check=False)


def test_what_it_sets_up_is_what_a_console_serves_on(administrator: psycopg.Connection) -> None:
    said = roles("--run")
    assert said.refusal == ""
    assert said.out.endswith(
        f"database {NAMES.database} are set up. Next: manage.py migrate, with DATABASE_OWNER_URL.\n"
    )
    assert f"{NAMES.owner} is new and has no password" in said.out
    migrated = manage("migrate", "--verbosity", "0")
    assert migrated.returncode == 0, migrated.stderr
    checked = manage("check", "--database", "default")
    assert checked.returncode == 0, checked.stderr
    assert roles("--run").refusal == ""
    with psycopg.connect(url(NAMES.application), autocommit=True) as application:
        application.execute("SELECT count(*) FROM console_event")
        for statement in (
            "UPDATE console_event SET verb = 'x'",
            "DELETE FROM console_leaf",
            "TRUNCATE console_checkpoint",
            "ALTER TABLE console_event DISABLE TRIGGER ALL",
            "CREATE TABLE other (id int)",
            "CREATE ROLE other",
            "CREATE DATABASE other",
            f'SET ROLE "{NAMES.owner}"',
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                application.execute(statement.encode())


def test_run_again_it_takes_from_the_application_what_it_must_not_do(
    administrator: psycopg.Connection, live_db: Database
) -> None:
    names = Names("steward_owner", "steward_app", live_db.name)
    with connections["owner"].cursor() as cursor:
        cursor.execute("GRANT UPDATE, DELETE ON console_event, console_leaf TO steward_app")
        cursor.execute("ALTER TABLE console_event ENABLE TRIGGER history_is_not_altered")
    assert [message.id for message in run_checks(databases=["default"]) if message.is_serious()] == ["steward.E012"]
    assert roles("--run", names=names).refusal == ""
    assert not [message for message in run_checks(databases=["default"]) if message.is_serious()]
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT tgenabled FROM pg_trigger WHERE tgname = 'history_is_not_altered'")
        assert cursor.fetchone()[0] == "A"


def test_printed_it_is_a_script_for_psql_that_can_be_run_again(administrator: psycopg.Connection) -> None:
    script = roles().out
    psql = programs.folder() / "psql"
    command = [str(psql), "-X", "-q", "-h", str(settings.EMBEDDED.host), "-U", "postgres", "-d", "postgres", "-f", "-"]
    for _ in range(2):
        ran = subprocess.run(command, input=script, capture_output=True, text=True, check=False)
        assert (ran.returncode, ran.stderr) == (0, "")
    owner = administrator.execute(
        "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = %s", [NAMES.database]
    ).fetchone()
    assert owner == (NAMES.owner,)


def test_passwords_that_are_made_up_are_told_once_and_kept_as_verifiers(administrator: psycopg.Connection) -> None:
    said = roles("--run", "--generate").out
    told = [line.rpartition(" ")[2] for line in said.splitlines() if " has the password " in line]
    assert len({*told}) == 2
    kept = administrator.execute("SELECT rolpassword FROM pg_authid WHERE rolname = %s", [NAMES.owner]).fetchone()
    assert kept
    assert kept[0].startswith("SCRAM-SHA-256$")
    assert " has the password " not in roles("--run", "--generate").out


def test_passwords_of_the_urls_are_set_and_never_printed(
    administrator: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(settings.DATABASES["default"], "USER", NAMES.application)
    monkeypatch.setitem(settings.DATABASES["default"], "PASSWORD", "a secret of the url")
    said = roles("--run")
    assert "a secret" not in said.out + said.err + roles().out
    kept = administrator.execute("SELECT rolpassword FROM pg_authid WHERE rolname = %s", [NAMES.application]).fetchone()
    assert kept
    assert kept[0].startswith("SCRAM-SHA-256$")


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("", "Set STEWARD_ADMINISTRATOR_URL, such as"),
        ("postgresql//postgres:secret@db", "STEWARD_ADMINISTRATOR_URL is no URL of a PostgreSQL database."),
        ("postgresql://postgres:secret@127.0.0.1:1/postgres", "The server refused: connection"),
    ],
)
def test_an_administrator_who_cannot_be_reached_is_told_in_a_sentence_without_the_password(
    monkeypatch: pytest.MonkeyPatch, given: str, sentence: str
) -> None:
    monkeypatch.setenv(ADMINISTRATOR, given)
    refusal = roles("--run").refusal
    assert refusal.startswith(sentence)
    assert "secret" not in refusal


def test_roles_with_powers_of_their_own_are_refused(administrator: psycopg.Connection) -> None:
    administrator.execute(SQL("CREATE ROLE {} LOGIN CREATEROLE").format(Identifier(NAMES.application)))
    assert "powers over the server that it must not have" in roles("--run").refusal
    administrator.execute(SQL("ALTER ROLE {} NOCREATEROLE").format(Identifier(NAMES.application)))
    administrator.execute(SQL("GRANT {} TO {}").format(Identifier(NAMES.owner), Identifier(NAMES.application)))
    assert "must not be a member of the owner" in roles("--run").refusal


def test_one_role_for_both_is_refused() -> None:
    names = Names("steward", "steward", "steward")
    assert roles(names=names).refusal == "The application must not own history: owner and application are two roles."
