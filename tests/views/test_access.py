"""Who gets which answer where: the table of answers, held against each address, for everybody and by every method."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.apps import apps
from django.db import connection as database
from django.db import transaction

from console.models import (
    Allowance,
    Chain,
    Change,
    Connection,
    Event,
    Grant,
    Status,
    User,
    Visit,
)
from console.urls import urlpatterns
from tests import cast
from tests.views.answers_declared import ANSWERS, METHODS, POSTS, WHO, declared
from tests.views.pages import text_of
from tests.views.worlds import HIDDEN, world

pytestmark = pytest.mark.django_db

# What looks at a form half typed keeps it as a draft, for the one who may; a session keeps what a passkey is asked.
KEEP_A_DRAFT = ("customer_preview", "customer_check", "passkey_ask")

# Events that tell who read what, and who was refused what.
ACCESS = (
    *("audit.searched", "audit.opened", "audit.downloaded", "batch.downloaded", "bulk.downloaded"),
    *("person.refused", "person.sign_in_failed"),
)


@contextmanager
def undone() -> Iterator[None]:
    """A stretch after which the database is as it was before."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


# What tells who looked at what, or was refused it, and how often: no business.
NO_BUSINESS = frozenset({Allowance, Chain, Event, Visit})


def business() -> dict[str, str]:
    """What each of the console's own tables holds, as a digest, but for what is none of its business."""
    models = [model for model in apps.get_app_config("console").get_models() if model not in NO_BUSINESS]
    asked = [DIGEST.format(name=model._meta.db_table) for model in models]
    with database.cursor() as cursor:
        cursor.execute(" UNION ALL ".join([*asked, EVENTS]), [list(ACCESS)])
        return dict(cursor.fetchall())


DIGEST = "SELECT '{name}', md5(coalesce(string_agg(t::text, ' ' ORDER BY t::text), '')) FROM {name} t"
EVENTS = """SELECT 'events', md5(coalesce(string_agg(e::text, ' ' ORDER BY e::text), '')) FROM console_event e
    WHERE verb <> ALL (%s)"""


def is_guarded(answer: Any) -> bool:
    """Every answer, refusals and redirects too, runs no foreign script, stands in no frame, and is kept by nobody."""
    policy = answer.headers["Content-Security-Policy"]
    return (
        all(part in policy for part in ("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"))
        and "no-store" in answer.headers["Cache-Control"]
        and answer.headers["X-Frame-Options"] == "DENY"
        and answer.headers["X-Content-Type-Options"] == "nosniff"
        and answer.headers["Referrer-Policy"] == "same-origin"
        and answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    )


def test_every_address_declares_its_answers() -> None:
    assert set(ANSWERS) == {pattern.name for pattern in urlpatterns}


@pytest.mark.parametrize("name", ANSWERS)
def test_everybody_gets_the_declared_answer_and_only_a_post_changes_anything(name: str) -> None:
    here = world(name)
    clients = {who: here.client(who) for who in WHO}
    before = business()
    for method in METHODS:
        if method != "POST":
            answers = {who: client.generic(method, here.url(name)) for who, client in clients.items()}
            got = {who: answer.status_code for who, answer in answers.items()}
            assert (method, got) == (method, declared(name, method))
            assert all(is_guarded(answer) for answer in answers.values())
    for client in clients.values():
        assert is_guarded(client.get(here.url(name), headers={"HX-Request": "true"}))
    assert business() == before


@pytest.mark.parametrize("name", POSTS)
def test_everybody_gets_the_declared_answer_to_a_post_and_what_is_refused_changes_nothing(name: str) -> None:
    here, got = world(name), {}
    clients = {who: here.client(who) for who in WHO}
    before = business()
    for who, client in clients.items():
        with undone():
            answer = client.post(here.url(name), here.body(name))
            got[who] = answer.status_code
            assert got[who] == 303 or business() == before or (name in {*KEEP_A_DRAFT, *HIDDEN} and got[who] == 200)
            assert is_guarded(answer)
    assert got == declared(name, "POST")


@pytest.mark.parametrize("name", POSTS)
def test_a_post_without_the_pages_token_is_refused_and_changes_nothing(name: str) -> None:
    here = world(name)
    forged = {"csrfmiddlewaretoken": "x" * 64, **here.body(name)}
    signs_in = name == "sign_in"  # which asks again; whoever is signed in by then is led on
    people = ("nobody",) if signs_in else ("nobody", "editor", "operator")
    words = "Please sign in again." if signs_in else "This page was too old to be sent"
    clients = [here.client(who, enforce_csrf_checks=True) for who in people]
    before = business()
    for client in clients:
        for data, headers in ((here.body(name), {}), (forged, {}), ({}, {"HX-Request": "true"})):
            answer = client.post(here.url(name), data, headers=headers)
            assert answer.status_code == 403
            assert words in answer.text
    assert business() == before


@pytest.mark.parametrize("swap", [{}, {"HX-Request": "true"}])
@pytest.mark.parametrize("name", [name for name in ANSWERS if " 404" in next(iter(ANSWERS[name].values()))])
def test_another_teams_object_looks_like_one_that_does_not_exist(name: str, swap: dict[str, str]) -> None:
    here = world(name)
    client = here.client("outsider")
    pk = re.compile(r"(?<=/)\d+(?=/)")
    for method in [method for method in ANSWERS[name] if method != "HEAD"]:
        ask_at = getattr(client, method.lower())
        theirs = ask_at(here.url(name), here.body(name), headers=swap)
        nobodys = ask_at(pk.sub("987654321", here.url(name)), here.body(name), headers=swap)
        assert theirs.status_code == nobodys.status_code == 404
        clock = re.compile(r"\d\d:\d\d:\d\d")  # when a page was made stands on it, for paper
        assert clock.sub("", text_of(theirs)) == clock.sub("", text_of(nobodys))
        assert all(word not in theirs.text for word in ("Ann Whitfield", "Caibo", "12345"))


@pytest.mark.parametrize(
    ("who", "place"), [(who, place) for who in ("stranger", "outsider") for place in ("work", "customers", "changes")]
)
def test_lists_show_nothing_of_another_team(who: str, place: str) -> None:
    here = world(place)
    client = here.client(who)
    for query in ({}, {"at": here.connection.pk}, {"connection": here.connection.pk}, {"after": 0}, {"state": "going"}):
        page = client.get(here.url(place), query).text
        assert "Ann Whitfield" not in page
        assert "Caibo" not in page


def test_a_list_cannot_be_placed_by_the_name_of_another_teams_customer() -> None:
    here = world("customers")
    mine = Connection.objects.get(provider_slug="sqril")
    for number, name in enumerate(("Aaron", "Zoe")):
        cast.sample(mine, customer_id=f"cus_{number}", name_first=name, name_last="Berg")
    client = here.client("outsider")
    for way in ("after", "before"):
        page = client.get(here.url("customers"), {way: here.customer.pk}).text
        assert "Aaron Berg" in page
        assert "Zoe Berg" in page


def test_who_was_deactivated_is_nobody() -> None:
    here = world("change")
    client = here.client("editor")
    User.objects.filter(username="editor").update(is_active=False)
    assert client.get(here.url("change")).status_code == 302
    assert client.post(here.url("change_withdraw")).status_code == 302


def test_a_grant_that_was_taken_back_counts_from_the_next_request_on() -> None:
    here = world("change_withdraw")
    client = here.client("editor")
    assert client.get(here.url("change")).status_code == 200
    Grant.objects.filter(user=here.people["editor"]).delete()
    assert client.post(here.url("change_withdraw")).status_code == 404
    assert Change.objects.get(pk=here.change.pk).state is Status.APPROVED


def test_no_rank_of_django_gives_a_right() -> None:
    here = world("change")
    User.objects.filter(username="stranger").update(is_superuser=True, is_staff=True)
    assert here.client("stranger").get(here.url("change")).status_code == 404
    assert here.client("stranger").post(here.url("change_withdraw")).status_code == 404
