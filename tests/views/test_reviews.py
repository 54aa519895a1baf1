"""Reviews: opened with good defaults, looked at one by one, questions asked and answered, signed off."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.utils import timezone

from console.flows import examine, glass
from console.flows.examine import mark, say, sign_off
from console.flows.propose import withdraw
from console.models import Change, Connection, Customer, Event, Grant, Mark, Notice, Review, ReviewItem, Role, User
from tests.cast import connect, person, sample
from tests.deciding import approve, policy
from tests.flows.helpers import wish
from tests.flows.test_glass import holding_the_hammer
from tests.reviewing import ended, ended_changes, opened
from tests.views.counting import queries
from tests.views.pages import text_of, without_chance_digits

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db

QUESTION = "Who called, and how did you know it was him?"
ANSWER = "He called from the number we had; I called back."
SEPTEMBER = {"title": "September", "since": "2026-09-01", "until": "2026-09-30", "where": "all", "sample": "25"}


@pytest.fixture
def sqril() -> Connection:
    return connect("sqril")


@pytest.fixture
def rae(client: Client) -> User:
    """Rae, who reviews everywhere, signed in."""
    user = person("rae")
    client.force_login(user)
    return user


@pytest.fixture
def item(sqril: Connection, rae: User) -> ReviewItem:
    """The one item of a review: a change of Ed's that Ann approved."""
    policy("KYC fields", "occupation")
    change = approve(wish(sample(sqril), person("ed"), {"occupation": "OCC10"}, why="New employer"), person("ann"))
    ended(change)
    return opened(rae).items.get()


def at(item: ReviewItem, step: str = "") -> str:
    return f"/audit/reviews/{item.review_id}/{item.pk}/{step}"


def test_there_is_none_at_first(client: Client, rae: User) -> None:
    page = client.get("/audit/reviews/")
    assert "No review is open" in text_of(page)
    assert 'href="/audit/reviews/new/"' in page.text
    assert re.search(r'id="tab-reviews"[^>]*aria-current="page"', page.text)


def test_open_ones_come_first_each_with_how_far_it_is(
    client: Client, sqril: Connection, rae: User, item: ReviewItem
) -> None:
    mark(item.pk, Mark.FINE, by=rae)
    sign_off(item.review_id, by=rae, conclusion="All in order.")
    ended_changes(sqril, person("ed"), 2)
    second = opened(rae, title="The second")
    mark(second.items.order_by("position")[0].pk, Mark.QUESTIONED, by=rae, note=QUESTION)
    text = text_of(client.get("/audit/reviews/"))
    assert text.index("The second") < text.index("Signed off 1") < text.index("1 of 1")
    assert "0 of 3 done, 1 question open" in text
    assert "1 Sep 2026 to 30 Sep 2026" in text


def test_another_teams_reviews_are_not_listed(client: Client, sqril: Connection, item: ReviewItem) -> None:
    elsewhere = connect("caibo")
    client.force_login(person("max"))
    Grant.objects.create(user=person("max"), connection=elsewhere, role=Role.REVIEWER)
    assert "September" not in text_of(client.get("/audit/reviews/"))
    assert client.get(f"/audit/reviews/{item.review_id}/").status_code == 404
    assert client.get(at(item)).status_code == 404


def test_lists_ask_the_same_number_of_questions_however_long_they_are(
    client: Client, sqril: Connection, rae: User
) -> None:
    ended_changes(sqril, person("ed"), 1)
    review = opened(rae, title="One")
    one = queries(client, "/audit/reviews/"), queries(client, f"/audit/reviews/{review.pk}/")
    ended_changes(sqril, person("ed"), 19)
    for number in range(19):
        review = opened(rae, title=f"Twenty {number}")
    assert (queries(client, "/audit/reviews/"), queries(client, f"/audit/reviews/{review.pk}/")) == one


def test_the_form_stands_filled_in_with_last_month(client: Client, sqril: Connection, rae: User) -> None:
    ended_changes(sqril, person("ed"), 3)
    with time_machine.travel(datetime(2026, 10, 21, 9, tzinfo=UTC), tick=False):
        client.force_login(rae)
        page = client.get("/audit/reviews/new/")
    assert re.search(r'name="title" value="September 2026"', page.text)
    assert re.search(r'name="since" value="2026-09-01"', page.text)
    assert re.search(r'name="until" value="2026-09-30"', page.text)
    assert "3 of the 3 changes that ended then" in text_of(page)


def test_where_nothing_ended_last_month_it_stands_filled_in_with_this_one(
    client: Client, sqril: Connection, rae: User
) -> None:
    today = timezone.localdate()
    ended_changes(sqril, person("ed"), 2, at=timezone.now())
    page = client.get("/audit/reviews/new/")
    first = today.replace(day=1)
    assert f'name="since" value="{first:%Y-%m-%d}"' in page.text
    assert f'name="until" value="{today:%Y-%m-%d}"' in page.text
    assert re.search(rf'name="title" value="({first.day} to {today.day} )?{today:%B %Y}"', page.text)
    assert "2 of the 2 changes" in text_of(page)


def test_it_is_opened(client: Client, sqril: Connection, rae: User) -> None:
    ended_changes(sqril, person("ed"), 3)
    answer = client.post("/audit/reviews/new/", {**SEPTEMBER, "sample": "2"})
    review = Review.objects.get()
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/audit/reviews/{review.pk}/")
    assert (review.since, review.until) == (datetime(2026, 9, 1, tzinfo=UTC), datetime(2026, 10, 1, tzinfo=UTC))
    assert (review.items.count(), review.population) == (2, 3)
    assert review.seed in client.get(f"/audit/reviews/{review.pk}/").text


def test_days_are_those_of_the_readers_zone(client: Client, sqril: Connection, rae: User) -> None:
    User.objects.filter(pk=rae.pk).update(time_zone="Asia/Jakarta")
    ended_changes(sqril, person("ed"), 1)
    client.post("/audit/reviews/new/", SEPTEMBER)
    review = Review.objects.get()
    assert review.since == datetime(2026, 8, 31, 17, tzinfo=UTC)
    assert "1 Sep 2026 to 30 Sep 2026" in text_of(client.get("/audit/reviews/"))


def test_a_look_says_how_many_and_opens_nothing(client: Client, sqril: Connection, rae: User) -> None:
    changes = ended_changes(sqril, person("ed"), 3)
    Change.objects.filter(pk=changes[0].pk).update(size=50)
    page = client.post("/audit/reviews/new/", {**SEPTEMBER, "sample": "1", "do": "look"})
    assert page.status_code == 200
    assert re.search(r"2 of the 3 changes that ended then *: *Many at once 1 *· *Sample 1", text_of(page))
    assert not Review.objects.exists()
    assert not Event.objects.filter(verb__startswith="review.").exists()


@pytest.mark.parametrize(
    ("wrong", "at_field", "sentence"),
    [
        ({"title": ""}, "title", "Give it a name"),
        ({"title": "x" * 200}, "title", "120 characters, not 200"),
        ({"since": "2026-10-01"}, "until", "The period ends before it begins"),
        ({"since": "yesterday"}, "since", "Enter a day, such as 2026-10-31."),
        ({"until": ""}, "until", "Enter a day"),
        ({"until": "9999-12-31"}, "until", "That is in the future"),
        ({"since": "0001-01-01"}, "since", "Choose a day from 2000 on."),
        ({"since": "2020-01-01", "until": "2020-01-31"}, "since", "No change ended then"),
        ({"sample": "0"}, "sample", "Choose a sample from 1 to 500 changes."),
        ({"sample": "501"}, "sample", "from 1 to 500"),
        ({"sample": "many"}, "sample", "Enter how many are to be drawn, from 1 to 500."),
        ({"where": "these"}, "where", "Tick at least one connection"),
        ({"where": "these", "connections": "987654"}, "where", "Choose connections from the list."),
    ],
)
def test_what_cannot_be_opened_is_said_at_its_field(
    client: Client, sqril: Connection, rae: User, wrong: dict[str, str], at_field: str, sentence: str
) -> None:
    ended_changes(sqril, person("ed"), 1)
    for do in ({}, {"do": "look"}):
        page = client.post("/audit/reviews/new/", {**SEPTEMBER, **wrong, **do})
        assert page.status_code == 422
        error = re.search(rf'id="error-{at_field}">(.*?)</span></span>', page.text, re.DOTALL)
        assert error
        assert sentence in error[1]
    assert not Review.objects.exists()


def test_the_page_shows_all_that_was_drawn_and_why(client: Client, sqril: Connection, rae: User) -> None:
    policy("KYC fields", "occupation")
    hasty = wish(sample(sqril), person("ed"), {"occupation": "OCC10"})
    glass.break_glass(hasty.pk, by=holding_the_hammer("ops"), reason="It could not wait.")
    ended(hasty)
    ended_changes(sqril, person("ed"), 2)
    review = opened(rae)
    page = client.get(f"/audit/reviews/{review.pk}/")
    text = text_of(page)
    for words in (
        "0 of 3 done",
        "Olu Peters let it through without its approvals.",
        "The lot fell on it.",
        "Without approval 1",
        "Sample 2",
        review.seed,
        review.population_hash,
        "3 to look at",
    ):
        assert words in text
    narrowed = client.get(f"/audit/reviews/{review.pk}/?show=emergency").text
    assert narrowed.count('class="name"') == 1
    assert client.get(f"/audit/reviews/{review.pk}/?show=nonsense&after=x").text.count('class="name"') == 3


def test_a_long_one_is_shown_a_page_at_a_time(client: Client, sqril: Connection, rae: User) -> None:
    ended_changes(sqril, person("ed"), 52)
    review = opened(rae, sample=52)
    first = client.get(f"/audit/reviews/{review.pk}/")
    assert first.text.count('class="name"') == 50
    assert "?after=50" in first.text
    assert client.get(f"/audit/reviews/{review.pk}/?after=50").text.count('class="name"') == 2
    assert "Nothing passes" in text_of(client.get(f"/audit/reviews/{review.pk}/?after=999999999999999"))


def test_one_change_is_shown_with_all_that_tells_what_was_done(client: Client, item: ReviewItem) -> None:
    text = text_of(client.get(at(item)))
    for words in ("Ed Kowalski", "“ New employer ”", "Occupation", "approved by Ann Mwangi", "1 of 1", "Why it is"):
        assert words in text
    assert "To look at" in text


def test_fine_leads_on_to_the_next_one_and_from_the_last_to_the_review(
    client: Client, sqril: Connection, rae: User
) -> None:
    ended_changes(sqril, person("ed"), 2)
    review = opened(rae)
    first, second = review.items.order_by("position")
    answer = client.post(at(first, "mark/"), {"mark": "fine", "seen": ""})
    assert (answer.status_code, answer.headers["Location"]) == (303, at(second))
    answer = client.post(at(second, "mark/"), {"mark": "fine", "seen": "", "note": "Heard the call."})
    assert answer.headers["Location"] == f"/audit/reviews/{review.pk}/"
    assert "Heard the call." in text_of(client.get(at(second)))


def test_a_question_is_answered_by_who_is_asked(client: Client, item: ReviewItem, rae: User) -> None:
    client.post(at(item, "mark/"), {"mark": "questioned", "seen": "", "note": QUESTION})
    ed = person("ed")
    client.force_login(ed)
    notices = client.get("/notices/")
    assert "Rae Okafor wrote about change" in text_of(notices)
    assert f'href="{at(item)}"' in notices.text
    page = client.get(at(item))
    assert QUESTION in text_of(page)
    answer = client.post(at(item, "say/"), {"text": ANSWER})
    assert (answer.status_code, answer.headers["Location"]) == (303, at(item))
    client.force_login(rae)
    assert "Ed Kowalski wrote about change" in text_of(client.get("/notices/"))
    page = client.get(at(item))
    assert ANSWER in text_of(page)
    assert not Notice.objects.filter(user=rae, read_at=None).exists()
    client.post(at(item, "mark/"), {"mark": "settled", "seen": "questioned"})
    assert "Question answered" in text_of(client.get(at(item)))


def test_the_page_of_a_change_leads_its_author_and_reviewers_to_its_question_and_nobody_else(
    client: Client, item: ReviewItem, rae: User
) -> None:
    there = f"/changes/{item.change_id}/"
    assert at(item) not in client.get(there).text
    mark(item.pk, Mark.QUESTIONED, by=rae, note="Who called?")
    for username, is_led in (("rae", True), ("ed", True), ("jo", False)):
        client.force_login(person(username))
        page = client.get(there).text
        assert (f'<a href="{at(item)}">Questioned in a review</a>' in page) is is_led, username
    mark(item.pk, Mark.SETTLED, by=rae)
    client.force_login(rae)
    assert "Its question in a review was answered" in client.get(there).text


def test_who_is_asked_sees_that_change_and_nothing_else_of_the_review(
    client: Client, item: ReviewItem, sqril: Connection
) -> None:
    ed = person("ed")
    client.force_login(ed)
    assert client.get(at(item)).status_code == 404
    mark(item.pk, Mark.QUESTIONED, by=person("rae"), note=QUESTION)
    page = client.get(at(item))
    text = text_of(page)
    assert QUESTION in text
    for hidden in ("September", "Why it is looked at", "1 of 1", 'data-key="f"', "/mark/"):
        assert hidden not in (page.text if "=" in hidden or "/" in hidden else text)
    assert client.get(f"/audit/reviews/{item.review_id}/").status_code == 404
    assert client.get("/audit/reviews/").status_code == 403
    assert client.post(at(item, "mark/"), {"mark": "settled", "seen": "questioned"}).status_code == 403
    client.force_login(person("jo"))
    assert client.get(at(item)).status_code == 404
    assert client.post(at(item, "say/"), {"text": "I was not asked."}).status_code == 404


@pytest.mark.parametrize(
    ("step", "body", "sentence"),
    [
        ("mark/", {"mark": "questioned", "seen": "", "note": " "}, "Write the question first."),
        ("mark/", {"mark": "questioned", "seen": "", "note": "x" * 501}, "500 characters, not 501"),
        ("mark/", {"mark": "settled", "seen": ""}, "Nothing was asked about it yet."),
        ("mark/", {"mark": "odd", "seen": ""}, "Say what you think of it"),
        ("mark/", {}, "Say what you think of it"),
        ("mark/", {"mark": "fine", "seen": "questioned"}, "Look again, then decide."),
        ("say/", {"text": ANSWER}, "Nothing is asked about this change now."),
    ],
)
def test_what_cannot_be_said_is_refused_in_a_sentence(
    client: Client, item: ReviewItem, step: str, body: dict[str, str], sentence: str
) -> None:
    page = client.post(at(item, step), body)
    assert page.status_code == 422
    assert sentence in text_of(page)
    assert not item.notes.exists()


def test_what_was_typed_stays_where_it_was_refused(client: Client, item: ReviewItem) -> None:
    page = client.post(at(item, "mark/"), {"mark": "fine", "seen": "settled", "note": "Heard the call."})
    assert page.status_code == 422
    assert "Heard the call.</textarea>" in page.text


def test_a_reviewer_who_had_a_hand_in_it_is_told_so(client: Client, item: ReviewItem) -> None:
    ann = person("ann")
    Grant.objects.create(user=ann, connection=None, role=Role.REVIEWER)
    client.force_login(ann)
    assert "for another reviewer: you had a hand in it" in text_of(client.get(f"/audit/reviews/{item.review_id}/"))
    page = client.get(at(item))
    assert "You had a hand in this change yourself, so another reviewer looks at it." in text_of(page)
    assert 'id="fine"' not in page.text
    assert client.post(at(item, "mark/"), {"mark": "fine", "seen": ""}).status_code == 403
    assert ReviewItem.objects.get().mark == Mark.OPEN


def test_it_is_signed_off_and_stands_frozen(client: Client, item: ReviewItem, rae: User) -> None:
    here = f"/audit/reviews/{item.review_id}/"
    page = client.post(f"{here}sign-off/", {"conclusion": "All in order."})
    assert page.status_code == 422
    assert "1 change is not looked at yet." in text_of(page)
    mark(item.pk, Mark.FINE, by=rae)
    page = client.post(f"{here}sign-off/", {"conclusion": " "})
    assert (page.status_code, "Say what you conclude" in text_of(page)) == (422, True)
    answer = client.post(f"{here}sign-off/", {"conclusion": "All in order."})
    assert (answer.status_code, answer.headers["Location"]) == (303, here)
    text = text_of(client.get(here))
    assert "Frozen. All in order." in text
    assert "Signed off" in text
    text = text_of(client.get(at(item)))
    assert "The review was signed off by Rae Okafor" in text
    assert client.post(at(item, "mark/"), {"mark": "questioned", "note": "x"}).status_code == 422


def test_whether_it_still_fits_is_said_when_asked(client: Client, item: ReviewItem) -> None:
    here = f"/audit/reviews/{item.review_id}/"
    assert "It still fits" not in text_of(client.get(here))
    assert "It still fits. History says of all 1 changes" in text_of(client.get(f"{here}?check=1"))
    Review.objects.filter(pk=item.review_id).update(population_hash="0" * 64)
    assert "It does not fit any more." in text_of(client.get(f"{here}?check=1"))


def test_what_went_on_since_is_named(client: Client, item: ReviewItem) -> None:
    withdraw(item.change_id, by=person("ed"))
    page = client.get(f"/audit/reviews/{item.review_id}/?check=1")
    assert f"Since then these went on: change {item.change_id} ." in text_of(page)


def test_of_an_erased_customer_the_page_says_that_the_words_are_gone(
    client: Client, item: ReviewItem, rae: User
) -> None:
    mark(item.pk, Mark.QUESTIONED, by=rae, note=QUESTION)
    say(item.pk, ANSWER, by=person("ed"))
    erased: dict[str, Any] = {"wrapped_key": None, "erased_at": timezone.now(), "values": {}, "sealed": {}, "known": {}}
    Customer.objects.filter(pk=item.change.customer_id).update(**erased)
    page = client.get(at(item))
    text = text_of(page)
    assert "This customer was erased." in text
    assert text.count("These words are gone with the customer's key.") == 2
    assert QUESTION not in text
    assert client.get(f"/audit/reviews/{item.review_id}/").status_code == 200
    assert client.post(at(item, "mark/"), {"mark": "settled", "seen": "questioned"}).status_code == 303


def test_sensitive_values_stay_masked(client: Client, rae: User) -> None:
    change = wish(sample(connect("finosu")), person("ed"), {"ssnLastFour": "7391", "city": "Oakland"})
    ended(change)
    text = without_chance_digits(client.get(at(opened(rae).items.get())).text)
    assert "Oakland" in text
    assert "7391" not in text


def test_what_was_sent_without_approval_leads_to_where_it_is_closed(
    client: Client, sqril: Connection, rae: User
) -> None:
    policy("KYC fields", "occupation")
    hasty = wish(sample(sqril), person("ed"), {"occupation": "OCC10"})
    glass.break_glass(hasty.pk, by=holding_the_hammer("ops"), reason="It could not wait.")
    ended(hasty)
    page = client.get(at(opened(rae).items.get()))
    assert f'href="/changes/{hasty.pk}/#emergency"' in page.text
    assert "It could not wait." in text_of(page)


def test_the_page_of_a_change_tells_nothing_of_its_reviews(client: Client, item: ReviewItem, rae: User) -> None:
    mark(item.pk, Mark.QUESTIONED, by=rae, note=QUESTION)
    client.force_login(person("jo"))
    text = text_of(client.get(f"/changes/{item.change_id}/"))
    assert "Rae Okafor" not in text
    assert QUESTION not in text
    assert examine.reviews_of(rae).exists()
