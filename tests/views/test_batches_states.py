"""The page of a batch in each state: it says what is known, what comes next and who can do something about it."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.urls import reverse

from console.flows import batches as flow
from console.flows.batches.deciding import expire
from console.flows.batches.feeding import feed
from console.flows.deliver import drain
from console.flows.pausing import pause as pause_connection
from console.flows.record import database_now
from console.flows.restored import NOTE, _pause_batches
from console.models import Batch, BatchStatus, Connection, Grant, Origin, User
from tests.batches import approved, batch_of, customers, let_go
from tests.cast import connect, person, sample
from tests.deciding import policy
from tests.flows.batching import go, left_unknown
from tests.flows.helpers import fresh
from tests.views.pages import text_of

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

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
    """Ann, who approves, signed in; Sam approves, too, and ops operates."""
    person("sam")
    person("ops")
    user = person("ann")
    client.force_login(user)
    return user


def page(client: Client, batch: Batch, **given: str) -> Response:
    return client.get(reverse("batch", args=[batch.pk]), given)


def buttons(client: Client, batch: Batch) -> set[str]:
    """What somebody who looks at the page can do."""
    text = page(client, batch).text
    steps = ("approve", "reject", "withdraw", "pause", "go_on", "stop", "undo")
    return {step for step in steps if f'id="ask-{step}"' in text}


def at_caibo(connection: Connection, sandbox: Sandbox, count: int) -> Batch:
    some = [sample(connection, sandbox, id=str(number)) for number in range(1, count + 1)]
    return batch_of(some, person("ed"), {"phone": "+441632960961"})


class TestTheFirstFewToBeLookedAt:
    def test_it_says_that_nothing_confirms_them_and_that_the_others_wait_for_a_look(
        self, client: Client, ann: User, silent: Connection, sandbox: Sandbox
    ) -> None:
        batch = at_caibo(silent, sandbox, 7)
        assert "Then five go first, and the other 2 once somebody has looked at these there." in text_of(
            page(client, batch)
        )
        approved(batch, ann)
        let_go(batch, BatchStatus.CHECKING)
        text = text_of(page(client, batch))
        assert "First few to be looked at" in text
        assert "Caibo took the first five and confirms nothing." in text
        assert "Look at them there and say whether to go on: the other 2 wait for that." in text
        assert "You say that the first ones are right at Caibo. The other 2 then leave." in text
        assert "Accepted 5" in text
        assert "Arrived" not in text
        assert buttons(client, batch) == {"go_on", "stop"}  # nothing leaves that could be paused

    def test_once_all_of_it_left_none_is_said_to_have_arrived(
        self, client: Client, ann: User, silent: Connection, sandbox: Sandbox
    ) -> None:
        batch = at_caibo(silent, sandbox, 7)
        approved(batch, ann)
        let_go(batch, BatchStatus.CHECKING)
        flow.go_on(batch.pk, by=ann)
        let_go(batch, BatchStatus.DONE)
        answer = page(client, batch)
        assert "All of its 7 changes were accepted. Caibo does not say what it holds now." in text_of(answer)
        assert "arrived" not in text_of(answer)
        assert 'class="notice neutral"' in answer.text
        assert "7 of 7 accepted" in text_of(answer)
        assert 'class="meter neutral"' in answer.text


class TestBehindAnEarlierChange:
    def test_it_says_how_many_wait_until_somebody_settles_that(
        self, client: Client, ann: User, here: Connection, sandbox: Sandbox
    ) -> None:
        some = customers(here, 9, sandbox)
        left_unknown(some[1])
        batch = batch_of(some, person("ed"), {"phone": "+6281299887766"})
        approved(batch, ann)
        let_go(batch, BatchStatus.CANARY), go(here)
        told = "Of those on their way 1 waits until somebody settles an earlier change of its customer."
        assert told in text_of(page(client, batch))

    def test_of_the_others_it_says_so_too_and_these_go_on(
        self, client: Client, ann: User, here: Connection, sandbox: Sandbox
    ) -> None:
        some = customers(here, 9, sandbox)
        left_unknown(some[6]), left_unknown(some[7])
        batch = batch_of(some, person("ed"), {"phone": "+6281299887766"})
        approved(batch, ann)
        go(here)
        text = text_of(page(client, batch))
        assert "7 arrived, 2 are on their way, of 9." in text
        assert "Of those on their way 2 wait until somebody settles an earlier change of their customers." in text


class TestPaused:
    def test_by_itself_it_says_how_many_of_the_first_did_not_arrive(
        self, client: Client, ann: User, here: Connection, sandbox: Sandbox
    ) -> None:
        batch = with_a_refusal(here, sandbox, ann)
        text = text_of(page(client, batch))
        assert "1 of the first 5 did not arrive. Look at them, then let it go on or stop it." in text
        assert "4 arrived, 1 needs a person; 4 have not left. Nothing more leaves until somebody lets it go on." in text
        assert "The other 4 then leave at the rate of Sqril." in text
        assert buttons(client, batch) == {"go_on", "stop"}

    def test_let_go_on_it_says_that_another_few_go_first(
        self, client: Client, ann: User, here: Connection, sandbox: Sandbox
    ) -> None:
        batch = with_a_refusal(here, sandbox, ann, count=14)
        assert "Of the 9 that have not left, 5 go first; the others follow once these have arrived." in text_of(
            page(client, batch)
        )
        flow.go_on(batch.pk, by=ann)
        text = text_of(page(client, batch))
        assert "4 arrived, 1 needs a person; a few more go before the others. 9 have not left." in text

    def test_by_a_restored_backup_it_says_so_and_what_letting_it_go_on_means(
        self, client: Client, ann: User, here: Connection, sandbox: Sandbox
    ) -> None:
        batch = batch_of(customers(here, 7, sandbox), person("ed"))
        approved(batch, ann)
        _pause_batches(1)
        text = text_of(page(client, batch))
        assert NOTE in text
        assert "By the backup 7 have not left, and may have left since. Nothing more leaves" in text
        assert "Nothing of it was sent" not in text
        assert "All 7 that had not left when the backup was made leave, those that were sent since once more." in text

    def test_by_a_restored_backup_each_of_its_changes_says_what_the_head_says(
        self, client: Client, ann: User, here: Connection, sandbox: Sandbox
    ) -> None:
        batch = batch_of(customers(here, 7, sandbox), person("ed"))
        approved(batch, ann)
        _pause_batches(1)
        one = batch.changes.order_by("batch_place").first()
        assert one
        alone = reverse("change", args=[one.pk])
        waits = "By the backup that was restored it has not left, and may have left since."
        assert text_of(page(client, batch)).count(waits) == 7 + 5  # the first few stand there twice
        assert waits in text_of(client.get(alone))
        assert "Nothing has been sent yet" not in text_of(page(client, batch)) + text_of(client.get(alone))
        flow.stop(batch.pk, by=ann)
        feed(here.pk)
        text = text_of(page(client, batch))
        assert "By the backup that was restored 7 have not left, and may have left since." in text
        assert "never left." not in text
        assert text.count("it may have left since. Nothing more is sent.") == 7
        assert "Nothing was changed" not in text + text_of(client.get(alone))

    def test_while_its_connection_is_paused_nothing_is_said_to_be_on_its_way(
        self, client: Client, ann: User, here: Connection, sandbox: Sandbox
    ) -> None:
        batch = batch_of(customers(here, 7, sandbox), person("ed"))
        pause_connection(here, by=person("ops"), reason="Maintenance.")
        approved(batch, ann)
        feed(here.pk)
        text = text_of(page(client, batch))
        assert "The first five have not left yet." in text
        assert "Sqril is paused, so nothing leaves before an operator resumes it." in text
        assert "on their way" not in text
        assert "Waiting for Sqril" in text
        assert "under way" not in text

    def test_half_way_no_time_is_promised_while_its_connection_does_not_answer(
        self, client: Client, ann: User, here: Connection, sandbox: Sandbox
    ) -> None:
        batch = batch_of(customers(here, 9, sandbox), person("ed"))
        approved(batch, ann)
        let_go(batch, BatchStatus.GOING)
        Connection.objects.filter(pk=here.pk).update(interrupted_at=database_now(), probe_at=database_now())
        text = text_of(page(client, batch))
        assert "Sqril has not answered lately, so nothing leaves before one call got through." in text
        assert "leave at the rate" not in text


def with_a_refusal(connection: Connection, sandbox: Sandbox, approver: User, count: int = 9) -> Batch:
    """Paused, since one of the first five did not arrive."""
    some = customers(connection, count, sandbox)
    sandbox.fault("sqril", "refuse", external_id=some[2].external_id, field="occupation", message="is on our list")
    batch = batch_of(some, person("ed"))
    approved(batch, approver)
    return let_go(batch, BatchStatus.PAUSED)


class TestStopped:
    def test_the_bar_is_as_long_as_what_arrived_and_the_rest_is_said_never_to_have_left(
        self, client: Client, ann: User, here: Connection, sandbox: Sandbox
    ) -> None:
        batch = batch_of(customers(here, 9, sandbox), person("ed"))
        assert "What would become of them" in text_of(page(client, batch))
        approved(batch, ann)
        feed(here.pk)
        drain(here.pk, stopping=threading.Event())
        assert "What becomes of them 9 looked at 9 change" in text_of(page(client, batch))
        flow.stop(batch.pk, by=ann)
        let_go(batch, BatchStatus.STOPPED)
        answer = page(client, batch)
        text = text_of(answer)
        assert "Ann Mwangi stopped it. 4 never left. Before that: 5 arrived." in text
        assert "5 of 9 arrived Arrived 5 Never left 4" in text
        assert 'max="9" value="5"' in answer.text
        assert "Ended otherwise" not in text
        assert "What was asked for 9 looked at 9 were to change" in text
        assert "would" not in text.partition("What it asks for")[2].partition("History")[0]
        assert text_of(page(client, batch, show="never")).partition("Its changes")[2].count("Withdrawn") == 4


class TestEndedOtherwise:
    def test_what_nobody_decided_on_in_time_says_so_once_and_that_it_can_be_asked_anew(
        self, client: Client, ann: User, here: Connection
    ) -> None:
        batch = batch_of(customers(here, 7), person("ed"))
        Batch.objects.filter(pk=batch.pk).update(expires_at=fresh(batch).created_at)
        assert expire() == 1
        text = text_of(page(client, batch))
        assert "Nobody decided on it in time. Nothing of it was sent. Whoever still wants it asks anew." in text
        assert text.partition("History")[0].count("in time") == 1
        assert buttons(client, batch) == set()

    def test_what_was_not_put_together_says_why(self, client: Client, ann: User, here: Connection) -> None:
        some = customers(here, 2)
        batch = flow.begin(here, by=person("ed"), origin=Origin.PAGE, title="Set Occupation", key="k", expected=2)
        flow.add(batch, [flow.Item(at, each.pk, {"occupation": "OCC10"}) for at, each in enumerate(some, 1)])
        Grant.objects.filter(user=batch.requester).delete()
        flow.close(batch)
        text = text_of(page(client, batch))
        assert "It was not put together. Ed Kowalski may not ask for changes at Sqril any more" in text
        assert "Nothing of it was sent." in text
        assert buttons(client, batch) == set()

    def test_where_no_row_became_a_change_each_is_listed_with_why(
        self, client: Client, ann: User, here: Connection
    ) -> None:
        [same] = customers(here, 1)
        batch = batch_of([same], person("ed"), {"occupation": same.record["occupation"]})
        text = text_of(page(client, batch))
        assert "It was not put together. None of its rows became a change" in text
        assert "Became no change 1" in text
        assert "Nothing would be different from what we know." in text
        assert "No changes yet" not in text

    def test_withdrawn_it_says_who_did(self, client: Client, ann: User, here: Connection) -> None:
        batch = batch_of(customers(here, 7), person("ed"))
        flow.withdraw(batch.pk, by=batch.requester)
        text = text_of(page(client, batch))
        assert "Its author withdrew it. Nothing of it was sent." in text
        assert buttons(client, batch) == set()


class TestAskedAboutAgain:
    @pytest.fixture
    def lapsed(self, here: Connection, sandbox: Sandbox, ann: User) -> Batch:
        """Five of nine have left, then its approval no longer held."""
        batch = batch_of(customers(here, 9, sandbox), person("ed"))
        approved(batch, ann)
        feed(here.pk)
        drain(here.pk, stopping=threading.Event())
        policy("Two from now on", approvals=2)
        feed(here.pk)
        assert fresh(batch).state is BatchStatus.WAITING
        return batch

    def test_it_says_why_and_that_the_rest_leaves_at_once_then(self, client: Client, ann: User, lapsed: Batch) -> None:
        client.force_login(person("sam"))
        text = text_of(page(client, lapsed))
        assert "Its approval no longer holds: it is older than 7 days, a policy asks for more" in text
        assert "Then the other 4 leave at the rate of Sqril." in text
        assert "go first" not in text.partition("Approve all of it?")[0]
        assert "This is all that was asked for. 5 of it left before, and nobody decides on that any more." in text
        assert "You approve what is left: 4 of 9 changes at Sqril. It leaves at the rate there." in text
        assert buttons(client, lapsed) == {"approve", "reject", "stop"}

    def test_those_that_have_not_left_are_listed_with_what_is_asked_of_them(
        self, client: Client, ann: User, lapsed: Batch
    ) -> None:
        listed = text_of(page(client, lapsed, show="here")).partition("Its changes 9")[2]
        assert listed.count("OCC10") == 4

    def test_rejected_then_it_says_who_did_and_what_had_left(self, client: Client, ann: User, lapsed: Batch) -> None:
        flow.reject(lapsed.pk, by=person("sam"), digest=bytes(fresh(lapsed).digest).hex(), reason="No more of it.")
        text = text_of(page(client, lapsed))
        assert "Sam Tanaka rejected what was left of it. 4 never left. Before that: 5 arrived." in text

    def test_nobody_deciding_then_it_is_stopped_by_itself(self, client: Client, ann: User, lapsed: Batch) -> None:
        Batch.objects.filter(pk=lapsed.pk).update(expires_at=database_now() - timedelta(seconds=1))
        assert expire() == 1
        text = text_of(page(client, lapsed))
        assert "Nobody decided in time. 4 never left. Before that: 5 arrived." in text
