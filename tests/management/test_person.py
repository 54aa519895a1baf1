"""manage.py person: who can sign in, and what they may do where."""

from __future__ import annotations

import io

import pytest

from console.models import Event, Grant, User
from tests.cast import connect
from tests.management.running import run

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEWARD_PASSWORD", PASSWORD)


def grants(username: str) -> set[tuple[str, str]]:
    held = Grant.objects.filter(user__username=username).select_related("connection")
    return {(grant.role, grant.connection.name if grant.connection else "everywhere") for grant in held}


def test_a_new_person_can_sign_in_with_the_password_from_the_environment() -> None:
    said = run("person", "ed", "--role", "editor")
    assert "ed can sign in now: Editor." in said.out
    assert User.objects.get(username="ed").check_password(PASSWORD)
    assert grants("ed") == {("editor", "everywhere")}


def test_several_roles_hold_at_the_named_connections() -> None:
    connect("sqril")
    connect("caibo")
    run("person", "ed", "--role", "editor", "approver", "--connection", "Sqril", "Caibo")
    assert grants("ed") == {(role, name) for role in ("editor", "approver") for name in ("Sqril", "Caibo")}


def test_running_it_again_changes_nothing_and_leaves_one_event() -> None:
    run("person", "ed", "--role", "editor")
    session_hash = User.objects.get(username="ed").get_session_auth_hash()
    said = run("person", "ed", "--role", "editor")
    assert "up to date" in said.out
    assert User.objects.get(username="ed").get_session_auth_hash() == session_hash
    assert Event.objects.filter(verb="person.granted").count() == 1


def test_roles_at_a_connection_replace_those_held_there_and_leave_the_others() -> None:
    connect("sqril")
    connect("caibo")
    run("person", "ed", "--role", "editor", "--connection", "Sqril")
    run("person", "ed", "--role", "viewer", "--connection", "Caibo")
    run("person", "ed", "--role", "approver", "--connection", "Sqril")
    assert grants("ed") == {("approver", "Sqril"), ("viewer", "Caibo")}


def test_roles_everywhere_replace_all_others() -> None:
    connect("sqril")
    run("person", "ed", "--role", "editor", "--connection", "Sqril")
    run("person", "ed", "--role", "reviewer")
    assert grants("ed") == {("reviewer", "everywhere")}


def test_running_it_again_sets_another_password(monkeypatch: pytest.MonkeyPatch) -> None:
    run("person", "ed", "--role", "editor")
    monkeypatch.setenv("STEWARD_PASSWORD", "another horse entirely")
    run("person", "ed", "--role", "editor")
    assert User.objects.get(username="ed").check_password("another horse entirely")


def test_without_a_password_an_existing_person_keeps_theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    run("person", "ed", "--role", "editor")
    monkeypatch.delenv("STEWARD_PASSWORD")
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert not run("person", "ed", "--role", "viewer").refusal
    assert User.objects.get(username="ed").check_password(PASSWORD)


def test_without_a_password_a_new_person_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STEWARD_PASSWORD")
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert "needs a password" in run("person", "ed", "--role", "editor").refusal
    assert not User.objects.exists()


def test_a_weak_password_is_refused_and_nobody_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEWARD_PASSWORD", "12345678")
    assert "too common" in run("person", "ed", "--role", "editor").refusal
    assert not User.objects.exists()


def test_a_role_that_does_not_exist_is_refused_with_the_list_of_roles() -> None:
    assert "'editor'" in run("person", "ed", "--role", "king").refusal


def test_a_connection_that_does_not_exist_is_refused_with_the_list_of_connections() -> None:
    connect("sqril")
    assert "There are: Sqril." in run("person", "ed", "--role", "editor", "--connection", "Nowhere").refusal


def test_a_user_name_with_a_space_is_refused() -> None:
    assert "valid username" in run("person", "ed k", "--role", "editor").refusal


def test_the_history_tells_what_was_granted_and_no_password() -> None:
    run("person", "ed", "--role", "editor")
    [event] = Event.objects.filter(verb="person.granted")
    assert event.details["granted"] == ["editor at all connections"]
    assert PASSWORD not in str(event.details)
