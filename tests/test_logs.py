"""What the console writes into its logs, and what it keeps out of them."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from django.db import connection
from django.db.utils import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from console import logs
from console.middleware import never_stored, request_log
from console.models import User

type Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines() -> Iterator[Lines]:
    """The log lines as production writes them."""
    stream = io.StringIO()
    configuration = logs.configuration(readable=False, messages_of_errors=False, level="INFO")
    formatter = dict(configuration["formatters"]["lines"])
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter.pop("()")(**formatter))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.removeHandler(handler)
    root.setLevel(level)


def test_an_error_is_logged_by_type_and_place_but_never_by_its_text(lines: Lines, db: None) -> None:
    User.objects.create(username="priya.sharma")
    try:
        User.objects.create(username="priya.sharma")
    except IntegrityError:
        logging.getLogger("django.request").exception("it failed")
    (line,) = lines()
    assert "priya" not in json.dumps(line)
    assert [error["type"] for error in line["error"]] == ["IntegrityError", "UniqueViolation"]
    assert any("test_logs.py" in place for place in line["error"][0]["places"])
    connection.needs_rollback = True


def test_lines_of_the_libraries_and_our_own_look_the_same(lines: Lines) -> None:
    logging.getLogger("some.library").warning("theirs %s", 1)
    structlog.get_logger("console.flows").warning("ours", number=1)
    theirs, ours = lines()
    assert (theirs["event"], theirs["logger"], theirs["level"]) == ("theirs 1", "some.library", "warning")
    assert (ours["event"], ours["logger"], ours["level"], ours["number"]) == ("ours", "console.flows", "warning", 1)


def test_a_request_is_logged_under_one_name_by_its_route_alone(lines: Lines, rf: RequestFactory) -> None:
    def view(request: HttpRequest) -> HttpResponse:
        structlog.get_logger("console.flows").info("inside")
        return HttpResponse()

    response = request_log(view)(rf.get("/customers/", {"q": "Priya"}))
    inside, request = lines()
    assert inside["request"] == request["request"] == response["X-Request-Id"]
    assert (request["method"], request["status"]) == ("GET", 200)
    assert "Priya" not in json.dumps(request)


def test_no_page_may_be_stored(rf: RequestFactory) -> None:
    response = never_stored(lambda _request: HttpResponse())(rf.get("/"))
    assert response["Cache-Control"] == "no-store, private"


def test_every_answer_carries_the_security_headers(client: Client, db: None) -> None:
    response = client.get("/sign-in/")
    assert "script-src 'self'" in response["Content-Security-Policy"]
    assert response["X-Frame-Options"] == "DENY"
    assert "no-store" in response["Cache-Control"]
    assert response["Referrer-Policy"] == "same-origin"


def test_whoever_is_not_signed_in_sees_the_sign_in_page_alone(client: Client, db: None) -> None:
    response = client.get("/customers/")
    assert (response.status_code, response["Location"]) == (302, "/sign-in/?next=/customers/")
