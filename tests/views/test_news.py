"""News: the ends of one's own changes, told while one is elsewhere in the console."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from console.models import Change, Confirmation, Status, Wait
from tests import cast
from tests.views.standing import asked, standing

pytestmark = pytest.mark.django_db

SWAP = {"HX-Request": "true"}


def ask(client: Client, *watched: int, but: int | str = "", every: int | str = 1) -> str:
    """What a page hears that watches these changes; empty for nothing new."""
    of = "-".join(map(str, watched))
    answer = client.get("/news/", {"of": of, "but": but, "every": every}, headers=SWAP)
    assert answer.status_code in {200, 204}
    return answer.text


def toasts(told: str) -> list[str]:
    """The words of each toast."""
    found = re.findall(r'<div class="toast.*?</button></div>', told, re.DOTALL)
    return [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", toast)).strip() for toast in found]


def watching(told: str) -> str:
    found = re.search(r'data-watching="([\d-]*)"', told)
    assert found
    return found[1]


def test_while_what_is_watched_goes_on_there_is_nothing_to_tell(ed_signed_in: Client) -> None:
    change = asked(cast.sample(cast.connect("sqril")), cast.person("ed"))
    assert ask(ed_signed_in, change.pk) == ""


@pytest.mark.parametrize(
    ("status", "tone", "words"),
    [
        (
            Status.APPLIED,
            "applied",
            "Adi Wijaya · Phone and Address: Applied. The answer of Sqril holds the new values. See",
        ),
        (
            Status.REFUSED,
            "refused",
            "Adi Wijaya · Phone and Address: Refused. Sqril refused it. Nothing was changed there. Edit again",
        ),
        (
            Status.UNKNOWN,
            "unknown",
            "Adi Wijaya · Phone and Address: Outcome unknown. We sent it, and nobody can say whether",
        ),
        (Status.FAILED, "refused", "Adi Wijaya · Phone and Address: Not delivered. Given up after 1 try."),
        (
            Status.PROPOSED,
            "waiting",
            "Adi Wijaya · Phone and Address: Held for you. Nothing has been sent yet. Confirm",
        ),
    ],
)
def test_an_end_is_told_in_a_toast_with_where_it_leads(
    ed_signed_in: Client, status: Status, tone: str, words: str
) -> None:
    change = standing(cast.sample(cast.connect("sqril")), cast.person("ed"), status)
    told = ask(ed_signed_in, change.pk)
    [toast] = toasts(told)
    assert toast.startswith(words)
    assert f'data-toast="{tone}"' in told
    assert f'data-change="{change.pk}"' in told
    assert watching(told) == ""
    assert "data-poll" not in told


def test_what_was_only_accepted_is_not_called_applied(ed_signed_in: Client) -> None:
    customer = cast.sample(cast.connect("caibo"))
    change = standing(customer, cast.person("ed"), Status.APPLIED, confirmation=Confirmation.ACCEPTED)
    [toast] = toasts(ask(ed_signed_in, change.pk))
    assert "Accepted, not confirmed" in toast
    assert "pplied" not in toast


def test_what_goes_on_stays_watched_and_gives_the_pace(ed_signed_in: Client) -> None:
    ed, sqril = cast.person("ed"), cast.connect("sqril")
    ended = standing(cast.sample(sqril), ed, Status.APPLIED)
    going = asked(cast.sample(sqril, customer_id="cus_2"), ed)
    unwatched = asked(cast.sample(sqril, customer_id="cus_3"), ed)
    told = ask(ed_signed_in, ended.pk, going.pk)
    assert watching(told) == f"{unwatched.pk}-{going.pk}"
    assert 'data-poll="1"' in told
    assert len(toasts(told)) == 1


def test_what_takes_long_is_asked_about_seldom(ed_signed_in: Client) -> None:
    change = asked(cast.sample(cast.connect("sqril")), cast.person("ed"))
    Change.objects.update(wait=Wait.TRY_AGAIN, next_attempt_at=timezone.now() + timedelta(hours=1))
    assert 'data-poll="15"' in ask(ed_signed_in, change.pk)
    assert ask(ed_signed_in, change.pk, every=15) == ""


def test_the_change_whose_page_is_open_is_left_to_its_page(ed_signed_in: Client) -> None:
    change = standing(cast.sample(cast.connect("sqril")), cast.person("ed"), Status.REFUSED)
    assert toasts(ask(ed_signed_in, change.pk, but=change.pk)) == []


def test_the_counts_of_the_navigation_come_along(ed_signed_in: Client) -> None:
    change = standing(cast.sample(cast.connect("sqril")), cast.person("ed"), Status.REFUSED)
    told = ask(ed_signed_in, change.pk)
    assert re.search(r'<b id="count-w" class="hot" hx-swap-oob="true">1</b>', told)
    page = ed_signed_in.get("/connections/").text
    assert page.count('id="count-w"') == page.count('id="news"') == page.count('id="toasts"') == 1


def test_many_ends_at_once_are_told_in_one_toast(ed_signed_in: Client) -> None:
    ed, sqril = cast.person("ed"), cast.connect("sqril")
    ends = [Status.APPLIED, Status.APPLIED, Status.APPLIED, Status.REFUSED]
    changes = [
        standing(cast.sample(sqril, customer_id=f"cus_{number}"), ed, status) for number, status in enumerate(ends)
    ]
    told = toasts(ask(ed_signed_in, *[change.pk for change in changes]))
    assert told == ["4 of your changes ended. 3 taken by their providers, 1 to be fixed. See your work"]


def test_of_many_that_a_person_ended_it_is_not_said_that_none_was_sent(ed_signed_in: Client) -> None:
    ed, sqril = cast.person("ed"), cast.connect("sqril")
    ends = [Status.CLOSED, Status.CLOSED, Status.WITHDRAWN, Status.EXPIRED]
    changes = [
        standing(cast.sample(sqril, customer_id=f"cus_{number}"), ed, status) for number, status in enumerate(ends)
    ]
    told = toasts(ask(ed_signed_in, *[change.pk for change in changes]))
    assert told == ["4 of your changes ended. 2 closed by a person, 2 never sent. See your work"]


@pytest.mark.parametrize("who", ["jo", "ops", "max", "vic"])
def test_nobody_hears_of_the_changes_of_somebody_else(client: Client, who: str) -> None:
    change = standing(cast.sample(cast.connect("sqril")), cast.person("ed"), Status.REFUSED)
    client.force_login(cast.person(who))
    told = ask(client, change.pk)
    assert toasts(told) == []
    assert watching(told) == ""


def test_who_lost_the_right_to_see_a_change_hears_no_more_of_it(client: Client) -> None:
    ed = cast.person("ed")
    change = standing(cast.sample(cast.connect("sqril")), ed, Status.REFUSED)
    ed.grants.all().delete()
    client.force_login(ed)
    assert toasts(ask(client, change.pk)) == []


@pytest.mark.parametrize("of", ["", "x", "-", "1-x-9" + "9" * 40, "²", "-".join(map(str, range(1000)))])
def test_an_address_that_means_nothing_tells_nothing(ed_signed_in: Client, of: str) -> None:
    answer = ed_signed_in.get("/news/", {"of": of, "but": of, "every": of}, headers=SWAP)
    assert answer.status_code in {200, 204}
    assert toasts(answer.text) == []


def test_a_visit_leads_to_the_list_of_work(ed_signed_in: Client) -> None:
    assert ed_signed_in.get("/news/").headers["Location"] == "/"


def test_a_look_without_news_is_light(ed_signed_in: Client) -> None:
    ed, sqril = cast.person("ed"), cast.connect("sqril")
    numbers = [asked(cast.sample(sqril, customer_id=f"cus_{number}"), ed).pk for number in range(12)]
    with CaptureQueriesContext(connection) as captured:
        assert ask(ed_signed_in, *numbers) == ""
    assert len(captured) <= 5


def test_news_take_as_many_queries_for_three_ends_as_for_one(ed_signed_in: Client) -> None:
    ed, sqril = cast.person("ed"), cast.connect("sqril")
    numbers = [standing(cast.sample(sqril, customer_id=f"cus_{number}"), ed, Status.REFUSED).pk for number in range(3)]
    counts = []
    for watched in (numbers[:1], numbers):
        with CaptureQueriesContext(connection) as captured:
            assert len(toasts(ask(ed_signed_in, *watched))) == len(watched)
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 12


@pytest.mark.parametrize("mine", [True, False])
def test_only_ones_own_change_is_watched_from_its_page(client: Client, mine: bool) -> None:
    change = asked(cast.sample(cast.connect("sqril")), cast.person("ed" if mine else "jo"))
    client.force_login(cast.person("ed"))
    page = client.get(f"/changes/{change.pk}/").text
    assert (f'data-change="{change.pk}"' in page) == mine
    assert ("a note tells you how it ends" in page) == mine
