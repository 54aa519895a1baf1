"""Where the console leads: to whom which places are shown, and what is said to wait there."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from console.flows import review
from console.models import Grant, Role, Status
from tests import cast
from tests.deciding import policy
from tests.flows.helpers import wish
from tests.views.standing import standing

pytestmark = pytest.mark.django_db

FOR_ALL = {"Connections", "Policies"}


def navigation(client: Client) -> set[str]:
    """Where it leads, each with what waits there, once the same places were found in the palette and the help."""
    page = client.get("/connections/").text
    entries = re.findall(r"<span>([A-Z][a-z]+)</span><b id=\"count-[a-z]\"[^>]*>(.*?)</b>", page)
    places = [label for label, _ in entries]
    assert re.findall(r'<span class="what">([A-Z][a-z]+)</span>', page) == places
    assert all(f"<dd>{label}</dd>" in page for label in places)
    return {f"{label} {count}".strip() for label, count in entries}


def test_the_navigation_counts_what_waits(client: Client) -> None:
    ed, sqril = cast.person("ed"), cast.connect("sqril")
    standing(cast.sample(sqril), ed, Status.REFUSED)
    standing(cast.sample(sqril, customer_id="cus_2"), cast.person("jo"), Status.APPROVED)
    client.force_login(ed)
    page = client.get("/connections/").text
    assert '<span>Work</span><b id="count-w" class="hot">1</b>' in page
    assert re.search(r'<span>Changes</span><b id="count-h" ?>1</b>', page)
    assert re.search(r'<span>Connections</span><b id="count-n" ?></b>', page)


def test_the_navigation_is_that_of_whoever_looks_however_often_it_was_drawn_for_others(client: Client) -> None:
    ed, ida, sqril = cast.person("ed"), cast.person("ida"), cast.connect("sqril")
    standing(cast.sample(sqril), ed, Status.REFUSED)
    for _ in range(2):
        client.force_login(ed)
        assert navigation(client) == {"Work 1", "Customers", "Changes", "Batches", "Imports", "Quality", *FOR_ALL}
        client.force_login(ida)
        assert navigation(client) == {"Work", "Customers", "Changes", "Batches", "People", *FOR_ALL}
    Grant.objects.filter(user=ida).update(role=Role.REVIEWER)
    assert navigation(client) == {"Work", "Customers", "Changes", "Batches", "Quality", "Audit", "People", *FOR_ALL}


@pytest.mark.parametrize(("who", "waits"), [("ann", "Work 2"), ("sam", "Work 3"), ("ed", "Work")])
def test_what_is_to_decide_is_counted_with_what_is_to_fix(client: Client, who: str, waits: str) -> None:
    policy("KYC fields", "occupation")
    sqril, ed = cast.connect("sqril"), cast.person("ed")
    wanted = [cast.sample(sqril, customer_id=f"cus_{number}") for number in range(3)]
    *_, taken = [wish(customer, ed, {"occupation": "OCC10"}) for customer in wanted]
    review.claim(taken.pk, by=cast.person("sam"))
    client.force_login(cast.person(who))
    assert waits in navigation(client)
