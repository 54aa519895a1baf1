"""A page of the list: where it begins when it was left for long, and rows whose texts are hostile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse

from console.models import Customer, User
from console.views import customer_list
from console.views.columns import COLUMNS
from tests.cast import connect, person, sample
from tests.views.pages import text_of

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db
LIST = "/customers/"
HOSTILE = """"><script>alert(1)</script>' onmouseover='x\N{RIGHT-TO-LEFT OVERRIDE}{{ 7|add:7 }}"""


@pytest.fixture
def two(client: Client) -> list[Customer]:
    client.force_login(person("ed"))
    caibo = connect("caibo")
    return [sample(caibo, id=str(number), name=f"Person {number}") for number in (1, 2)]


def shown(page: Any) -> tuple[list[str], str]:
    return [str(customer) for customer in page.context["page"].customers], page.context["page"].say


@pytest.mark.parametrize("place", ["after={last}", "before={first}", "after=999999", "before=999999"])
def test_where_nobody_is_left_the_first_page_is_shown(client: Client, two: list[Customer], place: str) -> None:
    first, last = two
    page = client.get(f"{LIST}?{place.format(first=first.pk, last=last.pk)}&from=51")
    assert shown(page) == (["Person 1", "Person 2"], "1\N{EN DASH}2 of 2")
    assert (page.context["previous"], page.context["next"]) == ("", "")


def test_the_order_of_providers_goes_over_the_pages_of_one(
    client: Client, two: list[Customer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(customer_list, "SIZE", 1)
    sqril = connect("sqril")
    for number in (1, 2):
        sample(sqril, customer_id=f"cus_{number}", name_first=f"Adi {number}")
    first = client.get(f"{LIST}?at={sqril.pk}&sort=connection")
    second = client.get(first.context["next"])
    assert shown(second) == (["Adi 2 Wijaya"], "2 of 2")
    assert shown(client.get(second.context["previous"])) == shown(first)


@pytest.mark.parametrize("text", ["", "script", "alert", "onmouseover"])
def test_no_text_of_a_row_becomes_markup(client: Client, ed: User, text: str) -> None:
    client.force_login(ed)
    sqril = connect("sqril")
    names = [field.name for field in sqril.provider.fields if not field.sensitive]
    columns = [*COLUMNS, *(f"sqril:{name}" for name in names)]
    client.post(reverse("list_columns"), {"column": columns, "sort": "name", "at": sqril.pk})
    customer = sample(sqril)
    Customer.objects.filter(pk=customer.pk).update(
        **dict.fromkeys(("name", "external_id", "email"), HOSTILE),
        phone=HOSTILE[:40],
        values=dict.fromkeys(names, HOSTILE),
        identity=dict.fromkeys(sqril.provider.identity, HOSTILE),
        flaws={HOSTILE[:40]: "required"},
    )
    Customer.objects.get(pk=customer.pk).index()
    asked = {"q": text, "at": sqril.pk}
    page = client.post(LIST, asked, follow=True) if text else client.get(LIST, {"at": sqril.pk})
    assert page.context["page"].customers
    rows = page.context["rows"]
    for piece in ("<script", "' onmouseover='", '">&lt;'):
        assert piece not in rows
    assert "{{ 7|add:7 }}" in text_of(page)
