"""The page of a batch: Ann decides about all of it by looking at it once, and everybody sees how far it is."""

from __future__ import annotations

import csv
import io
import threading
import uuid
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.urls import reverse

from console.flows import batches as flow
from console.flows.batches import undoing as at_undoing
from console.flows.batches.feeding import feed
from console.flows.batches.undoing import build_all
from console.models import Batch, BatchStatus, Connection, Customer, Event, Notice, Origin, User
from console.sentences import MASK
from tests.batches import approved, batch_of, customers, let_go
from tests.cast import connect, person
from tests.deciding import approve as approve_change
from tests.deciding import policy
from tests.flows.helpers import fresh, push, wish
from tests.views.counting import queries
from tests.views.pages import text_of

if TYPE_CHECKING:
    from django.http import StreamingHttpResponse
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

    from providers.sandbox import Sandbox

pytestmark = pytest.mark.django_db
SWAP = {"HX-Request": "true"}


@pytest.fixture
def here(sandbox: Sandbox) -> Connection:
    connection = connect("sqril", sandbox)
    policy("KYC fields", "occupation", at=[connection])
    return connection


@pytest.fixture
def ann(client: Client, here: Connection) -> User:
    """Ann, who approves, signed in; Sam approves, too."""
    person("sam")
    user = person("ann")
    client.force_login(user)
    return user


@pytest.fixture
def seven(here: Connection, sandbox: Sandbox) -> list[Customer]:
    return customers(here, 7, sandbox)


@pytest.fixture
def batch(seven: list[Customer]) -> Batch:
    return batch_of(seven, person("ed"), why="They all retired.", reference="SUP-7")


def page(client: Client, batch: Batch, **given: str) -> Response:
    return client.get(reverse("batch", args=[batch.pk]), given)


def post(client: Client, batch: Batch, step: str, **said: str) -> Response:
    return client.post(reverse(f"batch_{step}", args=[batch.pk]), said)


def seen(batch: Batch) -> str:
    return bytes(fresh(batch).digest).hex()


class TestWhatSomebodyDecidesOn:
    def test_stands_on_one_page(self, client: Client, ann: User, batch: Batch) -> None:
        text = text_of(page(client, batch))
        assert "Set Occupation of 7 customers Waiting for you Sqril Ed Kowalski asked just now" in text
        assert "“ They all retired. ” · SUP-7" in text
        assert "It needs one approval by you or Sam Tanaka. Then five go first, and the other 2" in text
        assert "Occupation Policy “KYC fields”, version 1 one approver" in text

    def test_is_counted_by_what_becomes_of_each_field(self, client: Client, ann: User, batch: Batch) -> None:
        text = text_of(page(client, batch))
        assert "7 looked at" in text
        assert "Occupation 7 change" in text

    def test_is_shown_by_some_at_random_with_what_they_were_and_are_to_be(
        self, client: Client, ann: User, batch: Batch
    ) -> None:
        text = text_of(page(client, batch))
        assert "5 drawn at random" in text

    def test_draws_others_at_the_next_look(self, client: Client, ann: User, here: Connection) -> None:
        batch = batch_of(customers(here, 40), person("ed"))
        drawn = {
            text_of(page(client, batch)).partition("drawn at random")[2].partition("Why it waits")[0] for _ in range(4)
        }
        assert len(drawn) > 1

    def test_lists_what_is_asked_of_each(self, client: Client, ann: User, batch: Batch) -> None:
        listed = text_of(page(client, batch)).partition("Its changes 7")[2]
        assert all(f"Adi{row - 1} Wijaya , row {row} row {row} Occupation" in listed for row in range(1, 8))

    def test_hides_sensitive_values(self, client: Client, ann: User, here: Connection) -> None:
        batch = batch_of(customers(hidden(here), 7), person("ed"), {"address": "Jl. Thamrin No. 88, Jakarta"})
        answer = page(client, batch)
        assert "Thamrin" not in answer.content.decode()
        assert "Kebon Sirih" not in answer.content.decode()
        assert "Address 7 change" in text_of(answer)

    def test_tells_what_stands_out_first(self, client: Client, ann: User, here: Connection) -> None:
        some = customers(here, 30)
        batch = flow.begin(here, by=person("ed"), origin=Origin.PAGE, title="Set Phone", key="k")
        items = [flow.Item(at, each.pk, {"phone": "+6281299990000"}) for at, each in enumerate(some, 1)]
        flow.add(batch, items)
        flow.close(batch)
        text = text_of(page(client, batch))
        assert text.index("What stands out") < text.index("drawn at random")
        assert "30 records would hold one and the same." in text

    def test_lists_rows_that_became_no_change_with_why(
        self, client: Client, ann: User, here: Connection, seven: list[Customer]
    ) -> None:
        batch = flow.begin(here, by=person("ed"), origin=Origin.PAGE, title="Set Occupation", key="k", expected=8)
        flow.add(batch, [flow.Item(at, each.pk, {"occupation": "OCC10"}) for at, each in enumerate(seven, 1)])
        flow.add(batch, [flow.Item(8, seven[0].pk, {"occupation": "nonsense"})])
        flow.close(batch)
        assert "Became no change 1" in text_of(page(client, batch))


class TestDeciding:
    def test_is_one_word_for_all_of_it(self, client: Client, ann: User, batch: Batch) -> None:
        answer = post(client, batch, "approve", digest=seen(batch))
        assert (answer.status_code, answer["Location"]) == (303, reverse("batch", args=[batch.pk]))
        assert fresh(batch).state is BatchStatus.CANARY
        assert "You approved all of it" in text_of(page(client, batch))

    def test_takes_what_was_seen(self, client: Client, ann: User, batch: Batch) -> None:
        answer = post(client, batch, "approve", digest="00" * 32)
        assert answer.status_code == 422
        assert "Not done." in text_of(answer)
        assert fresh(batch).state is BatchStatus.WAITING

    def test_is_not_for_who_asked(self, client: Client, here: Connection, batch: Batch) -> None:
        person("ann")
        client.force_login(person("ed"))
        text = text_of(page(client, batch))
        assert "Approve: You asked for this yourself; Ann Mwangi can decide." in text.replace("Reject, ", "")
        assert post(client, batch, "approve", digest=seen(batch)).status_code == 403

    def test_by_rejecting_leaves_a_reason_for_its_author(self, client: Client, ann: User, batch: Batch) -> None:
        assert post(client, batch, "reject", digest=seen(batch), reason="").status_code == 422
        post(client, batch, "reject", digest=seen(batch), reason="Ask them first.")
        assert "Ask them first." in text_of(page(client, batch))
        assert "You rejected it. Nothing of it was sent." in text_of(page(client, batch))

    def test_of_a_batch_that_was_decided_on_is_told_so(self, client: Client, ann: User, batch: Batch) -> None:
        digest = seen(batch)
        flow.withdraw(batch.pk, by=person("ed"))
        answer = post(client, batch, "approve", digest=digest)
        assert answer.status_code == 422
        assert "Its author withdrew it." in text_of(answer)


class TestFollowing:
    def test_the_first_five_are_shown_while_the_others_wait(self, client: Client, ann: User, batch: Batch) -> None:
        approved(batch, ann)
        let_go(batch, BatchStatus.CANARY)
        text = text_of(page(client, batch))
        assert "The first five are on their way. The other 2 leave once these have arrived at Sqril." in text

    def test_what_arrived_is_counted(self, client: Client, ann: User, batch: Batch) -> None:
        approved(batch, ann)
        let_go(batch, BatchStatus.DONE)
        text = text_of(page(client, batch))
        assert "All of its 7 changes arrived." in text
        assert "The first 5 passed" in text

    def test_what_did_not_arrive_is_said_as_plainly(
        self, client: Client, ann: User, batch: Batch, seven: list[Customer], sandbox: Sandbox
    ) -> None:
        refuse(sandbox, seven[6])
        approved(batch, ann)
        let_go(batch, BatchStatus.DONE)
        text = text_of(page(client, batch))
        assert "Of 7 changes: 6 arrived, 1 needs a person." in text
        listed = text_of(page(client, batch, show="person"))
        assert "Adi6 Wijaya" in listed.partition("Its changes")[2]
        assert "Adi3 Wijaya" not in listed.partition("Its changes")[2]

    def test_a_look_gets_nothing_while_nothing_moved(self, client: Client, ann: User, batch: Batch) -> None:
        asked = client.get(reverse("batch_state", args=[batch.pk]), headers=SWAP)
        assert asked.status_code == 200
        again = text_between(asked.content.decode(), 'hx-get="', '"').replace("&amp;", "&")
        assert client.get(again, headers=SWAP).status_code == 204
        approved(batch, ann)
        moved = client.get(again, headers=SWAP)
        assert moved.status_code == 200
        assert "on their way" in text_of(moved)

    def test_it_is_stopped_and_says_what_left_and_what_never_did(self, client: Client, ann: User, batch: Batch) -> None:
        approved(batch, ann)
        let_go(batch, BatchStatus.GOING)
        post(client, batch, "stop")
        text = text_of(page(client, batch))
        assert "Ann Mwangi stopped it. 2 never left. Before that: 5 arrived." in text
        feed(batch.connection_id)
        listed = text_of(page(client, batch, show="never"))
        assert "Its batch ended before this one left." in listed
        assert "Adi6 Wijaya" in listed

    def test_pausing_holds_it_until_somebody_says_go_on(self, client: Client, ann: User, batch: Batch) -> None:
        approved(batch, ann)
        post(client, batch, "pause")
        assert fresh(batch).state is BatchStatus.PAUSED
        assert "Nothing more leaves until somebody lets it go on." in text_of(page(client, batch))
        post(client, batch, "go_on")
        assert fresh(batch).state is BatchStatus.CANARY

    def test_a_viewer_is_told_who_can_steer_it(self, client: Client, ann: User, batch: Batch) -> None:
        approved(batch, ann)
        person("ops")
        client.force_login(person("rae"))
        assert "Pause, Stop: You may not" in text_of(page(client, batch))
        assert post(client, batch, "stop").status_code == 403

    def test_undoing_asks_for_a_batch_of_its_own(self, client: Client, ann: User, batch: Batch) -> None:
        approved(batch, ann)
        let_go(batch, BatchStatus.DONE)
        client.force_login(person("ed"))
        answer = post(client, batch, "undo", key="once", why="It was the wrong list.", reference="SUP-8")
        undoing = Batch.objects.get(undoes=batch)
        assert answer["Location"] == reverse("batch", args=[undoing.pk])
        assert f"Undoes batch {batch.pk}" in text_of(page(client, undoing))
        assert f"Undoing is asked for in batch {undoing.pk}" in text_of(page(client, batch))


class TestUndoingInPart:
    """Of seven one was given another phone number since, and one another number and another occupation."""

    @pytest.fixture
    def undoing(self, ann: User, seven: list[Customer]) -> Batch:
        batch = batch_of(seven, person("ed"), {"phone": "+6281299887766", "occupation": "OCC10"})
        approved(batch, ann)
        let_go(batch, BatchStatus.DONE)
        since = {"phone": "+6281355555555"}
        for customer, wishes in [(seven[1], since), (seven[2], {**since, "occupation": "OCC11"})]:
            change = wish(customer, person("jo"), wishes)
            if "occupation" in wishes:
                approve_change(change, ann)
            push(customer)
        return flow.undo(batch.pk, by=person("ed"), key="once", why="Wrong list.")

    def test_says_that_the_rest_of_it_goes_back(self, client: Client, ann: User, undoing: Batch) -> None:
        build_all(threading.Event())
        text = text_of(page(client, undoing))
        in_part = text_between(text, "Goes back in part 1", "Its changes")
        assert "the rest of each is asked for" in in_part
        assert "Adi1 Wijaya Phone: " in in_part
        none = text_between(text, "Became no change 1", "Goes back in part")
        assert "nothing is sent for these" in none
        assert "Adi2 Wijaya" in none
        assert "Adi1 Wijaya" not in none

    def test_counts_each_row_once_while_it_is_put_together(self, client: Client, ann: User, undoing: Batch) -> None:
        at_undoing._add(undoing, at_undoing._piece(undoing))
        assert "7 of 7 rows so far." in text_of(page(client, undoing))

    def test_has_one_line_for_each_row_in_the_results(self, client: Client, ann: User, undoing: Batch) -> None:
        build_all(threading.Event())
        rows = {row["Row"]: row for row in table(client, undoing)}
        assert len(table(client, undoing)) == len(rows) == 7
        assert rows["3"]["State"] == "No change"
        assert rows["2"]["State"] != "No change"
        assert "In part: Phone: " in rows["2"]["What that means"]
        assert "In part" not in rows["1"]["What that means"]

    def test_is_told_of_the_batch_that_it_undoes(self, client: Client, ann: User, undoing: Batch) -> None:
        build_all(threading.Event())
        approved(Batch.objects.get(pk=undoing.pk), ann)
        let_go(undoing, BatchStatus.DONE)
        assert f"Undone in part by batch {undoing.pk}" in text_of(
            client.get(reverse("batch", args=[undoing.undoes_id]))
        )


class TestUndoneBy:
    """What the head of a batch says of the batch that undoes it."""

    @pytest.fixture
    def undoing(self, ann: User, batch: Batch) -> Batch:
        approved(batch, ann)
        let_go(batch, BatchStatus.DONE)
        return undone(batch)

    def test_all_of_it_once_all_went_back(self, client: Client, ann: User, batch: Batch, undoing: Batch) -> None:
        assert f"Undoing is asked for in batch {undoing.pk}" in text_of(page(client, batch))
        approved(undoing, ann)
        let_go(undoing, BatchStatus.GOING)
        assert f"Is being undone by batch {undoing.pk}" in text_of(page(client, batch))
        let_go(undoing, BatchStatus.DONE)
        assert f"Undone by batch {undoing.pk}" in text_of(page(client, batch))

    def test_in_part_where_it_was_stopped(self, client: Client, ann: User, batch: Batch, undoing: Batch) -> None:
        approved(undoing, ann)
        let_go(undoing, BatchStatus.GOING)
        flow.stop(undoing.pk, by=ann)
        assert f"Undone in part by batch {undoing.pk}" in text_of(page(client, batch))

    def test_in_part_where_one_was_refused(
        self, client: Client, ann: User, batch: Batch, undoing: Batch, seven: list[Customer], sandbox: Sandbox
    ) -> None:
        refuse(sandbox, seven[6])
        approved(undoing, ann)
        let_go(undoing, BatchStatus.DONE)
        assert f"Undone in part by batch {undoing.pk}" in text_of(page(client, batch))

    def test_nothing_once_it_ended_and_nothing_went_back(
        self, client: Client, ann: User, batch: Batch, undoing: Batch
    ) -> None:
        rejected(undoing, ann)
        second = undone(batch)
        text = text_of(page(client, batch))
        assert f"batch {undoing.pk}" not in text
        assert f"Undoing is asked for in batch {second.pk}" in text

    def test_with_as_many_questions_as_without(self, client: Client, ann: User, batch: Batch, undoing: Batch) -> None:
        first = queries(client, reverse("batch", args=[batch.pk]))
        rejected(undoing, ann)
        undone(batch)
        assert queries(client, reverse("batch", args=[batch.pk])) == first


class TestResults:
    def test_tell_what_became_of_each_row(
        self, client: Client, ann: User, batch: Batch, seven: list[Customer], sandbox: Sandbox
    ) -> None:
        refuse(sandbox, seven[6])
        approved(batch, ann)
        let_go(batch, BatchStatus.DONE)
        rows = table(client, batch)
        assert len(rows) == 7
        assert (rows[0]["Row"], rows[0]["Occupation"], rows[0]["State"]) == ("1", "OCC10", "Applied")
        assert rows[6]["State"] == "Refused"
        assert Event.objects.filter(verb="batch.downloaded", actor=ann).count() == 1

    def test_are_harmless_in_a_spreadsheet_and_hide_what_is_sensitive(
        self, client: Client, ann: User, here: Connection
    ) -> None:
        batch = batch_of(customers(here, 1), person("ed"), {"address": "=HYPERLINK(1)"})
        assert table(client, batch)[0]["Address"] == "'=HYPERLINK(1)"
        hidden(here)
        assert table(client, batch)[0]["Address"] == MASK


def test_the_list_is_narrowed_by_where_they_stand(client: Client, ann: User, batch: Batch) -> None:
    assert "Set Occupation of 7 customers" in text_of(client.get(reverse("batches")))
    assert "Set Occupation of 7 customers" in text_of(client.get(reverse("batches"), {"state": "waiting"}))
    assert "No batch passes these filters" in text_of(client.get(reverse("batches"), {"state": "done"}))


def test_who_looks_at_it_has_read_what_they_were_told(client: Client, ann: User, batch: Batch) -> None:
    assert Notice.objects.filter(user=ann, batch=batch, read_at=None).count() == 1
    page(client, batch)
    assert not Notice.objects.filter(user=ann, read_at=None).exists()


def test_another_teams_does_not_exist(client: Client, batch: Batch) -> None:
    client.force_login(person("ann", connect("caibo")))
    assert page(client, batch).status_code == 404
    assert post(client, batch, "approve", digest=seen(batch)).status_code == 404


def hidden(connection: Connection) -> Connection:
    """The same connection, which now calls addresses sensitive."""
    connection.options = {**connection.options, "sensitive": "address"}
    connection.save()
    return connection


def undone(batch: Batch) -> Batch:
    """Its undoing, asked for by Ed and put together as a worker does."""
    undoing = flow.undo(batch.pk, by=person("ed"), key=uuid.uuid4().hex, why="Wrong list.")
    build_all(threading.Event())
    return Batch.objects.get(pk=undoing.pk)


def rejected(batch: Batch, by: User) -> None:
    """All of it, and a worker has taken its changes back."""
    flow.reject(batch.pk, by=by, digest=seen(batch), reason="It was right.")
    feed(batch.connection_id)


def refuse(sandbox: Sandbox, customer: Customer) -> None:
    sandbox.fault("sqril", "refuse", external_id=customer.external_id, field="occupation", message="is on our list")


def table(client: Client, batch: Batch) -> list[dict[str, str]]:
    answer: StreamingHttpResponse = client.get(reverse("batch_results", args=[batch.pk]))  # type: ignore[assignment]
    text = b"".join(answer).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def text_between(text: str, start: str, end: str) -> str:
    return text.partition(start)[2].partition(end)[0]


class TestInTheWork:
    def test_a_batch_that_waits_is_one_request(self, client: Client, ann: User, batch: Batch) -> None:
        text = text_of(client.get(reverse("work")))
        assert "To decide 1" in text
        assert f"Set Occupation of 7 customers Sqril · batch {batch.pk} 7 changes as one by Ed Kowalski" in text
        assert "1 request waits for your decision" in text
        assert "7 changes as one" in text_of(client.get(reverse("to_decide")))
        assert "7 changes as one" not in text_of(client.get(reverse("to_decide"), {"size": "one"}))

    def test_once_approved_it_waits_for_nobody(self, client: Client, ann: User, batch: Batch) -> None:
        approved(batch, ann)
        text = text_of(client.get(reverse("work")))
        assert "changes as one" not in text
        assert "Nothing to decide" in text

    def test_its_author_follows_it_as_one_and_none_of_its_changes(
        self, client: Client, ann: User, batch: Batch
    ) -> None:
        approved(batch, ann)
        let_go(batch, BatchStatus.GOING)
        client.force_login(person("ed"))
        text = text_of(client.get(reverse("work")))
        assert f"Set Occupation of 7 customers Sqril · batch {batch.pk} · by you" in text
        assert "Adi0 Wijaya" not in text

    def test_a_batch_that_stands_still_is_before_who_can_say_go_on(
        self, client: Client, ann: User, batch: Batch
    ) -> None:
        approved(batch, ann)
        flow.pause(batch.pk, by=person("ed"))
        assert "Paused" in text_of(client.get(reverse("work")))
        client.force_login(person("rae"))
        assert "Set Occupation of 7 customers" not in text_of(client.get(reverse("work")))

    def test_another_teams_stands_nowhere(self, client: Client, batch: Batch) -> None:
        client.force_login(person("sam", connect("caibo")))
        for place in ("work", "to_decide", "batches"):
            assert "Set Occupation" not in text_of(client.get(reverse(place)))


def test_the_page_of_a_change_leads_to_its_batch(client: Client, ann: User, batch: Batch) -> None:
    first = batch.changes.get(batch_place=1)
    assert f"Row 1 of batch {batch.pk}" in text_of(client.get(reverse("change", args=[first.pk])))
