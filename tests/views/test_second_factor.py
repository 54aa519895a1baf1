"""Signing in with a second factor: nobody is in before it was shown, and nothing that was shown works twice."""

from __future__ import annotations

import time

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from pytest_django import Settings

from console.models import Event, User
from tests import cast
from tests.factors import SECRET, add_app, code, is_in, recovery_codes, typed

pytestmark = pytest.mark.django_db


@pytest.fixture
def ed() -> User:
    """Ed, who has an app for codes."""
    user = cast.person("ed")
    add_app(user)
    return user


def show(client: Client, what: str) -> tuple[int, str]:
    answer = client.post("/sign-in/factor/", {"code": what})
    return answer.status_code, answer.headers.get("Location", "")


def test_the_password_alone_lets_nobody_in_who_has_a_second_factor(client: Client, ed: User) -> None:
    assert typed(client, "ed", next="/changes/") == "/sign-in/factor/"
    assert not is_in(client)
    assert "Your second factor" in client.get("/sign-in/factor/").text
    assert not Event.objects.filter(verb="person.signed_in").exists()


def test_a_code_of_the_app_lets_them_in_and_leads_to_where_they_wanted_to_go(client: Client, ed: User) -> None:
    typed(client, "ed", next="/changes/")
    assert show(client, code()) == (303, "/changes/")
    assert is_in(client)
    event = Event.objects.get(verb="person.signed_in")
    assert event.details == {"proofs": ["password", "totp"]}


def test_spaces_in_a_code_do_not_matter(client: Client, ed: User) -> None:
    typed(client, "ed")
    digits = code()
    assert show(client, f" {digits[:3]} {digits[3:]} ")[0] == 303


def test_a_wrong_code_is_refused_and_told_in_their_history(client: Client, ed: User) -> None:
    typed(client, "ed")
    assert show(client, "000000" if code() != "000000" else "111111")[0] == 422
    assert "That code does not fit." in client.post("/sign-in/factor/", {"code": "abc"}).text
    assert not is_in(client)
    assert Event.objects.filter(subject=f"person:{ed.pk}", verb="person.sign_in_failed").count() == 2


@pytest.mark.parametrize(
    "posted", [{}, {"code": ""}, {"credential": "null"}, {"credential": "{}"}, {"credential": "x"}]
)
def test_nothing_in_place_of_a_factor_lets_anybody_in(client: Client, ed: User, posted: dict[str, str]) -> None:
    typed(client, "ed")
    assert client.post("/sign-in/factor/", posted).status_code == 422
    assert not is_in(client)


def test_a_code_works_once_whoever_saw_it_typed(client: Client, ed: User) -> None:
    seen = code()
    typed(client, "ed")
    assert show(client, seen)[0] == 303
    thief = Client()
    typed(thief, "ed")
    assert show(thief, seen)[0] == 422
    assert not is_in(thief)


def test_a_code_older_than_the_last_one_used_works_no_more(client: Client, ed: User) -> None:
    older, newer = code(-1), code()
    typed(client, "ed")
    assert show(client, newer)[0] == 303
    thief = Client()
    typed(thief, "ed")
    assert show(thief, older)[0] == 422


def test_a_clock_may_be_wrong_by_half_a_minute_and_no_more(client: Client, ed: User) -> None:
    typed(client, "ed")
    assert show(client, code(3))[0] == 422
    assert show(client, code(-3))[0] == 422
    assert show(client, code(1))[0] == 303


def test_the_code_that_added_the_app_signs_nobody_in(client: Client) -> None:
    ed = cast.person("ed")
    client.force_login(ed)
    client.post("/you/factors/app/")
    waits = client.session["app_to_come"]
    shown = code(secret=waits)
    assert client.post("/you/factors/app/", {"code": shown}).status_code == 303
    other = Client()
    typed(other, "ed")
    assert show(other, shown)[0] == 422


def test_a_recovery_code_works_once_in_place_of_the_app(client: Client, ed: User) -> None:
    kept = recovery_codes(ed)
    typed(client, "ed")
    assert show(client, f"{kept[3][:5]} {kept[3][5:]}")[0] == 303
    assert Event.objects.get(verb="person.code_used").details == {"left": 9}
    other = Client()
    typed(other, "ed")
    assert show(other, kept[3])[0] == 422
    assert kept[3] not in recovery_codes(ed)


def test_a_code_of_somebody_else_lets_nobody_in(client: Client, ed: User) -> None:
    jo = cast.person("jo")
    add_app(jo, "KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU")
    typed(client, "ed")
    assert show(client, code(secret="KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU"))[0] == 422
    assert show(client, recovery_codes(jo)[0])[0] == 422


def test_guessing_codes_is_stopped_for_the_account_wherever_it_comes_from(client: Client, ed: User) -> None:
    """Six digits are few: whoever has the password gets five tries in five minutes, from all addresses together."""
    for number in range(6):
        guesser = Client(REMOTE_ADDR=f"198.51.100.{number}")
        typed(guesser, "ed")
        status, _ = show(guesser, "12345")
        assert status == (422 if number < 5 else 429)
    typed(client, "ed")
    answer = client.post("/sign-in/factor/", {"code": code()})
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "300")
    assert "Too many attempts" in answer.text


def test_what_succeeds_is_not_counted(ed: User) -> None:
    for number in range(9):
        Authenticator.objects.filter(user=ed, type="totp").update(data={**_data(ed), "used_until": 0})
        client = Client()
        typed(client, "ed")
        assert show(client, code())[0] == 303, number


def _data(ed: User) -> dict[str, object]:
    data: dict[str, object] = Authenticator.objects.get(user=ed, type="totp").data
    return data


class TestTheSession:
    def test_gets_another_key_at_each_step_so_that_a_planted_one_is_worth_nothing(
        self, client: Client, ed: User
    ) -> None:
        typed(client, "ed")
        planted = client.cookies["steward-session"].value
        show(client, code())
        assert client.cookies["steward-session"].value != planted
        thief = Client()
        thief.cookies["steward-session"] = planted
        assert not is_in(thief)
        assert show(thief, code(1)) == (303, "/sign-in/")

    def test_that_somebody_planted_before_the_password_is_theirs_no_more(self) -> None:
        cast.person("ed")
        attacker = Client()
        attacker.post("/passkey/")
        planted = attacker.cookies["steward-session"].value
        victim = Client()
        victim.cookies["steward-session"] = planted
        assert typed(victim, "ed") == "/"
        assert victim.cookies["steward-session"].value != planted
        assert not is_in(attacker)

    def test_forgets_who_was_half_signed_in_after_a_quarter_of_an_hour(self, client: Client, ed: User) -> None:
        typed(client, "ed")
        session = client.session
        session["account_login"] = {**session["account_login"], "initiated_at": time.time() - 16 * 60}
        session.save()
        assert show(client, code()) == (303, "/sign-in/")

    def test_lets_nobody_in_who_was_deactivated_between_the_steps(self, client: Client, ed: User) -> None:
        typed(client, "ed")
        User.objects.filter(pk=ed.pk).update(is_active=False)
        assert show(client, code()) == (303, "/sign-in/")
        assert not is_in(client)

    def test_of_one_person_takes_no_factor_of_another_who_begins_in_it(self, client: Client, ed: User) -> None:
        cast.person("jo")
        typed(client, "ed")
        assert typed(client, "jo") == "/"
        assert show(client, code()) == (303, "/")
        assert Event.objects.filter(verb="person.signed_in").get().actor == User.objects.get(username="jo")


class TestSecrets:
    def test_stand_in_no_table_as_they_are(self, ed: User) -> None:
        kept = str(list(Authenticator.objects.values_list("data", flat=True)))
        assert SECRET not in kept
        assert not any(one in kept for one in recovery_codes(ed))
        app = Authenticator.objects.get(user=ed, type="totp")
        assert app.data["secret"].count(".") == 0
        assert len(app.data["secret"]) > 2 * len(SECRET)

    def test_are_shown_by_no_page_once_the_app_has_them(self, client: Client, ed: User) -> None:
        client.force_login(ed)
        session = client.session
        session["account_authentication_methods"] = [{"method": "mfa", "at": time.time()}]
        session.save()
        for page in ("/you/factors/", "/you/factors/app/", "/you/"):
            assert SECRET not in client.get(page, follow=True).text


class TestWhereEverybodyHasToHaveOne:
    @pytest.fixture(autouse=True)
    def wanted(self, settings: Settings) -> None:
        settings.STEWARD_SECOND_FACTOR = True

    def test_whoever_has_none_is_led_to_set_one_up_whatever_they_ask_for(self, client: Client) -> None:
        cast.person("ed")
        assert typed(client, "ed") == "/"
        for asked in ("/", "/customers/", "/changes/", "/you/"):
            assert client.get(asked).headers["Location"] == "/you/factors/"
        assert client.post("/customers/", {"q": "adi"}).headers["Location"] == "/you/factors/"
        assert "First, set up a second factor." in client.get("/you/factors/").text

    def test_what_a_page_fetches_by_itself_leads_nowhere(self, client: Client) -> None:
        cast.person("ed")
        typed(client, "ed")
        assert client.get("/notices/bell/", headers={"HX-Request": "true"}).status_code == 204

    def test_everything_opens_with_the_first_one(self, client: Client) -> None:
        cast.person("ed")
        typed(client, "ed")
        assert client.post("/you/factors/app/").headers["Location"] == "/you/factors/app/"
        answer = client.post("/you/factors/app/", {"code": code(secret=client.session["app_to_come"])})
        assert answer.headers["Location"] == "/you/factors/codes/"
        assert is_in(client)

    def test_one_can_leave_without_it(self, client: Client) -> None:
        cast.person("ed")
        typed(client, "ed")
        assert client.post("/sign-out/").headers["Location"] == "/sign-in/"

    def test_the_last_one_stays(self, client: Client, ed: User) -> None:
        typed(client, "ed")
        show(client, code())
        app = Authenticator.objects.get(user=ed, type="totp")
        client.post(f"/you/factors/{app.pk}/remove/")
        assert Authenticator.objects.filter(pk=app.pk).exists()
        assert "This is your only second factor" in client.get("/you/factors/").text
