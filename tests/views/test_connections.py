"""The connections: how they are, what their provider allows, who works there; never a credential."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.utils import timezone

from console.models import Connection, Event, Status
from tests import cast
from tests.views.counting import queries
from tests.views.pages import words
from tests.views.standing import standing

pytestmark = pytest.mark.django_db


def paused(connection: Connection) -> Connection:
    connection.paused_at, connection.pause = timezone.now(), "not allowed"
    connection.pause_reason = "The provider does not accept our credentials"
    connection.save()
    return connection


def test_the_list_shows_health_and_what_waits(client: Client) -> None:
    sqril, caibo = cast.connect("sqril"), paused(cast.connect("caibo"))
    ed = cast.person("ed")
    standing(cast.sample(sqril), ed, Status.APPROVED)
    standing(cast.sample(sqril, customer_id="cus_2"), ed, Status.REFUSED)
    standing(cast.sample(caibo), ed, Status.UNKNOWN)
    client.force_login(ed)
    page = words(client.get("/connections/").text)
    assert "Sqril https://sqril.example.com SQRIL Answers with errors last tried just now 1 1 at Sqril just now" in page
    assert "Paused just now : Caibo does not accept our credentials." in page


def test_the_list_refuses_a_stranger_and_hides_other_teams_connections(client: Client) -> None:
    assert client.get("/connections/").headers["Location"].startswith("/sign-in/")
    cast.connect("sqril")
    client.force_login(cast.person("ed", cast.connect("caibo")))
    assert "Sqril" not in client.get("/connections/").text


def test_somebody_without_a_role_is_told_who_gives_one(client: Client) -> None:
    cast.connect("sqril")
    client.force_login(cast.person("vic"))
    cast.person("max")
    assert "You see a connection once you have a role there. Ask Max Brandt, who can give you one." in words(
        client.get("/connections/").text
    )


def test_the_list_takes_as_many_queries_for_20_rows_as_for_1(client: Client) -> None:
    cast.connect("sqril")
    client.force_login(cast.person("ed"))
    few = queries(client, "/connections/")
    for number in range(19):
        connection = cast.connect("caibo")
        connection.name = f"Caibo {number}"
        connection.save()
    assert queries(client, "/connections/") == few == 4


@pytest.mark.parametrize("slug", cast.SLUGS)
def test_the_page_shows_every_rule_and_no_credential(client: Client, slug: str) -> None:
    connection = cast.connect(slug)
    connection.credentials = dict.fromkeys(connection.provider.credential_keys, "a-very-secret-text")
    connection.save()
    client.force_login(cast.person("ed"))
    page = client.get(f"/connections/{connection.pk}/").text
    for field in connection.provider.fields:
        assert f">{field.name}</small>" in page
    assert "a-very-secret-text" not in page
    assert connection.sealed_credentials not in page


def test_the_page_says_what_is_locked_and_whose_rule_it_is(client: Client) -> None:
    sqril = cast.connect("sqril")
    client.force_login(cast.person("ed"))
    page = words(client.get(f"/connections/{sqril.pk}/").text)
    assert "You can change 4" in page
    assert "Locked by SQRIL 3 No setting and no role opens these." in page
    assert "First name name_first Text SQRIL does not let anyone change a first name." in page
    assert "Kept by SQRIL 2 SQRIL writes these by itself." in page
    assert "A record can be read, and is read just before every update." in page


def test_a_reason_that_many_fields_share_is_said_once_with_who_can_open_them(client: Client) -> None:
    sqril = cast.connect("sqril")
    cast.person("max")
    client.force_login(cast.person("ed"))
    page = words(client.get(f"/connections/{sqril.pk}/").text)
    assert page.count("SQRIL does not say whether this may change") == 1
    assert "The setting “Fields to open” opens them one by one. Ask Max Brandt." in page


def test_whoever_may_not_edit_reads_that_editors_can(client: Client) -> None:
    sqril = cast.connect("sqril")
    client.force_login(cast.person("rae"))
    page = words(client.get(f"/connections/{sqril.pk}/").text)
    assert "Editors can change 4" in page
    assert "You can change" not in page


@pytest.mark.parametrize("slug", cast.SLUGS)
def test_each_field_stands_in_one_group_and_each_source_can_be_opened(client: Client, slug: str) -> None:
    connection = cast.connect(slug)
    client.force_login(cast.person("ed"))
    page = client.get(f"/connections/{connection.pk}/").text
    provider = connection.provider
    for field in provider.fields:
        assert page.count(f'<small class="mono">{field.name}</small>') == 1
    assert all(f'href="{url}"' in page for url in provider.sources.values())
    counts = [int(count) for count in re.findall(r'<a class="chip" href="#rules-.*?<b>(\d+)</b>', page)]
    assert sum(counts) == len(provider.fields)


def test_a_field_that_the_connection_declares_is_said_by_its_settings(client: Client) -> None:
    timepay = cast.connect("timepay", fields="city:text")
    client.force_login(cast.person("ed"))
    page = words(client.get(f"/connections/{timepay.pk}/").text)
    assert "City city Text" in page
    assert "The settings of this connection" in page
    assert "Further fields city:text These fields stand on the form beside the provider's own." in page


@pytest.mark.parametrize(
    ("status_code", "word", "sentence"),
    [
        (200, "Working", ""),
        (422, "Working", ""),
        (503, "Answers with errors", "Sqril answered the last try with an error of its own (status 503)."),
        (429, "Asks for patience", "Sqril asked us to try later."),
        (None, "No answer", "Sqril did not answer the last try."),
    ],
)
def test_the_last_try_says_how_it_is(client: Client, status_code: int | None, word: str, sentence: str) -> None:
    sqril, ed = cast.connect("sqril"), cast.person("ed")
    change = standing(cast.sample(sqril), ed, Status.UNKNOWN)
    change.attempts.update(status_code=status_code)
    client.force_login(ed)
    page = words(client.get(f"/connections/{sqril.pk}/").text)
    assert f"Sqril {word} SQRIL" in page
    assert sentence in page
    assert ("See that try" in page) == bool(sentence)
    assert word in words(client.get("/connections/").text)


def test_what_was_never_used_is_ready(client: Client) -> None:
    sqril = cast.connect("sqril")
    client.force_login(cast.person("ed"))
    assert "Sqril Ready SQRIL https://sqril.example.com no answer yet" in words(
        client.get(f"/connections/{sqril.pk}/").text
    )


@pytest.mark.parametrize(
    ("pause", "need"),
    [
        ("not allowed", "An administrator has to renew the credentials of Sqril first. Ask Max Brandt."),
        ("misrouted", "An administrator has to look at the base URL of Sqril first. Ask Max Brandt."),
        ("forbidden", "Somebody has to find out from Sqril first why this account is refused. Ask Max Brandt."),
        ("person", ""),
    ],
)
def test_a_pause_says_what_has_to_be_seen_to_first_and_by_whom(client: Client, pause: str, need: str) -> None:
    sqril = paused(cast.connect("sqril"))
    sqril.pause, sqril.paused_by = pause, cast.person("ops")
    sqril.save()
    cast.person("max")
    client.force_login(cast.person("ed"))
    page = words(client.get(f"/connections/{sqril.pk}/").text)
    assert "by Olu Peters" in page
    assert need in page
    assert ("first. Ask" in page or "refused. Ask" in page) == bool(need)


def test_a_very_long_name_and_address_are_whole(client: Client) -> None:
    sqril = cast.connect("sqril")
    sqril.name, sqril.base_url = "Überweisungen " + "x" * 46, "https://" + "long." * 50 + "example.com"
    sqril.save()
    client.force_login(cast.person("ed"))
    for page in (client.get("/connections/").text, client.get(f"/connections/{sqril.pk}/").text):
        assert sqril.name in page
        assert sqril.base_url in page


def test_the_page_says_what_cannot_be_read_back(client: Client) -> None:
    timepay = cast.connect("timepay")
    client.force_login(cast.person("ed"))
    page = words(client.get(f"/connections/{timepay.pk}/").text)
    assert "A record cannot be read back. We show what we last sent or imported." in page
    assert "A change ends as “Accepted, not confirmed”" in page
    assert "reports a conflict when somebody else wrote in between" in page


def test_a_caution_that_the_connection_opens_may_be_changed(client: Client) -> None:
    sqril = cast.connect("sqril", editable="gender")
    client.force_login(cast.person("ed"))
    page = words(client.get(f"/connections/{sqril.pk}/").text)
    assert "A caution of ours that an administrator opened for this connection" in page
    assert "You can change 5" in page
    assert "Fields to open Gender Opens 1 field that would be locked by caution." in page


def test_the_page_names_the_options_in_force(client: Client) -> None:
    caibo = cast.connect("caibo", send="held")
    client.force_login(cast.person("ed"))
    page = words(client.get(f"/connections/{caibo.pk}/").text)
    assert "What an update carries Everything we hold" in page
    assert "Path of an update /customers/{id} by default Where updates go, below the base URL." in page
    assert "With every update, once we know it" in page


def test_the_page_names_who_has_which_role_here(client: Client) -> None:
    sqril, caibo = cast.connect("sqril"), cast.connect("caibo")
    cast.person("jo", caibo)
    cast.person("ops")
    client.force_login(cast.person("ed", sqril))
    page = words(client.get(f"/connections/{sqril.pk}/").text)
    assert "Editor Ed Kowalski" in page
    assert "Operator Olu Peters" in page
    assert "Jo Lindqvist" not in page


def test_an_administrator_sees_the_connection_without_its_changes(client: Client) -> None:
    sqril = cast.connect("sqril")
    client.force_login(cast.person("max"))
    page = client.get(f"/connections/{sqril.pk}/")
    assert page.status_code == 200
    assert "?connection=" not in page.text
    assert "You may not see customers and changes at Sqril: it takes one of the roles Viewer" in page.text


def test_another_teams_connection_does_not_exist(client: Client) -> None:
    sqril = paused(cast.connect("sqril"))
    client.force_login(cast.person("ops", cast.connect("caibo")))
    assert client.get(f"/connections/{sqril.pk}/").status_code == 404
    assert client.post(f"/connections/{sqril.pk}/resume/").status_code == 404
    sqril.refresh_from_db()
    assert sqril.is_paused


def test_an_operator_resumes_a_paused_connection(client: Client) -> None:
    sqril = paused(cast.connect("sqril"))
    client.force_login(cast.person("ops"))
    page = client.get(f"/connections/{sqril.pk}/").text
    assert "Nothing is sent." in page
    assert "Sqril does not accept our credentials." in page
    answer = client.post(f"/connections/{sqril.pk}/resume/", {"reason": "They are back."})
    assert answer.headers["Location"] == f"/connections/{sqril.pk}/"
    sqril.refresh_from_db()
    assert not sqril.is_paused
    assert Event.objects.filter(verb="connection.resumed", actor__username="ops").exists()


def test_an_editor_cannot_resume_and_is_told_who_can(client: Client) -> None:
    sqril = paused(cast.connect("sqril"))
    cast.person("ops")
    client.force_login(cast.person("ed"))
    page = words(client.get(f"/connections/{sqril.pk}/").text)
    assert "You may not pause and resume a connection at Sqril: it takes the role Operator there." in page
    assert "Ask Olu Peters, who has it." in page
    assert client.post(f"/connections/{sqril.pk}/resume/").status_code == 403


def test_resuming_what_is_not_paused_says_so(client: Client) -> None:
    sqril = cast.connect("sqril")
    client.force_login(cast.person("ops"))
    answer = client.post(f"/connections/{sqril.pk}/resume/", {"reason": "They are back."})
    assert answer.status_code == 422
    assert "Sqril is not paused." in answer.text
