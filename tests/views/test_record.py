"""The page of one customer: how fresh it is, what can be edited, what moved there, and what is under way."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from console.flows.refresh import take_over
from console.models import Customer, Event, Known, Status, User, Wait
from console.templatetags.customers import clock
from providers.sandbox import Sandbox
from tests.cast import SLUGS, connect, person, sample
from tests.flows.helpers import fresh, push
from tests.views.counting import queries
from tests.views.pages import text_of, without_chance_digits
from tests.views.standing import asked, standing

pytestmark = pytest.mark.django_db
SWAP = {"HX-Request": "true"}
LOOKS_AGAIN = 'hx-swap="outerHTML" data-poll="'  # the record; the bell of every page looks by itself
WAS, NOW = "Jl. Kebon Sirih 12, Jakarta", "Jl. Sudirman 1, Jakarta"


@pytest.fixture
def adi() -> Customer:
    return sample(connect("sqril"))


def page_of(customer: Customer) -> str:
    return reverse("customer", args=[customer.pk])


def row_of(response: Any, field: str) -> str:
    """The markup of one row."""
    _, _, rest = response.text.partition(f'id="field-{field}"')
    return str(re.split(r'<div class="row|<h2|</section>', rest)[0])


def words_of(markup: str) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", markup)).strip())


class TestHowFreshAValueIs:
    @pytest.mark.parametrize(
        ("how", "words"),
        [
            (Known.READ, "read 5 min ago"),
            (Known.ECHOED, "answered 5 min ago"),
            (Known.SENT, "sent 5 min ago , not read back"),
            (Known.TYPED, "typed in 5 min ago"),
        ],
    )
    def test_it_says_in_words_how_we_know_it(
        self, client: Client, ed: User, adi: Customer, how: Known, words: str
    ) -> None:
        adi.learn({"address": NOW}, how=how, at=timezone.now() - timedelta(minutes=5))
        adi.save_learnt()
        assert words in words_of(row_of(client.get(page_of(adi)), "address"))

    def test_an_import_says_of_which_moment_it_is_true(self, client: Client, ed: User, adi: Customer) -> None:
        at = timezone.now() - timedelta(hours=30)
        adi.learn({"address": NOW}, how=Known.IMPORTED, at=at)
        adi.save_learnt()
        assert f"imported as of {clock(at)}" in words_of(row_of(client.get(page_of(adi)), "address"))

    def test_the_exact_moment_is_at_hand(self, client: Client, ed: User, adi: Customer) -> None:
        adi.learn({"address": NOW}, how=Known.READ, at=timezone.now())
        adi.save_learnt()
        assert re.search(
            r'<time datetime="[^"]+" title="[^"]+ UTC">just now', row_of(client.get(page_of(adi)), "address")
        )

    def test_the_top_says_it_of_the_latest(self, client: Client, ed: User, adi: Customer) -> None:
        adi.learn({"address": NOW}, how=Known.SENT, at=timezone.now() + timedelta(seconds=1))
        adi.save_learnt()
        top = client.get(page_of(adi)).text.partition('id="said"')[0]
        assert "Sent in a moment , not read back" in words_of(top)


class TestAValue:
    def test_one_that_can_be_edited_leads_to_its_place_in_the_form(
        self, client: Client, ed: User, adi: Customer
    ) -> None:
        row = row_of(client.get(page_of(adi)), "address")
        assert f'href="/customers/{adi.pk}/edit/?field=address"' in row
        assert "data-edit" in row

    def test_a_locked_one_leads_nowhere(self, client: Client, ed: User, adi: Customer) -> None:
        assert "data-edit" not in row_of(client.get(page_of(adi)), "name_first")

    def test_one_that_another_change_asks_for_still_leads_there(self, client: Client, ed: User, adi: Customer) -> None:
        asked(adi, person("jo"), address=NOW)
        assert "data-edit" in row_of(client.get(page_of(adi)), "address")

    def test_one_of_which_something_may_have_been_sent_leads_nowhere(
        self, client: Client, ed: User, adi: Customer
    ) -> None:
        held: dict[str, Any] = {"wishes": {"address": NOW}, "wait": Wait.RESTORED, "maybe_applied": True}
        standing(adi, person("jo"), Status.PROPOSED, **held)
        assert "data-edit" not in row_of(client.get(page_of(adi)), "address")

    def test_nothing_leads_to_the_form_for_who_may_not_edit(self, client: Client, adi: Customer) -> None:
        client.force_login(person("ops"))
        assert "data-edit" not in client.get(page_of(adi)).text

    def test_it_can_be_copied_as_one_dials_or_reads_it(self, client: Client, ed: User, adi: Customer) -> None:
        response = client.get(page_of(adi))
        assert 'data-copy="+62812345679"' in row_of(response, "phone")
        assert f'data-copy="{WAS}"' in row_of(response, "address")

    def test_a_hidden_one_can_not(self, client: Client, ed: User, adi: Customer) -> None:
        assert "data-copy" not in row_of(client.get(page_of(adi)), "ic_number")

    def test_a_json_object_is_a_list_of_names_and_values(self, client: Client, ed: User) -> None:
        lena = sample(connect("finosu"))
        lena.learn({"externalMetadata": {"employer": "Acme", "tags": ["a"]}}, how=Known.READ, at=timezone.now())
        lena.save_learnt()
        row = row_of(client.get(page_of(lena)), "externalMetadata")
        assert 'employer Acme tags ["a"]' in words_of(row)

    def test_sixty_more_fields_all_have_their_place_at_no_more_queries(self, client: Client, ed: User) -> None:
        asha = sample(connect("timepay"))
        usual = queries(client, page_of(asha))
        asha.connection.options = {"fields": ", ".join(f"extra_{number}:text" for number in range(60))}
        asha.connection.save()
        fields = Customer.objects.get(pk=asha.pk).provider.fields
        assert len(fields) > 60
        assert queries(client, page_of(asha)) == usual
        assert client.get(page_of(asha)).text.count('<div class="row"') == len(fields)

    def test_who_set_it_stands_beside_it_with_the_change(self, client: Client, ed: User, sandbox: Sandbox) -> None:
        adi = sample(connect("sqril", sandbox), sandbox)
        change = asked(adi, person("jo"), occupation="OCC7")
        push(adi)
        row = row_of(client.get(page_of(adi)), "occupation")
        assert "Jo Lindqvist · answered just now" in words_of(row)
        assert reverse("change", args=[change.pk]) in row


class TestWhatIsUnderWay:
    def test_several_wishes_for_one_field_all_stand_at_it(self, client: Client, ed: User, adi: Customer) -> None:
        standing(adi, person("jo"), Status.REFUSED, wishes={"address": NOW})
        asked(adi, ed, address="Jl. Melati 5, Bandung")
        row = words_of(row_of(client.get(page_of(adi)), "address"))
        assert f"Jo Lindqvist asked just now for {NOW}" in row
        assert "Ed Kowalski asked just now for Jl. Melati 5, Bandung" in row

    def test_of_many_the_latest_stand_above_and_the_others_fold_open(
        self, client: Client, ed: User, adi: Customer
    ) -> None:
        for number in range(4):
            standing(adi, ed, Status.REFUSED, wishes={"address": f"Jl. {number}"})
        latest = asked(adi, ed, phone="+6281111111111")
        shown, _, folded = client.get(page_of(adi)).text.partition('id="going"')[2].partition("<summary>")
        assert f"/changes/{latest.pk}/" in shown
        assert folded.startswith("2 more changes of this customer")

    def test_a_page_looks_again_only_while_something_goes_on(self, client: Client, ed: User, adi: Customer) -> None:
        assert LOOKS_AGAIN not in client.get(page_of(adi)).text
        standing(adi, ed, Status.REFUSED, wishes={"phone": "+6281111111111"})
        assert LOOKS_AGAIN not in client.get(page_of(adi)).text
        asked(adi, ed, address=NOW)
        assert LOOKS_AGAIN in client.get(page_of(adi)).text

    def poll(self, client: Client, customer: Customer) -> Any:
        """What the page that is shown would get when it looks again."""
        url = client.get(page_of(customer)).context["page"].poll_url
        return lambda: client.get(url, headers=SWAP)

    def test_nothing_new_is_no_answer(self, client: Client, ed: User, adi: Customer) -> None:
        asked(adi, ed, address=NOW)
        assert self.poll(client, adi)().status_code == 204

    def test_what_ended_before_ones_eyes_is_told_and_marked_in_its_row(
        self, client: Client, ed: User, sandbox: Sandbox
    ) -> None:
        adi = sample(connect("sqril", sandbox), sandbox)
        asked(adi, ed, address=NOW)
        look = self.poll(client, adi)
        push(adi)
        answer = look()
        assert "Applied: You asked just now to change Address" in re.sub(r"\s+([:.])", r"\1", text_of(answer))
        assert f"was {WAS}" in words_of(row_of(answer, "address"))
        assert LOOKS_AGAIN not in answer.text
        assert "Applied:" not in re.sub(r"\s+:", ":", text_of(client.get(page_of(adi))))

    def test_a_change_of_another_customer_is_not_told(self, client: Client, ed: User, adi: Customer) -> None:
        other = standing(sample(adi.connection, customer_id="cus_other"), ed, Status.APPLIED)
        url = reverse("customer_state", args=[adi.pk])
        answer = client.get(url, {"watched": str(other.pk)}, headers=SWAP)
        assert answer.status_code == 200
        assert f"/changes/{other.pk}/" not in answer.text

    @pytest.mark.parametrize("nonsense", ["watched=x-²-1", "watched=" + "9" * 30, "read=x", "before=²", "read=0"])
    def test_an_address_that_makes_no_sense_is_the_plain_page(
        self, client: Client, ed: User, adi: Customer, nonsense: str
    ) -> None:
        assert client.get(f"{page_of(adi)}?{nonsense}").status_code == 200
        assert client.get(f"{reverse('customer_state', args=[adi.pk])}?{nonsense}", headers=SWAP).status_code == 200


class TestReadingInPlace:
    def read(self, client: Client, customer: Customer) -> Any:
        return client.post(reverse("customer_read", args=[customer.pk]), headers=SWAP)

    def test_what_moved_is_marked_in_its_row(self, client: Client, ed: User, sandbox: Sandbox) -> None:
        adi = sample(connect("sqril", sandbox), sandbox)
        sandbox.edit("sqril", adi.external_id, {"address": NOW})
        answer = self.read(client, adi)
        assert "Address had changed there. The other 14 values stand as we knew them." in text_of(answer)
        row = row_of(answer, "address")
        assert re.search(rf"<ins>.*{NOW}.*</ins>", row)
        assert re.search(rf"was <del>.*{WAS}.*</del>", row)
        assert "<del>" not in row_of(answer, "phone")

    def test_without_scripts_the_marks_are_kept_by_the_address(
        self, client: Client, ed: User, sandbox: Sandbox
    ) -> None:
        adi = sample(connect("sqril", sandbox), sandbox)
        sandbox.edit("sqril", adi.external_id, {"address": NOW})
        response = client.post(reverse("customer_read", args=[adi.pk]), follow=True)
        assert "was <del>" in row_of(response, "address")

    def test_a_reading_of_somebody_elses_record_marks_nothing(self, client: Client, ed: User, adi: Customer) -> None:
        other = sample(adi.connection, customer_id="cus_other")
        event = take_over(other, {"address": NOW}, by=None)
        assert "<del>" not in client.get(f"{page_of(adi)}?read={event.pk}").text

    def test_a_hidden_value_says_only_that_it_moved(self, client: Client, ed: User, sandbox: Sandbox) -> None:
        adi = sample(connect("sqril", sandbox), sandbox)
        sandbox.edit("sqril", adi.external_id, {"ic_number": "3174019999999999"})
        answer = self.read(client, adi)
        assert "It moved; both values are hidden." in words_of(row_of(answer, "ic_number"))
        assert "3174" not in without_chance_digits(answer.text)

    @pytest.mark.parametrize(
        ("kind", "parameters", "says"),
        [
            ("5xx", {"status": 503}, "did not answer as it should: try again in a minute."),
            ("429", {"retry_after": 9}, "asks us to read less often: try again in a minute."),
            ("401", {}, "does not accept our credentials"),
        ],
    )
    def test_a_reading_that_fails_says_what_to_do(
        self, client: Client, ed: User, sandbox: Sandbox, kind: str, parameters: dict[str, Any], says: str
    ) -> None:
        adi = sample(connect("sqril", sandbox), sandbox)
        sandbox.fault("sqril", kind, method="GET", **parameters)
        answer = self.read(client, adi)
        assert answer.status_code == 422
        assert f"Sqril {says}" in text_of(answer)
        assert "You see what we knew before." in text_of(answer)

    def test_a_provider_that_is_away_is_said(self, client: Client, ed: User) -> None:
        connection = connect("sqril")
        connection.base_url = "http://127.0.0.1:9"
        connection.save()
        assert "Sqril cannot be reached right now: try again in a minute." in text_of(
            self.read(client, sample(connection))
        )


class TestDrift:
    def test_it_says_what_was_what_is_and_when_it_was_seen(self, client: Client, ed: User, adi: Customer) -> None:
        event = take_over(adi, {"address": NOW}, by=None)
        page = text_of(client.get(page_of(adi)))
        assert "Sqril holds another Address than we last knew." in page
        assert f"{event.at.day} {event.at:%b %Y, %H:%M:%S} UTC" in page
        assert f"/customers/{adi.pk}/edit/?restore={event.pk}" in client.get(page_of(adi)).text

    def test_several_fields_are_listed(self, client: Client, ed: User, adi: Customer) -> None:
        take_over(adi, {"address": NOW, "phone": "+6281111111111"}, by=None)
        page = text_of(client.get(page_of(adi)))
        assert "Sqril holds 2 other values than we last knew." in page
        assert "Accept all 2" in page
        assert "Propose to restore Phone and Address…" in page

    def accept(self, client: Client, customer: Customer, **more: Any) -> Any:
        seen = {
            f"seen-{known.field.name}": known.digest for known in client.get(page_of(customer)).context["page"].drifted
        }
        return client.post(reverse("customer_accept", args=[customer.pk]), {**seen, **more}, follow=True)

    def test_accepting_one_leaves_the_others(self, client: Client, ed: User, adi: Customer) -> None:
        take_over(adi, {"address": NOW, "phone": "+6281111111111"}, by=None)
        page = text_of(self.accept(client, adi, field="address"))
        assert "Accepted: Address. Nothing was sent." in page
        assert "Sqril holds another Phone than we last knew." in page
        assert list(fresh(adi).drift) == ["phone"]

    def test_all_can_be_accepted_at_once(self, client: Client, ed: User, adi: Customer) -> None:
        take_over(adi, {"address": NOW, "phone": "+6281111111111"}, by=None)
        assert "Accepted: Phone and Address." in text_of(self.accept(client, adi))
        assert fresh(adi).drift == {}

    def test_what_somebody_else_accepted_meanwhile_is_said(self, client: Client, ed: User, adi: Customer) -> None:
        take_over(adi, {"address": NOW}, by=None)
        digest = fresh(adi).shown_digest("address", NOW)
        self.accept(client, adi)
        answer = client.post(reverse("customer_accept", args=[adi.pk]), {"seen-address": digest}, headers=SWAP)
        assert answer.status_code == 422
        assert "This was seen to already" in text_of(answer)

    def test_a_hidden_value_is_not_told(self, client: Client, ed: User, adi: Customer) -> None:
        take_over(adi, {"ic_number": "3174019999999999"}, by=None)
        response = client.get(page_of(adi))
        assert "moved; both values are hidden" in text_of(response)
        assert "3174" not in without_chance_digits(response.text)
        assert "restore=" not in response.text

    def test_who_may_not_edit_sees_it_with_the_button_off_and_the_reason(self, client: Client, adi: Customer) -> None:
        take_over(adi, {"address": NOW}, by=None)
        client.force_login(person("ops"))
        response = client.get(page_of(adi))
        assert "Sqril holds another Address" in text_of(response)
        assert "Accepting or restoring it takes what editing takes." in text_of(response)
        assert 'name="field"' not in response.text
        assert "restore=" not in response.text

    def test_lists_say_it(self, client: Client, ed: User, adi: Customer) -> None:
        take_over(adi, {"address": NOW}, by=None)
        assert "Moved there" in text_of(client.get("/customers/"))

    def test_an_erased_key_hides_it(self, client: Client, ed: User, adi: Customer) -> None:
        event = take_over(adi, {"address": NOW}, by=None)
        Customer.objects.filter(pk=adi.pk).update(wrapped_key=None)
        assert client.get(f"{page_of(adi)}?read={event.pk}").status_code == 200

    def test_several_cost_no_more_queries_than_one(self, client: Client, ed: User, adi: Customer) -> None:
        take_over(adi, {"address": NOW}, by=None)
        at_one = queries(client, page_of(adi))
        for name, value in {"phone": "+6281111111111", "email": "new@example.com", "occupation": "OCC7"}.items():
            take_over(adi, {name: value}, by=None)
        assert queries(client, page_of(adi)) == at_one


class TestHistory:
    def test_readings_in_a_row_that_found_nothing_are_one_entry(self, client: Client, ed: User, adi: Customer) -> None:
        for _ in range(3):
            take_over(adi, {"address": WAS}, by=ed)
        moments = client.get(page_of(adi)).context["page"].timeline
        assert [moment.sentence for moment in moments] == [
            "Ed Kowalski read it from Sqril: nothing had changed",
            "Imported: 14 values",
        ]
        assert moments[0].say.startswith("3 times since ")

    def test_a_push_says_what_came_of_it_and_how_long_it_took(self, client: Client, ed: User, sandbox: Sandbox) -> None:
        adi = sample(connect("sqril", sandbox), sandbox)
        change = asked(adi, ed, address=NOW)
        push(adi)
        card = words_of(client.get(page_of(adi)).text.partition("Recent pushes")[2])
        assert re.search(rf"Sent: .+ just now · change {change.pk} · status 200 · \d+ ms", card)


@pytest.mark.parametrize("slug", SLUGS)
def test_a_look_is_noted_and_changes_nothing_else(client: Client, ed: User, slug: str) -> None:
    customer = sample(connect(slug))
    before = (fresh(customer).version, Event.objects.count())
    client.get(page_of(customer))
    assert customer.visits.get().user == ed
    assert (fresh(customer).version, Event.objects.count()) == before
