"""What a GET can do and what every POST needs: each address, asked as somebody would who wants to trick.

A GET that carries whatever a POST would, by whoever may, moves no row of any table; and a POST that no page of ours
sent is refused to the very person who may do it, and moves none either.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.db import connection as database
from django.middleware.csrf import get_token
from django.test import Client, RequestFactory
from django.urls import URLPattern

from console.urls import urlpatterns
from tests.views.answers_declared import ANSWERS, POSTS, WHO, declared
from tests.views.test_access import ACCESS, DIGEST, EVENTS, undone
from tests.views.worlds import World, world

pytestmark = pytest.mark.django_db

# Who looked at what, was refused it, when they were last here and how often they asked: no business, and told by a GET.
OF_ACCESS = {
    *("console_visit", "console_chain", "console_session", "console_cache", "console_allowance"),
    *("console_event", "console_user"),
}
OVERRIDES = {"X-HTTP-Method-Override": "POST", "X-HTTP-Method": "DELETE", "X-Method-Override": "PUT"}
SWAP = {"HX-Request": "true"}
HERE = "https://testserver"
FORM = re.compile(r"<form\b[^>]*>.*?</form>", re.DOTALL)


def tables() -> dict[str, str]:
    """What each table of the database holds, as a digest: the queue's and the libraries' as well as ours."""
    with database.cursor() as cursor:
        names = set(database.introspection.table_names(cursor)) - OF_ACCESS
        asked = [DIGEST.format(name=name) for name in sorted(names)]
        cursor.execute(" UNION ALL ".join([*asked, EVENTS, PEOPLE]), [list(ACCESS)])
        return dict(cursor.fetchall())


PEOPLE = """SELECT 'people', md5(string_agg((to_jsonb(u) - 'seen_at')::text, ' ' ORDER BY u.id)) FROM console_user u"""


def moved(before: dict[str, str]) -> list[str]:
    """The tables that hold something else by now."""
    return [name for name, digest in tables().items() if before[name] != digest]


def who_may(name: str) -> str:
    """The first of the cast to whom a POST does something; nobody in particular where it is for nobody."""
    answers = declared(name, "POST")
    return next((who for who in reversed(WHO) if answers[who] in {200, 303}), WHO[0])


def asks(client: Client, here: World, name: str) -> list[Any]:
    """Everything but a POST that looks like one."""
    url, body = here.url(name), {**here.body(name), "_method": "POST", "do": "approve", "sure": "yes", "confirm": "1"}
    return [
        client.get(url, body),
        client.get(url, body, headers=OVERRIDES),
        client.get(url, body, headers=SWAP),
        client.generic("GET", url, "&".join(f"{key}={value}" for key, value in body.items()).encode()),
        client.head(url, body),
        client.options(url, body),
    ]


@pytest.mark.parametrize("name", ANSWERS)
def test_nothing_moves_but_by_a_post_that_a_page_of_ours_sent(name: str) -> None:
    here, who = world(name), who_may(name) if name in POSTS else "editor"
    client, strict, fresh = here.client(who), *(here.client(who, enforce_csrf_checks=True) for _ in range(2))
    before = tables()
    answers = asks(client, here, name)
    assert moved(before) == []
    assert all(answer.status_code < 500 for answer in answers)
    if name in POSTS:
        answers = forges(strict, here, name)
        assert moved(before) == []
        assert {answer.status_code for answer in answers} == {403}
        with undone():
            assert means_it(fresh, here, name) == declared(name, "POST")[who]


def forges(client: Client, here: World, name: str) -> list[Any]:
    """Posts by somebody who may, that another site made their browser send."""
    mine, other = token_of(client), token_of(Client())
    tries: list[tuple[dict[str, str], dict[str, str]]] = [
        ({}, {}),
        ({}, {"X-CSRFToken": other}),
        ({"csrfmiddlewaretoken": other}, {"Origin": HERE}),
        ({"csrfmiddlewaretoken": mine}, {"Origin": "https://evil.example"}),
        ({"csrfmiddlewaretoken": mine}, {"Origin": "null"}),
        ({"csrfmiddlewaretoken": mine}, {"Referer": "https://evil.example/testserver"}),
        ({"csrfmiddlewaretoken": mine}, {}),  # over https, without saying from where
    ]
    url, body = here.url(name), here.body(name)
    in_address = client.post(f"{url}?csrfmiddlewaretoken={mine}", body, headers={"Origin": HERE}, secure=True)
    return [in_address, *(client.post(url, {**body, **more}, headers=how, secure=True) for more, how in tries)]


def means_it(client: Client, here: World, name: str) -> int:
    """The same as a page of ours would send it; the answer's status."""
    body = {**here.body(name), "csrfmiddlewaretoken": token_of(client)}
    return client.post(here.url(name), body, headers={"Origin": HERE}, secure=True).status_code


def token_of(client: Client) -> str:
    """The token that its pages would carry, the cookie of it set."""
    request = RequestFactory().get("/")
    token = get_token(request)
    client.cookies["steward-csrf"] = request.META["CSRF_COOKIE"]
    return token


def test_no_view_is_excused_from_the_token() -> None:
    excused = [pattern.name for pattern in urlpatterns if getattr(view_of(pattern), "csrf_exempt", False)]
    assert excused == []


def view_of(pattern: URLPattern) -> Any:
    return pattern.callback


@pytest.mark.parametrize("file", sorted(Path("templates").rglob("*.html")), ids=str)
def test_every_form_that_posts_carries_the_token(file: Path) -> None:
    for form in FORM.findall(file.read_text()):
        opening = form[: form.index(">") + 1].lower()
        assert ('method="post"' in opening) == ("{% csrf_token %}" in form), form[:200]
