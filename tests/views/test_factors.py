"""A person's own ways in: what they add, show and remove, each only after a fresh proof."""

from __future__ import annotations

import time

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from console.models import Event, User
from tests import cast
from tests.factors import SECRET, add_app, code, is_in, recovery_codes, typed

pytestmark = pytest.mark.django_db


@pytest.fixture
def ed() -> User:
    return cast.person("ed")


def proved(client: Client, user: User, method: str = "mfa", ago: float = 0) -> None:
    """The person is signed in, and showed this so many seconds ago."""
    client.force_login(user)
    session = client.session
    session["account_authentication_methods"] = [{"method": method, "at": time.time() - ago}]
    session.save()


def verbs() -> list[str]:
    return [verb for verb in Event.objects.order_by("pk").values_list("verb", flat=True) if verb != "person.signed_in"]


def test_an_app_is_added_by_a_code_that_shows_it_has_the_secret(client: Client, ed: User) -> None:
    client.force_login(ed)
    assert client.post("/you/factors/app/").headers["Location"] == "/you/factors/app/"
    page, secret = client.get("/you/factors/app/").text, client.session["app_to_come"]
    assert "data:image/svg+xml;base64," in page
    assert secret[:4] in page
    assert client.post("/you/factors/app/", {"code": "12"}).status_code == 422
    assert not Authenticator.objects.exists()
    answer = client.post("/you/factors/app/", {"code": code(secret=secret)})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/you/factors/codes/")
    assert verbs() == ["person.factor_added"]
    assert len(recovery_codes(ed)) == 10


def test_a_visit_alone_begins_nothing(client: Client, ed: User) -> None:
    client.force_login(ed)
    assert client.get("/you/factors/app/").headers["Location"] == "/you/factors/"
    assert "app_to_come" not in client.session


def test_a_second_app_is_refused(client: Client, ed: User) -> None:
    add_app(ed)
    proved(client, ed)
    client.post("/you/factors/app/")
    client.post("/you/factors/app/", {"code": code(secret=client.session["app_to_come"])})
    assert Authenticator.objects.filter(user=ed, type="totp").count() == 1
    assert "You have an app for codes already." in client.get("/you/factors/").text


ADDRESSES = ("/you/factors/app/", "/you/factors/passkey/", "/you/factors/codes/", "/you/password/")


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("how", ["a password, where there is an app", "a code, eleven minutes ago"])
def test_each_wants_a_fresh_proof_by_the_second_factor(client: Client, ed: User, address: str, how: str) -> None:
    add_app(ed)
    proved(client, ed, *(("password", 0) if how.startswith("a password") else ("mfa", 660)))
    for answer in (client.get(address), client.post(address, {"new": "x", "again": "x"})):
        assert answer.status_code == 303
        assert answer.headers["Location"].startswith("/prove/?next=")


def test_removing_wants_one_too_and_another_persons_factor_is_not_there(client: Client, ed: User) -> None:
    app, jo = add_app(ed), cast.person("jo")
    proved(client, ed, "mfa", 660)
    assert client.post(f"/you/factors/{app.pk}/remove/").headers["Location"].startswith("/prove/")
    proved(client, jo, "password")
    assert client.post(f"/you/factors/{app.pk}/remove/").status_code == 404
    assert Authenticator.objects.filter(pk=app.pk).exists()


def test_with_the_last_one_removed_the_recovery_codes_go_too(client: Client, ed: User) -> None:
    app = add_app(ed)
    proved(client, ed)
    assert client.post(f"/you/factors/{app.pk}/remove/").status_code == 303
    assert not Authenticator.objects.exists()
    assert verbs() == ["person.factor_added", "person.factor_removed"]
    assert typed(Client(), "ed") == "/"


def test_new_recovery_codes_take_the_place_of_the_old_ones(client: Client, ed: User) -> None:
    add_app(ed)
    old = recovery_codes(ed)
    proved(client, ed)
    assert client.post("/you/factors/codes/").headers["Location"] == "/you/factors/codes/"
    new = recovery_codes(ed)
    assert not set(old) & set(new)
    page = client.get("/you/factors/codes/").text
    assert all(f"{one[:5]} {one[5:]}" in page for one in new)
    assert "person.codes_made" in verbs()


def test_the_recovery_codes_cannot_be_removed_as_if_they_were_a_factor(client: Client, ed: User) -> None:
    add_app(ed)
    kept = Authenticator.objects.get(user=ed, type="recovery_codes")
    proved(client, ed)
    assert client.post(f"/you/factors/{kept.pk}/remove/").status_code == 404


def test_who_has_no_second_factor_has_no_recovery_codes(client: Client, ed: User) -> None:
    client.force_login(ed)
    assert client.post("/you/factors/codes/").headers["Location"] == "/you/factors/"
    assert "Set one up first." in client.get("/you/factors/").text


ANSWER = '{"id": "eA", "rawId": "eA", "type": "public-key", "response": %s, "clientExtensionResults": {}}'
MADE_UP = [
    ANSWER % "{}",
    ANSWER % '{"clientDataJSON": "e30", "attestationObject": "oA", "authenticatorData": "AA", "signature": "AA"}',
    ANSWER % '{"clientDataJSON": "e30", "authenticatorData": "AA", "signature": "AA", "userHandle": "MQ"}',
    "",
    "{}",
    "null",
    "[]",
    "1",
    '"x"',
    '{"id": "x"}',
    '{"rawId": "eA", "response": {}}',
    "{" * 500,
    "[" * 9000,
    '{"id": {"id": 1}}',
]


@pytest.mark.parametrize("credential", MADE_UP)
def test_a_made_up_passkey_is_none(client: Client, ed: User, credential: str) -> None:
    client.force_login(ed)
    client.post("/you/factors/passkey/")
    assert client.post("/you/factors/passkey/", {"credential": credential}).status_code == 422
    assert not Authenticator.objects.exists()


@pytest.mark.parametrize("credential", MADE_UP)
def test_a_made_up_passkey_signs_nobody_in(client: Client, ed: User, credential: str) -> None:
    client.post("/passkey/")
    assert client.post("/sign-in/passkey/", {"credential": credential}).status_code == 422
    assert not is_in(client)


def test_what_a_browser_is_offered_names_the_console_and_keeps_the_key_there(client: Client, ed: User) -> None:
    client.force_login(ed)
    offered = client.post("/you/factors/passkey/").json()["publicKey"]
    assert offered["rp"] == {"id": "testserver", "name": "Steward"}
    assert offered["authenticatorSelection"]["residentKey"] == "required"
    assert offered["authenticatorSelection"]["userVerification"] == "required"
    assert offered["user"]["name"] == "ed"


class TestProving:
    def test_by_a_code_goes_on_to_where_one_was(self, client: Client, ed: User) -> None:
        add_app(ed)
        proved(client, ed, "password")
        assert "Code" in client.get("/prove/?next=/you/factors/codes/").text
        answer = client.post("/prove/", {"next": "/you/factors/codes/", "code": code()})
        assert (answer.status_code, answer.headers["Location"]) == (303, "/you/factors/codes/")
        assert client.get("/you/factors/codes/").status_code == 200
        assert Event.objects.get(verb="person.proved").details == {"proofs": ["totp"]}

    def test_by_a_password_is_not_offered_to_whoever_has_a_second_factor(self, client: Client, ed: User) -> None:
        add_app(ed)
        proved(client, ed, "password")
        assert 'name="password"' not in client.get("/prove/").text
        assert client.post("/prove/", {"password": cast.PASSWORD}).status_code == 422
        assert client.get("/you/factors/codes/").status_code == 303

    def test_by_a_wrong_password_is_refused_counted_and_told(self, client: Client, ed: User) -> None:
        proved(client, ed, "password", 3600)
        statuses = [client.post("/prove/", {"password": "wrong"}).status_code for _ in range(6)]
        assert statuses == [422] * 5 + [429]
        assert client.post("/prove/", {"password": cast.PASSWORD}).status_code == 429
        assert Event.objects.filter(verb="person.sign_in_failed").count() == 5
        assert not Event.objects.filter(verb="person.proved").exists()

    @pytest.mark.parametrize("elsewhere", ["https://evil.example.com/", "//evil.example.com", "javascript:alert(1)"])
    def test_leads_nowhere_else(self, client: Client, ed: User, elsewhere: str) -> None:
        client.force_login(ed)
        assert "evil" not in client.get("/prove/", {"next": elsewhere}).text
        answer = client.post("/prove/", {"next": elsewhere, "password": cast.PASSWORD})
        assert answer.headers["Location"] == "/"

    def test_the_secret_of_an_app_is_no_code(self, client: Client, ed: User) -> None:
        add_app(ed)
        proved(client, ed, "password")
        assert client.post("/prove/", {"code": SECRET}).status_code == 422
