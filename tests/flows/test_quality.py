"""Records are judged anew once their rules are others, what is wrong is counted each day, and somebody sees to it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from console.errors import NotFit, NotPermitted
from console.flows import quality
from console.flows.assign import assign, assign_next, next_one
from console.flows.record import database_now
from console.models import Connection, Customer, Flaw, FlawDay, LookThrough, User
from console.models.quality import MOST_COUNTED, Rule, Tally
from tests.cast import connect, person, sample
from tests.flows.helpers import fresh as anew
from tests.flows.helpers import push, wish


def lacking(connection: Connection, count: int, **values: Any) -> list[Customer]:
    """Customers of SQRIL without a phone."""
    wrong = values or {"phone": None}
    return [sample(connection, customer_id=f"cus_{number}", **wrong) for number in range(count)]


def rule_of(connection: Connection, field: str = "phone", code: str = "required") -> Rule:
    return Rule(connection.pk, field, code)


def tallied(connection: Connection, reader: User) -> Tally:
    [tally] = Flaw.objects.tallies([connection.pk], reader)
    return tally


def day_by_day(rule: Rule) -> dict[date, int]:
    of_it = FlawDay.objects.filter(connection=rule.connection, field=rule.field, code=rule.code)
    return dict(of_it.values_list("day", "count"))


@pytest.mark.django_db
class TestJudgingAnew:
    def test_records_that_were_never_judged_are(self) -> None:
        customer = sample(connect("sqril"), phone=None)
        Customer.objects.update(flaws={})
        assert not Flaw.objects.exists()
        assert quality.look_through() == 1
        assert Flaw.objects.get().customer == customer

    def test_other_options_judge_all_records_anew(self) -> None:
        connection = connect("sqril")
        customer = sample(connection, dob="yesterday")
        quality.look_through()
        assert not Flaw.objects.exists()
        connection.options = {"editable": "dob"}
        connection.save()
        assert quality.look_through() == 1
        assert anew(customer).flaws == {"dob": "invalid_date"}
        connection.options = {}
        connection.save()
        assert quality.look_through() == 1
        assert not Flaw.objects.exists()

    def test_what_was_looked_through_by_the_same_rules_is_not_looked_at_again(self) -> None:
        sample(connect("sqril"))
        quality.look_through()
        with CaptureQueriesContext(database) as queries:
            assert quality.look_through() == 0
        assert not [query for query in queries if "console_customer" in query["sql"]]

    def test_it_goes_on_where_it_was(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(quality, "AT_ONCE", 2)
        connection = connect("sqril")
        customers = lacking(connection, 5)
        Customer.objects.update(flaws={})
        quality.look_through(seconds=0)
        assert LookThrough.objects.get().reached == 0
        quality._judge(quality._after(0, connection))
        LookThrough.objects.update(reached=customers[1].pk)
        assert quality.look_through() == 3
        walk = LookThrough.objects.get()
        assert (walk.reached, walk.ended_at is None) == (customers[-1].pk, False)

    def test_a_record_that_moved_meanwhile_is_judged_as_it_is_by_then(self) -> None:
        connection = connect("sqril")
        customer = sample(connection, phone=None)
        Customer.objects.update(flaws={})
        [read_before] = quality._after(0, connection)
        Customer.objects.filter(pk=customer.pk).update(values={**customer.values, "phone": "+62812345679"})
        quality._judge([read_before])
        assert anew(customer).flaws == {}

    def test_one_whose_key_is_not_there_stays_as_they_were(self) -> None:
        customer = sample(connect("sqril"), phone=None)
        Customer.objects.filter(pk=customer.pk).update(flaws={}, wrapped_key=None)
        assert quality.look_through() == 0
        assert anew(customer).flaws == {}


@pytest.mark.django_db
class TestCounting:
    def test_a_day_says_how_many_there_are(self) -> None:
        connection = connect("sqril")
        lacking(connection, 3)
        assert quality.count() == 1
        assert quality.count() == 0
        assert list(day_by_day(rule_of(connection)).values()) == [3]

    def test_the_day_goes_along_and_comes_down_to_none(self) -> None:
        connection = connect("sqril")
        [customer] = lacking(connection, 1)
        quality.count()
        today = database_now().astimezone(UTC).date()
        FlawDay.objects.update(day=today - timedelta(days=1))
        learnt = Customer.objects.get(pk=customer.pk)
        learnt.learn({"phone": "+62812345679"}, how="read", at=datetime.now(UTC))  # type: ignore[arg-type]  # as text
        learnt.save_learnt()
        quality.count()
        assert day_by_day(rule_of(connection)) == {today - timedelta(days=1): 1, today: 0}
        FlawDay.objects.filter(day=today).update(day=today - timedelta(days=2))
        FlawDay.objects.filter(count=1).delete()
        assert quality.count() == 0

    def test_what_is_too_old_goes(self) -> None:
        connection = connect("sqril")
        long_ago = database_now().date() - timedelta(days=quality.KEPT_DAYS + 2)
        FlawDay.objects.create(connection=connection, field="phone", code="required", day=long_ago, count=0)
        quality.count()
        assert not FlawDay.objects.exists()


@pytest.mark.django_db
class TestTallies:
    def test_each_rule_of_each_connection_is_counted(self) -> None:
        sqril, caibo, elsewhere = connect("sqril"), connect("caibo"), connect("flowwise")
        lacking(sqril, 2, phone=None, email="adi@")
        sample(caibo, name=None)
        sample(elsewhere, scope=None)
        ed = person("ed")
        tallies = Flaw.objects.tallies([sqril.pk, caibo.pk], ed)
        assert {tally.rule: tally.count for tally in tallies} == {
            Rule(sqril.pk, "phone", "required"): 2,
            Rule(sqril.pk, "email", "invalid_email"): 2,
            Rule(caibo.pk, "name", "required"): 1,
        }

    def test_many_are_counted_as_of_late(self) -> None:
        connection, ed = connect("sqril"), person("ed")
        many(connection, MOST_COUNTED + 500)
        assert not tallied(connection, ed).is_exact
        assert tallied(connection, ed).count == MOST_COUNTED + 1
        quality.count()
        assert tallied(connection, ed).count == MOST_COUNTED + 500

    def test_what_somebody_sees_to_is_told(self) -> None:
        connection, ed = connect("sqril"), person("ed")
        lacking(connection, 3)
        assign_next(2, rule_of(connection), ed, by=ed)
        assert (tallied(connection, ed).mine, tallied(connection, person("jo")).mine) == (2, 0)


def many(connection: Connection, count: int) -> None:
    """Customers without a phone, made by SQL."""
    lacking(connection, 1)
    with database.cursor() as cursor:
        cursor.execute(
            """INSERT INTO console_customer (connection_id, identity, external_id, values, sealed, known, version,
                    key_id, wrapped_key, name, sort_name, email, phone, places, chain_length, chain_head, drift, flaws)
                SELECT connection_id, identity, 'made-' || number, values, sealed, known, version, key_id, wrapped_key,
                    name, sort_name, email, phone, places, 0, chain_head, drift, flaws
                FROM console_customer, generate_series(1, %s) AS number WHERE connection_id = %s""",
            [count - 1, connection.pk],
        )


def following(rule: Rule, by: User, behind: Customer | None = None) -> Customer | None:
    """Whom the next one is about."""
    after = Flaw.objects.get(customer=behind).pk if behind else 0
    found = next_one(rule, by=by, after=after)
    return found.customer if found else None


@pytest.mark.django_db
class TestSeeingToThem:
    def test_somebody_takes_the_next_ones_that_nobody_sees_to(self) -> None:
        connection, ed, jo = connect("sqril"), person("ed"), person("jo")
        first, second, third = lacking(connection, 3)
        assert assign_next(1, rule_of(connection), jo, by=ed) == 1
        assert assign_next(5, rule_of(connection), ed, by=ed) == 2
        seen_to = dict(Flaw.objects.values_list("customer", "assigned_to"))
        assert seen_to == {first.pk: jo.pk, second.pk: ed.pk, third.pk: ed.pk}
        assert set(Flaw.objects.values_list("assigned_by", flat=True)) == {ed.pk}

    def test_they_are_let_go_again(self) -> None:
        connection, ed = connect("sqril"), person("ed")
        lacking(connection, 2)
        assign_next(2, rule_of(connection), ed, by=ed)
        assert assign([flaw.pk for flaw in Flaw.objects.all()], rule_of(connection), None, by=ed) == 2
        assert Flaw.objects.filter(assigned_to=None, assigned_by=None, assigned_at=None).count() == 2

    def test_what_is_of_another_rule_is_not_touched(self) -> None:
        connection, ed = connect("sqril"), person("ed")
        lacking(connection, 1, email="adi@")
        assert assign([flaw.pk for flaw in Flaw.objects.all()], rule_of(connection), ed, by=ed) == 0

    def test_it_takes_the_right_to_propose_to_give_and_to_get_them(self) -> None:
        connection, ed, ann = connect("sqril"), person("ed"), person("ann")
        lacking(connection, 1)
        with pytest.raises(NotPermitted, match="You may not propose changes at Sqril"):
            assign_next(1, rule_of(connection), ed, by=ann)
        with pytest.raises(NotPermitted, match="Ann Mwangi may not propose changes at Sqril"):
            assign_next(1, rule_of(connection), ann, by=ed)
        with pytest.raises(NotFit):
            assign_next(0, rule_of(connection), ed, by=ed)
        assert not Flaw.objects.exclude(assigned_to=None).exists()

    def test_the_next_one_is_none_that_somebody_else_sees_to(self) -> None:
        connection, ed, jo = connect("sqril"), person("ed"), person("jo")
        first, second, third = lacking(connection, 3)
        rule = rule_of(connection)
        assign_next(1, rule, jo, by=jo)
        assert following(rule, ed) == second
        assert following(rule, ed, behind=second) == third
        assert following(rule, ed, behind=third) == second
        assert following(rule, jo) == first

    @pytest.mark.parametrize("how", ["role", "account"])
    def test_what_was_given_to_somebody_who_may_no_longer_is_free(self, how: str) -> None:
        connection, ed, jo = connect("sqril"), person("ed"), person("jo")
        first, second = lacking(connection, 2)
        rule = rule_of(connection)
        assign_next(2, rule, jo, by=jo)
        assert following(rule, ed) is None
        if how == "role":
            jo.grants.all().delete()
        else:
            User.objects.filter(pk=jo.pk).update(is_active=False)
        assert following(rule, ed) == first
        assert following(rule, ed, behind=first) == second
        assert assign_next(1, rule, ed, by=ed) == 1
        assert dict(Flaw.objects.values_list("customer", "assigned_to")) == {first.pk: ed.pk, second.pk: jo.pk}

    def test_one_for_which_a_change_waits_is_nobodys_next(self) -> None:
        connection, ed = connect("sqril"), person("ed")
        first, second = lacking(connection, 2)
        wish(first, ed, {"phone": "+62812345679"})
        assert following(rule_of(connection), ed) == second
        wish(second, ed, {"phone": "+62812345679"})
        assert following(rule_of(connection), ed) is None
        assert Flaw.objects.count() == 2


def test_a_flaw_is_over_once_the_change_that_puts_it_right_has_arrived(live_db: object, sandbox: Any) -> None:
    customer = sample(connect("sqril", sandbox), sandbox, phone=None)
    assert Flaw.objects.filter(customer=customer).exists()
    wish(customer, person("ed"), {"phone": "+62812345679"})
    push(customer)
    assert not Flaw.objects.exists()
