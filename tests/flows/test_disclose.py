"""A person asks what is held about them: all of it is given, over all their records, to whoever may, and told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse

from console.errors import NotPermitted, StepNotPossible
from console.flows.disclose import candidates, disclose
from console.flows.drafts import keep as keep_draft
from console.flows.visits import visit
from console.models import Customer, Event, Grant, Origin, Reveal, Role, User
from tests.cast import SAMPLES, connect, person, sample
from tests.deciding import policy, reject
from tests.flows.erasing import TICKET, erased, eraser
from tests.flows.helpers import push, wish
from tests.management.running import run
from tests.views.pages import text_of

if TYPE_CHECKING:
    from pathlib import Path

    from django.test import Client

    from providers.sandbox import Sandbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def uma() -> User:
    return eraser("uma")


def told(customer: Customer, by: User, *more: Customer) -> list[dict[str, Any]]:
    return list(disclose([customer.pk, *(each.pk for each in more)], by=by, reference=TICKET)["records"])


def lived(sandbox: Sandbox) -> Customer:
    """A customer to whom everything happened of which something is kept."""
    caibo, ed, ann = connect("caibo", sandbox), person("ed"), person("ann")
    customer = sample(caibo, sandbox)
    wish(customer, ed, {"phone": "+441632960961"}, why="She called from her new number.")
    push(customer)
    policy("Addresses", "address", at=[caibo])
    reject(wish(customer, ed, {"address": "1 Canary Wharf"}), ann, reason="Not on the deed.")
    visit(customer, by=ann)
    keep_draft(customer, {"v-name": "Ann Typed"}, ("name",), by=ed)
    sealed = customer.key.seal("reveal", "email", "She asked for it.")
    Reveal.objects.create(user=ed, customer=customer, field="email", matched=True, sealed_reason=sealed)
    return customer


class TestWhatIsGiven:
    def test_everything_that_is_kept_of_them_is_in_it(self, sandbox: Sandbox, uma: User) -> None:
        [given] = told(lived(sandbox), uma)
        words = json.dumps(given, ensure_ascii=False)
        for word in (
            *("Ann Whitfield", "ann.whitfield@example.com", "+441632960961", "+442079460958", "12345", "M-77"),
            *(
                "She called from her new number.",
                "1 Canary Wharf",
                "Not on the deed.",
                "Ann Typed",
                "She asked for it.",
            ),
            *("Ed Kowalski", "Ann Mwangi", "whitfield"),
        ):
            assert word in words
        assert [each["request"] for request in given["requests"] for each in request["exchanges"]]

    def test_sensitive_values_are_not_masked(self, uma: User) -> None:
        [given] = told(sample(connect("sqril")), uma)
        values = {row["field"]: row["value"] for row in given["record"]}
        assert values["Document number"] == SAMPLES["sqril"]["ic_number"]
        assert "ic_number" in json.dumps(given["history"])
        assert given["found by the whole of"] == ["Document number"]

    def test_each_records_history_tells_who_took_it_out_for_which_request_and_beside_which(self, uma: User) -> None:
        one, other = sample(connect("caibo")), sample(connect("sqril"))
        told(one, uma, other)
        events = Event.objects.filter(verb="customer.disclosed").order_by("customer")
        assert [(event.customer_id, event.actor) for event in events] == [(one.pk, uma), (other.pk, uma)]
        assert [event.values["reference"] for event in events] == [TICKET, TICKET]
        assert [event.details["with"] for event in events] == [[other.pk], [one.pk]]

    def test_of_who_was_erased_it_says_that_values_are_gone(self, uma: User) -> None:
        customer = erased(sample(connect("sqril")))
        [given] = told(customer, uma)
        assert "3174012345678901" not in json.dumps(given)
        assert "gone: its key was erased" in json.dumps(given["history"])


class TestWho:
    def test_who_lacks_the_right_at_any_of_the_records_gets_none_of_them(self) -> None:
        here, there = sample(connect("caibo")), sample(connect("sqril"))
        uma = eraser("una", here.connection)
        with pytest.raises(NotPermitted, match="all that is held about them"):
            told(here, uma, there)
        with pytest.raises(NotPermitted):
            told(here, person("ed"))
        assert not Event.objects.filter(verb="customer.disclosed").exists()

    @pytest.mark.parametrize("reference", ["", "   ", "x" * 201])
    def test_a_request_has_to_be_named(self, uma: User, reference: str) -> None:
        with pytest.raises(StepNotPossible, match="Name the request"):
            disclose([sample(connect("caibo")).pk], by=uma, reference=reference)


class TestCandidates:
    def test_they_have_the_same_email_phone_or_name_what_fits_best_first(self, uma: User) -> None:
        ann = sample(connect("caibo"))
        sqril, flowwise = connect("sqril"), connect("flowwise")
        by_phone = sample(sqril, phone="+44 20 7946 0958")
        by_two = sample(flowwise, name="ann whitfield", email="Ann.Whitfield@example.com")
        sample(sqril, customer_id="cus_2", name_first="Ann", name_last="Whitfields")
        found = candidates(ann, by=uma)
        assert [(each.customer.pk, each.same) for each in found] == [
            (by_two.pk, ["e-mail", "name"]),
            (by_phone.pk, ["phone"]),
        ]

    def test_none_is_shown_from_where_one_may_not_disclose(self) -> None:
        ann = sample(connect("caibo"))
        sample(connect("flowwise"), email="ann.whitfield@example.com")
        assert candidates(ann, by=eraser("una", ann.connection)) == []


class TestThePage:
    def page(self, client: Client, customer: Customer, **posted: Any) -> Any:
        where = reverse("customer_disclosure", args=[customer.pk])
        return client.post(where, {"reference": TICKET, **posted}) if posted else client.get(where)

    def test_it_offers_those_alike_and_gives_those_that_were_ticked(self, client: Client, uma: User) -> None:
        ann = sample(connect("caibo"))
        other = sample(connect("flowwise"), email="ann.whitfield@example.com")
        client.force_login(uma)
        assert "Priya Sharma" in text_of(self.page(client, ann))
        alone = text_of(self.page(client, ann, do="show"))
        both = text_of(self.page(client, ann, do="show", record=str(other.pk)))
        assert "123 Connaught Place" in both
        assert "123 Connaught Place" not in alone
        assert "1 High Street, London" in alone

    def test_a_file_has_the_same_and_names_nobody_in_its_name(self, client: Client, uma: User) -> None:
        ann = sample(connect("caibo"))
        client.force_login(uma)
        answer = self.page(client, ann, do="download")
        assert answer.headers["Content-Disposition"] == f'attachment; filename="held-about-customer-{ann.pk}.json"'
        assert answer.headers["Cache-Control"].startswith("no-store") or "no-store" in answer.headers["Cache-Control"]
        assert answer.json()["records"][0]["id"] == "12345"

    def test_a_record_that_was_not_offered_is_not_given(self, client: Client, uma: User) -> None:
        ann, adi = sample(connect("caibo")), sample(connect("sqril"))
        client.force_login(uma)
        assert "Wijaya" not in text_of(self.page(client, ann, do="show", record=str(adi.pk)))

    def test_without_a_request_nothing_is_given(self, client: Client, uma: User) -> None:
        ann = sample(connect("caibo"))
        client.force_login(uma)
        answer = self.page(client, ann, do="show", reference=" ")
        assert (answer.status_code, "Name the request" in text_of(answer)) == (422, True)
        assert not Event.objects.filter(verb="customer.disclosed").exists()

    def test_everything_that_is_in_the_file_is_on_the_page(self, client: Client, sandbox: Sandbox, uma: User) -> None:
        ann = lived(sandbox)
        client.force_login(uma)
        page = text_of(self.page(client, ann, do="show"))
        for word in (
            "She called from her new number.",
            "1 Canary Wharf",
            "Not on the deed.",
            "Ann Typed",
            "asked for it",
        ):
            assert word in page

    def test_who_sees_and_may_not_is_told_why_and_whom_to_ask(self, client: Client, uma: User) -> None:
        ann = sample(connect("caibo"))
        Grant.objects.create(user=person("ed"), role=Role.VIEWER)
        client.force_login(person("ed"))
        answer = self.page(client, ann)
        assert (answer.status_code, "Ask Uma" in text_of(answer)) == (403, True)


class TestTheCommand:
    def test_it_lists_those_alike_and_gives_what_it_is_told_to(self, uma: User, tmp_path: Path) -> None:
        ann = sample(connect("caibo"))
        other = sample(connect("flowwise"), email="ann.whitfield@example.com")
        listed = run("disclose", str(ann.pk), "--by", "uma", "--candidates").out
        assert listed == f"{other.pk} at Flowwise: the same e-mail as {ann.pk}\n"
        file = tmp_path / "held.json"
        said = run("disclose", str(ann.pk), str(other.pk), "--by", "uma", "--ticket", TICKET, "--out", str(file))
        assert "Nothing in it is masked" in said.out
        assert file.stat().st_mode & 0o077 == 0
        assert [each["number here"] for each in json.loads(file.read_text())["records"]] == [ann.pk, other.pk]
        assert Event.objects.filter(verb="customer.disclosed", origin=Origin.COMMAND).count() == 2

    @pytest.mark.parametrize(
        ("arguments", "why"),
        [
            (["--by", "uma"], "Name the request"),
            (["--by", "ed", "--ticket", "T"], "role Erasure"),
            (["--by", "x"], "nobody"),
        ],
    )
    def test_what_will_not_do_is_said_in_a_sentence(self, uma: User, arguments: list[str], why: str) -> None:
        person("ed")
        assert why in run("disclose", str(sample(connect("caibo")).pk), *arguments).refusal
