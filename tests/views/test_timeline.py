"""The timeline of a customer: everything, the latest first, a change as one entry that opens to its steps."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from console.flows import review
from console.flows.record import record
from console.flows.refresh import take_over
from console.models import Customer, Event, Origin, Status, User, Visit
from console.views.timeline_page import Entry
from providers.sandbox import Sandbox
from tests.cast import connect, person, sample
from tests.deciding import approve, policy
from tests.flows.helpers import make_due, push
from tests.views.counting import queries
from tests.views.pages import text_of, without_chance_digits
from tests.views.standing import asked, standing

pytestmark = pytest.mark.django_db
SWAP = {"HX-Request": "true"}


@pytest.fixture
def adi() -> Customer:
    return sample(connect("sqril"))


def timeline_of(customer: Customer) -> str:
    return reverse("customer_timeline", args=[customer.pk])


def entries(client: Client, customer: Customer, query: str = "") -> list[Entry]:
    page = client.get(f"{timeline_of(customer)}{query}").context["page"]
    return list(page.entries)


def sentences(client: Client, customer: Customer, query: str = "") -> list[str]:
    return [entry.sentence for entry in entries(client, customer, query)]


class TestAnEntry:
    def test_what_happened_is_told_the_latest_first_and_a_change_once(
        self, client: Client, ed: User, adi: Customer
    ) -> None:
        standing(adi, ed, Status.APPLIED, wishes={"occupation": "OCC7"})
        take_over(adi, {"address": "Jl. Sudirman 1"}, by=person("jo"))
        assert sentences(client, adi) == [
            "Jo Lindqvist read it from Sqril: Address had changed from Jl. Kebon Sirih 12, Jakarta to Jl. Sudirman 1",
            "Ed Kowalski set Occupation to OCC7",
            "Imported: 14 values",
        ]

    def test_a_change_stands_where_its_latest_step_was_taken(self, client: Client, ed: User, adi: Customer) -> None:
        change = asked(adi, ed, occupation="OCC7")
        take_over(adi, {"address": "Jl. Sudirman 1"}, by=ed)
        review.comment(change.pk, by=ed, text="He called again.")
        assert sentences(client, adi)[0] == "Ed Kowalski asked to set Occupation to OCC7"
        assert len(entries(client, adi)) == 3

    def test_a_change_opens_to_who_wanted_approved_and_sent_it_and_what_was_answered(
        self, client: Client, ed: User, sandbox: Sandbox
    ) -> None:
        adi = sample(connect("sqril", sandbox), sandbox)
        policy("KYC fields", "occupation")
        change = asked(adi, person("jo"), why="New employer", reference="SUP-9", occupation="OCC7")
        approve(change, person("ann"), "occupation")
        push(adi)
        [entry] = [entry for entry in entries(client, adi) if entry.row]
        assert (entry.why, [step.event.verb for step in entry.steps]) == (
            "New employer",
            ["change.proposed", "decision.approved", "change.approved", "change.sending", "change.applied"],
        )
        page = text_of(client.get(timeline_of(adi)))
        for words in (
            "Jo Lindqvist asked to change Occupation from OCC4 to OCC7",
            "New employer SUP-9",
            "Ann Mwangi approved Occupation (policy “KYC fields”, version 1)",
            "Sent: applied, confirmed by the answer · status 200",
            "Applied: the answer of Sqril showed the new values",
        ):
            assert words in page

    def test_what_was_refused_says_what_the_provider_said(self, client: Client, ed: User, sandbox: Sandbox) -> None:
        adi = sample(connect("sqril", sandbox), sandbox)
        sandbox.fault("sqril", "refuse", field="address", message="No such street")
        asked(adi, ed, address="Jl. Thamrin 88")
        push(adi)
        [entry] = [entry for entry in entries(client, adi) if entry.row]
        assert entry.steps[-1].exchange == "Sent: refused"
        assert "No such street" in entry.steps[-1].note

    def test_an_exchange_stands_once_at_the_last_step_that_tells_of_it(
        self, client: Client, ed: User, sandbox: Sandbox
    ) -> None:
        adi = sample(connect("sqril", sandbox), sandbox)
        sandbox.fault("sqril", "5xx", status=503, method="PUT")
        change = asked(adi, ed, address="Jl. Thamrin 88")
        push(adi)
        make_due(change)
        push(adi)
        [entry] = [entry for entry in entries(client, adi) if entry.row]
        told = [(step.event.verb, step.exchange) for step in entry.steps if step.attempt]
        assert [verb for verb, _ in told] == ["change.unknown", "change.approved", "change.applied"]
        assert len({step.attempt.pk for step in entry.steps if step.attempt}) == 3

    def test_readings_in_a_row_that_found_nothing_are_one(self, client: Client, ed: User, adi: Customer) -> None:
        for _ in range(40):
            take_over(adi, {"phone": "+62812345679"}, by=ed)
        first, _ = entries(client, adi)
        assert first.say.startswith("40 times since ")

    def test_a_review_that_names_a_change_is_no_step_of_it(self, client: Client, ed: User, adi: Customer) -> None:
        change = asked(adi, ed, occupation="OCC7")
        record(ed, "review.questioned", by=ed, origin=Origin.PAGE, change=change)
        assert len(entries(client, adi)) == 2

    def test_sensitive_values_stay_hidden(self, client: Client, ed: User) -> None:
        lena = sample(connect("finosu"))
        asked(lena, ed, ssnLastFour="9876")
        take_over(lena, {"ssnLastFour": "5555"}, by=ed)
        page = without_chance_digits(client.get(timeline_of(lena)).text)
        assert not {"1234", "9876", "5555"} & set(re.findall(r"\d{4}", page))

    def test_markup_in_values_and_reasons_stays_text(self, client: Client, ed: User) -> None:
        ann = sample(connect("caibo"), address="<script>alert(1)</script>")
        asked(ann, ed, why="<b>why</b>", address="<b>bold</b>")
        page = client.get(timeline_of(ann)).text
        assert not re.search(r"<script>alert|<b>bold|<b>why", page)

    def test_it_leads_to_its_change_and_to_the_record_then(self, client: Client, ed: User, adi: Customer) -> None:
        change = asked(adi, ed, occupation="OCC7")
        entry, baseline = entries(client, adi)
        page = client.get(timeline_of(adi)).text
        assert reverse("change", args=[change.pk]) in page
        assert entry.as_of.startswith(f"{reverse('customer_as_of', args=[adi.pk])}?at=")
        then = client.get(baseline.as_of).context["page"].then
        assert then.value("occupation") == "OCC4"

    def test_only_who_reads_the_audit_is_led_to_the_events(self, client: Client, ed: User, adi: Customer) -> None:
        address = reverse("audit_event", args=[Event.objects.get(customer=adi).pk])
        assert address not in client.get(timeline_of(adi)).text
        client.force_login(person("rae"))
        page = client.get(timeline_of(adi)).text
        assert address in page
        assert f"{reverse('exports')}?customer={adi.pk}&amp;format=pack" in page

    def test_where_the_key_was_erased_it_still_tells_who_did_what_when(
        self, client: Client, ed: User, adi: Customer
    ) -> None:
        asked(adi, ed, why="Moved house", address="Jl. Thamrin 88")
        Customer.objects.filter(pk=adi.pk).update(wrapped_key=None)
        page = text_of(client.get(timeline_of(adi)))
        assert "Ed Kowalski asked to change Address" in page
        assert not re.search("Thamrin|Moved house", page)


class TestGoingOn:
    def test_a_long_one_goes_on_in_pieces_that_lack_and_repeat_nothing(
        self, client: Client, ed: User, adi: Customer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("console.views.timeline_page.MOST_ENTRIES", 5)
        for number in range(12):
            standing(adi, ed, Status.WITHDRAWN, wishes={"address": f"Jl. {number}"})
            take_over(adi, {"phone": f"+6281234567{number:02}"}, by=None)
        seen, query = list[int](), ""
        while True:
            page = client.get(f"{timeline_of(adi)}{query}").context["page"]
            seen += [entry.event.pk for entry in page.entries]
            if not (query := page.older):
                break
        told = Event.objects.filter(
            customer=adi, verb__in=["change.withdrawn", "customer.refreshed", "customer.baseline"]
        )
        assert seen == sorted(told.values_list("pk", flat=True), reverse=True)

    def test_more_readings_than_a_piece_reads_go_on_as_well(
        self, client: Client, ed: User, adi: Customer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("console.views.timeline_page.MOST_READ", 4)
        for _ in range(6):
            take_over(adi, {"phone": "+62812345679"}, by=ed)
        page = client.get(timeline_of(adi)).context["page"]
        assert [entry.say[:8] for entry in page.entries] == ["4 times "]
        assert sentences(client, adi, page.older)[-1] == "Imported: 14 values"

    def test_the_next_piece_alone_follows_where_it_is_asked_for_by_script(
        self, client: Client, ed: User, adi: Customer
    ) -> None:
        answer = client.get(f"{timeline_of(adi)}?before=999999", headers=SWAP)
        assert answer.text.lstrip().startswith("<li")
        assert "<html" not in answer.text

    def test_a_day_stands_above_its_entries_once(self, client: Client, ed: User, adi: Customer) -> None:
        asked(adi, ed, occupation="OCC7")
        today = timezone.localdate().isoformat()
        assert [entry.day is None for entry in entries(client, adi)] == [False, True]
        assert [entry.day for entry in entries(client, adi, f"?day={today}")] == [None, None]

    def test_one_can_go_back_to_a_day(self, client: Client, ed: User, adi: Customer) -> None:
        asked(adi, ed, occupation="OCC7")
        yesterday = (timezone.localdate() - timedelta(days=1)).isoformat()
        assert entries(client, adi, f"?on={yesterday}") == []
        assert len(entries(client, adi, f"?on={timezone.localdate().isoformat()}")) == 2

    @pytest.mark.parametrize("text", ["tomorrow", "2026-02-30", "9999-12-31", "0001-01-01x", "\0"])
    def test_what_is_no_day_is_said_at_the_field(self, client: Client, ed: User, adi: Customer, text: str) -> None:
        answer = client.get(timeline_of(adi), {"on": text})
        assert answer.status_code == 422
        assert 'aria-describedby="error-on"' in answer.text
        assert "This is no date: give it as 2026-11-21." in text_of(answer)

    @pytest.mark.parametrize("nonsense", ["before=x", "before=²", "before=" + "9" * 30, "day=x", "on="])
    def test_an_address_that_makes_no_sense_is_the_beginning(
        self, client: Client, ed: User, adi: Customer, nonsense: str
    ) -> None:
        assert sentences(client, adi, f"?{nonsense}") == ["Imported: 14 values"]


def test_it_asks_the_database_no_more_for_twenty_entries(client: Client, ed: User, adi: Customer) -> None:
    standing(adi, ed, Status.APPLIED, wishes={"address": "Jl. 0"})
    at_one = queries(client, timeline_of(adi))
    for number in range(1, 20):
        standing(adi, ed, Status.APPLIED, wishes={"address": f"Jl. {number}"})
    assert queries(client, timeline_of(adi)) == at_one


def test_the_record_leads_there_and_asks_the_database_no_more_for_it(client: Client, adi: Customer) -> None:
    client.force_login(person("rae"))
    page = client.get(reverse("customer", args=[adi.pk]))
    for name in ("customer_timeline", "customer_as_of", "customer_looked"):
        assert reverse(name, args=[adi.pk]) in page.text


def test_whoever_looks_is_kept(client: Client, ed: User, adi: Customer) -> None:
    client.get(timeline_of(adi))
    assert Visit.objects.filter(customer=adi, user=ed).exists()


def test_another_teams_customer_does_not_exist(client: Client, adi: Customer) -> None:
    client.force_login(person("ed", connect("caibo")))
    for name in ("customer_timeline", "customer_as_of", "customer_looked"):
        assert client.get(reverse(name, args=[adi.pk])).status_code == 404
