"""What the wishes of a form need, said in words: at the fields, in the bar, at the reason."""

from __future__ import annotations

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from console.forms.asked import Earlier
from console.forms.edit import EditForm
from console.forms.needs import Needs, needs_of
from console.models import Customer, User
from console.models.changes import Second
from tests.cast import connect, person, sample
from tests.deciding import no_policies, policy
from tests.views.standing import asked

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer() -> Customer:
    return sample(connect("sqril"))


@pytest.fixture
def ed() -> User:
    return person("ed")


def needed(customer: Customer, by: User, *fields: str) -> Needs:
    wishes = {"phone": "+6281299887766", "occupation": "OCC10", "address": "Jl. Thamrin 88", "email": "a@example.com"}
    return needs_of(customer, {name: wishes[name] for name in fields}, by=by)


class TestAtTheField:
    def test_the_policy_is_named_because_of_which_an_approval_is_needed(self, customer: Customer, ed: User) -> None:
        policy("KYC fields", "occupation")
        found = needed(customer, ed, "occupation", "phone").sentences
        assert found == {"occupation": "needs one approval (policy “KYC fields”)"}

    def test_of_several_policies_those_are_named_that_ask_for_the_most(self, customer: Customer, ed: User) -> None:
        policy("KYC fields", "occupation")
        policy("At the bank", "occupation", approvals=2)
        policy("By law", "occupation", approvals=2)
        found = needed(customer, ed, "occupation").sentences
        assert found == {"occupation": "needs two approvals (policies “At the bank” and “By law”)"}

    def test_that_no_policy_names_it_has_words_of_its_own(self, customer: Customer, ed: User) -> None:
        no_policies()
        found = needed(customer, ed, "occupation").sentences
        assert found == {"occupation": "needs one approval: no policy says that none is needed"}

    def test_nothing_is_said_where_a_policy_says_that_none_is_needed(self, customer: Customer, ed: User) -> None:
        assert needed(customer, ed, "occupation").sentences == {}


class TestWhoCouldGiveIt:
    @pytest.fixture(autouse=True)
    def asking(self) -> None:
        policy("KYC fields", "occupation")
        policy("Addresses", "address", approvals=2)

    def test_everybody_who_may_decide_but_the_author(self, customer: Customer, ed: User) -> None:
        ann, _ = person("ann"), person("sam")
        assert needed(customer, ed, "occupation").who == "Ann Mwangi or Sam Tanaka"
        assert needed(customer, ann, "occupation").who == "Sam Tanaka"

    def test_all_of_them_where_as_many_are_needed(self, customer: Customer, ed: User) -> None:
        person("ann"), person("sam")
        assert needed(customer, ed, "address").who == "Ann Mwangi and Sam Tanaka"

    def test_where_nobody_can_it_says_who_can_appoint_somebody(self, customer: Customer, ed: User) -> None:
        person("max")
        lack = needed(customer, ed, "occupation").lack
        assert lack == "nobody else may give it here: Max Brandt can appoint an approver"

    def test_where_too_few_can_it_says_so(self, customer: Customer, ed: User) -> None:
        person("ann")
        lack = needed(customer, ed, "address").lack
        assert lack == "only Ann Mwangi can give one: whoever runs this console can appoint another approver"

    def test_many_are_shortened(self, customer: Customer, ed: User) -> None:
        for number in range(9):
            approver = person("ann").grants.get()
            user = User.objects.create_user(f"z{number}", first_name=f"Zoe {number}")
            approver.pk, approver.user, approver._state.adding = None, user, True
            approver.save()
        assert needed(customer, ed, "occupation").who == "Ann Mwangi, Zoe 0, Zoe 1 or 7 others"


class TestTheReason:
    def test_it_is_wanted_as_soon_as_a_wish_makes_it_so(self, customer: Customer, ed: User) -> None:
        policy("KYC fields", "occupation", asks_reason=True)
        policy("Addresses", "address", "occupation", asks_reason=True, asks_ticket=True)
        assert needed(customer, ed, "phone").wanted == {}
        assert needed(customer, ed, "occupation").wanted == {
            "why": "The policies “Addresses” and “KYC fields” want a reason.",
            "reference": "The policy “Addresses” wants a ticket.",
        }


class TestApart:
    def form(self, customer: Customer, by: User, **wishes: str) -> EditForm:
        form = EditForm(customer, {f"v-{name}": value for name, value in wishes.items()})
        form.say_needs(needs_of(customer, form.wishes, by=by))
        return form

    def test_what_needs_no_approval_is_told_from_what_waits(self, customer: Customer, ed: User) -> None:
        policy("KYC fields", "occupation", "address")
        apart = self.form(customer, ed, phone="+6281299887766", occupation="OCC10", address="Jl. Thamrin 88").apart
        assert apart
        assert (apart.free, apart.waiting) == ("Phone", "Occupation and Address")

    def test_nothing_is_offered_where_all_of_it_waits_or_none(self, customer: Customer, ed: User) -> None:
        assert self.form(customer, ed, phone="+6281299887766", occupation="OCC10").apart is None
        policy("KYC fields", "occupation")
        assert self.form(customer, ed, occupation="OCC10").apart is None

    def test_nothing_is_offered_where_a_change_waits_for_one_of_the_fields(self, customer: Customer, ed: User) -> None:
        policy("KYC fields", "occupation")
        form = self.form(customer, ed, phone="+6281299887766", occupation="OCC10")
        waiting = asked(customer, ed, occupation="OCC7")
        form.meet({"occupation": Earlier(waiting, Second.AMEND, is_own=True)})
        assert form.apart is None

    def test_nothing_is_offered_that_could_not_be_sent(self, customer: Customer, ed: User) -> None:
        policy("KYC fields", "occupation")
        assert self.form(customer, ed, phone="1", occupation="OCC10").apart is None


def test_it_asks_the_database_once_for_the_policies_and_once_for_the_people(customer: Customer, ed: User) -> None:
    person("ann")
    policy("KYC fields", "occupation")
    counts = []
    for fields in ((), ("phone",), ("occupation", "phone")):
        with CaptureQueriesContext(database) as captured:
            needed(customer, ed, *fields)
        counts.append(len(captured))
    assert counts == [0, 1, 2]
