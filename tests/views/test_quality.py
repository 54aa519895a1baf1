"""The queue of what providers would refuse: by rule and connection, assigned, and put right one after the other."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.urls import reverse

from console.flaw_words import Wrong
from console.flows import quality
from console.flows.adopt import adopt
from console.flows.record import database_now
from console.models import Change, Connection, Flaw, FlawDay, Known, Line, Origin, User
from console.models import quality as models
from console.models.quality import Rule
from console.views.quality_page import said
from console.views.quality_trend import trends
from tests.cast import connect, person, sample
from tests.flows.helpers import wish
from tests.views.counting import queries
from tests.views.pages import text_of

if TYPE_CHECKING:
    from console.models import Customer

pytestmark = pytest.mark.django_db


@pytest.fixture
def sqril() -> Connection:
    return connect("sqril")


def lacking(connection: Connection, count: int, first: int = 0) -> list[Customer]:
    """Customers of SQRIL without a phone."""
    made = range(first, first + count)
    return [sample(connection, customer_id=f"cus_{n}", name_first=f"Adi {n}", phone=None) for n in made]


def page(name: str, connection: Connection, field: str = "phone", code: str = "required") -> str:
    return reverse(name, args=[connection.pk, field, code])


def form_of(customer: Customer, flaw: Flaw) -> str:
    return f"/customers/{customer.pk}/edit/?field={flaw.field}&fixing={flaw.field}%3A{flaw.code}%3A{flaw.pk}"


def flaw_of(customer: Customer) -> Flaw:
    return Flaw.objects.get(customer=customer)


class TestTheQueue:
    def test_it_lists_what_is_wrong_by_rule_and_connection_and_what_stops_everything_first(
        self, client: Client, ed: User, sqril: Connection
    ) -> None:
        finosu = connect("finosu")
        sample(finosu, zipCode="9410")
        lacking(sqril, 2)
        shown = text_of(client.get(reverse("quality")))
        assert "3 to put right." in shown
        assert shown.index("Phone is missing Stops every update") < shown.index("ZIP code is no ZIP code")
        assert "Refused once it is sent" in shown

    def test_it_is_narrowed_by_connection_and_kind(self, client: Client, ed: User, sqril: Connection) -> None:
        finosu = connect("finosu")
        sample(finosu, zipCode="9410")
        lacking(sqril, 1)
        for asked, stands, lacks in (
            ({"at": str(sqril.pk)}, "Phone is missing", "ZIP code"),
            ({"kind": "wrong"}, "ZIP code", "Phone is missing"),
            ({"kind": "missing", "at": str(finosu.pk)}, "Nothing of that kind", "ZIP code is"),
            ({"kind": "mine"}, "Nothing of that kind", "Phone is missing"),
        ):
            shown = text_of(client.get(reverse("quality"), asked))
            assert (asked, stands in shown, lacks in shown) == (asked, True, False)

    def test_another_teams_records_are_not_counted(self, client: Client, sqril: Connection) -> None:
        lacking(sqril, 1)
        client.force_login(person("ed", connect("caibo")))
        assert "Nothing is wrong" in text_of(client.get(reverse("quality")))
        assert client.get(page("quality_rule", sqril)).status_code == 404
        assert client.get(page("quality_next", sqril)).status_code == 404

    def test_who_may_not_edit_reads_it_and_is_told_why(self, client: Client, sqril: Connection) -> None:
        lacking(sqril, 1)
        client.force_login(person("rae"))
        answer = client.get(reverse("quality"))
        assert "You may not put any right: that takes the role Editor" in text_of(answer)
        assert page("quality_next", sqril) not in answer.text

    def test_who_has_no_role_is_told_whom_to_ask(self, client: Client, sqril: Connection) -> None:
        lacking(sqril, 1)
        client.force_login(person("vic"))
        assert "You see no customers yet" in text_of(client.get(reverse("quality")))

    def test_it_asks_the_database_as_often_for_many_rules_as_for_one(
        self, client: Client, ed: User, sqril: Connection
    ) -> None:
        lacking(sqril, 1)
        few = queries(client, reverse("quality"))
        wrong: dict[str, Any] = {"email": "adi@", "phone": "call me", "address": None, "occupation": None}
        sample(sqril, customer_id="cus_all", **wrong)
        sample(sqril, customer_id="cus_more", email=None, phone="0")
        assert queries(client, reverse("quality")) == few


class TestARule:
    def test_it_lists_the_records_and_what_they_hold(self, client: Client, ed: User, sqril: Connection) -> None:
        customer = sample(sqril, phone="call her son")
        shown = text_of(client.get(page("quality_rule", sqril, code="invalid_phone")))
        assert "Phone is no phone number" in shown
        assert "Every update carries it, so SQRIL would most likely refuse any of them." in shown
        assert f"{customer} {customer.external_id} call her son" in shown

    def test_what_is_hidden_stays_hidden(self, client: Client, ed: User) -> None:
        finosu = connect("finosu")
        sample(finosu, ssnLastFour="12a4")
        answer = client.get(page("quality_rule", finosu, "ssnLastFour", "invalid_digits"))
        assert "12a4" not in answer.text
        assert "••••" in answer.text

    def test_a_record_for_which_a_change_waits_leads_to_that(self, client: Client, ed: User, sqril: Connection) -> None:
        [customer] = lacking(sqril, 1)
        change = wish(customer, ed, {"phone": "+62812345679"})
        answer = client.get(page("quality_rule", sqril))
        assert "A change waits" in text_of(answer)
        assert reverse("change", args=[change.pk]) in answer.text

    def test_one_turns_pages_both_ways(self, client: Client, ed: User, sqril: Connection) -> None:
        customers = lacking(sqril, 61)
        first = client.get(page("quality_rule", sqril))
        assert str(customers[49]) in first.text
        assert str(customers[50]) not in first.text
        later = client.get(page("quality_rule", sqril), {"after": flaw_of(customers[49]).pk})
        assert str(customers[50]) in later.text
        assert ('rel="prev"' in later.text, 'rel="next"' in later.text) == (True, False)
        back = client.get(page("quality_rule", sqril), {"before": flaw_of(customers[50]).pk})
        assert [str(customer) in back.text for customer in (customers[0], customers[49], customers[50])] == [
            True,
            True,
            False,
        ]

    def test_once_nothing_is_left_it_says_so(self, client: Client, ed: User, sqril: Connection) -> None:
        assert "Nothing of it is left" in text_of(client.get(page("quality_rule", sqril)))

    def test_a_rule_that_there_cannot_be_is_not_here(self, client: Client, ed: User, sqril: Connection) -> None:
        assert client.get(page("quality_rule", sqril, "shoe_size", "required")).status_code == 404
        assert client.get(page("quality_rule", sqril, "phone", "made_up")).status_code == 404

    def test_it_asks_the_database_as_often_for_many_records_as_for_one(
        self, client: Client, ed: User, sqril: Connection
    ) -> None:
        lacking(sqril, 1)
        few = queries(client, page("quality_rule", sqril))
        lacking(sqril, 20, first=1)
        assert queries(client, page("quality_rule", sqril)) == few


class TestAssigning:
    def test_chosen_ones_are_given_to_somebody(self, client: Client, ed: User, sqril: Connection) -> None:
        first, second = lacking(sqril, 2)
        jo = person("jo")
        given = {"who": jo.pk, "do": "chosen", "flaw": [flaw_of(second).pk]}
        assert client.post(page("quality_give", sqril), given).headers["Location"] == page("quality_rule", sqril)
        assert (flaw_of(first).assigned_to, flaw_of(second).assigned_to) == (None, jo)
        shown = text_of(client.get(page("quality_rule", sqril)))
        assert "Jo Lindqvist sees to 1 record now." in shown
        mine = text_of(client.get(page("quality_rule", sqril), {"whose": "free"}))
        assert (str(first) in mine, str(second) in mine) == (True, False)

    def test_the_next_ones_are_taken(self, client: Client, ed: User, sqril: Connection) -> None:
        lacking(sqril, 3)
        client.post(page("quality_give", sqril), {"who": ed.pk, "do": "next", "count": "2"})
        assert Flaw.objects.filter(assigned_to=ed).count() == 2
        assert "2 yours" in text_of(client.get(reverse("quality"), {"kind": "mine"}))

    def test_what_is_with_somebody_who_may_no_longer_is_shown_as_free(
        self, client: Client, ed: User, sqril: Connection
    ) -> None:
        [customer] = lacking(sqril, 1)
        jo = person("jo")
        client.post(page("quality_give", sqril), {"who": jo.pk, "do": "next", "count": "1"})
        assert str(customer) not in text_of(client.get(page("quality_rule", sqril), {"whose": "free"}))
        assert "may no longer" not in text_of(client.get(page("quality_rule", sqril)))
        jo.grants.all().delete()
        shown = text_of(client.get(page("quality_rule", sqril), {"whose": "free"}))
        assert str(customer) in shown
        assert "Jo Lindqvist may no longer" in shown

    def test_of_many_that_somebody_sees_to_it_says_that_there_are_more(
        self, client: Client, ed: User, sqril: Connection, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(models, "MOST_COUNTED", 2)
        lacking(sqril, 4)
        for count, words in (("2", "2 yours"), ("1", "2+ yours"), ("1", "2+ yours")):
            client.post(page("quality_give", sqril), {"who": ed.pk, "do": "next", "count": count})
            assert f" {words} " in text_of(client.get(reverse("quality")))

    @pytest.mark.parametrize(
        ("given", "problem"),
        [
            ({"who": "", "do": "next", "count": "2"}, "Choose who is to see to them"),
            ({"who": "ann", "do": "next", "count": "2"}, "Choose who is to see to them"),
            ({"who": "ed", "do": "next", "count": "0"}, "Assign from 1 to 1000 at once."),
            ({"who": "ed", "do": "next", "count": "99999"}, "Assign from 1 to 1000 at once."),
            ({"who": "ed", "do": "chosen"}, "Choose some of them first."),
        ],
    )
    def test_what_makes_no_sense_is_refused(
        self, client: Client, ed: User, sqril: Connection, given: dict[str, str], problem: str
    ) -> None:
        lacking(sqril, 1)
        who = str(person(given["who"]).pk) if given["who"] else ""
        answer = client.post(page("quality_give", sqril), {**given, "who": who})
        assert answer.status_code == 422
        assert problem in text_of(answer)
        assert not Flaw.objects.exclude(assigned_to=None).exists()


class TestPuttingRight:
    def test_the_next_one_opens_its_form_at_the_field(self, client: Client, ed: User, sqril: Connection) -> None:
        [customer] = lacking(sqril, 1)
        answer = client.get(page("quality_next", sqril))
        assert (answer.status_code, answer.headers["Location"]) == (303, form_of(customer, flaw_of(customer)))
        form = client.get(answer.headers["Location"])
        assert "once this one is saved, the next one comes." in text_of(form)
        assert f'name="fixing" value="phone:required:{flaw_of(customer).pk}"' in form.text

    def test_a_save_leads_to_the_next_one_until_none_is_left(self, client: Client, ed: User, sqril: Connection) -> None:
        first, second = lacking(sqril, 2)
        typed = {"v-phone": "+62812345679", "key": "one", "fixing": f"phone:required:{flaw_of(first).pk}"}
        saved = client.post(reverse("customer_edit", args=[first.pk]), typed)
        assert saved.status_code == 303
        assert Line.objects.get().customer == first
        onwards = client.get(saved.headers["Location"])
        assert onwards.headers["Location"] == form_of(second, flaw_of(second))
        typed |= {"key": "two", "fixing": f"phone:required:{flaw_of(second).pk}"}
        saved = client.post(reverse("customer_edit", args=[second.pk]), typed)
        done = client.get(saved.headers["Location"])
        assert done.headers["Location"] == f"{page('quality_rule', sqril)}?done=1"
        assert "No other one is left for you." in text_of(client.get(done.headers["Location"]))

    def test_a_save_by_itself_leads_to_its_change(self, client: Client, ed: User, sqril: Connection) -> None:
        [customer] = lacking(sqril, 1)
        typed = {"v-phone": "+62812345679", "key": "one", "fixing": "made up"}
        saved = client.post(reverse("customer_edit", args=[customer.pk]), typed)
        assert saved.headers["Location"] == reverse("change", args=[Change.objects.get().pk])

    def test_a_save_that_is_refused_stays_on_the_way(self, client: Client, ed: User, sqril: Connection) -> None:
        [customer] = lacking(sqril, 1)
        typed = {"v-phone": "call me", "key": "one", "fixing": f"phone:required:{flaw_of(customer).pk}"}
        refused = client.post(reverse("customer_edit", args=[customer.pk]), typed)
        assert refused.status_code == 422
        assert f'name="fixing" value="phone:required:{flaw_of(customer).pk}"' in refused.text

    def test_one_is_skipped(self, client: Client, ed: User, sqril: Connection) -> None:
        first, second = lacking(sqril, 2)
        form = client.get(form_of(first, flaw_of(first)))
        skip = f"{page('quality_next', sqril)}?after={flaw_of(first).pk}"
        assert skip in form.text
        assert client.get(skip).headers["Location"] == form_of(second, flaw_of(second))

    def test_where_none_of_a_rule_is_left_for_somebody_another_rule_comes(
        self, client: Client, ed: User, sqril: Connection
    ) -> None:
        stuck = lacking(sqril, 2)
        for customer in stuck:
            wish(customer, ed, {"phone": "+62812345679"})
        Flaw.objects.filter(customer=stuck[0]).update(assigned_to=ed, assigned_by=ed, assigned_at=database_now())
        other = sample(sqril, customer_id="cus_other", email="adi@")
        onwards = f'href="{page("quality_next", sqril, "email", "invalid_email")}" data-key="n"'
        assert onwards in client.get(reverse("quality")).text
        led = client.get(page("quality_next", sqril, "email", "invalid_email")).headers["Location"]
        assert led == form_of(other, flaw_of(other))
        done = client.get(page("quality_next", sqril)).headers["Location"]
        assert onwards in client.get(done).text

    def test_where_none_of_any_rule_is_left_nothing_leads_on(self, client: Client, ed: User, sqril: Connection) -> None:
        [customer] = lacking(sqril, 1)
        wish(customer, ed, {"phone": "+62812345679"})
        assert 'data-key="n"' not in client.get(reverse("quality")).text

    def test_what_only_the_provider_can_mend_opens_no_form(self, client: Client, ed: User) -> None:
        flowwise = connect("flowwise")
        customer = sample(flowwise, scope="a\u200bb")
        flaw = flaw_of(customer)
        there = page("quality_rule", flowwise, flaw.field, flaw.code)
        assert "It can't be put right here" in text_of(client.get(there))
        assert (
            client.get(page("quality_next", flowwise, flaw.field, flaw.code)).headers["Location"] == f"{there}?done=1"
        )


class TestTheRecord:
    def test_its_page_says_what_would_be_refused_and_leads_there(
        self, client: Client, ed: User, sqril: Connection
    ) -> None:
        customer = sample(sqril, phone=None, email="adi@")
        answer = client.get(reverse("customer", args=[customer.pk]))
        assert "Sqril would refuse any update: E-mail is no e-mail address , Phone is missing ." in text_of(answer)
        assert f"{reverse('customer_edit', args=[customer.pk])}?field=phone" in answer.text
        client.force_login(person("rae"))
        assert "?field=phone" not in client.get(reverse("customer", args=[customer.pk])).text

    def test_of_a_sound_one_nothing_is_said(self, client: Client, ed: User, sqril: Connection) -> None:
        customer = sample(sqril)
        assert "would refuse" not in text_of(client.get(reverse("customer", args=[customer.pk])))

    def test_one_that_was_never_read_says_only_that(self, client: Client, ed: User) -> None:
        customer = adopt(connect("caibo"), {"id": "77"}, {}, how=Known.READ, by=ed, origin=Origin.PAGE)
        shown = text_of(client.get(reverse("customer", args=[customer.pk])))
        assert ("Never read." in shown, "would refuse any update" in shown) == (True, False)


class TestTrends:
    def test_it_says_what_came_of_a_week(self, sqril: Connection) -> None:
        lacking(sqril, 3)
        rule, today = Rule(sqril.pk, "phone", "required"), database_now().date()
        assert trends({rule: 3})[rule].words == "counted since today"
        for back, count in ((9, 20), (7, 8), (1, 4)):
            FlawDay.objects.create(
                connection=sqril, field="phone", code="required", count=count, day=today - timedelta(days=back)
            )
        quality.count()
        trend = trends({rule: 3})[rule]
        assert trend.words == "5 fewer in 7 days"
        assert trend.sentence == "3 today, 5 fewer in 7 days; in 30 days between 3 and 20."
        assert [count for _, count in trend.table] == [3, 4, 8, 20]
        assert trend.path.count("M") == 3

    @pytest.mark.parametrize(
        ("count", "is_exact", "words"),
        [(0, True, "0"), (999, True, "999"), (1001, False, "about 1,000"), (12_439, False, "about 12,400")],
    )
    def test_a_count_says_no_more_than_is_known(self, count: int, is_exact: bool, words: str) -> None:
        assert said(count, is_exact=is_exact) == words


def test_a_group_of_which_one_is_needed_is_named_whole() -> None:
    assert Wrong(connect("timepay").provider, "loan_id", "one_of").words == "Loan ID or Lead ID is missing"
