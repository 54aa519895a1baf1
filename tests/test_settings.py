"""What the environment makes of the settings, asked of a fresh process each time."""

import base64
import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

ROOT = Path(__file__).resolve().parent.parent
PRODUCTION = {
    "DATABASE_URL": "postgresql://steward_app:secret@db.example.com/steward",
    "SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "STEWARD_KEYS": f"first:{base64.b64encode(bytes(32)).decode()}",
    "STEWARD_SEALING_KEYS": f"first:{base64.b64encode(bytes(32)).decode()}",
    "ALLOWED_HOSTS": "steward.example.com",
    "STEWARD_ALLOWED_PROVIDERS": "api.sqril.com",
}


def manage(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs manage.py with nothing but the given settings; any warning is an error."""
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "TMPDIR"}}
    command = [sys.executable, "-W", "error", "manage.py", *arguments]
    return subprocess.run(
        command, check=False, cwd=ROOT, env={**kept, **environment}, capture_output=True, text=True, timeout=60
    )


def chosen(*names: str, **environment: str) -> list[Any]:
    """The values of these settings, as JSON has them."""
    values = ", ".join(f"settings.{name}" for name in names)
    code = f"import json; from django.conf import settings; print(json.dumps([{values}], default=str))"
    command = manage("shell", "--no-imports", "-v", "0", "-c", code, **environment)
    assert command.returncode == 0, command.stderr
    values_of_names: list[Any] = json.loads(command.stdout)
    return values_of_names


def test_the_deployment_check_finds_nothing_under_production_settings() -> None:
    check = manage("check", "--deploy", "--fail-level", "DEBUG", **PRODUCTION)
    assert (check.returncode, check.stdout) == (0, "System check identified no issues (0 silenced).\n"), check.stderr


def test_a_secret_can_be_given_as_a_file(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(PRODUCTION["SECRET_KEY"])
    environment = {name: value for name, value in PRODUCTION.items() if name != "SECRET_KEY"}
    assert chosen("SECRET_KEY", SECRET_KEY_FILE=str(file), **environment) == [PRODUCTION["SECRET_KEY"]]


def test_production_cookies_belong_to_this_host_and_https_alone() -> None:
    names = chosen("SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", **PRODUCTION)
    assert all(name.startswith("__Host-") for name in names)
    flags = [f"{kind}_COOKIE_{flag}" for kind in ("SESSION", "CSRF") for flag in ("SECURE", "HTTPONLY", "SAMESITE")]
    assert chosen(*flags, **PRODUCTION) == [True, True, "Lax"] * 2
    places = [f"{kind}_COOKIE_{place}" for kind in ("SESSION", "CSRF") for place in ("DOMAIN", "PATH")]
    assert chosen(*places, **PRODUCTION) == [None, "/"] * 2  # a __Host- cookie with others is no cookie


def test_a_local_console_has_plain_cookies_and_shows_no_debug_pages(tmp_path: Path) -> None:
    values = chosen("SESSION_COOKIE_NAME", "SESSION_COOKIE_SECURE", "DEBUG", STEWARD_DATA=str(tmp_path))
    assert values == ["steward-session", False, False]


def test_a_local_console_makes_its_secrets_once_in_a_file_of_its_own(tmp_path: Path) -> None:
    first = chosen("STEWARD_KEYS", "SECRET_KEY", STEWARD_DATA=str(tmp_path))
    again = chosen("STEWARD_KEYS", "SECRET_KEY", STEWARD_DATA=str(tmp_path))
    assert first == again
    assert all(first)
    for name in ("secrets.env", "sealing.env"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    assert {file.name for file in tmp_path.iterdir()} <= {"secrets.env", "sealing.env", "postgresql.name"}


def test_production_makes_no_secrets_and_says_which_are_missing(tmp_path: Path) -> None:
    check = manage("check", DATABASE_URL=PRODUCTION["DATABASE_URL"], STEWARD_DATA=str(tmp_path))
    assert check.returncode != 0
    assert "SECRET_KEY is not set" in check.stderr
    assert "STEWARD_KEYS is not set" in check.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_said_in_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    check = manage("check", STEWARD_DATA=str(file / "var"))
    assert check.returncode != 0
    assert check.stderr == f"Cannot keep secrets in {file / 'var'}: Not a directory.\n"


def test_the_demo_may_use_a_database_of_its_own() -> None:
    environment = {"DATABASE_URL": PRODUCTION["DATABASE_URL"], "STEWARD_DEMO": "true"}
    assert chosen("SESSION_COOKIE_NAME", **environment) == ["steward-session"]


def test_a_web_host_does_without_the_owner_and_cannot_migrate() -> None:
    (databases,) = chosen("DATABASES", **PRODUCTION)
    assert databases.keys() == {"default"}
    migrate = manage("migrate", **PRODUCTION)
    assert migrate.returncode != 0
    assert migrate.stderr == "CommandError: Only the owner of the database migrates it: set DATABASE_OWNER_URL.\n"


@pytest.mark.parametrize("address", ["postgresql://app@//run/pg/steward", "postgresql://app@/steward?host=/run/pg"])
def test_a_database_may_be_reached_by_a_socket(address: str) -> None:
    code = (
        "from procrastinate.contrib.django.utils import connector_params; p = connector_params();"
        "print(p['host'], p['user'], p['dbname'])"
    )
    shell = manage("shell", "--no-imports", "-v", "0", "-c", code, **{**PRODUCTION, "DATABASE_URL": address})
    assert shell.stdout == "/run/pg app steward\n", shell.stderr


MAIL = {
    "EMAIL_URL": "smtp+tls://console:p%40ss@mail.example.com:2525",
    "STEWARD_MAIL_FROM": "steward@example.com",
    "STEWARD_URL": "https://steward.example.com/",
}


def test_mail_goes_to_the_server_that_is_named_with_a_limit_of_time() -> None:
    mailers, sends, url = chosen("MAILERS", "STEWARD_SENDS_MAIL", "STEWARD_URL", **PRODUCTION, **MAIL)
    options = {"host": "mail.example.com", "port": 2525, "username": "console", "password": "p@ss", "timeout": 10}
    assert mailers["default"]["OPTIONS"] == {**options, "use_tls": True, "use_ssl": False}
    assert (sends, url) == (True, "https://steward.example.com")
    check = manage("check", "--deploy", "--fail-level", "DEBUG", **PRODUCTION, **MAIL)
    assert check.returncode == 0, check.stderr


def test_without_a_mail_server_none_is_sent() -> None:
    assert chosen("STEWARD_SENDS_MAIL", **PRODUCTION) == [False]
    assert chosen("STEWARD_SENDS_MAIL", **PRODUCTION, EMAIL_URL="dummymail://") == [False]


def test_mail_without_a_sender_and_without_links_is_warned_of() -> None:
    check = manage("check", "--fail-level", "WARNING", **PRODUCTION, EMAIL_URL=MAIL["EMAIL_URL"])
    assert check.returncode != 0
    assert "steward.W001" in check.stderr
    assert "steward.W002" in check.stderr


def test_static_files_get_hashed_names_in_production(tmp_path: Path) -> None:
    collect = manage("collectstatic", "--no-input", **PRODUCTION, STEWARD_STATIC=str(tmp_path / "static"))
    assert collect.returncode == 0, collect.stderr
    manifest = json.loads((tmp_path / "static" / "staticfiles.json").read_text())
    assert all(name != hashed for name, hashed in manifest["paths"].items())


def test_loading_the_settings_starts_no_server(tmp_path: Path) -> None:
    check = manage("check", STEWARD_DATA=str(tmp_path))
    assert check.returncode == 0, check.stderr
    assert not (tmp_path / "postgresql").exists()


def test_no_script_or_style_but_our_own_may_run() -> None:
    policy = settings.SECURE_CSP
    assert policy["script-src"] == policy["style-src"] == ["'self'"]
    assert policy["object-src"] == policy["base-uri"] == policy["frame-ancestors"] == ["'none'"]
