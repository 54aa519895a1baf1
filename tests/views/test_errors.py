"""What is answered when a view could not: an absent database is told apart from one that refused."""

import psycopg.errors
import pytest
import structlog
from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from django.test import RequestFactory

from console.embedded import Unavailable
from console.errors import TooMany
from console.views.errors import broken, too_many


def answer_to(error: Exception, cause: Exception | None = None, **headers: str) -> HttpResponse:
    request = RequestFactory(headers=headers).get("/customers/")
    try:
        raise error from cause
    except type(error):
        return broken(request)


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (OperationalError("no such file"), psycopg.OperationalError("no such file")),
        (OperationalError("shutting down"), psycopg.errors.AdminShutdown("shutting down")),
        (OperationalError("starting up"), psycopg.errors.CannotConnectNow("starting up")),
        (OperationalError("full"), psycopg.errors.TooManyConnections("full")),
        (InterfaceError("closed"), psycopg.InterfaceError("closed")),
        (Unavailable("The embedded PostgreSQL did not start."), None),
        (RuntimeError("of something else"), Unavailable("The embedded PostgreSQL did not start.")),
    ],
)
def test_a_database_that_is_not_there_is_away(error: Exception, cause: Exception | None) -> None:
    answer = answer_to(error, cause)
    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    assert "The console cannot reach its database" in answer.text


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (ValueError("what Ed typed"), None),
        (OperationalError("deadlock"), psycopg.errors.DeadlockDetected("deadlock")),
        (OperationalError("time limit"), psycopg.errors.QueryCanceled("time limit")),
    ],
)
def test_what_broke_while_it_was_there_is_a_fault_of_ours_and_told_without_its_text(
    error: Exception, cause: Exception | None
) -> None:
    answer = answer_to(error, cause)
    assert answer.status_code == 500
    assert "Something broke on the server" in answer.text
    assert str(error) not in answer.text


def test_a_script_is_answered_in_plain_words() -> None:
    answer = answer_to(OperationalError(), psycopg.OperationalError(), HX_Request="true")
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.text == "The console cannot reach its database. Nothing you saved is lost; try again in a minute."


def test_a_fault_is_told_by_the_number_that_the_log_has() -> None:
    with structlog.contextvars.bound_contextvars(request="8cf8e770"):
        assert "8cf8e770" in answer_to(ValueError()).text


def test_what_was_too_often_is_told_to_a_script_in_plain_words_and_when_it_works_again() -> None:
    answer = too_many(RequestFactory(headers={"HX-Request": "true"}).post("/customers/"), TooMany(75))
    assert (answer.status_code, answer["Retry-After"]) == (429, "75")
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.text == (
        "That was too often in a short time. It works again in 75 seconds. What you typed is still here."
    )
