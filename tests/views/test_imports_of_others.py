"""What an operator sees of others' imports: that one is at work and whose it is, nothing that stands in its file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from console.errors import StepNotPossible
from console.flows import bulk as flow
from console.flows import working
from console.flows.working import Ended, Work
from console.models import (
    BatchStatus,
    Bulk,
    BulkKind,
    BulkPart,
    BulkStatus,
    Change,
    Connection,
    Customer,
    Event,
    Notice,
    User,
)
from console.sentences import event_sentence
from tests.cast import connect, person
from tests.importing_files import carried_out, checked, done_by_a_worker, fresh, many, read, uploaded
from tests.views.pages import text_of

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db

WHY = "The provider is being moved tonight."
FILENAME = "ann-whitfield-and-others.csv"


@pytest.fixture
def caibo() -> Connection:
    return connect("caibo")


@pytest.fixture
def ed() -> User:
    return person("ed")


@pytest.fixture
def ops(client: Client, caibo: Connection) -> User:
    """Olu, who operates Caibo and nothing else."""
    olu = person("ops", caibo)
    client.force_login(olu)
    return olu


def running(connection: Connection, by: User, **about: object) -> Bulk:
    """An import that waits to be carried out."""
    seen = checked(connection, many(9), by=by, filename=FILENAME, **about)
    return flow.carry_out(seen.pk, by=by)


def end(client: Client, bulk: Bulk, reason: str = WHY) -> int:
    return client.post(reverse("import_end", args=[bulk.pk]), {"reason": reason}).status_code


def test_an_operator_sees_that_an_import_is_at_work_and_whose_and_no_name_of_its_file(
    client: Client, caibo: Connection, ed: User, ops: User
) -> None:
    running(caibo, ed)
    page = text_of(client.get(reverse("imports")))
    assert "At work where you operate" in page
    assert "Waiting to be carried out" in page
    assert "Ed Kowalski" in page
    assert "0 of 9" in page
    assert page.index("At work where you operate") < page.index("You may not import")
    assert "Choose a file above" not in page
    assert FILENAME not in page
    assert "Person 1" not in page
    assert "See what is at work" in text_of(client.get(reverse("connection", args=[caibo.pk])))


def test_an_operator_stops_it_for_a_reason_that_its_owner_and_the_history_have(
    client: Client, caibo: Connection, ed: User, ops: User
) -> None:
    bulk = running(caibo, ed)
    assert end(client, bulk) == 303
    stopped = fresh(bulk)
    assert stopped.status == BulkStatus.STOPPED
    assert stopped.note == f"Olu Peters stopped it, who operates Caibo: “{WHY}”"
    assert not BulkPart.objects.exists()
    event = Event.objects.filter(subject=f"connection:{caibo.pk}").latest("number")
    assert (event.verb, event.actor) == ("bulk.stopped", ops)
    told = event_sentence(event, caibo.provider.fields)
    assert told == f"Olu Peters stopped filling the cache from a file (9 rows) after 0 (“{WHY}”)"
    assert done_by_a_worker(bulk).status == BulkStatus.STOPPED
    assert not Customer.objects.exists()
    client.force_login(ed)
    assert WHY in text_of(client.get(reverse("import", args=[bulk.pk])))


def test_a_worker_that_is_at_it_keeps_nothing_more(client: Client, caibo: Connection, ed: User, ops: User) -> None:
    bulk = running(caibo, ed)
    work = Work(working.claim() or bulk)
    with work.keeping(4):
        pass
    assert end(client, bulk) == 303
    with pytest.raises(Ended), work.keeping(9):
        pytest.fail("it may not write")
    assert fresh(bulk).note.endswith(f"“{WHY}” 4 of 9 rows had been carried out.")


def test_a_batch_that_was_being_put_together_comes_to_nothing_and_its_author_is_told(
    client: Client, caibo: Connection, ed: User, ops: User
) -> None:
    carried_out(caibo, many(9), by=ed)
    seen = checked(caibo, many(9, name="Other"), by=ed, kind=BulkKind.PROPOSE)
    bulk = flow.carry_out(seen.pk, by=ed)
    assert end(client, bulk) == 303
    batch = fresh(bulk).batch
    assert batch is not None
    assert (batch.state, WHY in batch.note) == (BatchStatus.FAILED, True)
    assert Notice.objects.filter(user=ed, batch=batch).exists()
    assert not Change.objects.exists()


def test_without_a_reason_nothing_is_stopped_and_what_was_typed_stays(
    client: Client, caibo: Connection, ed: User, ops: User
) -> None:
    bulk = running(caibo, ed)
    answer = client.post(reverse("import_end", args=[bulk.pk]), {"reason": "  "})
    assert answer.status_code == 422
    assert "Say in a sentence why: whoever began it reads it." in text_of(answer)
    long = client.post(reverse("import_end", args=[bulk.pk]), {"reason": "x" * 301})
    assert "Shorten the reason" in text_of(long)
    assert "x" * 301 in long.text
    assert fresh(bulk).status == BulkStatus.TO_RUN


def test_what_waits_for_its_owner_is_not_at_work_and_stays_theirs(
    client: Client, caibo: Connection, ed: User, ops: User
) -> None:
    bulk = read(caibo, many(3), by=ed)
    assert "Nothing is at work" in text_of(client.get(reverse("imports")))
    assert end(client, bulk) == 422
    assert fresh(bulk).status == BulkStatus.MAPPING


def test_who_operates_elsewhere_or_does_not_operate_learns_nothing_of_it(
    client: Client, caibo: Connection, ed: User, ops: User
) -> None:
    bulk = running(elsewhere := connect("flowwise"), ed)
    assert "Nothing is at work" in text_of(client.get(reverse("imports")))
    assert end(client, bulk) == 404
    at_caibo = uploaded(caibo, many(1), by=ed)
    for username in ("jo", "ann", "max"):
        client.force_login(person(username))
        assert "At work where you operate" not in text_of(client.get(reverse("imports")))
        assert end(client, at_caibo) == 404
    with pytest.raises(Bulk.DoesNotExist):
        flow.stop_anothers(bulk.pk, by=ops, reason=WHY)
    ops.grants.update(connection=elsewhere)
    assert flow.stop_anothers(bulk.pk, by=User.objects.get(pk=ops.pk), reason=WHY).status == BulkStatus.STOPPED
    with pytest.raises(StepNotPossible):
        flow.stop_anothers(bulk.pk, by=User.objects.get(pk=ops.pk), reason=WHY)
