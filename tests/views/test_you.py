"""A person's own page: who they are here, what they may do, and how the console behaves for them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import time_machine
from django.conf import LazySettings
from django.test import Client

from console.models import Event, User
from console.sentences import event_sentence
from tests import cast
from tests.views.pages import text_of

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


def settings_of(user: User) -> tuple[str, bool]:
    user.refresh_from_db()
    return user.time_zone, user.single_keys


def told(user: User) -> list[str]:
    return [event_sentence(event, ()) for event in Event.objects.filter(subject=f"person:{user.pk}").order_by("number")]


def test_it_says_who_one_is_and_what_one_may_do_where(client: Client) -> None:
    client.force_login(cast.person("ed", cast.connect("sqril")))
    page = text_of(client.get("/you/"))
    assert "Ed Kowalski You sign in as ed" in page
    assert "Editor Sqril see customers and changes; propose changes" in page


def test_a_role_everywhere_says_so(client: Client) -> None:
    cast.connect("sqril")
    client.force_login(cast.person("ops"))
    assert "Operator All connections see customers and changes; resolve" in text_of(client.get("/you/"))


def test_who_has_no_role_is_told_who_gives_one(client: Client) -> None:
    cast.person("max")
    client.force_login(cast.person("vic"))
    assert "You have no role yet Ask Max Brandt, who can give you one." in text_of(client.get("/you/"))


def test_the_zones_stand_with_the_time_that_it_is_there(client: Client) -> None:
    client.force_login(cast.person("ed"))
    with time_machine.travel(NOON, tick=False):
        page = client.get("/you/")
    assert "Asia/Jakarta · 19:00, UTC+7<" in page.text
    assert "Asia/Kolkata · 17:30, UTC+5:30<" in page.text
    assert "America/St Johns · 09:30, UTC-2:30<" in page.text
    assert '<option value="UTC" selected>UTC · 12:00</option>' in page.text
    assert "It is 12:00 in UTC" in text_of(page)


def test_saving_changes_how_times_are_shown_and_leaves_an_event(client: Client) -> None:
    ed = cast.person("ed")
    client.force_login(ed)
    answer = client.post("/you/", {"time_zone": "Asia/Jakarta", "single_keys": "on"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/you/")
    assert settings_of(ed) == ("Asia/Jakarta", True)
    page = client.get("/you/")
    assert "Saved. Times are shown in Asia/Jakarta now, where it is" in text_of(page)
    assert '<option value="Asia/Jakarta" selected>' in page.text
    assert told(ed) == ["Ed Kowalski set the time zone to Asia/Jakarta"]


def test_single_keys_are_switched_off_and_on(client: Client) -> None:
    ed = cast.person("ed")
    client.force_login(ed)
    client.post("/you/", {"time_zone": "UTC"})
    assert settings_of(ed) == ("UTC", False)
    assert 'data-single-keys="off"' in client.get("/").text
    client.post("/you/", {"time_zone": "UTC", "single_keys": "on"})
    assert settings_of(ed) == ("UTC", True)
    assert told(ed) == ["Ed Kowalski switched single keys off", "Ed Kowalski switched single keys on"]


def test_saving_what_stands_already_leaves_no_event(client: Client) -> None:
    ed = cast.person("ed")
    client.force_login(ed)
    client.post("/you/", {"time_zone": "UTC", "single_keys": "on"})
    assert "Saved; nothing was different." in text_of(client.get("/you/"))
    assert not told(ed)


@pytest.mark.parametrize("zone", ["", "Asia/Nowhere", "../../etc/passwd", "localtime", "x" * 65, "Asia/Jakarta\0"])
def test_what_is_no_zone_is_refused_at_its_field(client: Client, zone: str) -> None:
    ed = cast.person("ed")
    client.force_login(ed)
    answer = client.post("/you/", {"time_zone": zone, "single_keys": "on"})
    assert answer.status_code == 422
    assert 'id="error-time_zone"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert settings_of(ed) == ("UTC", True)
    assert not told(ed)


def test_an_older_name_of_a_zone_will_do_and_is_listed_then(client: Client) -> None:
    ed = cast.person("ed")
    client.force_login(ed)
    assert client.post("/you/", {"time_zone": "US/Pacific"}).status_code == 303
    assert '<option value="US/Pacific" selected>' in client.get("/you/").text


def test_nobody_sets_anything_for_another_person(client: Client) -> None:
    jo = cast.person("jo")
    client.force_login(cast.person("ed"))
    client.post("/you/", {"time_zone": "Asia/Jakarta", "user": jo.pk, "username": "jo", "is_staff": "on"})
    assert settings_of(jo) == ("UTC", True)
    assert not User.objects.filter(is_staff=True).exists()


@pytest.fixture
def mail_is_sent(settings: LazySettings) -> None:
    settings.STEWARD_SENDS_MAIL = True


def mail_of(user: User) -> tuple[str, str]:
    user.refresh_from_db()
    return user.mail, user.email


@pytest.mark.usefixtures("mail_is_sent")
def test_one_chooses_what_to_be_told_by_email_and_where(client: Client) -> None:
    ed = cast.person("ed")
    client.force_login(ed)
    page = client.get("/you/").text
    assert 'value="nothing" checked' in page
    client.post("/you/", {"time_zone": "UTC", "single_keys": "on", "mail": "mine", "email": " ed@example.com "})
    assert mail_of(ed) == ("mine", "ed@example.com")
    page = text_of(client.get("/you/"))
    assert "What becomes of your changes you are told by e-mail now. Mails go to ed@example.com now." in page
    client.post("/you/", {"time_zone": "UTC", "single_keys": "on", "mail": "nothing", "email": ""})
    assert mail_of(ed) == ("nothing", "")
    assert "You get no e-mail now. No address is kept." in text_of(client.get("/you/"))


@pytest.mark.usefixtures("mail_is_sent")
def test_history_tells_that_there_is_an_address_and_never_which(client: Client) -> None:
    ed = cast.person("ed")
    client.force_login(ed)
    client.post("/you/", {"time_zone": "UTC", "single_keys": "on", "mail": "all", "email": "ed@example.com"})
    [event] = Event.objects.filter(subject=f"person:{ed.pk}")
    assert event.details == {"moved": {"mail": ["nothing", "all"], "email": [False, True]}}
    [sentence] = told(ed)
    assert "what waits for their decision" in sentence
    assert "gave the address for e-mail" in sentence


@pytest.mark.usefixtures("mail_is_sent")
@pytest.mark.parametrize(
    ("mail", "email", "where"),
    [
        ("mine", "", "email"),
        ("mine", "ed", "email"),
        ("mine", "ed@example.com\nBcc: jo@example.com", "email"),
        ("nothing", "ed@@example.com", "email"),
        ("mine", f"{'e' * 250}@example.com", "email"),
        ("everything", "ed@example.com", "mail"),
    ],
)
def test_what_no_mail_could_reach_is_refused_at_its_field(client: Client, mail: str, email: str, where: str) -> None:
    ed = cast.person("ed")
    client.force_login(ed)
    answer = client.post("/you/", {"time_zone": "UTC", "single_keys": "on", "mail": mail, "email": email})
    assert answer.status_code == 422
    assert f'id="error-{where}"' in answer.text
    assert mail_of(ed) == ("nothing", "")
    assert not told(ed)


def test_a_console_that_sends_no_mail_says_so_and_keeps_what_was_chosen(client: Client) -> None:
    ed = cast.person("ed")
    User.objects.filter(pk=ed.pk).update(mail="mine", email="ed@example.com")
    client.force_login(ed)
    page = client.get("/you/")
    assert "This console sends none" in text_of(page)
    assert 'name="email"' not in page.text
    client.post("/you/", {"time_zone": "Asia/Jakarta", "single_keys": "on"})
    assert mail_of(ed) == ("mine", "ed@example.com")
