"""A selection of rows of the list is kept while somebody pages and filters, up to a thousand of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse

from console.models import Bulk, BulkCustomer, Connection, Customer, User
from console.views import picked
from tests.cast import connect, sample
from tests.views.pages import text_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.test import Client

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("without_policies")]


@pytest.fixture
def four(sqril: Connection, ed: User) -> list[int]:
    return [sample(sqril, customer_id=f"cus_{n}", name_first=f"Adi{n}").pk for n in range(4)]


def said(shown: Iterable[int], ticked: Iterable[int], **more: Any) -> dict[str, Any]:
    """What a page of the list posts."""
    return {"shown": ",".join(map(str, shown)), "customer": list(ticked), **more}


def keep(client: Client, shown: Iterable[int], ticked: Iterable[int], **more: Any) -> Any:
    return client.post(reverse("list_picked"), said(shown, ticked, **more), headers={"HX-Request": "true"})


def ticked_on(client: Client, address: str = "") -> list[int]:
    """The rows that a page of the list shows as selected."""
    page = client.get(address or reverse("customers")).text
    return sorted(int(key) for key in re.findall(r'name="customer" value="(\d+)" checked', page))


def test_what_is_ticked_stays_so_on_other_pages(client: Client, four: list[int]) -> None:
    assert keep(client, four[:2], four[:1]).status_code == 204
    assert keep(client, four[2:], four[2:3]).status_code == 204
    assert ticked_on(client) == [four[0], four[2]]


def test_what_is_unticked_is_no_longer_selected(client: Client, four: list[int]) -> None:
    keep(client, four, four)
    keep(client, four[:2], [four[1]])
    assert ticked_on(client) == four[1:]


def test_how_many_are_selected_elsewhere_is_said_also_where_none_are_listed(
    client: Client, four: list[int], sqril: Connection
) -> None:
    keep(client, four, four[:3])
    other = sample(connect("caibo"))
    page = text_of(client.get(f"{reverse('customers')}?at={other.connection_id}"))
    assert "3 selected on other pages." in page
    assert "Edit 3 customers…" in page
    assert "3 customers of other pages stay selected." in text_of(client.get(f"{reverse('customers')}?state=erased"))


def test_all_that_are_kept_are_edited_with_those_of_the_page(client: Client, four: list[int]) -> None:
    keep(client, four[:2], four[:2])
    client.post(reverse("bulk_edit_new"), said(four[2:], four[2:3]))
    meant = BulkCustomer.objects.filter(bulk=Bulk.objects.get()).order_by("place")
    assert list(meant.values_list("customer", flat=True)) == four[:3]
    assert not ticked_on(client)


def test_of_several_connections_the_others_stay_selected(client: Client, four: list[int], sqril: Connection) -> None:
    other = sample(connect("caibo"))
    keep(client, [other.pk], [other.pk])
    page = client.post(reverse("bulk_edit_new"), said(four, four[:1]))
    assert 'name="picked" value="1"' in page.text
    client.post(reverse("bulk_edit_new"), {"picked": "1", "connection": sqril.pk})
    assert Bulk.objects.get().connection == sqril
    assert ticked_on(client) == [other.pk]


def test_all_that_match_are_edited_whoever_is_selected(client: Client, four: list[int], sqril: Connection) -> None:
    keep(client, four, four[:1])
    client.post(reverse("bulk_edit_new"), said(four, four[:1], all="1", at=sqril.pk))
    assert Bulk.objects.get().rows == 4
    assert ticked_on(client) == four[:1]


def test_it_is_cleared_and_leads_back_to_the_page_one_was_on(
    client: Client, four: list[int], sqril: Connection
) -> None:
    keep(client, four, four)
    place = {"clear": "1", "at": str(sqril.pk), "after": str(four[0]), "from": "51"}
    answer = client.post(reverse("list_picked"), said(four, four, **place))
    assert answer.headers["Location"] == f"{reverse('customers')}?at={sqril.pk}&after={four[0]}&from=51"
    assert not ticked_on(client)


def test_without_a_script_a_button_keeps_it_and_says_how_many(client: Client, four: list[int]) -> None:
    answer = client.post(reverse("list_picked"), said(four, four[:2]), follow=True)
    assert "2 selected." in text_of(answer)
    assert ticked_on(client) == four[:2]


def test_more_than_a_thousand_are_not_kept_and_that_is_said(
    client: Client, four: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picked, "MOST", 2)
    keep(client, four[:2], four[:2])
    refused = keep(client, four[2:], four[2:3])
    assert refused.status_code == 422
    assert refused.headers["Content-Type"].startswith("text/plain")
    assert ticked_on(client) == four[:2]
    page = text_of(client.post(reverse("bulk_edit_new"), said(four[2:], four[2:3]), follow=True))
    assert "are selected one by one" in page
    assert not Bulk.objects.exists()


def test_what_makes_no_sense_selects_nobody(client: Client, four: list[int]) -> None:
    client.post(reverse("list_picked"), {"shown": "x,-1,٣", "customer": ["x", "9" * 40, ""]})
    assert not ticked_on(client)


def test_whom_one_does_not_see_is_not_edited_though_selected(
    client: Client, four: list[int], sqril: Connection
) -> None:
    hidden = sample(connect("caibo"))
    ed = User.objects.get(username="ed")
    ed.grants.update(connection=sqril)
    keep(client, [*four, hidden.pk], [four[0], hidden.pk])
    client.post(reverse("bulk_edit_new"), {"picked": "1"})
    assert list(BulkCustomer.objects.values_list("customer", flat=True)) == four[:1]
    assert Customer.objects.filter(pk=hidden.pk).exists()


def test_the_address_of_no_page_names_anybody(client: Client, four: list[int]) -> None:
    keep(client, four, four)
    assert not re.search(r'href="[^"]*customer=', client.get(reverse("customers")).text)
