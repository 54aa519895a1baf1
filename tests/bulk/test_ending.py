"""Work on many customers that ends while a batch comes of it: nothing is left half done, nothing goes on unsaid."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from console.bulk import work_on
from console.errors import StepNotPossible
from console.flows import batches, bulk_edit, bulk_kept, erase, working
from console.flows import bulk as flow
from console.flows.working import Work
from console.models import (
    Batch,
    BatchStatus,
    Bulk,
    BulkKind,
    BulkStatus,
    Change,
    Connection,
    Customer,
    Grant,
    Line,
    Notice,
    PolicyVersion,
    Role,
    User,
)
from tests.cast import connect, person
from tests.deciding import policy, reword
from tests.flows.batching import PHONE, go
from tests.flows.editing_many import asked, looked_through, people
from tests.importing_files import carried_out, checked, done_by_a_worker, fresh, many

pytestmark = pytest.mark.django_db
WHY = "The server is needed for something else."


@pytest.fixture
def watched() -> PolicyVersion:
    return policy("Phones", "phone")


@pytest.fixture
def caibo(watched: PolicyVersion) -> Connection:
    return connect("caibo")


@pytest.fixture
def ed() -> User:
    return person("ed")


def asked_for(caibo: Connection, ed: User) -> Bulk:
    """New names out of a file, to be carried out."""
    carried_out(caibo, many(3), by=ed)
    return flow.carry_out(checked(caibo, many(3, name="Other"), by=ed, kind=BulkKind.PROPOSE).pk, by=ed)


def half_done(caibo: Connection, ed: User) -> Bulk:
    """Its worker is gone after all of its rows, before the batch was whole."""
    bulk = asked_for(caibo, ed)
    claimed = working.claim()
    assert claimed == bulk
    ids = Customer.objects.order_by("pk").values_list("pk", flat=True)
    batches.add(batch_of(bulk), [batches.Item(place, pk, {"phone": PHONE}) for place, pk in enumerate(ids, 2)])
    return fresh(bulk)


def whole(caibo: Connection, ed: User) -> Bulk:
    """Its worker is gone once the batch was whole, before it said so."""
    bulk = half_done(caibo, ed)
    batches.close(batch_of(bulk))
    return fresh(bulk)


def batch_of(bulk: Bulk) -> Batch:
    assert bulk.batch_id is not None
    return Batch.objects.get(pk=bulk.batch_id)


class TestNotPutTogetherToItsEnd:
    def test_where_a_customer_was_erased_its_batch_has_failed_and_its_author_is_told(
        self, caibo: Connection, ed: User
    ) -> None:
        bulk = half_done(caibo, ed)
        erased(Customer.objects.get(external_id="2"))
        batch = batch_of(bulk)
        assert (fresh(bulk).status, batch.state) == (BulkStatus.STOPPED, BatchStatus.FAILED)
        assert "was erased" in batch.note
        assert [one.user for one in Notice.objects.filter(batch=batch)] == [ed]
        go(caibo)
        assert not Line.objects.filter(waiting=True).exists()

    def test_where_no_worker_took_it_up_for_days_its_batch_has_failed(self, caibo: Connection, ed: User) -> None:
        bulk = asked_for(caibo, ed)
        Bulk.objects.filter(pk=bulk.pk).update(created_at=timezone.now() - timedelta(days=8))
        bulk_kept.forget_old()
        assert (fresh(bulk).status, batch_of(bulk).state) == (BulkStatus.STOPPED, BatchStatus.FAILED)

    def test_what_waits_for_its_decision_already_goes_its_own_way(self, caibo: Connection, ed: User) -> None:
        bulk = whole(caibo, ed)
        erased(Customer.objects.get(external_id="2"))
        assert (fresh(bulk).status, batch_of(bulk).state) == (BulkStatus.STOPPED, BatchStatus.WAITING)


class TestStoppedOnceItsBatchIsWhole:
    def test_its_author_takes_the_batch_back_with_it(self, caibo: Connection, ed: User) -> None:
        bulk = whole(caibo, ed)
        flow.stop(bulk.pk, by=ed)
        assert (fresh(bulk).status, batch_of(bulk).state) == (BulkStatus.STOPPED, BatchStatus.WITHDRAWN)

    def test_what_leaves_already_is_not_said_to_be_stopped(
        self, watched: PolicyVersion, caibo: Connection, ed: User
    ) -> None:
        reword(watched, approvals=0)
        bulk = whole(caibo, ed)
        assert batch_of(bulk).state is BatchStatus.CANARY
        with pytest.raises(StepNotPossible, match="no longer possible"):
            flow.stop(bulk.pk, by=ed)
        assert fresh(bulk).status == BulkStatus.RUNNING

    @pytest.mark.parametrize("by", ["ed", "ops"])
    def test_where_the_batch_was_withdrawn_on_its_own_page_the_import_still_stops(
        self, caibo: Connection, ed: User, by: str
    ) -> None:
        bulk = asked_for(caibo, ed)
        batches.withdraw(batch_of(bulk).pk, by=ed)
        if by == "ed":
            flow.stop(bulk.pk, by=ed)
        else:
            flow.stop_anothers(bulk.pk, by=person("ops"), reason=WHY)
        assert (fresh(bulk).status, batch_of(bulk).state) == (BulkStatus.STOPPED, BatchStatus.WITHDRAWN)

    def test_an_operator_is_told_that_it_is_a_batch_by_now(self, caibo: Connection, ed: User) -> None:
        bulk = whole(caibo, ed)
        with pytest.raises(StepNotPossible, match=f"It is batch {bulk.batch_id} by now"):
            flow.stop_anothers(bulk.pk, by=person("ops"), reason=WHY)
        assert (fresh(bulk).status, batch_of(bulk).state) == (BulkStatus.RUNNING, BatchStatus.WAITING)
        assert done_by_a_worker(bulk).status == BulkStatus.RUNNING


class TestStoppedWhileItsBatchIsClosed:
    def test_no_batch_comes_of_an_edit(self, ed: User, monkeypatch: pytest.MonkeyPatch) -> None:
        """Somebody stops it after its last customers were taken up."""
        sqril = connect("sqril")
        people(sqril, 2)
        bulk = looked_through(asked(sqril, ed, {"occupation": "OCC9"}))
        bulk_edit.carry_out(bulk.pk, by=ed)
        claimed = working.claim()
        assert claimed == bulk
        work_on(_Stopped(claimed))
        bulk = fresh(bulk)
        assert (bulk.status, batch_of(bulk).state) == (BulkStatus.STOPPED, BatchStatus.FAILED)
        assert Change.objects.filter(batch=bulk.batch).count() == 2


class _Stopped(Work):
    """An operator stops it as soon as it kept its first customers."""

    def _is_at(self, done: int) -> None:
        super()._is_at(done)
        if not Bulk.objects.filter(pk=self.bulk.pk, status=BulkStatus.STOPPED).exists():
            flow.stop_anothers(self.bulk.pk, by=person("ops"), reason=WHY)


def erased(customer: Customer) -> None:
    """Rae asks for it and Max agrees."""
    asker, agreer = person("rae"), person("max")
    for user in (asker, agreer):
        Grant.objects.create(user=user, role=Role.ERASURE)
    erase.agree(erase.ask(customer.pk, by=asker, reference="GDPR-7").pk, by=agreer)
