"""Examine: reviewers look at each change of a review, ask the people concerned, and sign it off.

What one does is done with the review's row locked, so that of two things at the same moment one comes first, and
nothing is said once it is signed off. Nobody looks at a change in which they had a hand themselves.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from console.errors import KeyMissing, NotPermitted, StepNotPossible
from console.flows import population
from console.flows.notify import notify
from console.flows.population import Fit
from console.flows.record import database_now, record
from console.flows.risks import Risk
from console.flows.said import no_novel, said
from console.models import About, Event, Mark, Origin, Review, ReviewItem, ReviewNote, User
from console.models.rows import insert, update
from console.models.sealing import DataKey, key_ring
from console.permissions import Right, places_where

OWN = "You had a hand in this change yourself, so another reviewer looks at it."
ERASED = "This customer was erased, so nothing more can be written down about the change."
CLOSED = "This review was signed off: nothing of it is altered any more."

# From which mark a reviewer may go on to which.
WAYS = {
    Mark.OPEN: {Mark.FINE, Mark.QUESTIONED},
    Mark.FINE: {Mark.QUESTIONED},
    Mark.QUESTIONED: {Mark.SETTLED},
    Mark.SETTLED: {Mark.QUESTIONED},
}
INSTEAD = {
    Mark.FINE: "It is marked as fine already.",
    Mark.QUESTIONED: "It is questioned: say first that the question is answered.",
    Mark.SETTLED: "Its question is answered already.",
    Mark.OPEN: "Nothing was asked about it yet.",
}


def reviews_of(user: User) -> QuerySet[Review]:
    """Those that this person may read: who reads the audit at each of their connections."""
    held = places_where(user, Right.AUDIT)
    if held.everywhere:
        return Review.objects.all()
    return Review.objects.filter(connection_ids__contained_by=held.ids).exclude(connection_ids=[])


def items_for(user: User) -> QuerySet[ReviewItem]:
    """Those that this person may look at: all of the reviews they may read, and where they are asked about a change in
    which they had a hand and which they may still see.
    """
    sees = places_where(user, Right.SEE).connections()
    hand = Exists(Event.objects.filter(_TOOK_PART, actor=user, change=OuterRef("change")))
    asked = Q(hand, mark__in=[Mark.QUESTIONED, Mark.SETTLED], change__connection__in=sees)
    return ReviewItem.objects.filter(Q(review__in=reviews_of(user)) | asked)


def in_hand_of(user: User, among: Collection[int]) -> set[int]:
    """Of these changes those in which somebody had a hand: they took a step of it, amended it or decided on it."""
    own = Event.objects.filter(_TOOK_PART, actor=user, change__in=among)
    return set(own.values_list("change", flat=True))


def concerned(change_id: int) -> QuerySet[User]:
    """Who had a hand in it: its author, who approved or rejected it, let it through, tried it again, closed it."""
    hands = Event.objects.filter(_TOOK_PART, change=change_id, actor__isnull=False)
    return User.objects.filter(pk__in=hands.values("actor"))


@transaction.atomic
def mark(item_id: int, to: Mark, *, by: User, note: str = "", seen: str | None = None) -> ReviewItem:
    """A reviewer says that a change is fine, questions it, or says that its question is answered.

    `seen`: how it was marked on their page. A question needs its words: who had a hand in the change is told, and may
    answer.
    """
    item = _locked(item_id)
    _require_reviewer(item, by)
    was = Mark(item.mark)
    if to is was and item.marked_by_id == by.pk and not note.strip():
        return item  # the same form once more
    if seen is not None and seen != was:
        raise StepNotPossible(_meanwhile(item))
    if to not in WAYS[was]:
        raise StepNotPossible(INSTEAD[was])
    text = said(note, "Write the question first.", what="the question") if to is Mark.QUESTIONED else _no_novel(note)
    kept = _keep(item, text, by) if text else None
    item.mark, item.marked_by, item.marked_at = to, by, database_now()
    update(item, ["mark", "marked_by", "marked_at"])
    _record(item, "review.questioned" if to is Mark.QUESTIONED else "review.marked", by, kept, mark=str(to))
    if was is not Mark.OPEN or to is Mark.QUESTIONED:
        _tell(item, by)
    return item


@transaction.atomic
def say(item_id: int, text: str, *, by: User) -> ReviewNote:
    """Who was asked answers, or a reviewer asks on; whoever has a part in the conversation is told."""
    item = _locked(item_id)
    if not _is_asked(item, by):
        _require_reviewer(item, by)
    if item.mark != Mark.QUESTIONED:
        raise StepNotPossible("Nothing is asked about this change now.")
    kept = _keep(item, said(text, "Write the answer first.", what="what you say"), by)
    _record(item, "review.answered", by, kept)
    _tell(item, by)
    return kept


@transaction.atomic
def sign_off(review_id: int, *, by: User, conclusion: str) -> Review:
    """Ends a review once each of its changes was looked at and no question is open; nothing of it is altered then.

    History has to say of its population what it said when the review was opened. What went on since is counted.
    """
    review = _locked_review(review_id)
    _require_reads(review, by)
    left = what_is_left(review)
    if left:
        raise StepNotPossible(left)
    text = said(conclusion, "Say what you conclude: whoever reads the review later begins there.", what="it")
    fit = standing(review)
    if not fit.fits:
        raise StepNotPossible("History does not say what it said when this review was opened. Have it verified first.")
    key = DataKey.new()
    review.key_id, review.wrapped_key = key.key_id, key_ring().wrap(key)
    review.sealed_conclusion = base64.b64encode(key.seal("conclusion", str(review.pk), text)).decode()
    review.signed_by, review.signed_at = by, database_now()
    review.save(update_fields=["key_id", "wrapped_key", "sealed_conclusion", "signed_by", "signed_at"])
    record(review, "review.signed_off", by=by, origin=Origin.PAGE, details=_signed(review, fit))
    return review


def what_is_left(review: Review) -> str:
    """Why it can't be signed off yet; empty once it can."""
    marks = dict(review.items.order_by().values_list("mark").annotate(count=Count("pk")))
    open_, asked = marks.get(Mark.OPEN, 0), marks.get(Mark.QUESTIONED, 0)
    told = [
        f"{open_} change{' is' if open_ == 1 else 's are'} not looked at yet" if open_ else "",
        f"{asked} question{' is' if asked == 1 else 's are'} open" if asked else "",
    ]
    sentence = " and ".join(filter(None, told))
    return f"{sentence}." if sentence else ""


def standing(review: Review) -> Fit:
    """Whether history says of its population what it said when it was opened, and what went on since then."""
    opened = Event.objects.filter(subject=f"review:{review.pk}", verb="review.opened").order_by("pk").first()
    if opened is None or opened.details["population_hash"] != review.population_hash:
        return Fit(fits=False)
    return population.compare(opened.details["population"], review.population_hash)


def conclusion_of(review: Review) -> str:
    """What was concluded; empty before, raises KeyMissing where the key ring lacks its key."""
    sealed = review.sealed_conclusion
    if not review.key_id:  # signed off before reviews had keys of their own, or not yet
        return str(key_ring().open("conclusion", sealed)) if sealed else ""
    key = key_ring().unwrap(review.key_id, review.wrapped_key)
    return str(key.open("conclusion", str(review.pk), base64.b64decode(sealed)))


def words_of(note: ReviewNote, item: ReviewItem) -> str:
    """What somebody said, opened; raises KeyMissing where the customer was erased."""
    return str(item.change.customer.key.open("review note", _place(item, note.by_id), note.sealed_text))


def has_a_hand_in(item: ReviewItem, user: User) -> bool:
    """Whether this person had a part in the change."""
    return bool(in_hand_of(user, [item.change_id]))


def _locked_review(number: int) -> Review:
    review = Review.objects.select_for_update(no_key=True).get(pk=number)
    if review.signed_at:
        raise StepNotPossible(CLOSED)
    return review


def _locked(item_id: int) -> ReviewItem:
    """The item as it is once nobody else is at its review."""
    review = _locked_review(ReviewItem.objects.values_list("review", flat=True).get(pk=item_id))
    item = ReviewItem.objects.select_related("change__customer__connection", "marked_by").get(pk=item_id)
    item.review = review
    return item


def _require_reads(review: Review, by: User) -> None:
    if not reviews_of(by).filter(pk=review.pk).exists():
        raise NotPermitted("You may not do this: it takes the role Reviewer at all connections of this review.")


def _require_reviewer(item: ReviewItem, by: User) -> None:
    _require_reads(item.review, by)
    if has_a_hand_in(item, by):
        raise NotPermitted(OWN)


def _is_asked(item: ReviewItem, by: User) -> bool:
    return items_for(by).filter(pk=item.pk).exists() and has_a_hand_in(item, by)


def _no_novel(note: str) -> str:
    return no_novel(note, what="the note")


def _meanwhile(item: ReviewItem) -> str:
    who = item.marked_by.name if item.marked_by else "Somebody"
    return f"{who} has marked it as “{Mark(item.mark).label.lower()}” meanwhile. Look again, then decide."


def _keep(item: ReviewItem, text: str, by: User) -> ReviewNote:
    """Under the key of the customer, bound to the change under review and to who said it."""
    try:
        sealed = item.change.customer.key.seal("review note", _place(item, by.pk), text)
    except KeyMissing:
        raise StepNotPossible(ERASED) from None
    note = ReviewNote(item=item, by=by, sealed_text=sealed)
    insert([note])
    return note


def _place(item: ReviewItem, by: int) -> str:
    return f"{item.pk}/{by}"


def _record(item: ReviewItem, verb: str, by: User, note: ReviewNote | None, **more: Any) -> None:
    """The event holds the hash of what was said, as it is sealed: it proves the words and tells none of them."""
    sealed = hashlib.sha256(bytes(note.sealed_text)).hexdigest() if note else None
    details = {"item": item.pk, "note": note.pk if note else None, "sealed": sealed, **more}
    record(item.review, verb, by=by, origin=Origin.PAGE, change=item.change, details=details)


def _tell(item: ReviewItem, by: User) -> None:
    """Who had a hand in the change, who spoke before, and who marked it."""
    spoke = ReviewNote.objects.filter(item=item).values("by")
    told = concerned(item.change_id) | User.objects.filter(Q(pk__in=spoke) | Q(pk=item.marked_by_id))
    notify(item.change, About.QUESTIONED, by=by, to=told.distinct())


def _signed(review: Review, fit: Fit) -> dict[str, Any]:
    """What was looked at, in numbers."""
    items = review.items.order_by()
    sampled = items.filter(reasons__contains=[{"code": Risk.SAMPLE}]).count()
    marks = dict(items.values_list("mark").annotate(count=Count("pk")))
    return {
        "count": review.population,
        "population_hash": review.population_hash,
        "items": sum(marks.values()),
        "fine": marks.get(Mark.FINE, 0),
        "settled": marks.get(Mark.SETTLED, 0),
        "sample": sampled,
        "risky": sum(marks.values()) - sampled,
        "moved": len(fit.moved),
        "conclusion": hashlib.sha256(review.sealed_conclusion.encode()).hexdigest(),
    }


_TOOK_PART = (Q(verb__startswith="change.") | Q(verb__startswith="decision.")) & ~Q(verb="change.commented")
