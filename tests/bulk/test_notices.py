"""Whoever asked for work on many customers is told where it did not come to its end while they were elsewhere."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from console.flows import bulk as flow
from console.flows import bulk_kept, working
from console.inbox import waiting
from console.models import About, Bulk, BulkKind, BulkStatus, Connection, Notice, User
from console.telling import told
from tests.bulk.test_killed import lose
from tests.cast import connect, person
from tests.importing_files import carried_out, checked, fresh, many, read, uploaded
from tests.views.pages import text_of

pytestmark = pytest.mark.django_db

WHY = "The server is needed for something else."


@pytest.fixture
def caibo() -> Connection:
    return connect("caibo")


@pytest.fixture
def ed() -> User:
    return person("ed")


def running(caibo: Connection, ed: User) -> Bulk:
    return flow.carry_out(checked(caibo, many(3), by=ed).pk, by=ed)


def notice_of(bulk: Bulk) -> Notice:
    return Notice.objects.select_related("by", "bulk", "connection", "user").get(bulk=bulk)


def test_that_an_operator_stopped_it(client: Client, caibo: Connection, ed: User) -> None:
    bulk = running(caibo, ed)
    flow.stop_anothers(bulk.pk, by=person("ops"), reason=WHY)
    one = notice_of(bulk)
    assert (one.user, one.about, waiting(ed, 9).unread) == (ed, About.STOPPED, 1)
    assert told(one) == f"Olu Peters stopped your import {bulk.pk} (Caibo): Fill the cache"
    assert told(one, naming=False) == f"Your import {bulk.pk} (Caibo) was stopped: Fill the cache"
    client.force_login(ed)
    page = client.get(reverse("notices"))
    assert "stopped your import" in text_of(page)
    assert reverse("import", args=[bulk.pk]) in page.text


def test_whoever_looks_at_it_has_read_that(client: Client, caibo: Connection, ed: User) -> None:
    bulk = running(caibo, ed)
    flow.stop_anothers(bulk.pk, by=person("ops"), reason=WHY)
    client.force_login(ed)
    assert client.get(reverse("import", args=[bulk.pk])).status_code == 200
    assert waiting(ed, 9).unread == 0


def test_that_its_file_was_no_table(caibo: Connection, ed: User) -> None:
    assert told(notice_of(read(caibo, b"%PDF-1.7 something", by=ed))).endswith("(Caibo) was not done: Fill the cache")


def test_that_it_was_given_up(caibo: Connection, ed: User) -> None:
    bulk = running(caibo, ed)
    for _ in range(working.TRIES):
        assert working.claim() == bulk
        lose(bulk)
    bulk_kept.tidy()
    assert notice_of(bulk).about == About.FAILED


def test_that_its_time_was_over(caibo: Connection, ed: User) -> None:
    bulk = checked(caibo, many(3), by=ed)
    Bulk.objects.filter(pk=bulk.pk).update(created_at=timezone.now() - timedelta(days=8))
    bulk_kept.forget_old()
    assert (fresh(bulk).status, notice_of(bulk).about) == (BulkStatus.STOPPED, About.STOPPED)


def test_nobody_is_told_what_they_stopped_themselves(caibo: Connection, ed: User) -> None:
    flow.stop(uploaded(caibo, many(9), by=ed).pk, by=ed)
    assert not Notice.objects.exists()


def test_of_a_batch_that_was_to_come_of_it_one_notice_tells(caibo: Connection, ed: User) -> None:
    carried_out(caibo, many(3), by=ed)
    seen = checked(caibo, many(3, name="Other"), by=ed, kind=BulkKind.PROPOSE)
    bulk = flow.carry_out(seen.pk, by=ed, why="They were renamed.")
    flow.stop_anothers(bulk.pk, by=person("ops"), reason=WHY)
    one = Notice.objects.get()
    assert (one.batch_id, one.bulk_id, one.about) == (bulk.batch_id, None, About.FAILED)
