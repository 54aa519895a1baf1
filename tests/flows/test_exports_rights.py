"""What an export holds decides who may still have it once their rights are others."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.utils import timezone

from console.auditing import Query
from console.exporting import make_all
from console.flows.examine import mark
from console.flows.exports import ask, one
from console.flows.making import piece
from console.flows.opening import Plan, open_review
from console.models import Change, Export, Format, Grant, Mark, Role, Status
from tests.cast import connect, person, sample
from tests.views.standing import standing

pytestmark = pytest.mark.django_db


def test_a_pack_of_a_change_with_what_a_review_said_of_it_is_for_who_may_still_read_that() -> None:
    rae, caibo = person("rae"), connect("caibo")
    change = standing(sample(caibo), person("ed"), Status.APPLIED)
    now = timezone.now()
    Change.objects.filter(pk=change.pk).update(ended_at=now)
    review = open_review(Plan("A day", now - timedelta(days=1), now + timedelta(microseconds=1)), by=rae)
    mark(review.items.get().pk, Mark.FINE, by=rae)
    made = ask(Query(change=change.pk), Format.JSONL, by=rae)
    make_all(threading.Event())
    assert "review.marked" in downloaded(made)
    Grant.objects.filter(user=rae).delete()
    Grant.objects.create(user=rae, role=Role.REVIEWER, connection=caibo)
    assert one(made.pk, by=rae) is None


def downloaded(export: Export) -> str:
    return piece(Export.objects.get(pk=export.pk), 0).decode()
