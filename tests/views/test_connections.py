"""The connections: how they are, what their provider allows, who works there; never a credential."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.utils import timezone

from console.models import Connection, Event, Status
from tests import cast
from tests.views.counting import queries
from tests.views.standing import standing

pytestmark = pytest.mark.django_db


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


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
    assert "Sqril https://sqril.example.com SQRIL Sending 1 1 just now" in page
    assert "Paused Caibo does not accept our credentials." in page


def test_the_list_refuses_a_stranger_and_hides_other_teams_connections(client: Client) -> None:
    assert client.get("/connections/").headers["Location"].startswith("/sign-in/")
    cast.connect("sqril")
    client.force_login(cast.person("ed", cast.connect("caibo")))
    assert "Sqril" not in client.get("/connections/").text


def test_somebody_without_a_role_is_told_who_gives_one(client: Client) -> None:
    cast.connect("sqril")
    client.force_login(cast.person("vic"))
    assert "An administrator can give you one" in client.get("/connections/").text


def test_the_list_takes_as_many_queries_for_20_rows_as_for_1(client: Client) -> None:
    cast.connect("sqril")
    client.force_login(cast.person("ed"))
    few = queries(client, "/connections/")
    for number in range(19):
        connection = cast.connect("caibo")
        connection.name = f"Caibo {number}"
        connection.save()
    assert queries(client, "/connections/") == few
    assert few <= 14


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
    assert "Locked by Sqril SQRIL does not let anyone change a first name." in page
    assert "Locked by caution" in page
    assert "Kept by Sqril" in page
    assert "A record can be read, and is read just before an update" in page


def test_the_page_says_what_cannot_be_read_back(client: Client) -> None:
    timepay = cast.connect("timepay")
    client.force_login(cast.person("ed"))
    page = words(client.get(f"/connections/{timepay.pk}/").text)
    assert "A record cannot be read back: we show what we last sent or imported." in page
    assert "it counts as accepted, not confirmed" in page
    assert "reports a conflict when somebody else wrote in between" in page


def test_a_caution_that_the_connection_opens_may_be_changed(client: Client) -> None:
    sqril = cast.connect("sqril", editable="gender")
    client.force_login(cast.person("ed"))
    page = words(client.get(f"/connections/{sqril.pk}/").text)
    assert "May be changed: opened for this connection" in page
    assert "Fields to open Gender" in page


def test_the_page_names_the_options_in_force(client: Client) -> None:
    caibo = cast.connect("caibo", send="held")
    client.force_login(cast.person("ed"))
    page = words(client.get(f"/connections/{caibo.pk}/").text)
    assert "What an update carries Everything we hold" in page
    assert "Path of an update /customers/{id} by default" in page
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
    assert "Changes here" not in page.text


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
    answer = client.post(f"/connections/{sqril.pk}/resume/")
    assert answer.headers["Location"] == f"/connections/{sqril.pk}/"
    sqril.refresh_from_db()
    assert not sqril.is_paused
    assert Event.objects.filter(verb="connection.resumed", actor__username="ops").exists()


def test_an_editor_cannot_resume_and_is_told_who_can(client: Client) -> None:
    sqril = paused(cast.connect("sqril"))
    cast.person("ops")
    client.force_login(cast.person("ed"))
    page = words(client.get(f"/connections/{sqril.pk}/").text)
    assert "You may not resume it. Ask Olu Peters." in page
    assert client.post(f"/connections/{sqril.pk}/resume/").status_code == 403


def test_resuming_what_is_not_paused_says_so(client: Client) -> None:
    sqril = cast.connect("sqril")
    client.force_login(cast.person("ops"))
    answer = client.post(f"/connections/{sqril.pk}/resume/")
    assert answer.status_code == 422
    assert "Sqril is not paused." in answer.text
