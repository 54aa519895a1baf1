"""The page of a change that goes on by itself: how often it looks again, and what it gets."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from console.models import Change, Confirmation, Pause, Status, Wait
from tests import cast
from tests.forcing import force
from tests.views.standing import asked, standing

pytestmark = pytest.mark.django_db

SWAP = {"HX-Request": "true"}


def poll_of(page: str) -> str | None:
    found = re.search(r'hx-get="(/changes/\d+/state/\?seen=\w+&amp;every=\d+)"', page)
    return found[1].replace("&amp;", "&") if found else None


@pytest.mark.parametrize(
    ("status", "about", "every"),
    [
        (Status.APPROVED, {}, "1"),
        (Status.SENDING, {}, "1"),
        (Status.UNKNOWN, {"wait": Wait.READ_BACK, "next_attempt_at": timezone.now}, "1"),
        (
            Status.APPROVED,
            {"wait": Wait.TRY_AGAIN, "next_attempt_at": lambda: timezone.now() + timedelta(minutes=4)},
            "5",
        ),
        (Status.APPROVED, {"next_attempt_at": lambda: timezone.now() - timedelta(seconds=30)}, "2"),
        (Status.APPROVED, {"next_attempt_at": lambda: timezone.now() - timedelta(hours=1)}, "15"),
        (Status.SENDING, {"lease_until": lambda: timezone.now() - timedelta(minutes=2)}, "5"),
        (Status.UNKNOWN, {}, None),
        (Status.APPLIED, {}, None),
        (Status.REFUSED, {}, None),
        (Status.PROPOSED, {}, None),
    ],
)
def test_the_page_asks_again_as_long_as_something_goes_on_by_itself(
    ed_signed_in: Client, status: Status, about: dict[str, Any], every: str | None
) -> None:
    given = {name: value() if callable(value) else value for name, value in about.items()}
    change = standing(cast.sample(cast.connect("sqril")), cast.person("ed"), status, **given)
    page = ed_signed_in.get(f"/changes/{change.pk}/").text
    asking = page.partition('id="asking"')[2].partition(">")[0]
    assert re.findall(r'data-poll="(\d+)"', asking) == ([every] if every else [])
    assert ("Look again" in page) == bool(every)


def test_a_poll_gets_nothing_while_nothing_moves(ed_signed_in: Client) -> None:
    change = asked(cast.sample(cast.connect("sqril")), cast.person("ed"))
    poll = poll_of(ed_signed_in.get(f"/changes/{change.pk}/").text)
    assert poll
    assert ed_signed_in.get(poll, headers=SWAP).status_code == 204


def test_a_poll_that_has_to_wait_longer_moves_nothing_but_its_pace(ed_signed_in: Client) -> None:
    change = asked(cast.sample(cast.connect("sqril")), cast.person("ed"))
    poll = poll_of(ed_signed_in.get(f"/changes/{change.pk}/").text)
    assert poll
    Change.objects.filter(pk=change.pk).update(next_attempt_at=timezone.now() - timedelta(seconds=40))
    slower = ed_signed_in.get(poll, headers=SWAP).text
    assert 'data-poll="2"' in slower
    assert 'id="asking"' in slower
    assert "<dialog" not in slower


def test_a_paused_connection_is_asked_about_seldom(ed_signed_in: Client) -> None:
    sqril = cast.connect("sqril")
    change = asked(cast.sample(sqril), cast.person("ed"))
    sqril.paused_at, sqril.pause = timezone.now(), Pause.BY_A_PERSON
    sqril.save()
    page = ed_signed_in.get(f"/changes/{change.pk}/").text
    assert 'data-poll="15"' in page
    assert "Sqril is resumed by an operator" in page


def test_a_poll_gets_everything_that_moved_and_stops_at_the_end(ed_signed_in: Client) -> None:
    ed, customer = cast.person("ed"), cast.sample(cast.connect("sqril"))
    before = asked(customer, ed)
    poll = poll_of(ed_signed_in.get(f"/changes/{before.pk}/").text)
    assert poll
    force(before, Status.SENDING, lease_until=timezone.now(), epoch=1)
    force(before, Status.APPLIED, confirmation=Confirmation.ECHOED)
    moved = ed_signed_in.get(poll, headers=SWAP)
    assert moved.status_code == 200
    assert "<html" not in moved.text
    for part in ('id="state"', 'id="asking"', 'id="head"', 'id="record"'):
        assert moved.text.count(part) == 1
    assert moved.text.count('hx-swap-oob="true"') == 7
    assert "hx-trigger" not in moved.text
    assert "data-going" not in moved.text
    assert "the answer of Sqril holds the new values" in moved.text


def test_a_visit_to_the_state_alone_leads_to_the_page(ed_signed_in: Client) -> None:
    change = asked(cast.sample(cast.connect("sqril")), cast.person("ed"))
    assert ed_signed_in.get(f"/changes/{change.pk}/state/").headers["Location"] == f"/changes/{change.pk}/"
