"""Where the list is of one connection, fields of its provider can be columns of it, as each person wants."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from console.models import Connection, User
from tests.cast import connect, sample
from tests.views.counting import queries
from tests.views.pages import text_of

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.fixture
def sqril(ed: User) -> Connection:
    return connect("sqril")


def choose(client: Client, at: Connection | None, *names: str) -> None:
    data: dict[str, object] = {"column": list(names), "sort": "name"}
    client.post(reverse("list_columns"), data | ({"at": at.pk} if at else {}))


def listed(client: Client, at: Connection | None = None) -> str:
    return client.get(f"{reverse('customers')}?at={at.pk}" if at else reverse("customers")).text


def labels(client: Client, at: Connection | None = None) -> list[str]:
    answer = client.get(f"{reverse('customers')}?at={at.pk}" if at else reverse("customers"))
    return [column.label for column in answer.context["list"].columns]


def test_a_field_of_the_provider_is_a_column_of_its_list(client: Client, sqril: Connection) -> None:
    sample(sqril, address="Jl. Melati 5, Bogor")
    choose(client, sqril, "state", "sqril:address")
    assert labels(client, sqril) == ["State", "Address"]
    assert "Jl. Melati 5, Bogor" in listed(client, sqril)


def test_what_is_found_has_it_too(client: Client, sqril: Connection) -> None:
    sample(sqril, address="Jl. Melati 5, Bogor")
    choose(client, sqril, "sqril:address")
    found = client.post(reverse("customers"), {"q": "wijaya", "at": sqril.pk}, follow=True)
    assert "Jl. Melati 5, Bogor" in found.text


def test_a_list_of_several_connections_leaves_it_out_and_keeps_it_for_later(client: Client, sqril: Connection) -> None:
    sample(sqril, address="Jl. Melati 5, Bogor")
    sample(connect("caibo"))
    choose(client, sqril, "state", "sqril:address")
    assert labels(client) == ["State"]
    choose(client, None, "known")
    assert labels(client) == ["Known since"]
    assert labels(client, sqril) == ["Known since", "Address"]


def test_of_several_providers_each_list_has_its_own(client: Client, sqril: Connection) -> None:
    caibo = connect("caibo")
    sample(sqril)
    sample(caibo)
    choose(client, sqril, "state", "sqril:occupation")
    choose(client, caibo, "state", "caibo:memberId")
    assert labels(client, sqril) == ["State", "Occupation"]
    assert len(labels(client, caibo)) == 2
    assert "M-77" in listed(client, caibo)


def test_a_hidden_field_is_never_a_column(client: Client, sqril: Connection) -> None:
    sample(sqril, ic_number="3174012345678901")
    page = client.get(f"{reverse('list_columns')}?at={sqril.pk}").text
    assert "sqril:address" in page
    assert "sqril:ic_number" not in page
    choose(client, sqril, "state", "sqril:ic_number")
    assert labels(client, sqril) == ["State"]
    assert "3174012345678901" not in listed(client, sqril)


def test_a_connection_out_of_sight_offers_none(client: Client, sqril: Connection, ed: User) -> None:
    caibo = connect("caibo")
    ed.grants.update(connection=sqril)
    assert "caibo:" not in client.get(f"{reverse('list_columns')}?at={caibo.pk}").text
    assert "caibo:" not in client.get(f"{reverse('list_columns')}?at=x").text


def test_a_value_is_told_as_text_shortened_or_as_none_known(client: Client, sqril: Connection) -> None:
    sample(sqril, customer_id="cus_1", address="<b>Jl.</b> " + "Melati " * 40)
    sample(sqril, customer_id="cus_2", address=None)
    choose(client, sqril, "sqril:address")
    page = listed(client, sqril)
    assert "&lt;b&gt;Jl.&lt;/b&gt; Melati" in page
    assert "Melati " * 20 not in page
    assert "none known" in page


def test_it_asks_the_database_nothing_more(client: Client, sqril: Connection) -> None:
    for number in range(5):
        sample(sqril, customer_id=f"cus_{number}")
    address = f"{reverse('customers')}?at={sqril.pk}"
    choose(client, sqril, "state")
    plain = queries(client, address)
    choose(client, sqril, "state", "sqril:address", "sqril:occupation")
    assert queries(client, address) == plain


def test_the_page_of_columns_says_where_fields_can_be_chosen(client: Client, sqril: Connection) -> None:
    sample(connect("caibo"))
    assert "Choose one connection above the list first" in text_of(client.get(reverse("list_columns")))
    assert f'href="{reverse("list_columns")}?at={sqril.pk}"' in listed(client, sqril)
