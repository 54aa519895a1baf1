"""Keys are changed: whatever a key of the ring sealed comes under the new one, while people and workers go on."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, Any

import pytest
from allauth.mfa.models import Authenticator
from django.conf import LazySettings
from django.db import transaction
from django.test import Client

from console.accounts.secrets import FactorAdapter
from console.auditing import Query
from console.errors import KeyMissing
from console.exporting import make_all
from console.finding import find
from console.flows import renewals
from console.flows.examine import conclusion_of, mark, sign_off
from console.flows.export_customers import Wish
from console.flows.export_customers import ask as ask_for_customers
from console.flows.exports import ask
from console.flows.making import piece
from console.flows.renewals import Rows
from console.flows.rotate import rotate, status
from console.models import (
    BlindTerm,
    Connection,
    Customer,
    Event,
    Export,
    Format,
    Known,
    Mark,
    Review,
    Session,
    Status,
)
from console.models.sealing import key_ring
from tests.cast import SAMPLES, SLUGS, connect, person, sample
from tests.databases import ROOT
from tests.deciding import policy
from tests.flows.erasing import erased
from tests.flows.helpers import fresh, pushes, side_by_side, wish
from tests.hidden import shown
from tests.keys import ring
from tests.processes import wait_for, worker
from tests.reviewing import ended_changes, opened

if TYPE_CHECKING:
    from providers.sandbox import Sandbox
    from tests.databases import Database

NUMBER = SAMPLES["sqril"]["ic_number"]


@pytest.fixture(autouse=True)
def under_the_old_key(settings: LazySettings) -> None:
    settings.STEWARD_KEYS = ring("old")


def change_keys(settings: LazySettings) -> None:
    """As an administrator does: the new key first, the old one behind it."""
    settings.STEWARD_KEYS = ring("new", "old")


def take_the_old_key_away(settings: LazySettings) -> None:
    settings.STEWARD_KEYS = ring("new")


def moved(**report: Any) -> dict[str, int]:
    return dict(rotate(**report).moved)


@pytest.mark.django_db
class TestWhatIsUnderTheRing:
    def test_values_of_customers_open_without_the_old_key(self, settings: LazySettings) -> None:
        customers = [sample(connect(slug)) for slug in SLUGS]
        change_keys(settings)
        assert moved()["data keys of customers"] == 5
        take_the_old_key_away(settings)
        assert [fresh(each).record for each in customers] == [SAMPLES[slug] for slug in SLUGS]
        assert fresh(customers[0]).events.get().values

    def test_credentials(self, settings: LazySettings) -> None:
        connection = connect("caibo")
        held = connection.credentials
        change_keys(settings)
        rotate()
        take_the_old_key_away(settings)
        assert held
        assert fresh(connection).credentials == held

    def test_secrets_of_factors_and_a_passkey_is_let_be(self, settings: LazySettings) -> None:
        ed = person("ed")
        seal = FactorAdapter().encrypt
        codes = {"seed": seal("a seed"), "used_mask": 3}
        Authenticator.objects.create(user=ed, type="totp", data={"secret": seal("JBSWY3DP")})
        Authenticator.objects.create(user=ed, type="recovery_codes", data=codes)
        passkey = Authenticator.objects.create(
            user=ed, type="webauthn", data={"name": "Key", "credential": {"id": "x"}}
        )
        change_keys(settings)
        assert moved() == {"secrets of factors": 2}
        take_the_old_key_away(settings)
        totp, recovery = (Authenticator.objects.get(type=kind).data for kind in ("totp", "recovery_codes"))
        assert FactorAdapter().decrypt(totp["secret"]) == "JBSWY3DP"
        assert (FactorAdapter().decrypt(recovery["seed"]), recovery["used_mask"]) == ("a seed", 3)
        assert fresh(passkey).data == passkey.data

    def test_who_is_signed_in_stays_so_and_their_searches_are_known(
        self, client: Client, settings: LazySettings
    ) -> None:
        sample(connect("sqril"))
        client.force_login(person("ed"))
        at = client.post("/customers/", {"q": "Wijaya"}).headers["Location"]
        change_keys(settings)
        assert moved()["sessions"] == Session.objects.count() == 1
        take_the_old_key_away(settings)
        page = client.get(at)
        assert (page.status_code, "Wijaya" in page.text, "no longer kept" in page.text) == (200, True, False)

    def test_files_that_were_made_for_somebody(self, settings: LazySettings) -> None:
        sample(connect("caibo"))
        export = ask(Query(), Format.CSV, by=person("rae"))
        make_all(threading.Event())
        change_keys(settings)
        assert moved()["parts of exports"] == 1
        take_the_old_key_away(settings)
        assert len(piece(Export.objects.get(pk=export.pk), 0)) > 0

    def test_numbers_of_documents_are_found_by_the_new_key_alone(self, settings: LazySettings) -> None:
        adi = sample(connect("sqril"))
        change_keys(settings)
        rotate()
        assert list(BlindTerm.objects.values_list("key", flat=True)) == ["new"]
        take_the_old_key_away(settings)
        assert [hit.pk for hit in find(Connection.objects.all(), NUMBER).hits] == [adi.pk]

    def test_who_came_before_numbers_were_found_is_found_from_then_on(self) -> None:
        adi = sample(connect("sqril"))
        BlindTerm.objects.all().delete()
        assert moved() == {"numbers of documents, to be found by": 1}
        assert [hit.pk for hit in find(Connection.objects.all(), NUMBER).hits] == [adi.pk]

    def test_requests_that_wait_are_found_with_those_alike_that_come_later(self, settings: LazySettings) -> None:
        caibo = connect("caibo")
        policy("Addresses", "address", at=[caibo])
        earlier = wish(sample(caibo), person("ed"), {"address": "1 Low Street"})
        change_keys(settings)
        assert moved()["requests that wait, to be found with those alike"] == 1
        later = wish(sample(caibo, id="9"), person("ed"), {"address": "1 Low Street"})
        assert fresh(earlier).shape == fresh(later).shape
        assert "requests that wait, to be found with those alike" not in moved()

    def test_who_was_erased_stays_so(self, settings: LazySettings) -> None:
        adi = erased(sample(connect("sqril")))
        change_keys(settings)
        rotate()
        assert fresh(adi).wrapped_key is None

    def test_the_conclusion_of_a_review_that_was_signed_off_and_is_not_altered(self, settings: LazySettings) -> None:
        review = signed_off("All in order.")
        change_keys(settings)
        assert moved()["keys of reviews"] == 1
        take_the_old_key_away(settings)
        kept = Review.objects.get(pk=review.pk)
        assert (conclusion_of(kept), kept.sealed_conclusion) == ("All in order.", review.sealed_conclusion)

    def test_a_conclusion_without_a_key_of_its_own_is_let_be_and_told(self, settings: LazySettings) -> None:
        ended_changes(connect("sqril"), person("ed"), 1)
        review = opened(person("rae"))
        sealed = key_ring().seal("conclusion", "As it was done once.")
        Review.objects.filter(pk=review.pk).update(sealed_conclusion=sealed)
        change_keys(settings)
        rotate()
        assert status().under["conclusions of before reviews had keys"] == {"old": 1}
        assert status().needed == {"old": 1}

    def test_why_hidden_values_are_to_be_exported_opens_without_the_old_key(self, settings: LazySettings) -> None:
        finosu, jo = connect("finosu"), shown("jo")
        sample(finosu)
        wish = Wish(finosu, Format.XLSX, reveals=True, reason="The registry has to be compared.")
        export = ask_for_customers(wish, Customer.objects.all(), by=jo)
        change_keys(settings)
        assert moved()["reasons of exports"] == 1
        take_the_old_key_away(settings)
        make_all(threading.Event())
        assert fresh(export).status == "done", fresh(export).note

    def test_no_use_of_the_ring_in_the_code_is_forgotten(self) -> None:
        used = {"credentials", "session", "search", "factor", "export", "blind", "shape"}
        used |= {f"bulk {what}" for what in ("part", "look", "sample", "wishes", "why", "problem")}
        used |= {"export why", "batch why", "batch reason", "SEALED_AS"}  # the last one is that of the views
        looked_up = {"columns"}  # by each key of the ring: what none of them made is assigned anew
        found = set[str]()
        for file in (ROOT / "console").rglob("*.py"):
            text = file.read_text()
            for purpose in re.findall(r"key_ring\(\)\.(?:seal|seal_bytes|digest)\(\s*(\w+|\"[\w ]+\")", text):
                constant = re.search(rf'^{purpose} = "([\w ]+)"', text, re.MULTILINE)
                found.add(constant[1] if constant else purpose.strip('"'))
        assert found - {"purpose", "SESSION"} - looked_up == used  # these two are the renewals themselves


def signed_off(conclusion: str) -> Review:
    rae = person("rae")
    ended_changes(connect("sqril"), person("ed"), 1)
    review = opened(rae)
    mark(review.items.get().pk, Mark.FINE, by=rae)
    return sign_off(review.pk, by=rae, conclusion=conclusion)


@pytest.mark.django_db
class TestHowItGoesOn:
    def test_it_says_how_much_each_key_opens(self, settings: LazySettings) -> None:
        sample(connect("caibo"))
        change_keys(settings)
        sample(connect("sqril"))
        assert status().current == "new"
        assert status().under["data keys of customers"] == {"old": 1, "new": 1}
        assert status().under["credentials"] == {"old": 1, "new": 1}
        assert status().needed == {"old": 2}
        rotate()
        assert status().needed == {}

    def test_a_second_time_there_is_nothing_to_do_and_nothing_to_tell(self, settings: LazySettings) -> None:
        sample(connect("sqril"))
        change_keys(settings)
        assert moved()
        assert not moved()
        told = Event.objects.get(verb="installation.keys_rotated")
        assert told.details["to"] == "new"
        assert told.details["moved"]["data keys of customers"] == 1

    def test_what_was_interrupted_goes_on_where_it_was(
        self, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        caibo = connect("caibo")
        for number in range(1, 6):
            sample(caibo, id=str(number))
        change_keys(settings)
        monkeypatch.setattr(renewals, "AT_ONCE", 2)
        stop = threading.Event()
        assert moved(progress=lambda *_: stop.set(), stopping=stop) == {"data keys of customers": 2}
        assert moved() == {"data keys of customers": 3, "credentials": 1}

    def test_what_no_key_opens_is_counted_and_keeps_nothing_up(self, settings: LazySettings) -> None:
        sample(connect("caibo"))
        settings.STEWARD_KEYS = ring("new")
        sample(connect("sqril"))
        report = rotate()
        assert (report.lost["data keys of customers"], report.lost["credentials"]) == (1, 1)
        assert status().under["credentials"] == {"": 1, "new": 1}
        with pytest.raises(KeyMissing):
            _ = Customer.objects.get(connection__provider_slug="caibo").key


class TestBesideOthers:
    def test_what_somebody_has_locked_is_passed_over_and_then_done(
        self, live_db: Database, settings: LazySettings
    ) -> None:
        customer = sample(connect("caibo"))
        change_keys(settings)
        locked, let_go, seen = threading.Event(), threading.Event(), list[int]()

        def hold() -> None:
            with transaction.atomic():
                [mine] = Customer.objects.locked([customer.pk])
                locked.set()
                assert let_go.wait(20)
                mine.learn({"phone": "+442079461111"}, how=Known.READ, at=mine.locked_at)  # type: ignore[attr-defined]
                mine.save_learnt()

        def go_round() -> None:
            assert locked.wait(20)
            first = renewals.KINDS[0].batch(0)
            assert first is not None
            seen.append(first.in_use)
            let_go.set()
            rotate()

        side_by_side(hold, go_round)
        take_the_old_key_away(settings)
        assert (seen, fresh(customer).record["phone"]) == ([1], "+442079461111")

    def test_what_was_saved_since_it_was_read_is_not_overwritten(
        self, live_db: Database, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        caibo = connect("caibo")
        change_keys(settings)
        kind = next(each for each in renewals.KINDS if each.what == "credentials")
        assert isinstance(kind, Rows)
        [(pk, _, sealed)] = kind._next(0)
        caibo.credentials = {"api_key": "a newer one"}
        caibo.save()
        assert kind._write([(pk, sealed, key_ring().seal("credentials", {"api_key": "x"}))]) == 0
        assert fresh(caibo).credentials == {"api_key": "a newer one"}

    def test_while_workers_push_no_push_fails_and_afterwards_they_go_on_without_the_old_key(
        self, live_db: Database, sandbox: Sandbox, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(renewals, "AT_ONCE", 5)
        ed, caibo, sqril = person("ed"), connect("caibo", sandbox), connect("sqril", sandbox)
        customers = [sample(caibo, sandbox, id=str(number)) for number in range(1, 41)]
        customers += [sample(sqril, sandbox, customer_id=f"cus_{number}") for number in range(1, 21)]
        change_keys(settings)
        with worker(live_db, STEWARD_KEYS=ring("new", "old")), worker(live_db, STEWARD_KEYS=ring("new", "old")):
            changes = [wish(customer, ed) for customer in customers[:20]]
            wait_for(lambda: pushes(sandbox, "caibo"))
            side_by_side(rotate, lambda: changes.extend([wish(customer, ed) for customer in customers[20:]]))
            wait_for(lambda: all(fresh(change).state is Status.APPLIED for change in changes), seconds=60)
        rotate()
        take_the_old_key_away(settings)
        assert status().needed == {}
        assert {fresh(change).tries for change in changes} == {1}
        assert len(pushes(sandbox, "caibo")) + len(pushes(sandbox, "sqril")) == len(changes) == 60
        with worker(live_db, STEWARD_KEYS=ring("new")):
            more = [wish(customer, ed, {"phone": "+6281299887766"}) for customer in customers[-3:]]
            wait_for(lambda: all(fresh(change).state is Status.APPLIED for change in more))
