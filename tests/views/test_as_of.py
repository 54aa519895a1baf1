"""The record of a customer as the console knew it at a moment, beside another moment or now."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from console.flows.adopt import add_by_id
from console.flows.record import database_now
from console.flows.refresh import take_over
from console.models import Customer, Event, User
from providers.sandbox import Sandbox
from tests.cast import SLUGS, connect, person, sample
from tests.flows.helpers import push
from tests.views.counting import queries
from tests.views.pages import text_of, without_chance_digits
from tests.views.standing import asked

pytestmark = pytest.mark.django_db
WAS, NOW, LATER = "Jl. Kebon Sirih 12, Jakarta", "Jl. Sudirman 1, Jakarta", "Jl. Thamrin No. 88, Jakarta"


@pytest.fixture
def adi() -> Customer:
    return sample(connect("sqril"))


def as_of(client: Client, customer: Customer, **given: Any) -> Any:
    """The page; moments are given as the address has them."""
    said = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in given.items()}
    return client.get(reverse("customer_as_of", args=[customer.pk]), said)


def row_of(response: Any, field: str) -> str:
    """The words of one row, what differs with its marks."""
    _, _, rest = response.text.partition(f'id="field-{field}"')
    marked = re.sub(r"<(/?)(ins|del)>", r"[\1\2]", rest.partition("</tr>")[0])
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", marked))


class TestTheRecordThen:
    def test_it_stands_beside_now_with_what_differs_marked(self, client: Client, ed: User, adi: Customer) -> None:
        before = database_now()
        take_over(adi, {"address": NOW}, by=person("jo"))
        response = as_of(client, adi, at=before)
        row = row_of(response, "address")
        assert re.search(rf"\[del\] {WAS} \[/del\].*imported .*\[ins\] {NOW} \[/ins\].*read by Jo Lindqvist", row)
        assert "[" not in row_of(response, "phone")
        assert response.context["page"].differing == ["address"]

    @pytest.mark.parametrize("slug", SLUGS)
    def test_every_field_has_its_place_but_what_the_provider_stamps(self, client: Client, ed: User, slug: str) -> None:
        customer = sample(connect(slug))
        response = as_of(client, customer, at=database_now())
        fields = [field for field in customer.provider.fields if not field.is_stamp]
        assert all(f'id="field-{field.name}"' in response.text for field in fields)
        assert response.context["page"].differing == []

    def test_what_a_change_brought_names_who_asked_for_it(self, client: Client, ed: User, sandbox: Sandbox) -> None:
        adi = sample(connect("sqril", sandbox), sandbox)
        change = asked(adi, person("jo"), address=LATER)
        push(adi)
        response = as_of(client, adi, at=database_now())
        assert f"Jo Lindqvist , change {change.pk}" in row_of(response, "address")
        assert reverse("change", args=[change.pk]) in response.text

    def test_two_moments_can_be_compared(self, client: Client, ed: User, adi: Customer) -> None:
        first = database_now()
        take_over(adi, {"address": NOW}, by=ed)
        second = database_now()
        take_over(adi, {"address": LATER}, by=ed)
        response = as_of(client, adi, **{"at": first, "and": second})
        assert LATER not in response.text
        assert f"[ins] {NOW} [/ins]" in row_of(response, "address")

    def test_moments_given_the_wrong_way_round_are_turned_and_it_says_so(
        self, client: Client, ed: User, adi: Customer
    ) -> None:
        first = database_now()
        take_over(adi, {"address": NOW}, by=ed)
        response = as_of(client, adi, **{"at": database_now(), "and": first})
        assert "The later moment was given first" in text_of(response)
        assert f"[del] {WAS} [/del]" in row_of(response, "address")

    def test_only_what_differs_can_be_shown(self, client: Client, ed: User, adi: Customer) -> None:
        before = database_now()
        take_over(adi, {"address": NOW}, by=ed)
        response = as_of(client, adi, at=before, differing="1")
        assert re.findall(r'id="field-(\w+)"', response.text) == ["address"]
        nothing = as_of(client, adi, at=database_now(), differing="1")
        assert "Nothing differs" in text_of(nothing)

    def test_one_can_step_from_change_to_change_of_the_record(self, client: Client, ed: User, adi: Customer) -> None:
        take_over(adi, {"address": NOW}, by=ed)
        take_over(adi, {"address": LATER}, by=ed)
        response, seen = as_of(client, adi, at=database_now()), list[str]()
        for rel in ("prev", "prev", "next"):
            query = re.search(rf'href="(\?[^"]+)" rel="{rel}"', response.text)
            assert query
            response = client.get(reverse("customer_as_of", args=[adi.pk]) + query[1].replace("&amp;", "&"))
            seen.append(response.context["page"].then.value("address"))
        assert seen == [NOW, WAS, NOW]

    def test_sensitive_values_stay_hidden_and_still_differ(self, client: Client, ed: User, adi: Customer) -> None:
        before = database_now()
        take_over(adi, {"ic_number": "3174019999999999"}, by=ed)
        response = as_of(client, adi, at=before)
        assert response.context["page"].differing == ["ic_number"]
        assert "••••" in row_of(response, "ic_number")
        assert "31740" not in without_chance_digits(response.text)

    def test_where_the_key_was_erased_it_says_so_and_by_what_each_value_came(
        self, client: Client, ed: User, adi: Customer
    ) -> None:
        take_over(adi, {"address": NOW}, by=person("jo"))
        Customer.objects.filter(pk=adi.pk).update(wrapped_key=None)
        response = as_of(client, adi, at=database_now())
        assert response.status_code == 200
        assert "The values are gone." in text_of(response)
        assert re.search("erased.*read by Jo Lindqvist", row_of(response, "address"))
        assert NOW not in response.text

    def test_a_value_that_is_markup_stays_text(self, client: Client, ed: User) -> None:
        ann = sample(connect("caibo"), address="<script>alert(1)</script>")
        assert "<script>alert" not in as_of(client, ann, at=database_now()).text

    def test_only_who_reads_the_audit_is_led_to_the_events(self, client: Client, ed: User, adi: Customer) -> None:
        address = reverse("audit_event", args=[Event.objects.get(customer=adi).pk])
        assert address not in as_of(client, adi, at=database_now()).text
        client.force_login(person("rae"))
        assert address in as_of(client, adi, at=database_now()).text


class TestTheMomentThatIsAskedFor:
    def test_it_is_of_the_readers_zone(self, client: Client, ed: User, adi: Customer) -> None:
        ed.time_zone = "Asia/Jakarta"
        ed.save()
        at = database_now()
        response = as_of(client, adi, at=(at + timedelta(hours=7)).replace(tzinfo=None))
        assert response.context["page"].earlier == at

    def test_an_address_may_name_its_zone_and_is_exact(self, client: Client, ed: User, adi: Customer) -> None:
        baseline = Event.objects.get(customer=adi)
        page = as_of(client, adi, at=baseline.at).context["page"]
        assert page.earlier == baseline.at
        local = timezone.localtime(baseline.at, UTC).replace(tzinfo=None)
        assert timedelta() <= datetime.fromisoformat(page.inputs["at"]) - local < timedelta(seconds=1)

    def test_without_one_it_offers_some_that_there_were(self, client: Client, ed: User, adi: Customer) -> None:
        response = as_of(client, adi)
        assert response.status_code == 200
        assert "Choose a moment" in text_of(response)
        assert "As it was first known" in text_of(response)
        assert "Yesterday" not in text_of(response)

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("", "Give a day and a time."),
            ("yesterday", "This is no date and time: give it as 2026-11-20 10:24."),
            ("2026-02-30T10:00", "This is no date and time"),
            ("0001-01-01T00:00", "The console did not know this customer yet: it came to know it on "),
            ("9999-12-31T23:59", "That is still to come: nothing can be known of it yet."),
            ("2020-01-01T00:00", "The console did not know this customer yet"),
            ("\0", "This is no date and time"),
            ("2026-11-20T10:00" + "0" * 9000, "This is no date and time"),
        ],
    )
    def test_what_makes_no_moment_is_said_at_its_field(
        self, client: Client, ed: User, adi: Customer, text: str, says: str
    ) -> None:
        response = as_of(client, adi, at=text)
        assert response.status_code == 422
        assert 'aria-describedby="error-at"' in response.text
        assert says in text_of(response)
        beside = as_of(client, adi, **{"at": database_now(), "and": text})
        assert (beside.status_code, says in text_of(beside)) == ((422, True) if text else (200, False))

    def test_a_customer_that_was_never_read_has_nothing_to_tell(self, client: Client, ed: User) -> None:
        customer = add_by_id(connect("timepay"), "camp_new/loan:LOAN-7", by=ed)
        response = as_of(client, customer, at=database_now())
        assert response.status_code == 200
        assert "LOAN-7" in response.text


def test_it_asks_the_database_no_more_for_a_long_history(client: Client, ed: User, adi: Customer) -> None:
    take_over(adi, {"address": "Jl. 0", "phone": "+6281100000000"}, by=ed)
    url = f"{reverse('customer_as_of', args=[adi.pk])}?at={database_now().isoformat().replace('+', '%2B')}"
    at_first = queries(client, url)
    for number in range(20):
        take_over(adi, {"address": f"Jl. {number}", "phone": f"+62811000000{number:02}"}, by=ed)
    assert queries(client, url) == at_first
