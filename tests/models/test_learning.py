"""What counts as a value that moved when we learn something about a record."""

from __future__ import annotations

import pytest
from django.utils import timezone

from console.models import Known
from tests.cast import connect, sample

pytestmark = pytest.mark.django_db


def test_a_field_that_turns_out_to_be_empty_has_not_moved() -> None:
    customer = sample(connect("finosu"), ssnLastFour=..., streetAddress2=...)
    version = customer.version
    assert customer.learn({"ssnLastFour": None, "streetAddress2": None}, how=Known.READ, at=timezone.now()) == []
    assert customer.version == version
    assert customer.record["ssnLastFour"] is None
    assert customer.known["streetAddress2"]["how"] == Known.READ


def test_a_field_that_turns_out_to_hold_something_has_moved() -> None:
    customer = sample(connect("finosu"), ssnLastFour=...)
    assert customer.learn({"ssnLastFour": "1234"}, how=Known.READ, at=timezone.now()) == ["ssnLastFour"]
    assert customer.learn({"ssnLastFour": None}, how=Known.READ, at=timezone.now()) == ["ssnLastFour"]
