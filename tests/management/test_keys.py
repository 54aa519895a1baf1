"""manage.py keys: says what each key opens, and moves everything under the first."""

from __future__ import annotations

import pytest
from django.conf import LazySettings

from tests.cast import connect, sample
from tests.keys import ring
from tests.management.running import run

pytestmark = pytest.mark.django_db


def test_it_says_what_each_key_opens_moves_it_and_says_that_the_other_can_go(settings: LazySettings) -> None:
    settings.STEWARD_KEYS = ring("old")
    sample(connect("sqril"))
    settings.STEWARD_KEYS = ring("new", "old")
    assert run("keys", "status").out.splitlines() == [
        "The key new wraps.",
        "data keys of customers: 1 under old",
        "credentials: 1 under old",
        "numbers of documents, to be found by: 1 under old",
        "Still needed beside it: old.",
    ]
    assert run("keys", "rotate").out.splitlines() == [
        "moved: 1 credentials",
        "moved: 1 data keys of customers",
        "moved: 1 numbers of documents, to be found by",
        "The key new wraps.",
        "data keys of customers: 1 under new",
        "credentials: 1 under new",
        "numbers of documents, to be found by: 1 under new",
        "It opens everything: no other key is needed.",
    ]


def test_of_a_key_that_is_missing_it_says_what_cannot_be_opened(settings: LazySettings) -> None:
    settings.STEWARD_KEYS = ring("lost")
    sample(connect("caibo"))
    settings.STEWARD_KEYS = ring("new")
    said = run("keys", "rotate").out
    assert "not to be opened: 1 data keys of customers. Their key is missing." in said
    assert "not to be opened: 1 credentials. Their key is missing." in said
    assert "Still needed beside it: a key that is not in STEWARD_KEYS, lost." in said
