"""One change under review, as a reviewer or somebody who is asked about it sees it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from console.errors import KeyMissing
from console.flows import examine
from console.models import Change, Mark, ReviewItem, ReviewNote, User
from console.sentences import listed
from console.views.change_page import ChangePage
from console.views.examining import names_in, next_open
from console.views.reasons import BADGES, Why, why

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from console.models import Review


@dataclass(frozen=True, slots=True)
class Said:
    """Something that somebody said of it; `words` are empty where the customer was erased."""

    who: str
    at: datetime
    words: str
    is_mine: bool


class ItemPage:
    """What the page shows. `is_reviewer`: the reader reads the whole review, not this one change alone."""

    def __init__(self, item: ReviewItem, reader: User) -> None:
        self.item, self.reader = item, reader
        self.review: Review = item.review
        self.change = self.item.change = change_of(item)
        self.page = ChangePage(self.change, reader, asks=False)

    @cached_property
    def is_reviewer(self) -> bool:
        """Whether they read the review."""
        return examine.reviews_of(self.reader).filter(pk=self.review.pk).exists()

    @cached_property
    def is_own(self) -> bool:
        """Whether they had a hand in the change, so that another one looks at it."""
        return examine.has_a_hand_in(self.item, self.reader)

    @property
    def is_signed(self) -> bool:
        """Nothing of it is altered any more."""
        return self.review.signed_at is not None

    @property
    def may_mark(self) -> bool:
        """Whether the reader says what they think of it."""
        return self.is_reviewer and not self.is_own and not self.is_signed

    @property
    def may_say(self) -> bool:
        """Whether there is anything to answer."""
        return self.item.mark == Mark.QUESTIONED and not self.is_signed and not self.is_erased

    @property
    def may_be_fine(self) -> bool:
        """Nobody has looked at it yet."""
        return self.may_mark and self.item.mark == Mark.OPEN

    @property
    def may_question(self) -> bool:
        """There is no open question."""
        return self.may_mark and self.item.mark != Mark.QUESTIONED and not self.is_erased

    @property
    def may_settle(self) -> bool:
        """There is one."""
        return self.may_mark and self.item.mark == Mark.QUESTIONED

    @property
    def is_erased(self) -> bool:
        """Whether the customer's key is gone: nothing is read or written under it."""
        return self.change.customer.wrapped_key is None

    @property
    def badge(self) -> tuple[str, str, str]:
        """What reviewers said of it: tone, icon, word."""
        return BADGES[Mark(self.item.mark)]

    @cached_property
    def why(self) -> Sequence[Why]:
        """Why it is looked at: for reviewers alone."""
        return why(self.item.reasons, names_in([self.item])) if self.is_reviewer else ()

    @cached_property
    def concerned(self) -> str:
        """Who is told of a question."""
        people = examine.concerned(self.change.pk).order_by("username")
        return listed([user.name for user in people if user.pk != self.reader.pk])

    @cached_property
    def thread(self) -> list[Said]:
        """All that was said, the first thing first."""
        notes = self.item.notes.select_related("by").order_by("pk")
        return [Said(note.by.name, note.at, self._words(note), note.by_id == self.reader.pk) for note in notes]

    @cached_property
    def following(self) -> ReviewItem | None:
        """The next one to look at."""
        return next_open(self.review, self.reader, after=self.item.position) if self.is_reviewer else None

    @cached_property
    def before(self) -> ReviewItem | None:
        """The one before it in the review."""
        return self._beside(position__lt=self.item.position, order="-position")

    @cached_property
    def after(self) -> ReviewItem | None:
        """The one after it in the review."""
        return self._beside(position__gt=self.item.position, order="position")

    @cached_property
    def total(self) -> int:
        """How many are looked at."""
        return self.review.items.count()

    def _beside(self, *, order: str, **where: int) -> ReviewItem | None:
        return self.review.items.filter(**where).order_by(order).first() if self.is_reviewer else None

    def _words(self, note: ReviewNote) -> str:
        try:
            return examine.words_of(note, self.item)
        except KeyMissing:
            return ""


def change_of(item: ReviewItem) -> Change:
    """The change with all that its page shows of it."""
    named = ("customer__connection", "requester", "claimed_by", "emergency__by", "emergency__closed_by")
    found = Change.objects.select_related(*named).prefetch_related("lines").get(pk=item.change_id)
    found.connection = found.customer.connection
    return found
