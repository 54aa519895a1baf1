"""What a batch's page tells of its own steps, and what it answers to a form that says too much."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from console.flows import batches as flow
from console.flows.batches.feeding import feed
from console.flows.propose import withdraw
from console.models import Batch, BatchStatus, Change, Connection, User
from console.views.batch_history import MOST, history_of
from console.views.batch_results import table
from tests.batches import approved, batch_of, customers, let_go
from tests.cast import connect, person
from tests.deciding import policy
from tests.views.pages import text_of

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

    from providers.sandbox import Sandbox

pytestmark = pytest.mark.django_db
SWAP = {"HX-Request": "true"}


@pytest.fixture
def here(sandbox: Sandbox) -> Connection:
    policy("KYC fields")
    return connect("sqril", sandbox)


@pytest.fixture
def batch(here: Connection, sandbox: Sandbox) -> Batch:
    return batch_of(customers(here, 9, sandbox), person("ed"), why="They all retired.")


@pytest.fixture
def ann(client: Client, here: Connection) -> User:
    user = person("ann")
    client.force_login(user)
    return user


def page(client: Client, batch: Batch) -> Response:
    return client.get(reverse("batch", args=[batch.pk]))


class TestHistory:
    def test_tells_who_did_what_the_latest_first(self, client: Client, ann: User, batch: Batch) -> None:
        approved(batch, ann)
        flow.pause(batch.pk, by=person("ed"))
        flow.go_on(batch.pk, by=ann)
        let_go(batch, BatchStatus.GOING)
        flow.stop(batch.pk, by=person("ops"), reason="The list was last year's.")
        told = [moment.sentence for moment in history_of(batch).moments]
        assert told == [
            f"{person('ops').name} stopped it: The list was last year's",
            "The first few arrived: the others may leave",
            "Ann Mwangi let it go on",
            "Ed Kowalski paused it",
            "Approved: the first few may leave",
            "Ann Mwangi approved all of it",
            "Ed Kowalski asked for 9 changes: it waits for approval",
            "Ed Kowalski began it",
        ]
        text = text_of(page(client, batch))
        assert text.index("stopped it: The list was last year's") < text.index("Ed Kowalski began it")

    def test_moves_with_the_page(self, client: Client, ann: User, batch: Batch) -> None:
        approved(batch, ann)
        moved = client.get(reverse("batch_state", args=[batch.pk]), headers=SWAP)
        assert "Ann Mwangi approved all of it" in text_of(moved)
        assert 'id="history" hx-swap-oob="true"' in moved.text

    def test_is_cut_where_it_is_long_and_says_so(self, client: Client, ann: User, batch: Batch) -> None:
        approved(batch, ann)
        for _ in range(MOST // 2):
            flow.pause(batch.pk, by=ann)
            flow.go_on(batch.pk, by=ann)
        text = text_of(page(client, batch))
        assert text.count("Ann Mwangi let it go on") - 1 == MOST // 2  # and once as the latest
        assert "Ed Kowalski began it" not in text
        assert f"These are the latest {MOST}." in text

    def test_asks_once_along_its_own_chain_however_long_it_is(self, ann: User, batch: Batch) -> None:
        with CaptureQueriesContext(database) as few:
            history_of(batch)
        approved(batch, ann)
        for _ in range(MOST):
            flow.pause(batch.pk, by=ann)
            flow.go_on(batch.pk, by=ann)
        with CaptureQueriesContext(database) as many:
            history_of(batch)
        assert (len(few), len(many)) == (1, 1)
        [asked] = many.captured_queries
        with database.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
            cursor.execute(f"EXPLAIN {asked['sql']}")
            plan = "\n".join(row[0] for row in cursor.fetchall())
        assert "one_event_per_place_in_a_chain" in plan
        assert "Seq Scan on console_event" not in plan
        assert "Sort" not in plan


class TestReading:
    def test_of_a_stopped_batch_takes_no_more_questions_for_40_changes_than_for_2(
        self, client: Client, ann: User, here: Connection
    ) -> None:
        some, asked = customers(here, 42), []
        for first, count in ((0, 2), (2, 40)):
            batch = approved(batch_of(some[first : first + count], person("ed")), ann)
            flow.stop(batch.pk, by=ann)
            feed(here.pk)
            with CaptureQueriesContext(database) as shown:
                page(client, batch)
            with CaptureQueriesContext(database) as told:
                rows = b"".join(table(Batch.objects.get(pk=batch.pk), ann)).count(b"\r\n")
            assert rows == 1 + count
            asked.append((len(shown), len(told)))
        assert asked[0] == asked[1]

    def test_says_who_took_one_change_back_and_what_was_taken_back_with_all(
        self, client: Client, ann: User, batch: Batch
    ) -> None:
        first = Change.objects.get(batch=batch, batch_place=1)
        withdraw(first.pk, by=person("ed"))
        approved(batch, ann)
        flow.stop(batch.pk, by=ann)
        feed(batch.connection_id)
        listed = text_of(page(client, batch)).partition("Its changes")[2]
        assert listed.count("Ed Kowalski withdrew it before it was sent.") == 1
        assert listed.count("Its batch ended before this one left.") == 8


class TestUndoing:
    @pytest.fixture
    def done(self, ann: User, batch: Batch, client: Client) -> Batch:
        approved(batch, ann)
        let_go(batch, BatchStatus.DONE)
        client.force_login(person("ed"))
        return Batch.objects.get(pk=batch.pk)

    def post(self, client: Client, batch: Batch, **said: str) -> Response:
        given = {"key": "once", "why": "Wrong list.", "about": "undo", **said}
        return client.post(reverse("batch_undo", args=[batch.pk]), given)

    def test_says_at_the_field_what_is_too_long_and_keeps_it_whole(self, client: Client, done: Batch) -> None:
        answer = self.post(client, done, reference="r" * 121, why="y" * 2001)
        assert answer.status_code == 422
        assert "Shorten the reason: it may have 2,000 characters, not 2,001." in text_of(answer)
        assert 'id="wrong-reference"' in answer.text
        assert 'aria-describedby="wrong-why"' in answer.text
        assert "y" * 2001 in answer.text
        assert "r" * 121 in answer.text
        assert not Batch.objects.filter(undoes=done).exists()

    def test_says_at_the_field_what_a_policy_wants(self, client: Client, done: Batch) -> None:
        policy("Large ones", asks_ticket=True, from_size=5)
        answer = self.post(client, done)
        assert answer.status_code == 422
        assert "Name the ticket: the policy “Large ones” wants one." in text_of(answer)
        assert 'aria-describedby="wrong-reference"' in answer.text
        assert self.post(client, done, reference="SUP-8").status_code == 303

    @pytest.mark.parametrize("key", ["", "k" * 65, "k\0"])
    def test_takes_no_form_but_one_of_ours(self, client: Client, done: Batch, key: str) -> None:
        answer = self.post(client, done, key=key)
        assert answer.status_code == 422
        assert "This came from no form of this page" in text_of(answer)
        assert not Batch.objects.filter(undoes=done).exists()

    def test_takes_no_sign_that_cannot_be_kept(self, client: Client, done: Batch) -> None:
        assert self.post(client, done, why="Wrong\0 list.", reference="SUP\0-8").status_code == 303
        made = Batch.objects.get(undoes=done)
        assert (made.why, made.reference) == ("Wrong list.", "SUP-8")
