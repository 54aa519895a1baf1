"""The components, rendered: what is given is shown, what is dangerous is escaped, what is absent leaves no trace."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from django.template.loader import render_to_string

from console.templatetags.look import icon, provider, state, when

HOSTILE = "<script>alert('x')</script>"


@dataclass(frozen=True, slots=True)
class Span:
    text: str
    asked: bool


@dataclass(frozen=True, slots=True)
class Preview:
    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: tuple[Span, ...]


def component(name: str, /, **given: object) -> str:
    return render_to_string(f"components/{name}.html", given)


def test_a_request_marks_what_is_asked_and_nothing_else() -> None:
    body = (Span('{"phone": "', False), Span("+62812", True), Span('"}', False))
    html = component("request", preview=Preview("PUT", "https://api.example/x", (("X-API-Key", "••••••"),), body))
    assert '<span class="k">PUT</span> https://api.example/x\n<span class="k">X-API-Key:</span> ••••••\n\n' in html
    assert "{&quot;phone&quot;: &quot;<mark>+62812</mark>&quot;}</pre>" in html


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("notice", {"heading": HOSTILE, "body": HOSTILE}),
        ("empty", {"icon": "search", "heading": HOSTILE, "body": HOSTILE}),
        ("timeline_item", {"heading": HOSTILE, "say": HOSTILE}),
        ("field_error", {"id": "x", "messages": [HOSTILE]}),
        ("copy", {"text": HOSTILE, "label": HOSTILE}),
        ("request", {"preview": Preview("PUT", HOSTILE, ((HOSTILE, HOSTILE),), (Span(HOSTILE, True),))}),
    ],
)
def test_what_people_and_providers_write_is_escaped(name: str, given: dict[str, object]) -> None:
    html = component(name, **given)
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_what_tags_are_given_is_escaped() -> None:
    for html in (state("applied", "check", HOSTILE), provider(HOSTILE), icon(HOSTILE, HOSTILE)):
        assert "<script" not in html
        assert "&lt;script&gt;" in html


def test_a_notice_takes_the_icon_of_its_tone_unless_told() -> None:
    assert "#clock" in component("notice", tone="waiting", body="It waits.")
    assert "#lock" in component("notice", tone="waiting", icon="lock", body="It waits.")


def test_a_pager_shows_only_the_ways_there_are() -> None:
    html = component("pager", say="50 of 1000+", next="?after=x")
    assert 'rel="next"' in html
    assert 'rel="prev"' not in html


def test_a_time_says_the_exact_moment_too() -> None:
    html = when(datetime(2020, 11, 3, 10, 24, 7, tzinfo=UTC))
    assert 'datetime="2020-11-03T10:24:07+00:00"' in html
    assert 'title="3 Nov 2020, 10:24:07 UTC"' in html
    assert ">3 Nov 2020</time>" in html
    assert when(None) == ""


def test_an_icon_that_stands_alone_has_a_name_and_others_are_silent() -> None:
    assert 'role="img" aria-label="Locked"' in icon("lock", label="Locked")
    assert 'aria-hidden="true"' in icon("lock")


@pytest.mark.parametrize("page", ["400", "403_csrf", "500"])
def test_an_error_page_needs_no_context(page: str) -> None:
    assert "Go to your work" in render_to_string(f"{page}.html")


def test_the_people_of_the_demo_are_shown_only_where_they_are_given() -> None:
    people = [("ed", "Editor", "let-me-in")]
    assert "let-me-in" in render_to_string("registration/login.html", {"demo_people": people})
    assert "People of this demo" not in render_to_string("registration/login.html")
