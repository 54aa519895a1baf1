"""What every answer tells the browser, whoever gave it and however it went."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import path

from console import urls
from console.errors import TooMany
from console.views.errors import too_many_of_an_address
from tests import cast

SWAP = {"HX-Request": "true"}
WORDS = "text/plain; charset=utf-8"


def breaks(_: HttpRequest) -> HttpResponse:
    """A view that goes wrong, with something personal in the text of its error."""
    raise ValueError("Priya Sharma")


def away(_: HttpRequest) -> HttpResponse:
    """A view whose database is not there."""
    raise OperationalError("no connection to 10.1.2.3")


def often(_: HttpRequest) -> HttpResponse:
    """A view that was asked too often."""
    raise TooMany(75)


@pytest.fixture
def faults(settings: LazySettings) -> None:
    """Addresses beside the console's own, at which something goes wrong."""
    settings.ROOT_URLCONF = type(
        "Faults",
        (),
        {
            **{name: getattr(urls, name) for name in dir(urls) if name.startswith("handler")},
            "urlpatterns": [
                *urls.urlpatterns,
                path("breaks/", breaks),
                path("away/", away),
                path("often/", often),
            ],
        },
    )


@pytest.fixture
def ed(db: None) -> Client:
    """Ed's browser, which is told of what broke instead of the test."""
    client = Client(raise_request_exception=False)
    client.force_login(cast.person("ed"))
    return client


type Ask = Callable[[Client, dict[str, str]], Any]

# Every sort of answer, the layer that gives it, and its status.
ANSWERS: dict[str, tuple[Ask, int]] = {
    "a page": (lambda ed, headers: ed.get("/customers/", headers=headers), 200),
    "a redirect": (lambda ed, headers: ed.get("/sign-in/", headers=headers), 302),
    "to sign in": (lambda _, headers: Client().get("/customers/", headers=headers), 302),
    "a missing slash": (lambda ed, headers: ed.get("/customers", headers=headers), 301),
    "a static file": (lambda ed, headers: ed.get("/static/img/favicon.svg", headers=headers), 200),
    "no static file": (lambda ed, headers: ed.get("/static/img/none.svg", headers=headers), 404),
    "alive": (lambda ed, headers: ed.get("/livez", headers=headers), 200),
    "metrics elsewhere": (lambda ed, headers: ed.get("/metrics", REMOTE_ADDR="8.8.8.8", headers=headers), 403),
    "a damaged request": (lambda ed, headers: ed.post("/customers/", headers=headers, CONTENT_LENGTH="-1"), 400),
    "a foreign host": (lambda ed, headers: ed.get("/", headers={**headers, "host": "evil.example"}), 400),
    "an old page": (
        lambda ed, headers: _strict(ed).post("/customers/", {"q": "Ann"}, headers=headers),
        403,
    ),
    "no right": (lambda ed, headers: ed.get("/audit/", headers=headers), 403),
    "nothing there": (lambda ed, headers: ed.get("/nowhere/", headers=headers), 404),
    "no such record": (lambda ed, headers: ed.get("/customers/987654321/", headers=headers), 404),
    "another method": (lambda ed, headers: ed.delete("/customers/", headers=headers), 405),
    "too large": (lambda ed, headers: ed.post("/customers/", {"q": "x" * 3_000_000}, headers=headers), 413),
    "too often": (lambda ed, headers: ed.get("/often/", headers=headers), 429),
    "a refused form": (lambda ed, headers: ed.post("/customers/add/", {"external_id": ""}, headers=headers), 422),
    "broken": (lambda ed, headers: ed.get("/breaks/", headers=headers), 500),
    "database away": (lambda ed, headers: ed.get("/away/", headers=headers), 503),
}
REFUSED = [name for name, (_, status) in ANSWERS.items() if status >= 400 and status not in {405, 422}]


def _strict(client: Client) -> Client:
    client.handler.enforce_csrf_checks = True
    return client


@pytest.mark.usefixtures("faults")
@pytest.mark.parametrize("headers", [{}, SWAP])
@pytest.mark.parametrize("name", ANSWERS)
def test_every_answer_is_guarded(ed: Client, name: str, headers: dict[str, str]) -> None:
    ask, status = ANSWERS[name]
    answer = ask(ed, headers)
    answer.close()
    assert answer.status_code == status
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
    assert all(part in policy for part in ("frame-ancestors 'none'", "base-uri 'none'", "object-src 'none'"))
    assert "unsafe" not in policy
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in answer.headers["Permissions-Policy"]
    assert "publickey-credentials-get=(self)" in answer.headers["Permissions-Policy"]
    kept = answer.headers["Cache-Control"]
    assert ("public" in kept) if name == "a static file" else ("no-store" in kept and "private" in kept)


@pytest.mark.parametrize("where", ["/customers/?q=1", "/static/img/favicon.svg", "/nowhere/"])
def test_the_way_to_https_is_guarded_as_well(settings: LazySettings, where: str) -> None:
    settings.SECURE_SSL_REDIRECT = True
    answer = Client().get(where)
    assert (answer.status_code, answer.headers["Location"]) == (301, f"https://testserver{where}")
    assert "no-store" in answer.headers["Cache-Control"]
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "camera=()" in answer.headers["Permissions-Policy"]


@pytest.mark.usefixtures("faults")
@pytest.mark.parametrize("name", [name for name in REFUSED if name not in {"no static file", "metrics elsewhere"}])
def test_who_is_refused_gets_a_page_that_helps_and_a_script_a_sentence(ed: Client, name: str) -> None:
    ask, status = ANSWERS[name]
    page = ask(ed, {})
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert f'<p class="code">{status}</p>' in page.text
    assert 'href="/"' in page.text
    words = ask(ed, SWAP)
    assert words.headers["Content-Type"] == WORDS
    assert "<" not in words.text
    assert words.text.endswith(".")
    for text in (page.text, words.text):
        assert all(detail not in text for detail in ("Priya", "10.1.2.3", "Error", "evil.example", "Traceback"))


@pytest.mark.usefixtures("faults")
@pytest.mark.parametrize(("name", "seconds"), [("too often", "75"), ("database away", "60")])
def test_what_works_again_later_says_when(ed: Client, name: str, seconds: str) -> None:
    ask, _ = ANSWERS[name]
    for headers in ({}, SWAP):
        assert ask(ed, headers).headers["Retry-After"] == seconds


@pytest.mark.usefixtures("faults")
def test_a_script_is_told_which_right_it_takes(ed: Client) -> None:
    said = ed.get("/audit/", headers=SWAP).text
    assert "Nothing was changed." in said
    assert "Reviewer" in said


@pytest.mark.usefixtures("db")
def test_a_stranger_who_is_limited_sees_a_page_without_the_shell_of_anybody() -> None:
    answer = too_many_of_an_address(RequestFactory().post("/sign-in/"))
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "60")
    assert "That was too often" in answer.text
