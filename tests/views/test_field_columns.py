"""Where the list is of one connection, fields of its provider can be columns of it, as each person wants."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse

from console.listing import by_field, counting
from console.models import Connection, SavedView, User
from console.views import customer_list
from tests.cast import connect, sample
from tests.views.counting import queries
from tests.views.pages import text_of

if TYPE_CHECKING:
    from django.test import Client

    from console.views.list_page import Head

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


class TestOrder:
    @pytest.fixture
    def three(self, client: Client, sqril: Connection) -> str:
        """The address of a list of three, with two fields as columns."""
        for number, (name, address) in enumerate([("Adi", "Solo"), ("Budi", "Bogor"), ("Citra", None)], start=1):
            sample(sqril, customer_id=f"cus_{number}", name_first=name, name_last="", address=address)
        choose(client, sqril, "state", "sqril:address", "sqril:occupation")
        return f"{reverse('customers')}?at={sqril.pk}"

    def test_a_press_on_its_head_orders_the_list_and_another_turns_it_round(self, client: Client, three: str) -> None:
        first = client.get(head(client.get(three), "Address").url)
        assert names(first) == ["Budi", "Adi", "Citra"]
        assert head(first, "Address").direction == "ascending"
        assert not head(first, "Name").direction
        assert 'aria-sort="ascending"' in first.text
        turned = client.get(head(first, "Address").url)
        assert names(turned) == ["Adi", "Budi", "Citra"]
        assert names(client.get(head(turned, "Name").url)) == ["Adi", "Budi", "Citra"]

    def test_pages_follow_each_other_in_it(self, client: Client, three: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(customer_list, "SIZE", 1)
        page, found = client.get(f"{three}&sort=sqril:address&down=1"), list[str]()
        for _ in range(3):
            found += names(page)
            page = client.get(page.context["next"] or three)
        assert found == ["Adi", "Budi", "Citra"]
        last = client.get(client.get(client.get(f"{three}&sort=sqril:address").context["next"]).context["next"])
        assert (names(last), names(client.get(last.context["previous"]))) == (["Citra"], ["Adi"])

    def test_no_name_and_no_value_stands_in_its_addresses(self, client: Client, three: str) -> None:
        page = client.get(f"{three}&sort=sqril:address")
        assert not re.search(r'href="[^"]*(Solo|Bogor|Budi)', page.text)

    def test_another_connection_is_listed_in_the_usual_order(self, client: Client, three: str) -> None:
        sample(connect("caibo"))
        page = client.get(f"{three}&sort=sqril:address")
        around = [page.context["list"].anywhere, *page.context["list"].places]
        assert [chip.is_on for chip in around if "sort=sqril" in chip.url] == [True]

    def test_a_view_keeps_it(self, client: Client, three: str, sqril: Connection) -> None:
        asked = {"name": "By address", "at": sqril.pk, "sort": "sqril:address", "down": "1"}
        page = client.post(reverse("view_keep"), asked, follow=True)
        assert names(page) == ["Adi", "Budi", "Citra"]
        view = SavedView.objects.get()
        assert view.criteria == {"at": str(sqril.pk), "sort": "sqril:address"}
        Connection.objects.filter(pk=sqril.pk).update(options={"sensitive": "address"})
        again = client.get(f"{reverse('customers')}?view={view.token}")
        assert names(again) == ["Adi", "Budi", "Citra"]
        assert "cannot be put in the order that was asked for" in text_of(again)
        assert "Bogor" not in again.text

    def test_one_that_no_column_shows_stands_above_the_list_and_goes_by_a_press(
        self, client: Client, three: str, sqril: Connection
    ) -> None:
        assert not client.get(f"{three}&sort=sqril:address").context["list"].further
        choose(client, sqril, "state")
        page = client.get(f"{three}&sort=sqril:address&down=1")
        [chip] = page.context["list"].further
        assert chip.label == "By Address, descending"
        assert chip.label in text_of(page)
        without = client.get(chip.url)
        assert names(without) == ["Adi", "Budi", "Citra"]
        assert not without.context["list"].further
        [of_all] = client.get(f"{three}&sort=email").context["list"].further
        assert of_all.label == "By E-mail"

    @pytest.mark.parametrize("sort", ["sqril:ic_number", "caibo:address", "sqril:nonsense", "a:b\0", f"{'x:' * 200}"])
    def test_what_is_none_is_answered_by_a_sentence_and_the_usual_order(
        self, client: Client, three: str, sort: str
    ) -> None:
        page = client.get(three, {"at": three.partition("at=")[2], "sort": sort})
        assert names(page) == ["Adi", "Budi", "Citra"]
        assert "cannot be put in the order that was asked for" in text_of(page)
        assert "It is in your usual order." in text_of(page)

    def test_of_several_connections_none_is_possible_and_that_is_said(self, client: Client, three: str) -> None:
        sample(connect("caibo"))
        page = client.get(f"{reverse('customers')}?sort=sqril:address")
        assert len(names(page)) == 4
        assert "a list of one connection can" in text_of(page)

    def test_where_too_many_match_heads_are_plain_and_say_what_to_do(
        self, client: Client, three: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(by_field, "MOST", 2)
        monkeypatch.setattr(counting, "MOST_COUNTED", 1)
        page = client.get(three)
        assert (head(page, "Address").url, head(page, "State").url) == ("", f"{three}&sort=state")
        assert text_of(page).count("narrow the list first") == 1
        asked = client.get(f"{three}&sort=sqril:address")
        assert names(asked) == ["Adi", "Budi", "Citra"]
        assert text_of(asked).count("narrow the list first") == 1
        assert "It is in your usual order." in text_of(asked)
        monkeypatch.setattr(by_field, "MOST", 3)
        assert names(client.get(head(client.get(three), "Address").url)) == ["Budi", "Adi", "Citra"]

    def test_what_is_found_stays_in_the_order_of_how_well_it_matches(self, client: Client, three: str) -> None:
        found = client.post(
            three, {"q": "citra", "at": three.partition("at=")[2], "sort": "sqril:address"}, follow=True
        )
        assert names(found) == ["Citra"]
        assert not head(found, "Address").url


def head(page: Any, label: str) -> Head:
    found: Head = next(head for head in page.context["list"].heads if head.column.label == label)
    return found


def names(page: Any) -> list[str]:
    return [str(customer) for customer in page.context["page"].customers]


def test_the_page_of_columns_says_where_fields_can_be_chosen(client: Client, sqril: Connection) -> None:
    sample(connect("caibo"))
    assert "Choose one connection above the list first" in text_of(client.get(reverse("list_columns")))
    assert f'href="{reverse("list_columns")}?at={sqril.pk}"' in listed(client, sqril)
