"""Who a request brings along: the person with their grants as they are at that moment, asked once."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from console.backend import Backend
from console.models import Grant, Role
from console.permissions import Right, connections_where, may, roles_in_words, visible_connections
from tests import cast

pytestmark = pytest.mark.django_db


def test_a_person_of_a_request_answers_for_their_rights_without_a_query(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    caibo, sqril = cast.connect("caibo"), cast.connect("sqril")
    ed = Backend().get_user(cast.person("ed", caibo, sqril).pk)
    assert ed
    with django_assert_num_queries(0):
        assert may(ed, Right.PROPOSE, caibo)
        assert not may(ed, Right.ADMINISTER, caibo)
        assert roles_in_words(ed) == "Editor · Caibo, Sqril"
    with django_assert_num_queries(1):
        assert set(connections_where(ed, Right.SEE)) == {caibo, sqril}


def test_a_grant_elsewhere_gives_nothing_here() -> None:
    caibo, sqril = cast.connect("caibo"), cast.connect("sqril")
    ed = cast.person("ed", caibo)
    assert not may(ed, Right.SEE, sqril)
    assert list(connections_where(ed, Right.SEE)) == list(visible_connections(ed)) == [caibo]
    assert not visible_connections(cast.person("vic")).exists()


def test_a_grant_holds_from_the_next_request_on_until_it_is_taken_away(client: Client) -> None:
    customer, vic = cast.sample(cast.connect("caibo")), cast.person("vic")
    client.force_login(vic)
    page = f"/customers/{customer.pk}/"
    assert client.get(page).status_code == 404
    Grant.objects.create(user=vic, role=Role.VIEWER)
    assert client.get(page).status_code == 200
    Grant.objects.all().delete()
    assert client.get(page).status_code == 404


def test_whoever_was_switched_off_is_signed_out_and_may_nothing(client: Client) -> None:
    customer, ed = cast.sample(cast.connect("caibo")), cast.person("ed")
    client.force_login(ed)
    ed.is_active = False
    ed.save()
    assert client.get(f"/customers/{customer.pk}/").status_code == 302
    assert not may(ed, Right.SEE, customer.connection)
    assert not visible_connections(ed).exists()
