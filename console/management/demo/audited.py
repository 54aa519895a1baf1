"""What the demo offers to be read back: a long history, a change that was undone, a review with a question open."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from datetime import timedelta

from django.utils import timezone

from console.errors import ConsoleError
from console.flows.examine import mark
from console.flows.opening import Plan, open_review
from console.flows.refresh import refresh
from console.flows.undo import undo
from console.management.demo.everyday import address, phone
from console.management.demo.stage import Stage, Wish
from console.models import Change, Mark, Review, ReviewItem, Status, User, Wait

HERS = 4
"""The number of the customer at SQRIL who has the long history."""
NEW = {"phone": phone("phone"), "address": address("address")}
A_WEEK = timedelta(days=7)
SAMPLE = 10
QUESTION = "Whom did you call back, and on which number? The ticket does not say."
NOTE = "The contract is in the ticket."


def long_history(stage: Stage) -> None:
    """Five changes of one customer by two people, two of them approved; the number moved at the provider meanwhile."""
    _applied(stage, Wish("demo-long-1", "ed", "New SIM card, confirmed by call back.", "SUP-4701"), "phone", 41)
    _applied(stage, Wish("demo-long-2", "jo", "Contract of the new job was shown.", "SUP-4702"), "occupation", "OCC7")
    if not stage.customer("sqril", HERS).events.filter(verb="customer.refreshed").exists():
        customer = stage.customer("sqril", HERS)
        stage.edit_there(customer, phone=str(phone("phone")(customer.record, 43)))
        with contextlib.suppress(ConsoleError):
            refresh(customer, by=stage.people["jo"])
    _applied(
        stage, Wish("demo-long-3", "ed", "Called from the number we had; it is still in use.", "SUP-4705"), "phone", 42
    )
    _applied(stage, Wish("demo-long-4", "ed", "Wants statements at work.", "SUP-4709"), "email", "payroll@example.org")


def undone(stage: Stage) -> None:
    """Jo was told about a neighbour; Ed takes it back, and it takes an approval like any other change."""
    wish = Wish("demo-undone", "jo", "Moved within the building.", "SUP-4712")
    change = _applied(stage, wish, "address", 3)
    if change is None or Change.objects.filter(undoes=change).exists():
        return
    with contextlib.suppress(ConsoleError):
        back = undo(change.pk, by=stage.people["ed"], key="demo-undo", why="It was a neighbour who moved.")
        stage.approve(back, "sam")


def under_review(stage: Stage) -> None:
    """Rae looks at the week: some are fine, and of one Ed has to say how he knew."""
    if Review.objects.exists():
        return
    rae, until = stage.people["rae"], timezone.now()
    title = f"Week until {until.day} {until:%B %Y}"
    review = open_review(Plan(title, until - A_WEEK, until, sample=SAMPLE), by=rae)
    items = review.items.select_related("change").order_by("position")
    asked = items.filter(change__requester=stage.people["ed"]).first()
    for item in items:
        _look_at(item, rae, is_asked=item == asked, is_seen=item.position % 3 == 1)


SCENES: Sequence[Callable[[Stage], None]] = (long_history, undone, under_review)
"""In an order in which the review comes last, so that it finds everything."""


def _applied(stage: Stage, wish: Wish, field: str, value: str | int) -> Change | None:
    """A change of the customer with the long history, once it was approved where need be, and applied.

    A number stands for one of the new values that are made of what is there.
    """
    change = stage.saved(wish)
    if change is None:
        customer = stage.customer("sqril", HERS)
        new = NEW[field](customer.record, value) if isinstance(value, int) else value
        change = stage.propose(wish, customer, **{field: new})
    if change and change.wait == Wait.DECISION:
        stage.approve(change, "ann")
    return stage.wait(change, lambda now: now.state is Status.APPLIED) if change else None


def _look_at(item: ReviewItem, rae: User, *, is_asked: bool, is_seen: bool) -> None:
    if is_asked:
        mark(item.pk, Mark.QUESTIONED, by=rae, note=QUESTION)
    elif is_seen:
        mark(item.pk, Mark.FINE, by=rae, note=NOTE if item.position == 1 else "")
