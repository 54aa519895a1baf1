"""Single sign-on, told by a console that runs with it switched on, a provider on loopback, and a browser's cookies."""

from __future__ import annotations

import html
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from allauth.mfa.totp.internal.auth import TOTP
from django.db import connection as database
from psycopg.sql import SQL, Identifier
from pytest_django import DjangoDbBlocker

from console.models import Event, Grant, Session, User
from tests import cast, openid
from tests.databases import Databases
from tests.signing_on import Desk, signing_on


class Browser(requests.Session):
    """Follows nothing by itself, and sends the token of the last page with each form."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk, self.page = desk, ""

    def look(self, path: str) -> requests.Response:
        return self._shown(self.get(self.desk.url + path, allow_redirects=False))

    def press(self, path: str, **fields: str) -> requests.Response:
        [token, *_] = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.page)
        posted = {"csrfmiddlewaretoken": token, **fields}
        return self._shown(self.post(self.desk.url + path, posted, allow_redirects=False))

    def set_out(self, **fields: str) -> str:
        """Presses the button; gives the address at the provider."""
        self.look("/prove/?next=/" if "proving" in fields else "/sign-in/")
        answer = self.press("/sign-in/sso/", **fields)
        assert answer.status_code == 200
        return answer.headers["Refresh"].removeprefix("0; url=")

    def come_in(self, **fields: str) -> requests.Response:
        """All the way to the provider and back."""
        back = self.desk.provider.answer(self.set_out(**fields))
        return self.look(back.removeprefix(self.desk.url))

    def said(self, answer: requests.Response) -> str:
        """What the page says that one is led to."""
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", self.look(answer.headers["Location"]).text)).split())

    def is_in(self) -> bool:
        return self.look("/you/").status_code == 200

    def _shown(self, answer: requests.Response) -> requests.Response:
        self.page = answer.text
        return answer


@pytest.fixture(scope="module")
def desk(databases: Databases, django_db_blocker: DjangoDbBlocker) -> Iterator[Desk]:
    with django_db_blocker.unblock(), signing_on(databases) as desk:
        yield desk


@pytest.fixture
def browser(desk: Desk) -> Iterator[Browser]:
    """Of somebody in a console without links, rights and sessions; people of earlier tests are called otherwise."""
    with Browser(desk) as browser:
        yield browser
    with database.cursor() as cursor:
        for table in ("socialaccount_socialaccount", "console_grant", "console_session", "console_allowance"):
            cursor.execute(SQL("DELETE FROM {}").format(Identifier(table)))
        cursor.execute("UPDATE console_user SET username = 'earlier-' || id, email = ''")


def events(user: User) -> list[str]:
    return list(Event.objects.filter(subject=f"person:{user.pk}").order_by("number").values_list("verb", flat=True))


def roles(user: User) -> set[tuple[str, str | None]]:
    return set(Grant.objects.filter(user=user).values_list("role", "connection__name"))


def test_a_person_who_is_known_by_name_comes_in_and_is_linked(browser: Browser, desk: Desk) -> None:
    ed = cast.person("ed")
    desk.provider.sits("1", preferred_username="ed")
    answer = browser.come_in(next="/changes/")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/changes/")
    assert browser.is_in()
    assert events(ed) == ["person.linked", "person.signed_in"]


def test_the_browser_is_led_on_by_a_page_and_no_form_is_answered_by_another_site(browser: Browser, desk: Desk) -> None:
    desk.provider.sits("1")
    address = browser.set_out()
    assert address.startswith(f"{desk.provider.url}/ask?")
    assert "form-action 'self'" in browser.look("/sign-in/").headers["Content-Security-Policy"]
    desk.provider.answer(address)
    assert desk.provider.asked["code_challenge_method"] == "S256"
    assert desk.provider.asked["redirect_uri"] == f"{desk.url}/sign-in/sso/back/"
    assert len(desk.provider.asked["nonce"]) > 20
    assert desk.provider.asked["max_age"] == "28800"


def test_the_link_counts_from_then_on_and_not_the_name(browser: Browser, desk: Desk) -> None:
    ed, jo = cast.person("ed"), cast.person("jo")
    desk.provider.sits("1", preferred_username="ed")
    browser.come_in()
    browser.cookies.clear()
    desk.provider.sits("1", preferred_username="jo")
    browser.come_in()
    assert events(ed)[-1] == "person.signed_in"
    assert events(jo) == []


def test_a_second_account_of_the_same_name_is_not_let_in(browser: Browser, desk: Desk) -> None:
    ed = cast.person("ed")
    desk.provider.sits("1", preferred_username="ed")
    browser.come_in()
    browser.cookies.clear()
    desk.provider.sits("2", preferred_username="ed")
    assert "belongs to another account of Acme" in browser.said(browser.come_in())
    assert not browser.is_in()
    assert events(ed)[-1] == "person.sign_in_failed"


def test_somebody_whom_nobody_gave_an_account_does_not_come_in(browser: Browser, desk: Desk) -> None:
    before = User.objects.count()
    desk.provider.sits("1", preferred_username="mallory", groups=["others"])
    assert "nobody gave you an account here" in browser.said(browser.come_in())
    assert not browser.is_in()
    assert User.objects.count() == before


def test_somebody_who_was_deactivated_does_not_come_in(browser: Browser, desk: Desk) -> None:
    ed = cast.person("ed")
    User.objects.filter(pk=ed.pk).update(is_active=False)
    desk.provider.sits("1", preferred_username="ed", groups=["stewards"])
    assert "This account is closed" in browser.said(browser.come_in())
    assert not browser.is_in()
    assert roles(ed) == {("editor", None)}


def test_claims_give_and_take_the_roles_that_they_decide_about_and_leave_the_others(
    browser: Browser, desk: Desk
) -> None:
    ed = cast.person("ed")
    cast.connect("sqril")
    desk.provider.sits("1", preferred_username="ed", groups=["stewards", "lost", 7, None])
    browser.come_in()
    assert roles(ed) == {("editor", None), ("approver", "Sqril"), ("viewer", None)}
    browser.cookies.clear()
    desk.provider.sits("1", preferred_username="ed", groups=["auditors"])
    browser.come_in()
    assert roles(ed) == {("editor", None), ("reviewer", None)}
    told = [event.details for event in Event.objects.filter(subject=f"person:{ed.pk}", verb="person.granted")]
    assert told[0]["granted"] == ["approver at Sqril", "viewer at all connections"]
    assert told[1]["ended"] == ["approver at Sqril", "viewer at all connections"]
    assert {each["provider"] for each in told} == {"Acme"}


def test_roles_that_stay_as_they_are_leave_no_event(browser: Browser, desk: Desk) -> None:
    ed = cast.person("ed")
    for _ in range(2):
        browser.cookies.clear()
        desk.provider.sits("1", preferred_username="ed", groups=["auditors"])
        browser.come_in()
    assert events(ed).count("person.granted") == 1


def test_a_new_person_is_taken_in_only_by_a_role_that_claims_give(browser: Browser, desk: Desk) -> None:
    desk.provider.sits("9", preferred_username="nora", given_name="Nora", family_name="Quist", groups=["auditors"])
    browser.come_in()
    assert browser.is_in()
    nora = User.objects.get(username="nora")
    assert (nora.name, nora.has_usable_password(), roles(nora)) == ("Nora Quist", False, {("reviewer", None)})
    assert events(nora) == ["person.granted", "person.linked", "person.granted", "person.signed_in"]


def test_what_the_provider_told_is_kept_nowhere_but_which_account_it_is(browser: Browser, desk: Desk) -> None:
    cast.person("ed")
    desk.provider.sits("sub-of-ed", preferred_username="ed", email="ed.kowalski@acme.example", phone_number="+15550100")
    browser.come_in()
    with database.cursor() as cursor:
        cursor.execute("SELECT provider, uid, extra_data::text FROM socialaccount_socialaccount")
        [(provider, uid, told)] = cursor.fetchall()
        cursor.execute("SELECT count(*) FROM socialaccount_socialtoken")
        assert cursor.fetchone() == (0,)
    assert (provider[:5], uid, told) == ("oidc-", "sub-of-ed", "{}")


LIES: list[tuple[str, Callable[[dict[str, Any]], str | None]]] = [
    ("a signature of somebody else", lambda claims: openid.signed(claims, by_another=True)),
    ("no signature", openid.unsigned),
    ("a signature by what is public", openid.signed_by_what_is_public),
    ("another issuer", lambda claims: openid.signed({**claims, "iss": "https://evil.example.com"})),
    ("another audience", lambda claims: openid.signed({**claims, "aud": "another"})),
    ("another party", lambda claims: openid.signed({**claims, "aud": ["steward", "another"], "azp": "another"})),
    ("another nonce", lambda claims: openid.signed({**claims, "nonce": "of another session"})),
    ("no nonce", lambda claims: openid.signed({**claims, "nonce": None})),
    ("a time that is over", lambda claims: openid.signed({**claims, "exp": int(time.time()) - 3600})),
    ("a time to come", lambda claims: openid.signed({**claims, "iat": int(time.time()) + 3600})),
    ("no end", lambda claims: openid.signed({key: value for key, value in claims.items() if key != "exp"})),
    ("nobody", lambda claims: openid.signed({key: value for key, value in claims.items() if key != "sub"})),
    ("a name with a NUL", lambda claims: openid.signed({**claims, "sub": "1\0"})),
    ("a name without end", lambda claims: openid.signed({**claims, "sub": "1" * 500})),
    ("no token", lambda _: "not.a.token"),
]


@pytest.mark.parametrize("lie", [lie for _, lie in LIES], ids=[name for name, _ in LIES])
def test_a_token_that_proves_nothing_lets_nobody_in(
    browser: Browser, desk: Desk, lie: Callable[[dict[str, Any]], str | None]
) -> None:
    ed = cast.person("ed")
    desk.provider.sits("1", preferred_username="ed")
    desk.provider.lie = lie
    answer = browser.come_in()
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in/")
    assert "Acme" in browser.said(answer)
    assert not browser.is_in()
    assert events(ed) == []


@pytest.mark.parametrize(
    "described",
    [
        {"issuer": "https://evil.example.com"},
        {"token_endpoint": "file:///etc/passwd"},
        {"jwks_uri": None},
        {"issuer": 7},
    ],
    ids=["another issuer", "no web address", "no keys", "no text"],
)
def test_a_provider_that_describes_another_one_is_not_gone_to(
    browser: Browser, desk: Desk, described: dict[str, Any]
) -> None:
    desk.provider.sits("1")
    desk.provider.described = described
    browser.look("/sign-in/")
    answer = browser.press("/sign-in/sso/")
    assert answer.status_code == 303
    assert "Acme cannot be reached" in browser.said(answer)


OK = b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n"
GARBLED = {
    "a redirect": b"HTTP/1.0 302 Found\r\nLocation: /elsewhere\r\n\r\n",
    "no end": OK + b'{"issuer": "' + b"x" * 2_000_000,
    "no JSON": OK + b"<html>",
    "a list": OK + b"[]",
    "no type": b"HTTP/1.0 200 OK\r\n\r\n{}",
    "nothing": b"\r\n",
    "a fault": b"HTTP/1.0 500 Oops\r\n\r\n",
}
PLACES = ("/.well-known/openid-configuration", "/token", "/keys")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("garbled", GARBLED.values(), ids=list(GARBLED))
def test_an_answer_that_makes_no_sense_lets_nobody_in_and_breaks_nothing(
    browser: Browser, desk: Desk, place: str, garbled: bytes
) -> None:
    cast.person("ed")
    desk.provider.sits("1", preferred_username="ed")
    back = desk.provider.answer(browser.set_out())
    desk.provider.garbled = {place: garbled}
    answer = browser.look(back.removeprefix(desk.url))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in/")
    assert "Acme cannot be reached" in browser.said(answer)
    assert not browser.is_in()


@pytest.mark.parametrize("instead", [GARBLED["a redirect"], None], ids=["a redirect", "a very long one"])
def test_a_good_description_elsewhere_or_without_end_is_not_taken(
    browser: Browser, desk: Desk, instead: bytes | None
) -> None:
    desk.provider.sits("1")
    description = OK + json.dumps(desk.provider.description()).encode()
    desk.provider.garbled = {PLACES[0]: instead or description + b" " * 2_000_000, "/elsewhere": description}
    browser.look("/sign-in/")
    assert "Acme cannot be reached" in browser.said(browser.press("/sign-in/sso/"))


def test_what_another_browser_began_ends_in_none(browser: Browser, desk: Desk) -> None:
    cast.person("ed")
    desk.provider.sits("1", preferred_username="ed")
    back = desk.provider.answer(browser.set_out())
    with Browser(desk) as victim:
        answer = victim.look(back.removeprefix(desk.url))
        assert "was not finished here" in victim.said(answer)
        assert not victim.is_in()


def test_a_code_is_good_once(browser: Browser, desk: Desk) -> None:
    ed = cast.person("ed")
    desk.provider.sits("1", preferred_username="ed")
    back = desk.provider.answer(browser.set_out()).removeprefix(desk.url)
    browser.look(back)
    browser.cookies.clear()
    browser.look(back)
    assert not browser.is_in()
    assert events(ed).count("person.signed_in") == 1


def test_the_session_gets_another_key(browser: Browser, desk: Desk) -> None:
    cast.person("ed")
    desk.provider.sits("1", preferred_username="ed")
    back = desk.provider.answer(browser.set_out())
    before = browser.cookies["steward-session"] or ""
    browser.look(back.removeprefix(desk.url))
    after = browser.cookies["steward-session"]
    assert before != after
    fixed = requests.get(f"{desk.url}/you/", cookies={"steward-session": before}, allow_redirects=False, timeout=30)
    assert fixed.status_code == 302


def test_the_session_knows_whose_it_is_and_from_where_they_came(browser: Browser, desk: Desk) -> None:
    ed = cast.person("ed")
    desk.provider.sits("1", preferred_username="ed")
    browser.headers["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"
    browser.come_in()
    [session] = Session.objects.filter(user=ed)
    assert (session.browser, session.address) == ("Firefox on Linux", "127.0.0.1")
    ed.refresh_from_db()
    assert ed.seen_at is not None


@pytest.mark.parametrize("target", ["https://evil.example.com/", "//evil.example.com", "/\\evil.example.com"])
def test_one_never_ends_at_another_site(browser: Browser, desk: Desk, target: str) -> None:
    cast.person("ed")
    desk.provider.sits("1", preferred_username="ed")
    assert browser.come_in(next=target).headers["Location"] == "/"


def test_by_a_link_nobody_sets_out(browser: Browser) -> None:
    answer = browser.look("/sign-in/sso/")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in/")


def test_whoever_breaks_it_off_there_may_begin_anew(browser: Browser, desk: Desk) -> None:
    desk.provider.sits("1")
    state = re.search(r"state=(\w+)", browser.set_out())
    assert state
    answer = browser.look(f"/sign-in/sso/back/?error=access_denied&state={state[1]}")
    assert "was not finished here" in browser.said(answer)


def test_one_address_sets_out_only_so_often(browser: Browser, desk: Desk) -> None:
    desk.provider.sits("1")
    browser.look("/sign-in/")
    page = browser.page
    answers = []
    for _ in range(21):
        browser.page = page
        answers.append(browser.press("/sign-in/sso/").status_code)
    assert answers == [200] * 20 + [429]


def test_somebody_proves_by_it_that_it_is_they_and_goes_on_with_what_waited(browser: Browser, desk: Desk) -> None:
    max_ = cast.person("max")
    desk.provider.sits("1", preferred_username="max", auth_time=int(time.time()) - 3 * 3600)
    browser.come_in()
    browser.look("/policies/new/")
    assert browser.look("/policies/new/").headers["Location"].startswith("/prove/")
    desk.provider.sits("1", preferred_username="max")
    answer = browser.come_in(proving="1", next="/policies/new/")
    assert (desk.provider.asked["prompt"], desk.provider.asked["max_age"]) == ("login", "0")
    assert answer.headers["Location"] == "/policies/new/"
    assert browser.look("/policies/new/").status_code == 200
    assert events(max_).count("person.signed_in") == 1


def test_what_was_posted_without_a_proof_is_done_once_the_provider_asked_anew(browser: Browser, desk: Desk) -> None:
    cast.person("max")
    ed = cast.person("ed")
    desk.provider.sits("2", preferred_username="ed")
    Browser(desk).come_in()
    desk.provider.sits("1", preferred_username="max", auth_time=int(time.time()) - 3 * 3600)
    browser.come_in()
    browser.look("/you/")
    wanted = f"/people/{ed.pk}/sessions/end/"
    assert browser.press(wanted).headers["Location"].startswith("/prove/")
    assert Session.objects.filter(user=ed).exists()
    desk.provider.sits("1", preferred_username="max")
    assert browser.come_in(proving="1", next=wanted).status_code == 303
    assert not Session.objects.filter(user=ed).exists()


@pytest.mark.parametrize(
    "claims",
    [{"auth_time": 1}, {"auth_time": None}, {"auth_time": "now"}, {"auth_time": True}, {"sub": "2"}],
    ids=["long ago", "not said", "no number", "yes", "somebody else"],
)
def test_a_provider_that_did_not_ask_anew_proves_nothing(browser: Browser, desk: Desk, claims: dict[str, Any]) -> None:
    cast.person("max")
    cast.person("jo")
    desk.provider.sits("1", preferred_username="max", auth_time=int(time.time()) - 3 * 3600)
    browser.come_in()
    desk.provider.sits("1", preferred_username="max")
    desk.provider.person |= claims
    answer = browser.come_in(proving="1", next="/policies/new/")
    assert answer.headers["Location"] == "/prove/?next=%2Fpolicies%2Fnew%2F"
    assert "did not say that it asked you just now" in browser.said(answer)
    assert browser.look("/policies/new/").headers["Location"].startswith("/prove/")
    assert browser.is_in()


def test_a_session_at_the_provider_that_is_old_is_an_old_proof(browser: Browser, desk: Desk) -> None:
    cast.person("max")
    desk.provider.sits("1", preferred_username="max", auth_time=int(time.time()) - 700)
    browser.come_in()
    assert browser.look("/policies/new/").headers["Location"].startswith("/prove/")
    browser.cookies.clear()
    desk.provider.sits("1", preferred_username="max", auth_time=int(time.time()) - 30)
    browser.come_in()
    assert browser.look("/policies/new/").status_code == 200


def with_an_app(user: User) -> None:
    """They have a second factor of their own here."""
    TOTP.activate(user, "JBSWY3DPEHPK3PXP")


def test_whoever_has_a_second_factor_here_is_asked_for_it(browser: Browser, desk: Desk) -> None:
    with_an_app(cast.person("ed"))
    desk.provider.sits("1", preferred_username="ed", amr=["pwd"])
    assert browser.come_in().headers["Location"] == "/sign-in/factor/"
    assert not browser.is_in()


@pytest.mark.parametrize("claims", [{"amr": ["pwd", "mfa"]}, {"acr": "mfa"}, {"amr": "mfa"}], ids=["how", "acr", "one"])
def test_a_second_factor_that_the_provider_asked_for_counts(
    browser: Browser, desk: Desk, claims: dict[str, Any]
) -> None:
    max_ = cast.person("max")
    with_an_app(max_)
    desk.provider.sits("1", preferred_username="max", **claims)
    browser.come_in()
    assert browser.is_in()
    assert browser.look("/policies/new/").status_code == 200


def test_the_command_says_how_it_is_set_up_and_ends_a_link(browser: Browser, desk: Desk) -> None:
    ed = cast.person("ed")
    desk.provider.sits("1", preferred_username="ed")
    browser.come_in()
    told = desk.manage("single_sign_on")
    assert told.returncode == 0
    assert "/sign-in/sso/back/" in told.stdout
    assert "groups = stewards: approver at Sqril" in told.stdout
    assert openid.SECRET not in told.stdout
    assert desk.manage("single_sign_on", "--unlink", "ed").returncode == 0
    assert events(ed)[-1] == "person.unlinked"
    assert "not linked" in desk.manage("single_sign_on", "--unlink", "ed").stderr
    desk.provider.sits("2", preferred_username="ed")
    browser.cookies.clear()
    browser.come_in()
    assert browser.is_in()


def test_its_tables_fit_their_migrations(desk: Desk) -> None:
    assert desk.manage("makemigrations", "--check", "--dry-run").returncode == 0


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"STEWARD_OIDC_CLIENT_SECRET": ""}, "STEWARD_OIDC_CLIENT_SECRET beside it"),
        ({"STEWARD_OIDC_ROLES": "{groups"}, "is no JSON"),
        ({"STEWARD_OIDC_ROLES": '{"groups": ["editor"]}'}, "is not of the form"),
        ({"STEWARD_OIDC_ROLES": '{"groups": {"x": ["king"]}}'}, "names a role that there is not: king"),
    ],
)
def test_settings_that_cannot_be_used_are_said_in_a_sentence(desk: Desk, changed: dict[str, str], said: str) -> None:
    command = [sys.executable, "manage.py", "check"]
    answer = subprocess.run(
        command, env={**desk.environment, **changed}, capture_output=True, text=True, check=False, timeout=120
    )
    assert answer.returncode != 0
    assert said in answer.stderr
