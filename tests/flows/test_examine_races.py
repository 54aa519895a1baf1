"""Reviews on a database of their own: two people at the same moment, and somebody who alters history."""

from __future__ import annotations

from functools import partial

import pytest
from django.db import connections

from console.errors import StepNotPossible
from console.flows.examine import mark, sign_off, standing
from console.models import Change, Event, Mark, ReviewNote
from tests.cast import connect, person
from tests.databases import Database
from tests.flows.helpers import fresh
from tests.flows.test_examine import QUESTION, another_reviewer
from tests.flows.test_review_races import racers
from tests.reviewing import ended, ended_changes, opened


def test_a_history_that_was_altered_does_not_fit_and_nothing_is_signed(live_db: Database) -> None:
    rae, ed = person("rae"), person("ed")
    [change] = ended_changes(connect("sqril"), ed, 1)
    review = opened(rae)
    mark(review.items.get().pk, Mark.FINE, by=rae)
    forge("UPDATE console_event SET hash = 'x' WHERE change_id = %s AND verb = 'change.applied'", change.pk)
    assert not standing(review).fits
    with pytest.raises(StepNotPossible, match="Have it verified first"):
        sign_off(review.pk, by=rae, conclusion="All in order.")
    assert fresh(review).signed_at is None


def test_of_two_who_mark_at_the_same_moment_one_is_told(live_db: Database) -> None:
    rae, ida = person("rae"), another_reviewer()
    changes = ended_changes(connect("sqril"), person("ed"), 8)
    review = opened(rae)
    with racers(2) as runners:
        for item in review.items.all():
            outcomes = runners.race(
                partial(mark, item.pk, Mark.FINE, by=rae, seen=""),
                partial(mark, item.pk, Mark.QUESTIONED, by=ida, note=QUESTION, seen=""),
            )
            [lost] = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
            assert isinstance(lost, StepNotPossible), lost
            assert "meanwhile" in str(lost)
    assert Event.objects.filter(verb__in=["review.marked", "review.questioned"]).count() == len(changes)


def test_nothing_is_said_once_it_is_signed_off_however_close(live_db: Database) -> None:
    rae, ida = person("rae"), another_reviewer()
    changes = ended_changes(connect("sqril"), person("ed"), 6)
    with racers(2) as runners:
        for number, change in enumerate(changes):
            ended(change)
            review = opened(rae, title=str(number))
            items = list(review.items.all())
            for item in items:
                mark(item.pk, Mark.FINE, by=rae)
            outcomes = runners.race(
                partial(sign_off, review.pk, by=rae, conclusion="All in order."),
                partial(mark, items[0].pk, Mark.QUESTIONED, by=ida, note=QUESTION),
            )
            lost = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
            assert [type(problem) for problem in lost] == [StepNotPossible]
            is_signed = fresh(review).signed_at is not None
            assert is_signed is not ReviewNote.objects.filter(item__review=review).exists()
            Change.objects.filter(pk=change.pk).update(ended_at=None)


def forge(statement: str, number: int) -> None:
    """As whoever owns the tables could."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE console_event DISABLE TRIGGER USER")
        cursor.execute(statement, [number])
