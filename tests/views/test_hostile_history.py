"""Garbage at every parameter of every page about history: a wrong address or form is answered, and never breaks."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from console.auditing import Query
from console.exporting import make_all
from console.flows.examine import mark
from console.flows.exports import ask
from console.flows.opening import Plan, open_review
from console.flows.seal import seal
from console.models import Change, Customer, Event, Format, Grant, Mark, Role, SavedSearch, Status, User
from tests import cast
from tests.views.standing import standing

pytestmark = pytest.mark.django_db

SWAP = {"HX-Request": "true"}
QUERY = ("person", "kind", "connection", "customer", "change", "field", "since", "until", "outcome", "request")

# By the name of the page: what stands in its address, and what is posted there.
GETS: Mapping[str, tuple[str, ...]] = {
    "audit": (*QUERY, "after", "before"),
    "audit_event": ("after",),
    "proof": ("size",),
    "checkpoint": ("size",),
    "exports": (*QUERY, "format", "seen"),
    "export": ("seen",),
    "export_download": ("part",),
    "reviews": ("show",),
    "review_new": ("since",),
    "review": ("show", "after", "check"),
    "review_item": ("after",),
    "customer_timeline": ("before", "on", "day"),
    "customer_as_of": ("at", "and", "differing"),
    "customer_looked": ("day", "before"),
    "customer_erase": ("erasure",),
    "field_history": ("before", "of"),
    "change_undo": ("field", "key"),
}
POSTS: Mapping[str, tuple[str, ...]] = {
    "audit_customer": (*QUERY, "q"),
    "audit_save": (*QUERY, "name"),
    "exports": (*QUERY, "format"),
    "review_new": ("title", "since", "until", "where", "connections", "sample", "do"),
    "review_mark": ("mark", "note", "seen"),
    "review_say": ("text",),
    "review_sign_off": ("conclusion",),
    "customer_erase": ("reference",),
    "erasure_decide": ("do", "erasure", "sure"),
    "change_undo": ("field", "key", "why", "reference", "second-phone", "seen-phone"),
}

MOMENTS = (
    *("9999-12-31T23:59:59.999999", "0001-01-01T00:00:00", "0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59+00:00"),
    *("9999-12-31", "0001-01-01", "0000-00-00", "2026-02-30", "2026-W01-1", "2026-11-21T10:00:00+23:59"),
    *("2026-11-21T10:00:00-23:59", "-2026-01-01", "20261121", "2026-11-21T24:00"),
)
NUMBERS = (
    *("0", "-1", "1", "²", "٣", "1.0", "1e9", str(2**31), str(2**63 - 1), str(2**63), "9" * 18, "9" * 19, "9" * 30),
    *("0" * 20 + "9" * 30, "0" * 20 + "9" * 5000, "0" * 5000, "9" * 5000, "1-1", f"{'9' * 18}-{'9' * 18}", "-", "1-"),
)
TEXTS = ("", "\0", "a\0b", "x" * 10_000, "\u202e", "<script>", "' or 1=1 --", "{{ 7*7 }}", "../..", "%", "\r\nA: b")
WORDS = ("change", "phone", "applied", "pack", "csv", "all", "these", "fine", "questioned", "settled", "open", "look")
GARBAGE = st.one_of(
    st.sampled_from((*MOMENTS, *NUMBERS, *TEXTS, *WORDS)),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=60),
    st.dates().map(str),
    st.datetimes().map(str),
    st.integers().map(str),
)
DATED: Mapping[str, tuple[str, ...]] = {**GETS, "audit": ("since", "until", "after", "before")}
HISTORY = [("GET", name) for name in GETS] + [("POST", name) for name in POSTS]


@pytest.fixture
def rae(client: Client) -> User:
    """May do everything everywhere, so that whatever she sends is looked at."""
    user = cast.person("rae")
    for role in Role:
        Grant.objects.get_or_create(user=user, role=role, connection=None)
    client.force_login(user)
    return user


@pytest.fixture
def arguments(rae: User, customer: Customer) -> Mapping[str, tuple[int | str, ...]]:
    """The numbers in the addresses: a change that was applied and is questioned, an export that is made."""
    change = standing(customer, cast.person("ed"), Status.APPLIED)
    now = timezone.now()
    Change.objects.filter(pk=change.pk).update(ended_at=now)
    review = open_review(Plan("A day", now - timedelta(days=1), now + timedelta(microseconds=1)), by=rae)
    item = review.items.get()
    mark(item.pk, Mark.QUESTIONED, by=rae, note="Who called?")
    SavedSearch.objects.create(owner=rae, name="Changes", query={"kind": "change"})
    export = ask(Query(), Format.CSV, by=rae)
    make_all(threading.Event())
    seal()
    of_review = dict.fromkeys(("review", "review_sign_off"), (review.pk,))
    of_item = dict.fromkeys(("review_item", "review_mark", "review_say"), (review.pk, item.pk))
    of_export = dict.fromkeys(("export", "export_download"), (export.pk,))
    names = ("customer_timeline", "customer_as_of", "customer_looked", "customer_erase", "erasure_decide")
    return {
        **of_review,
        **of_item,
        **of_export,
        **dict.fromkeys(names, (customer.pk,)),
        "audit_event": (Event.objects.filter(customer=customer).latest("pk").pk,),
        "field_history": (customer.pk, "phone"),
        "change_undo": (change.pk,),
    }


@pytest.fixture
def customer() -> Customer:
    return cast.sample(cast.connect("caibo"))


def is_answered(response: Any) -> bool:
    leads = response.headers.get("Location", response.headers.get("HX-Redirect", "/"))
    return response.status_code in {200, 204, 302, 303, 400, 403, 404, 422} and leads.startswith("/")


@pytest.mark.parametrize(("method", "name"), HISTORY)
def test_whatever_is_sent_to_a_page_about_history_is_answered(
    client: Client, arguments: Mapping[str, tuple[int | str, ...]], method: str, name: str
) -> None:
    url, names = reverse(name, args=arguments.get(name, ())), (GETS if method == "GET" else POSTS)[name]

    @hypothesis_settings(max_examples=12, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(sent=st.dictionaries(st.sampled_from(names), GARBAGE, min_size=1), swap=st.booleans())
    def try_it(sent: dict[str, str], swap: bool) -> None:
        headers = SWAP if swap else {}
        with transaction.atomic():
            answer = (
                client.get(url, sent, headers=headers) if method == "GET" else client.post(url, sent, headers=headers)
            )
            assert is_answered(answer)
            transaction.set_rollback(True)

    try_it()


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "America/Los_Angeles"])
@pytest.mark.parametrize("name", ["audit", "checkpoint", "customer_timeline", "customer_as_of", "customer_looked"])
def test_a_moment_or_number_that_nobody_can_mean_is_answered_in_every_zone(
    client: Client, rae: User, arguments: Mapping[str, tuple[int | str, ...]], name: str, zone: str
) -> None:
    User.objects.filter(pk=rae.pk).update(time_zone=zone)
    url = reverse(name, args=arguments.get(name, ()))
    for parameter in DATED[name]:
        for text in (*MOMENTS, *NUMBERS):
            assert is_answered(client.get(url, {parameter: text})), (parameter, text[:40])
