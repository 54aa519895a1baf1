"""The page of a batch says no more than is known: of the first few, of what nobody knows, of what is out of it."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.urls import reverse

from console.flows import batches as flow
from console.flows.batches.feeding import feed
from console.flows.deliver import drain
from console.flows.propose import Proposal, propose_one, withdraw
from console.models import Batch, BatchStatus, Change, Connection, Status, User, Wait
from console.views.batch_look import look_at
from console.views.batch_page import BatchPage
from console.views.pace import SELDOM
from tests.batches import approved, batch_of, customers, let_go
from tests.cast import connect, person, sample
from tests.deciding import policy, reword
from tests.flows.helpers import fresh
from tests.views.pages import text_of

if TYPE_CHECKING:
    from providers.sandbox import Sandbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def here(sandbox: Sandbox) -> Connection:
    policy("KYC fields")
    return connect("sqril", sandbox)


@pytest.fixture
def silent(sandbox: Sandbox) -> Connection:
    """A provider that takes what it gets and says nothing of what it holds."""
    policy("KYC fields")
    return connect("caibo", sandbox)


@pytest.fixture
def ann(client: Client) -> User:
    user = person("ann")
    client.force_login(user)
    return user


def told(client: Client, batch: Batch) -> str:
    return text_of(client.get(reverse("batch", args=[batch.pk])))


def at_caibo(connection: Connection, sandbox: Sandbox, count: int) -> Batch:
    some = [sample(connection, sandbox, id=str(number)) for number in range(1, count + 1)]
    return batch_of(some, person("ed"), {"phone": "+441632960961"})


class TestTheFirstFew:
    def test_have_passed_once_they_were_confirmed(
        self, client: Client, ann: User, here: Connection, sandbox: Sandbox
    ) -> None:
        batch = approved(batch_of(customers(here, 3, sandbox), person("ed")), ann)
        assert "The first 3 the others wait" not in told(client, batch)
        let_go(batch, BatchStatus.DONE)
        assert "The first 3 passed" in told(client, batch)

    def test_are_not_said_to_have_passed_where_nobody_looked(
        self, client: Client, ann: User, silent: Connection, sandbox: Sandbox
    ) -> None:
        batch = approved(at_caibo(silent, sandbox, 3), ann)
        let_go(batch, BatchStatus.DONE)
        assert "All of its 3 changes were accepted." in told(client, batch)
        assert "passed" not in told(client, batch)

    def test_hold_up_nobody_where_the_others_never_leave(
        self, client: Client, ann: User, here: Connection, sandbox: Sandbox
    ) -> None:
        batch = approved(batch_of(customers(here, 9, sandbox), person("ed")), ann)
        feed(here.pk)
        assert "The first 5 the others wait for these" in told(client, batch)
        flow.stop(batch.pk, by=ann)
        assert "the others wait for these" not in told(client, batch)


class TestWhatNobodyKnows:
    @pytest.fixture
    def unclear(self, ann: User, silent: Connection, sandbox: Sandbox) -> Batch:
        """One of six may have arrived or not, and nothing finds out but a person."""
        batch = approved(at_caibo(silent, sandbox, 6), ann)
        sandbox.fault("caibo", "5xx", external_id="3")
        feed(silent.pk)
        drain(silent.pk, stopping=threading.Event())
        unknown = Change.objects.filter(batch=batch, status=Status.UNKNOWN)
        assert unknown.update(wait=Wait.PERSON, next_attempt_at=None) == 1
        feed(silent.pk)
        assert fresh(batch).state is BatchStatus.PAUSED
        return batch

    def test_is_not_told_in_green_once_all_else_has_ended(self, client: Client, ann: User, unclear: Batch) -> None:
        flow.go_on(unclear.pk, by=ann)
        let_go(unclear, BatchStatus.DONE)
        page = BatchPage(fresh(unclear), ann)
        assert (page.state.tone, page.state.icon) == ("waiting", "warning")
        assert "1 not known yet" in page.state.headline
        assert "What is not known yet is for a person to find out." in page.state.following

    def test_is_not_said_to_end_by_itself_once_the_batch_was_stopped(
        self, client: Client, ann: User, unclear: Batch
    ) -> None:
        flow.stop(unclear.pk, by=ann)
        feed(unclear.connection_id)
        assert fresh(unclear).ended_at
        text = told(client, unclear)
        assert "ends by itself" not in text
        assert "What is not known yet is for a person to find out." in text

    def test_is_asked_for_seldom_since_nothing_moves_it(self, ann: User, unclear: Batch) -> None:
        flow.stop(unclear.pk, by=ann)
        feed(unclear.connection_id)
        assert BatchPage(fresh(unclear), ann).poll_seconds == SELDOM


class TestWhatIsOutOfIt:
    def test_is_not_what_somebody_is_said_to_approve(
        self, client: Client, ann: User, here: Connection, sandbox: Sandbox
    ) -> None:
        batch = batch_of(customers(here, 7, sandbox), person("ed"))
        for change in batch.changes.order_by("batch_place")[:3]:
            withdraw(change.pk, by=person("ed"))
        text = told(client, batch)
        assert "You approve what is left: 4 of 7 changes at Sqril. It leaves at once." in text
        assert "Then four go first." in text
        assert "3 of it left the batch or ended meanwhile, and nobody decides on that here." in text

    def test_is_not_shown_as_what_they_approve(
        self, client: Client, ann: User, here: Connection, sandbox: Sandbox
    ) -> None:
        batch = batch_of(customers(here, 7, sandbox), person("ed"))
        for change in batch.changes.order_by("batch_place")[:3]:
            item = Proposal(change.customer_id, {"occupation": "OCC7"}, f"edit {change.pk}")
            propose_one(replace(item, replacing={"occupation": change.pk}), by=person("ed"))
        look = look_at(fresh(batch))
        shown = [*look.summary.sample, *(one for outlier in look.summary.outliers for one in outlier.examples)]
        assert {one.row for one in shown} <= {4, 5, 6, 7}
        assert len(look.summary.sample) == 4
        assert "OCC7" not in text_of(client.get(reverse("batch", args=[batch.pk]), {"show": "here"}))
        page = BatchPage(fresh(batch), ann)
        assert (page.shows_values, len(page.members)) == (False, 7)  # each with where it stands

    def test_of_a_whole_one_nothing_is_said(
        self, client: Client, ann: User, here: Connection, sandbox: Sandbox
    ) -> None:
        text = told(client, batch_of(customers(here, 7, sandbox), person("ed")))
        assert "You approve 7 changes at Sqril as one. 5 of them go first" in text
        assert "left the batch" not in text


def test_a_batch_that_lacks_nothing_any_more_is_said_to_go_on_by_itself(
    client: Client, ann: User, sandbox: Sandbox
) -> None:
    two = policy("Two", approvals=2)
    person("sam")
    batch = approved(batch_of(customers(connect("sqril", sandbox), 2, sandbox), person("ed")), ann)
    assert "It needs one approval by Sam Tanaka." in told(client, batch)
    reword(two, approvals=1)
    assert "It lacks no approval any more. It goes on by itself in a moment." in told(client, batch)
