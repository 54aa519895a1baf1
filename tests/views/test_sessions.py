"""Sessions on their page: one's own are listed and ended, others' are nobody's business, and none outlives its time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.db import connection as database
from django.test import Client
from django.urls import reverse

from console.accounts.browsers import browser_of
from console.backend import SessionStore, digest_of
from console.flows.appoint import Appointment, appoint
from console.models import Event, Origin, Session, User
from console.sentences import event_sentence
from tests.cast import person
from tests.views.pages import text_of

pytestmark = pytest.mark.django_db

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
EDGE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0"
)
POLL = {"X-Poll": "true"}
LONG_AGO = timedelta(hours=1)
PASSWORD = "ed takes a great many calls"


def signed_in(user: User, agent: str = FIREFOX, **how: Any) -> Client:
    """A browser in which this person signs in by the form."""
    if not user.check_password(PASSWORD):
        user.set_password(PASSWORD)
        user.save()
    client = Client(headers={"User-Agent": agent}, **how)
    assert client.post("/sign-in/", {"username": user.username, "password": PASSWORD}).status_code == 303
    return client


def session_of(client: Client) -> Session:
    return Session.objects.get(key_digest=digest_of(client.session.session_key or ""))


def rest(client: Client, quiet: timedelta) -> None:
    """Nothing was heard from this session for so long."""
    with database.cursor() as cursor:
        cursor.execute(
            "UPDATE console_session SET seen_at = now() - make_interval(secs => %s) WHERE key_digest = %s",
            [quiet.total_seconds(), digest_of(client.cookies["steward-session"].value)],
        )


def quiet(client: Client) -> timedelta:
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT now() - seen_at FROM console_session WHERE key_digest = %s",
            [digest_of(client.cookies["steward-session"].value)],
        )
        return cursor.fetchone()[0]  # type: ignore[no-any-return]  # a cursor's row is untyped


def told(user: User) -> list[str]:
    events = Event.objects.filter(subject=f"person:{user.pk}", verb="person.session_ended").order_by("number")
    return [event_sentence(event, ()) for event in events.select_related("actor")]


def is_in(client: Client) -> bool:
    return client.get("/you/").status_code == 200


class TestThePage:
    def test_it_lists_where_one_is_signed_in_and_marks_where_one_sits(self) -> None:
        ed = person("ed")
        here, there = signed_in(ed), signed_in(ed, EDGE, REMOTE_ADDR="203.0.113.9")
        signed_in(person("jo"), "Mozilla/5.0 (iPhone) CriOS/142")
        page = text_of(here.get("/you/sessions/"))
        assert "Firefox on Linux This one 127.0.0.1" in page
        assert "Edge on Windows 203.0.113.9" in page
        assert "iPhone" not in page
        assert "End it Edge on Windows This one" in text_of(there.get("/you/sessions/"))  # above the others

    def test_it_leaves_out_what_is_over(self) -> None:
        ed = person("ed")
        here, idle, old = signed_in(ed), signed_in(ed, EDGE), signed_in(ed, EDGE)
        rest(idle, timedelta(minutes=31))
        Session.objects.filter(pk=session_of(old).pk).update(ends_at=session_of(old).began_at - LONG_AGO)
        assert "Edge" not in text_of(here.get("/you/sessions/"))

    def test_one_of_them_is_ended_from_another(self) -> None:
        ed = person("ed")
        here, there = signed_in(ed), signed_in(ed, EDGE)
        answer = here.post(reverse("session_end", args=[session_of(there).pk]))
        assert (answer.status_code, answer.headers["Location"]) == (303, "/you/sessions/")
        assert "Ended. Whoever sits there has to sign in again." in text_of(here.get("/you/sessions/"))
        assert is_in(here)
        assert not is_in(there)
        assert told(ed) == ["Ed Kowalski ended a session of this person: Edge on Windows"]

    def test_all_others_are_ended_at_once(self) -> None:
        ed = person("ed")
        here, *others = [signed_in(ed), signed_in(ed, EDGE), signed_in(ed)]
        answer = here.post("/you/sessions/end/", follow=True)
        assert "2 sessions ended. You are signed in here alone." in text_of(answer)
        assert [is_in(client) for client in (here, *others)] == [True, False, False]
        assert told(ed) == ["Ed Kowalski ended 2 sessions of this person: Edge on Windows and Firefox on Linux"]

    def test_ending_the_one_that_one_sits_in_is_signing_out(self) -> None:
        client = signed_in(person("ed"))
        answer = client.post(reverse("session_end", args=[session_of(client).pk]))
        assert answer.headers["Location"] == "/sign-in/"
        assert not is_in(client)

    def test_one_that_is_over_leaves_no_event(self) -> None:
        ed = person("ed")
        here, there = signed_in(ed), signed_in(ed, EDGE)
        pk = session_of(there).pk
        there.post("/sign-out/")
        here.post(reverse("session_end", args=[pk]))
        assert "had ended already" in text_of(here.get("/you/sessions/"))
        assert not told(ed)

    def test_nobody_ends_another_persons(self) -> None:
        ed, jo = signed_in(person("ed")), signed_in(person("jo"))
        answer = ed.post(reverse("session_end", args=[session_of(jo).pk]))
        assert (answer.status_code, answer.headers["Location"]) == (303, "/you/sessions/")
        ed.post("/you/sessions/end/")
        assert is_in(jo)

    def test_a_visit_ends_nothing(self) -> None:
        ed = person("ed")
        here, there = signed_in(ed), signed_in(ed)
        for url in (reverse("session_end", args=[session_of(there).pk]), "/you/sessions/end/", "/you/sessions/left/"):
            assert here.get(url).headers["Location"] == "/you/sessions/"
        assert is_in(there)


class TestItsTime:
    def test_a_session_ends_after_half_an_hour_without_a_deed(self) -> None:
        client = signed_in(person("ed"))
        rest(client, timedelta(minutes=29, seconds=50))
        assert is_in(client)
        rest(client, timedelta(minutes=30, seconds=1))
        assert not is_in(client)

    def test_a_session_ends_after_twelve_hours_whatever_is_done_in_it(self) -> None:
        client = signed_in(person("ed"))
        lasts = session_of(client).ends_at - session_of(client).began_at
        assert abs(lasts - timedelta(hours=12)) < timedelta(seconds=5)
        Session.objects.update(ends_at=session_of(client).began_at - LONG_AGO)
        assert not is_in(client)

    def test_a_deed_begins_the_half_hour_anew(self) -> None:
        ed = person("ed")
        client = signed_in(ed)
        User.objects.update(seen_at=None)
        rest(client, timedelta(minutes=20))
        client.get("/changes/")
        assert quiet(client) < timedelta(minutes=1)
        assert User.objects.get(pk=ed.pk).seen_at

    @pytest.mark.parametrize("url", ["/news/", "/notices/bell/", "/you/sessions/left/", "/"])
    def test_what_a_page_asks_for_by_itself_does_not(self, url: str) -> None:
        client = signed_in(person("ed"))
        rest(client, timedelta(minutes=20))
        client.get(url, headers={**POLL, "HX-Request": "true"})
        assert quiet(client) > timedelta(minutes=19)

    def test_somebody_who_says_that_they_stay_stays(self) -> None:
        client = signed_in(person("ed"))
        rest(client, timedelta(minutes=29))
        assert client.post("/you/sessions/left/").status_code == 204
        assert quiet(client) < timedelta(minutes=1)

    def test_it_is_kept_once_a_minute_and_not_with_each_page(self, django_assert_num_queries: Any) -> None:
        client = signed_in(person("ed"))
        rest(client, timedelta(seconds=50))
        client.get("/livez")
        client.get("/you/sessions/left/", headers=POLL)
        with django_assert_num_queries(2):  # the session and the person
            client.post("/you/sessions/left/")
        assert quiet(client) > timedelta(seconds=49)

    def test_every_answer_says_how_long_it_still_lasts(self) -> None:
        client = signed_in(person("ed"))
        assert 1790 < int(client.get("/changes/").headers["X-Session-Ends"]) <= 1800
        rest(client, timedelta(minutes=20))
        left = client.get("/you/sessions/left/", headers=POLL)
        assert 590 < int(left.headers["X-Session-Ends"]) <= 600
        assert 1790 < int(client.get("/changes/").headers["X-Session-Ends"]) <= 1800
        Session.objects.update(ends_at=session_of(client).seen_at + timedelta(minutes=5))
        assert 290 < int(client.get("/changes/").headers["X-Session-Ends"]) <= 300
        assert "X-Session-Ends" not in Client().get("/sign-in/").headers

    def test_whoever_signs_in_was_seen_then(self) -> None:
        ed = person("ed")
        signed_in(ed)
        assert User.objects.get(pk=ed.pk).seen_at

    def test_what_is_over_is_swept_away_and_nothing_else(self) -> None:
        ed = person("ed")
        live, idle, old = signed_in(ed), signed_in(ed), signed_in(ed)
        rest(idle, timedelta(minutes=31))
        Session.objects.filter(pk=session_of(old).pk).update(ends_at=session_of(old).began_at - LONG_AGO)
        SessionStore.clear_expired()
        assert list(Session.objects.filter(user=ed)) == [session_of(live)]


class TestItsKey:
    def test_signing_in_gives_another_one_and_the_one_before_is_nobodys(self) -> None:
        ed = person("ed")
        client = Client()
        client.get("/sign-in/")
        before = SessionStore()
        before["planted"] = "by another"
        before.save()
        client.cookies["steward-session"] = str(before.session_key)
        user_client = client.post("/sign-in/", {"username": ed.username, "password": "wrong"})
        assert user_client.status_code == 422
        ed.set_password(PASSWORD)
        ed.save()
        client.post("/sign-in/", {"username": ed.username, "password": PASSWORD})
        assert is_in(client)
        assert client.cookies["steward-session"].value != before.session_key
        assert not before.exists(str(before.session_key))

    def test_a_new_password_ends_all_sessions_at_once(self) -> None:
        ed = person("ed")
        there = signed_in(ed)
        ed.set_password("another one altogether")
        ed.save()
        assert not is_in(there)

    def test_changing_ones_password_leaves_one_signed_in_here_alone(self) -> None:
        ed = person("ed")
        here, there = signed_in(ed), signed_in(ed, EDGE)
        before = here.cookies["steward-session"].value
        new = "a pass phrase of Ed's own"
        answer = here.post("/you/password/", {"new": new, "again": new})
        assert answer.status_code == 303
        assert is_in(here)
        assert not is_in(there)
        assert here.cookies["steward-session"].value != before
        assert [session.browser for session in Session.objects.filter(user=ed)] == ["Firefox on Linux"]

    def test_a_password_that_an_administrator_sets_ends_all_of_them(self) -> None:
        ed = person("ed")
        there = signed_in(ed)
        appoint(Appointment("ed", (), password="another one altogether"), by=None, origin=Origin.COMMAND)
        assert not Session.objects.filter(user=ed).exists()
        assert not is_in(there)

    def test_who_is_deactivated_is_out_with_the_next_request(self) -> None:
        ed = person("ed")
        client = signed_in(ed)
        User.objects.filter(pk=ed.pk).update(is_active=False)
        assert not is_in(client)

    def test_a_request_that_was_under_way_lets_nobody_in_again(self) -> None:
        ed = person("ed")
        here, there = signed_in(ed), signed_in(ed)
        late = SessionStore(there.cookies["steward-session"].value)
        late["something"] = "typed"
        here.post("/you/sessions/end/")
        with pytest.raises(UpdateError):
            late.save()
        assert not is_in(there)


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (FIREFOX, "Firefox on Linux"),
        (EDGE, "Edge on Windows"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1",
            "Safari on iPhone",
        ),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit Chrome/142.0 Mobile Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 15_0) Chrome/142.0 Safari/537.36", "Chrome on macOS"),
        ("curl/8.15", ""),
        ("<script>alert(1)</script> Linux", "A browser on Linux"),
        ("", ""),
    ],
)
def test_a_browser_is_called_by_names_of_ours(agent: str, name: str) -> None:
    assert browser_of(agent) == name


def test_sign_out_has_the_browser_forget_what_it_kept() -> None:
    answer = signed_in(person("ed")).post("/sign-out/")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
