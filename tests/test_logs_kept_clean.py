"""What gets into a log line can neither tell of anybody, nor end the line, whoever wrote it."""

from __future__ import annotations

import contextlib
import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from django.conf import LazySettings
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from console import logs, urls
from tests import cast

PRIYA = "priya.sharma@example.com"
# Ends of lines of every system, what steers a terminal or turns a line round, half a character.
ENDS = ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x85", "\u2028", "\u2029", "\x1b[2K", "\x00", "\u202e", "\ud800"]


class Told:
    """A log as it would be written."""

    def __init__(self, *, readable: bool) -> None:
        self.stream = io.StringIO()
        configuration = logs.configuration(readable=readable, messages_of_errors=False, level="INFO")
        formatter = dict(configuration["formatters"]["lines"])
        self.handler = logging.StreamHandler(self.stream)
        self.handler.setFormatter(formatter.pop("()")(**formatter))

    @property
    def lines(self) -> list[str]:
        """Every line."""
        return self.stream.getvalue().splitlines()

    @property
    def parsed(self) -> list[dict[str, Any]]:
        """Every line of a log for machines."""
        return [json.loads(line) for line in self.lines]


@pytest.fixture(params=[False, True], ids=["for machines", "for people"])
def told(request: pytest.FixtureRequest) -> Iterator[Told]:
    yield from listening(Told(readable=request.param))


@pytest.fixture
def log() -> Iterator[Told]:
    yield from listening(Told(readable=False))


def listening(told: Told) -> Iterator[Told]:
    root = logging.getLogger()
    level = root.level
    root.addHandler(told.handler)
    root.setLevel(logging.INFO)
    yield told
    root.removeHandler(told.handler)
    root.setLevel(level)


@contextlib.contextmanager
def heard_by_nobody_else(told: Told) -> Iterator[None]:
    """pytest would keep what it hears for its report, which half a character cannot be sent in."""
    root = logging.getLogger()
    others, root.handlers = root.handlers, [told.handler]
    yield
    root.handlers = others


@pytest.mark.parametrize("end", ENDS)
def test_no_value_ends_a_line_or_looks_like_another(told: Told, end: str) -> None:
    forged = f"Ann{end}2026-01-01T00:00:00Z [critical] all is lost"
    with heard_by_nobody_else(told):
        structlog.get_logger("console.flows").warning("renamed", name=forged)
        structlog.get_logger("console.flows").warning(forged)
        logging.getLogger("some.library").warning("renamed %s", forged)
    assert len(told.lines) == 3
    assert all(end not in line for line in told.lines)
    assert all("Ann\\" in line for line in told.lines)


@pytest.mark.parametrize(
    "name",
    ["password", "new_password", "api_key", "apiKey", "secret", "token", "Authorization", "Set-Cookie", "session_key"],
)
def test_what_is_named_like_a_secret_is_not_written(told: Told, name: str) -> None:
    structlog.get_logger("console.flows").warning("tried", **{name: "kX9-zebra-4411"})
    assert "zebra" not in "".join(told.lines)
    assert "[redacted]" in told.lines[0]


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer kX9-zebra-4411",
        "password=kX9-zebra-4411 was refused",
        "connecting to postgresql://app:kX9-zebra-4411@db.example/steward",
        "GET https://api.example/customers?phone=zebra4411&x=1",
        "mail for zebra.4411@example.com bounced",
    ],
)
def test_what_looks_like_a_credential_or_an_address_of_somebody_is_taken_out_of_a_text(told: Told, text: str) -> None:
    logging.getLogger("some.library").warning(text)
    assert "zebra" not in "".join(told.lines)
    assert "[redacted]" in told.lines[0]


def test_what_is_no_secret_stays(log: Told) -> None:
    structlog.get_logger("console.flows").info("sent", connection=3, milliseconds=12.5, route="customers/<int:pk>/")
    (line,) = log.parsed
    assert (line["connection"], line["milliseconds"], line["route"]) == (3, 12.5, "customers/<int:pk>/")


def breaks(_: HttpRequest, who: str) -> HttpResponse:
    """A view that goes wrong, and says with what."""
    raise ValueError(who)


class Faults:
    """The console's addresses and one that breaks."""

    handler400, handler404, handler500 = urls.handler400, urls.handler404, urls.handler500
    urlpatterns = [*urls.urlpatterns, path("breaks/<str:who>/", breaks)]


@pytest.mark.django_db
def test_no_line_about_a_request_holds_what_was_asked_for_or_where(log: Told, settings: LazySettings) -> None:
    settings.ROOT_URLCONF = Faults
    ed = Client(raise_request_exception=False, enforce_csrf_checks=True)
    ed.force_login(cast.person("ed"))
    statuses = [
        ed.get(f"/nowhere/{PRIYA}/").status_code,
        ed.get("/customers/", {"q": PRIYA, "s": PRIYA}).status_code,
        ed.post(f"/customers/?q={PRIYA}", {"q": PRIYA}).status_code,
        ed.get("/", headers={"host": f"{PRIYA}.example"}).status_code,
        ed.post(f"/customers/?q={PRIYA}", CONTENT_LENGTH="-1").status_code,
        ed.delete(f"/customers/?q={PRIYA}").status_code,
        ed.get(f"/breaks/{PRIYA}/").status_code,
    ]
    assert statuses == [404, 200, 403, 400, 400, 403, 500]
    assert "priya" not in log.stream.getvalue().lower()
    by_django = [line for line in log.parsed if line["event"] == "django answered"]
    assert {line["status"] for line in by_django} == {400, 403, 404, 500}
    assert [error["type"] for line in by_django if line["status"] == 500 for error in line["error"]] == ["ValueError"]
