"""Reviews: each change is looked at by somebody who had no hand in it; questions are answered; what is signed stays."""

from __future__ import annotations

import hashlib
from functools import partial

import pytest
from django.db import IntegrityError, transaction

from console.errors import KeyMissing, NotPermitted, StepNotPossible
from console.flows import examine, glass, resolve
from console.flows.examine import conclusion_of, items_for, mark, reviews_of, say, sign_off, standing, words_of
from console.flows.population import Fit
from console.models import (
    About,
    Connection,
    Customer,
    Event,
    Grant,
    Mark,
    Notice,
    Review,
    ReviewItem,
    ReviewNote,
    Role,
    Status,
    User,
    Verdict,
)
from tests.cast import connect, person, sample
from tests.deciding import approve, policy, reject
from tests.flows.helpers import fresh, wish
from tests.flows.test_glass import holding_the_hammer
from tests.reviewing import ended, ended_changes, opened
from tests.views.standing import standing as standing_as

pytestmark = pytest.mark.django_db

QUESTION = "Who called, and how did you know it was him?"
ANSWER = "He called from the number we had; I called back."


@pytest.fixture
def sqril() -> Connection:
    return connect("sqril")


@pytest.fixture
def ed() -> User:
    return person("ed")


@pytest.fixture
def rae() -> User:
    return person("rae")


@pytest.fixture
def item(sqril: Connection, ed: User, rae: User) -> ReviewItem:
    """The one item of a review: a change of Ed's that Ann approved."""
    policy("KYC fields", "occupation")
    change = approve(wish(sample(sqril), ed, {"occupation": "OCC10"}), person("ann"))
    ended(change)
    return opened(rae).items.get()


def another_reviewer() -> User:
    """Ida, who reviews as well."""
    ida = person("ida")
    Grant.objects.get_or_create(user=ida, connection=None, role=Role.REVIEWER)
    return ida


def told(about: ReviewItem) -> set[str]:
    """Who got a notice of it."""
    notices = Notice.objects.filter(change=about.change_id, about=About.QUESTIONED)
    return set(notices.values_list("user__username", flat=True))


def last_event(item: ReviewItem) -> Event:
    found = Event.objects.filter(subject=f"review:{item.review_id}").order_by("-pk").first()
    assert found
    return found


def test_what_is_fine_is_marked_and_history_says_by_whom(item: ReviewItem, rae: User) -> None:
    mark(item.pk, Mark.FINE, by=rae)
    item.refresh_from_db()
    assert (item.mark, item.marked_by) == (Mark.FINE, rae)
    assert item.marked_at is not None
    event = last_event(item)
    assert (event.verb, event.actor, event.change_id, event.number) == ("review.marked", rae, item.change_id, 2)
    assert event.details == {"item": item.pk, "mark": "fine", "note": None, "sealed": None}
    assert told(item) == set()


def test_a_question_is_told_to_whoever_had_a_hand_in_it(item: ReviewItem, rae: User) -> None:
    mark(item.pk, Mark.QUESTIONED, by=rae, note=QUESTION)
    assert told(item) == {"ed", "ann"}
    [note] = ReviewNote.objects.all()
    assert words_of(note, item) == QUESTION
    assert QUESTION.encode() not in bytes(note.sealed_text)
    event = last_event(item)
    sealed = hashlib.sha256(bytes(note.sealed_text)).hexdigest()
    assert event.verb == "review.questioned"
    assert event.details == {"item": item.pk, "mark": "questioned", "note": note.pk, "sealed": sealed}


def test_who_rejected_let_it_through_or_closed_it_had_a_hand_in_it_too(sqril: Connection, ed: User) -> None:
    policy("KYC fields", "occupation")
    rejected = reject(wish(sample(sqril, customer_id="cus_1"), ed, {"occupation": "OCC10"}), person("sam"))
    hasty = wish(sample(sqril, customer_id="cus_2"), ed, {"occupation": "OCC10"})
    glass.break_glass(hasty.pk, by=holding_the_hammer("jo"), reason="It could not wait.")
    closed = standing_as(sample(sqril, customer_id="cus_3"), ed, Status.UNKNOWN, wishes={"phone": "+6281299887766"})
    resolve.close(closed.pk, by=person("ops"), verdict=Verdict.APPLIED, reason="They said so.")
    commented = sample(sqril, customer_id="cus_4")
    hands = [set(examine.concerned(change.pk)) for change in (rejected, hasty, closed)]
    assert hands == [{ed, person(who)} for who in ("sam", "jo", "ops")]
    assert not Event.objects.filter(customer=commented, change__isnull=False).exists()


def test_a_question_without_words_is_none(item: ReviewItem, rae: User) -> None:
    with pytest.raises(StepNotPossible, match="Write the question first"):
        mark(item.pk, Mark.QUESTIONED, by=rae, note="  ")
    assert fresh(item).mark == Mark.OPEN


def test_who_is_asked_answers_and_the_reviewer_is_told(item: ReviewItem, ed: User, rae: User) -> None:
    mark(item.pk, Mark.QUESTIONED, by=rae, note=QUESTION)
    Notice.objects.all().delete()
    note = say(item.pk, ANSWER, by=ed)
    assert words_of(note, item) == ANSWER
    assert told(item) == {"rae", "ann"}
    event = last_event(item)
    assert (event.verb, event.actor, event.details["note"]) == ("review.answered", ed, note.pk)
    mark(item.pk, Mark.SETTLED, by=rae, note="Heard the recording.")
    assert (fresh(item).mark, ReviewNote.objects.count()) == (Mark.SETTLED, 3)


@pytest.mark.parametrize("who", ["jo", "sam", "ops", "max", "vic"])
def test_nobody_else_says_anything(item: ReviewItem, rae: User, who: str) -> None:
    mark(item.pk, Mark.QUESTIONED, by=rae, note=QUESTION)
    with pytest.raises(NotPermitted):
        say(item.pk, "I was not asked.", by=person(who))
    with pytest.raises(NotPermitted):
        mark(item.pk, Mark.SETTLED, by=person(who))


def test_who_is_asked_marks_nothing_and_says_nothing_before(item: ReviewItem, ed: User) -> None:
    with pytest.raises(NotPermitted):
        say(item.pk, ANSWER, by=ed)
    for to in (Mark.FINE, Mark.QUESTIONED):
        with pytest.raises(NotPermitted):
            mark(item.pk, to, by=ed, note="x")


def test_who_may_not_see_the_customer_any_more_is_not_asked(item: ReviewItem, ed: User, rae: User) -> None:
    mark(item.pk, Mark.QUESTIONED, by=rae, note=QUESTION)
    assert list(items_for(ed)) == [item]
    Grant.objects.filter(user=ed).delete()
    assert not items_for(User.objects.get(pk=ed.pk)).exists()


def test_who_had_a_hand_in_a_change_does_not_review_it(item: ReviewItem, ed: User, rae: User) -> None:
    ann = person("ann")
    for own in (ed, ann):
        Grant.objects.create(user=own, connection=None, role=Role.REVIEWER)
        with pytest.raises(NotPermitted, match="another reviewer looks at it"):
            mark(item.pk, Mark.FINE, by=own)
    mark(item.pk, Mark.QUESTIONED, by=rae, note=QUESTION)
    with pytest.raises(NotPermitted, match="another reviewer"):
        mark(item.pk, Mark.SETTLED, by=ann)
    assert say(item.pk, ANSWER, by=ann).by == ann
    mark(item.pk, Mark.SETTLED, by=rae)
    assert sign_off(item.review_id, by=ann, conclusion="Another one looked at mine.").signed_by == ann


@pytest.mark.parametrize(
    ("way", "to", "sentence"),
    [
        ([], Mark.SETTLED, "Nothing was asked"),
        ([Mark.QUESTIONED], Mark.FINE, "say first that the question is answered"),
        ([Mark.QUESTIONED, Mark.SETTLED], Mark.FINE, "answered already"),
        ([Mark.FINE], Mark.OPEN, "fine already"),
    ],
)
def test_marks_follow_each_other_in_one_way(
    item: ReviewItem, rae: User, way: list[Mark], to: Mark, sentence: str
) -> None:
    for each in way:
        mark(item.pk, each, by=rae, note="x")
    with pytest.raises(StepNotPossible, match=sentence):
        mark(item.pk, to, by=rae)
    assert [Mark.OPEN, *way][-1] == fresh(item).mark


def test_what_was_fine_can_be_questioned_and_asked_again(item: ReviewItem, rae: User) -> None:
    for to in (Mark.FINE, Mark.QUESTIONED, Mark.SETTLED, Mark.QUESTIONED):
        mark(item.pk, to, by=rae, note="x")
    assert fresh(item).mark == Mark.QUESTIONED


def test_the_same_form_twice_is_one_mark(item: ReviewItem, rae: User) -> None:
    for _ in range(2):
        mark(item.pk, Mark.FINE, by=rae, seen="")
    assert Event.objects.filter(verb="review.marked").count() == 1


def test_what_another_marked_meanwhile_is_said_with_a_name(item: ReviewItem, rae: User) -> None:
    mark(item.pk, Mark.FINE, by=another_reviewer(), seen="")
    with pytest.raises(StepNotPossible, match="Ida Novak has marked it as “fine” meanwhile"):
        mark(item.pk, Mark.QUESTIONED, by=rae, note=QUESTION, seen="")


def test_it_is_signed_off_once_nothing_is_open(sqril: Connection, ed: User, rae: User) -> None:
    ended_changes(sqril, ed, 3)
    review = opened(rae)
    first, second, third = review.items.order_by("position")
    sign = partial(sign_off, review.pk, by=rae, conclusion="All in order.")
    mark(first.pk, Mark.FINE, by=rae)
    mark(second.pk, Mark.QUESTIONED, by=rae, note=QUESTION)
    with pytest.raises(StepNotPossible, match=r"^1 change is not looked at yet and 1 question is open\.$"):
        sign()
    mark(third.pk, Mark.FINE, by=rae)
    with pytest.raises(StepNotPossible, match=r"^1 question is open\.$"):
        sign()
    mark(second.pk, Mark.SETTLED, by=rae)
    with pytest.raises(StepNotPossible, match="Say what you conclude"):
        sign_off(review.pk, by=rae, conclusion="")
    signed = sign()
    assert (signed.signed_by, conclusion_of(fresh(signed))) == (rae, "All in order.")
    event = Event.objects.get(verb="review.signed_off")
    counted = {name: event.details[name] for name in ("count", "items", "fine", "settled", "sample", "risky", "moved")}
    assert counted == {"count": 3, "items": 3, "fine": 2, "settled": 1, "sample": 3, "risky": 0, "moved": 0}
    assert event.details["population_hash"] == review.population_hash
    assert "All in order" not in str(event.details) + signed.sealed_conclusion


def signed(item: ReviewItem, rae: User) -> Review:
    mark(item.pk, Mark.QUESTIONED, by=rae, note=QUESTION)
    mark(item.pk, Mark.SETTLED, by=rae)
    return sign_off(item.review_id, by=rae, conclusion="All in order.")


def test_nothing_is_altered_once_it_is_signed_off(item: ReviewItem, ed: User, rae: User) -> None:
    signed(item, rae)
    steps = (
        partial(mark, item.pk, Mark.QUESTIONED, by=rae, note="Once more."),
        partial(say, item.pk, ANSWER, by=ed),
        partial(sign_off, item.review_id, by=rae, conclusion="Again."),
    )
    for step in steps:
        with pytest.raises(StepNotPossible, match="signed off"):
            step()


def test_the_database_refuses_to_alter_what_was_signed_off(item: ReviewItem, rae: User) -> None:
    review = signed(item, rae)
    note = {"item": item, "by": rae, "sealed_text": b"x"}
    alterations = (
        lambda: Review.objects.filter(pk=review.pk).update(sample=3),
        lambda: ReviewItem.objects.filter(pk=item.pk).update(mark=Mark.FINE),
        lambda: ReviewItem.objects.create(review=review, change=item.change, position=9),
        lambda: ReviewNote.objects.create(**note),
    )
    for alter in alterations:
        with pytest.raises(IntegrityError, match="signed off"), transaction.atomic():
            alter()


def test_it_still_fits_and_names_what_moved_on_since(sqril: Connection, ed: User, rae: User) -> None:
    [kept] = ended_changes(sqril, ed, 1)
    refused = ended(standing_as(sample(sqril, customer_id="cus_refused"), ed, Status.REFUSED))
    review = opened(rae)
    assert standing(review) == Fit(fits=True)
    resolve.try_again(refused.pk, by=ed)
    assert fresh(refused).ended_at is None
    assert standing(review) == Fit(fits=True, moved=(refused.pk,))
    for item in review.items.all():
        mark(item.pk, Mark.FINE, by=rae)
    sign_off(review.pk, by=rae, conclusion="One is tried again.")
    assert Event.objects.get(verb="review.signed_off").details["moved"] == 1
    assert kept.pk not in standing(review).moved


def test_of_an_erased_customer_nothing_is_read_or_written(item: ReviewItem, rae: User) -> None:
    mark(item.pk, Mark.QUESTIONED, by=rae, note=QUESTION)
    Customer.objects.filter(pk=item.change.customer_id).update(wrapped_key=None)
    [again] = ReviewItem.objects.select_related("change__customer__connection")
    with pytest.raises(KeyMissing):
        words_of(ReviewNote.objects.get(), again)
    with pytest.raises(StepNotPossible, match="was erased"):
        mark(item.pk, Mark.SETTLED, by=rae, note="x")
    mark(item.pk, Mark.SETTLED, by=rae)
    assert sign_off(item.review_id, by=rae, conclusion="One was erased.").signed_at


def test_a_note_belongs_to_its_item_and_to_who_said_it(item: ReviewItem, ed: User, rae: User) -> None:
    mark(item.pk, Mark.QUESTIONED, by=rae, note=QUESTION)
    [note] = ReviewNote.objects.all()
    note.by = ed
    with pytest.raises(KeyMissing):
        words_of(note, item)


def test_a_review_is_read_by_who_reads_the_audit_at_all_of_its_connections(item: ReviewItem, sqril: Connection) -> None:
    here, elsewhere = person("max"), connect("caibo")
    Grant.objects.create(user=here, connection=sqril, role=Role.REVIEWER)
    narrow = opened(here, title="Here alone")
    assert list(reviews_of(here)) == [narrow]
    Grant.objects.create(user=here, connection=elsewhere, role=Role.REVIEWER)
    assert list(reviews_of(User.objects.get(pk=here.pk))) == [narrow]
    assert set(reviews_of(person("rae"))) == {narrow, item.review}
    assert not reviews_of(person("ed")).exists()
    theirs = person("ops")
    Grant.objects.create(user=theirs, connection=elsewhere, role=Role.REVIEWER)
    with pytest.raises(NotPermitted, match="all connections of this review"):
        mark(narrow.items.get().pk, Mark.FINE, by=theirs)
