"""A dry run counts what would become of each field, says why rows are refused, and holds no more for more rows."""

import json
import random
import tracemalloc
from collections.abc import Mapping

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from console.dry_run import DryRun, Oddity, Summary, Turn, general
from providers import registry
from providers.fields import Value, Violation

SQRIL = registry.get("sqril").configured({})
HELD: Mapping[str, Value] = {
    "customer_id": "cus_1",
    "customer_type": "INDIVIDUAL",
    "first_name": "Adi",
    "last_name": "Wijaya",
    "email": "adi@example.com",
    "phone": "+628123456789",
    "address": "Jl. Merdeka 1, Jakarta",
    "occupation": "OCC4",
    "nic": "3174012345",
    "nic_type": "KTP",
}


def test_it_counts_what_becomes_of_each_field() -> None:
    run = DryRun(SQRIL)
    run.look(1, HELD, {"email": "new@example.com", "occupation": "OCC4"})
    run.look(2, {**HELD, "email": None}, {"email": "new@example.com"})
    run.look(3, HELD, {"email": "no address"})
    email, occupation = run.summary().fields
    assert email.sentence == "1 change, 1 filled in, 1 refused"
    assert occupation.sentence == "1 stay as they are"
    assert (email.label, email.wanted) == ("E-mail", 2)


def test_a_row_with_a_refused_field_is_refused_whole_and_says_which_field_it_was() -> None:
    run = DryRun(SQRIL)
    looked = run.look(1, HELD, {"email": "no address", "address": "Jl. Thamrin 88, Jakarta"})
    summary = run.summary()
    assert looked.is_refused
    assert (summary.rows, summary.wanted, summary.refused) == (1, 0, 1)
    assert {field.name: dict(field.turns) for field in summary.fields} == {
        "email": {Turn.REFUSED: 1},
        "address": {Turn.HELD: 1},
    }
    assert [(one.label, one.code, one.count) for one in summary.reasons] == [("E-mail", "invalid_email", 1)]


def test_what_is_wrong_with_the_record_itself_refuses_the_row() -> None:
    run = DryRun(SQRIL)
    run.look(1, {name: value for name, value in HELD.items() if name != "phone"}, {"email": "new@example.com"})
    summary = run.summary()
    assert summary.refused == 1
    assert dict(summary.fields[0].turns) == {Turn.HELD: 1}
    assert [(one.field, one.code) for one in summary.reasons] == [("phone", "required")]


def test_a_row_that_wishes_for_what_is_held_stays_as_it_is() -> None:
    run = DryRun(SQRIL)
    looked = run.look(1, HELD, {"phone": "+62 812 3456 789"})
    assert not looked.is_wanted
    assert not looked.is_refused
    assert run.summary().stays == 1


def test_clearing_is_counted_apart_from_changing() -> None:
    provider = registry.get("timepay").configured({"clear_as": "empty"})
    run = DryRun(provider)
    held: Mapping[str, Value] = {"campaignId": "c", "loan_id": "L1", "language": "hindi"}
    run.look(1, held, {"language": None})
    assert run.summary().fields[0].sentence == "1 cleared"


def test_what_else_is_in_the_way_counts_as_a_refusal() -> None:
    run = DryRun(SQRIL)
    waits = Violation("email", "already_waiting", "Another change asks for this field already.")
    run.look(1, HELD, {"email": "new@example.com"}, besides=[waits])
    assert [(one.field, one.sentence, one.count) for one in run.summary().reasons] == [
        ("email", "Another change asks for this field already.", 1)
    ]


def test_what_is_in_the_way_of_a_field_that_stays_is_in_nobodys_way() -> None:
    run = DryRun(SQRIL)
    besides = [Violation("email", "already_waiting", "…"), Violation(None, "gone", "…")]
    assert not run.look(1, HELD, {"email": "adi@example.com"}, besides=besides).is_refused
    assert run.look(2, HELD, {"email": "new@example.com"}, besides=besides[1:]).is_refused


def test_what_refuses_a_row_counts_whether_anything_differs_or_not() -> None:
    run = DryRun(SQRIL)
    unread = Violation("occupation", "unclear", "This can't be read.")
    assert run.look(1, HELD, {"email": "adi@example.com"}, refused=[unread]).is_refused
    assert run.look(2, HELD, {"email": "new@example.com"}, refused=[unread]).is_refused
    summary = run.summary()
    assert (summary.refused, summary.stays, summary.wanted, summary.sample) == (2, 0, 0, ())
    assert {one.name: one.sentence for one in summary.fields} == {
        "email": "1 stay as they are, 1 held back by another field",
        "occupation": "2 refused",
    }
    assert [(one.field, one.code, one.count) for one in summary.reasons] == [("occupation", "unclear", 2)]


def test_what_was_judged_already_is_not_judged_again() -> None:
    run = DryRun(SQRIL)
    assert run.look(1, {"email": "adi@example.com"}, {"email": "new@example.com"}, judged=()).is_wanted


def test_a_row_that_cannot_be_looked_at_is_refused_with_its_reason() -> None:
    run = DryRun(SQRIL)
    run.refuse(7, [Violation(None, "unknown_customer", "There is no such customer.")])
    assert [(one.label, one.sentence) for one in run.summary().reasons] == [
        ("The record", "There is no such customer.")
    ]


def test_new_customers_are_counted_among_what_is_wanted() -> None:
    run = DryRun(SQRIL)
    run.look(1, {}, {"email": "new@example.com"}, judged=(), is_new=True)
    assert (run.summary().wanted, run.summary().new) == (1, 1)


def test_of_a_hidden_field_no_value_is_kept_and_none_compared() -> None:
    provider = registry.get("sqril").configured({"sensitive": "email"})
    run = DryRun(provider)
    run.look(1, HELD, {"email": "adi@example.com"})
    run.look(2, HELD, {"email": "secret@example.com"})
    kept = json.dumps([run.kept(), run.summary().counted(), run.summary().examples()])
    assert run.summary().fields[0].sentence == "2 change"  # the first one, too: whoever guessed right is not told
    assert "example.com" not in kept


def test_what_is_counted_holds_no_value() -> None:
    run = DryRun(SQRIL)
    run.look(1, HELD, {"address": "x" * 5000}, who="Adi Wijaya")
    run.look(2, HELD, {"email": "very.private@example.com"}, who="Adi Wijaya")
    run.look(3, HELD, {"very private": "field"}, who="Adi Wijaya")
    counted = json.dumps(run.summary().counted())
    assert "private@" not in counted
    assert "Wijaya" not in counted
    assert "5000" not in counted


def test_a_sentence_that_quotes_its_row_is_told_in_general() -> None:
    assert general(Violation("x", "too_long", "Shorten this to 5; it has 17.")) == (
        "The value is longer than the field allows."
    )
    assert general(Violation("x", "invalid_email", "Enter an e-mail address.")) == "Enter an e-mail address."


def test_the_two_parts_of_a_summary_give_it_back() -> None:
    run = filled(300)
    summary = run.summary()
    counted, examples = json.loads(json.dumps([summary.counted(), summary.examples()]))
    assert Summary.of(counted, examples, SQRIL) == summary


def test_without_anything_kept_there_is_an_empty_summary() -> None:
    assert Summary.of({}, {}, SQRIL) == Summary()


def test_a_field_that_became_hidden_since_shows_none_of_its_values() -> None:
    summary = filled(10).summary()
    hides = registry.get("sqril").configured({"sensitive": "email"})
    again = Summary.of(summary.counted(), summary.examples(), hides)
    assert all(cell.after is None and cell.is_hidden for one in again.sample for cell in one.cells)


def test_the_sample_is_as_likely_to_hold_the_last_row_as_the_first() -> None:
    seen = dict.fromkeys(range(40), 0)
    for seed in range(400):
        run = DryRun(SQRIL, sample=4, chance=random.Random(seed))  # noqa: S311 - no secret
        for row in range(40):
            run.look(row, HELD, {"email": f"n{row}@example.com"}, judged=())
        for example in run.summary().sample:
            seen[example.row] += 1
    assert min(seen.values()) > 15  # 40 expected of each; far out would be a bias
    assert max(seen.values()) < 75


def test_it_goes_on_where_another_stopped_with_the_same_counts() -> None:
    whole, first = filled(200), filled(120)
    second = DryRun.going_on(SQRIL, json.loads(json.dumps(first.kept())))
    fill(second, range(120, 200))
    assert second.summary().counted() == whole.summary().counted()
    assert [(one.oddity, one.count) for one in second.summary().outliers] == [
        (one.oddity, one.count) for one in whole.summary().outliers
    ]


def test_more_rows_take_no_more_memory() -> None:
    tracemalloc.start()
    run = filled(30_000)
    many, _ = tracemalloc.get_traced_memory()
    fill(run, range(30_000, 60_000))
    twice_as_many, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert twice_as_many - many < 1_500_000


@given(st.lists(st.tuples(st.sampled_from(["email", "phone", "address", "nic", "no such"]), st.text() | st.none())))
@settings(max_examples=60)
def test_every_row_is_wanted_stays_or_is_refused(wishes: list[tuple[str, str | None]]) -> None:
    run = DryRun(SQRIL)
    for row, (name, wish) in enumerate(wishes):
        run.look(row, HELD, {name: wish})
    summary = run.summary()
    assert summary.rows == len(wishes) == summary.wanted + summary.stays + summary.refused
    assert sum(sum(field.turns.values()) for field in summary.fields) == len(wishes)
    json.dumps([summary.counted(), summary.examples(), run.kept()])


@pytest.mark.parametrize(
    ("values", "oddity"),
    [
        ([f"p{n}@example.com" for n in range(100)] + ["same@example.com"] * 9, Oddity.SHARED),
        ([f"p{n}@example.com" for n in range(100)] + [f"{'long' * 12}@example.com"], Oddity.LENGTH),
    ],
)
def test_an_address_unlike_the_others_stands_out(values: list[str], oddity: Oddity) -> None:
    run = DryRun(SQRIL)
    for row, value in enumerate(values):
        run.look(row, HELD, {"email": value}, judged=())
    [found] = run.summary().outliers
    assert found.oddity is oddity
    assert found.examples[0].row >= 100


def test_one_value_for_all_stands_out_where_it_is_an_address_of_one_person() -> None:
    run = DryRun(SQRIL)
    for row in range(500):
        run.look(row, {**HELD, "email": f"p{row}@example.com"}, {"email": "same@example.com", "occupation": "OCC5"})
    [found] = run.summary().outliers
    assert (found.oddity, found.label, found.count) == (Oddity.SHARED, "E-mail", 500)


def test_a_shape_that_few_have_stands_out_and_one_that_each_has_does_not() -> None:
    run = DryRun(SQRIL)
    for row in range(300):
        phone = "+62812345678" if row else "+14155550100"
        run.look(row, HELD, {"phone": f"{phone[:-2]}{row % 90 + 10}", "address": "a-" * row}, judged=())
    shapes = [one for one in run.summary().outliers if one.oddity is Oddity.SHAPE]
    assert [(one.label, one.count, [each.row for each in one.examples]) for one in shapes] == [("Phone", 1, [0])]


def test_an_amount_that_becomes_ten_times_as_much_stands_out() -> None:
    timepay = registry.get("timepay").configured({})
    run = DryRun(timepay)
    for row, amount in enumerate(["1000", "1100", "9999", "10000", "90", "0"]):
        run.look(row, {"loan_amount": "1000"}, {"loan_amount": amount}, judged=())
    [found] = run.summary().outliers
    assert (found.oddity, found.count) == (Oddity.JUMP, 2)
    assert {example.row for example in found.examples} == {3, 4}


def test_a_day_that_moves_by_decades_stands_out() -> None:
    timepay = registry.get("timepay").configured({})
    run = DryRun(timepay)
    run.look(1, {"emi_due_date": "2026-11-01"}, {"emi_due_date": "2062-11-01"}, judged=())
    run.look(2, {"emi_due_date": "2026-11-01"}, {"emi_due_date": "2026-12-01"}, judged=())
    [found] = run.summary().outliers
    assert (found.count, found.sentence) == (1, "Moves by 20 years or more.")


def test_a_word_that_means_nothing_stands_out() -> None:
    run = DryRun(SQRIL)
    run.look(1, HELD, {"address": "N/A"}, judged=())
    [found] = run.summary().outliers
    assert found.oddity is Oddity.EMPTY_WORD


def filled(rows: int) -> DryRun:
    run = DryRun(SQRIL)
    fill(run, range(rows))
    return run


def fill(run: DryRun, rows: range) -> None:
    for row in rows:
        same = "same@example.com" if row % 25 == 0 else f"p{row}@example.com"
        run.look(row, HELD, {"email": same}, customer=row, who=f"Customer {row}", judged=())
