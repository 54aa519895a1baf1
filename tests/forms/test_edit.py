"""The form as a value: what it takes for a wish, and what it makes of a refusal."""

from __future__ import annotations

import json
from typing import Any

import pytest

from console.errors import NothingChanged, RulesBroken
from console.forms.edit import EditForm
from console.models import Customer
from providers.fields import Violation
from tests.cast import SLUGS, connect, sample

pytestmark = pytest.mark.django_db


def posted(form: EditForm, **typed: str) -> dict[str, str]:
    """What a browser sends back, with some fields typed over."""
    untouched = {f"v-{entry.name}": entry.text for entry in form.entries.values() if entry.can_be_typed}
    digests = {f"d-{entry.name}": entry.digest for entry in form.entries.values() if entry.can_be_typed}
    return {"key": form.key, **untouched, **digests, **{f"v-{name}": text for name, text in typed.items()}}


def typed_into(customer: Customer, **typed: str) -> EditForm:
    return EditForm(customer, posted(EditForm(customer), **typed))


@pytest.mark.parametrize("slug", SLUGS)
def test_a_form_sent_back_untouched_wishes_nothing(slug: str) -> None:
    assert typed_into(sample(connect(slug))).wishes == {}


def test_a_wish_is_told_by_the_value_that_was_shown_not_by_the_one_we_have_now() -> None:
    customer = sample(connect("caibo"))
    data = posted(EditForm(customer))
    customer.values["name"] = "Ann Smith"
    assert EditForm(customer, data).wishes == {}
    assert EditForm(customer, data).entries["name"].text == "Ann Smith"


def test_a_form_without_digests_is_compared_with_what_we_have_now() -> None:
    customer = sample(connect("caibo"))
    form = EditForm(customer, {"v-name": "Ann Whitfield", "v-phone": "+442079460000"})
    assert form.wishes == {"phone": "+442079460000"}


def test_every_form_has_a_key_of_its_own_and_keeps_it() -> None:
    customer = sample(connect("caibo"))
    first, second = EditForm(customer), EditForm(customer)
    assert first.key != second.key
    assert EditForm(customer, posted(first)).key == first.key


def test_a_box_empties_a_hidden_value_where_that_can_be_said() -> None:
    customer = sample(connect("finosu", clear_as="empty"))
    form = EditForm(customer, {**posted(EditForm(customer)), "clear-ssnLastFour": "on"})
    assert form.entries["ssnLastFour"].offers_clearing
    assert form.wishes == {"ssnLastFour": None}


def test_the_preview_is_what_would_be_sent_and_none_while_a_rule_is_broken() -> None:
    customer = sample(connect("sqril"))
    assert EditForm(customer).preview is None
    assert typed_into(customer, email="nonsense").preview is None
    ready = typed_into(customer, email="adi@example.com").preview
    assert ready is not None
    assert ready.asked == ("email",)
    assert set(ready.carried) == {"phone", "occupation", "address"}


def test_a_base_url_that_no_request_fits_makes_no_preview() -> None:
    connection = connect("caibo")
    connection.base_url = "not an address"
    connection.save()
    assert typed_into(sample(connection), phone="+442079460000").preview is None


def test_what_is_not_ready_is_named() -> None:
    form = typed_into(sample(connect("sqril")), email="nonsense", phone="1")
    assert form.not_ready == "E-mail and Phone"
    assert [label for _, label, _ in form.blockers] == ["E-mail", "Phone"]


def test_judging_while_one_types_blames_only_what_was_typed() -> None:
    form = typed_into(sample(connect("caibo"), email=...), phone="1")
    form.judge()
    assert [entry.name for entry in form.wrong] == ["phone"]


def test_while_one_types_only_what_one_has_left_is_blamed() -> None:
    customer = sample(connect("caibo"), email=...)
    typing = posted(EditForm(customer), phone="1", name="")
    form = EditForm(customer, {**typing, "left": "phone nonsense"})
    form.judge_left()
    assert [entry.name for entry in form.wrong] == ["phone"]
    assert form.not_ready == "Name, E-mail and Phone"


def test_a_required_value_that_lacks_is_blamed_once_left_and_only_with_a_wish() -> None:
    customer = sample(connect("caibo"), email=...)
    blamed = []
    for typed in ({}, {"phone": "+442079460000"}):
        form = EditForm(customer, {**posted(EditForm(customer), **typed), "left": "email"})
        form.judge_left()
        blamed.append([entry.name for entry in form.wrong])
    assert blamed == [[], ["email"]]


def test_a_rule_about_the_whole_record_is_told_while_one_types() -> None:
    customer = sample(connect("timepay"))
    customer.identity = {"campaignId": "camp_1"}
    form = typed_into(customer, phone_number="+919811122233")
    form.judge_left()
    assert form.errors == ("Give the Loan ID or Lead ID of this record: one of them is needed.",)


def test_the_cursor_goes_to_the_first_problem_then_to_the_field_asked_for_then_to_the_first() -> None:
    customer = sample(connect("sqril"))
    assert EditForm(customer).cursor == next(
        e.name for _, group in EditForm(customer).groups for e in group if e.can_be_typed
    )
    assert EditForm(customer, at="phone").cursor == "phone"
    assert EditForm(customer, at="name_first").cursor == EditForm(customer).cursor
    wrong = EditForm(customer, posted(EditForm(customer), email="nonsense"), at="phone")
    wrong.judge()
    assert wrong.cursor == "email"


def test_what_puts_a_field_back_is_what_its_controls_held() -> None:
    customer = sample(connect("sqril"))
    form = typed_into(customer, phone="+62 812 9988 7766", occupation="OCC7")
    assert json.loads(form.entries["occupation"].put_back) == {"v-occupation": "OCC4"}
    back = json.loads(form.entries["phone"].put_back)
    assert EditForm(customer, {**posted(EditForm(customer)), **back}).wishes == {}


def test_a_hidden_value_is_put_back_by_emptying_its_input() -> None:
    form = typed_into(sample(connect("finosu")), ssnLastFour="9876")
    assert json.loads(form.entries["ssnLastFour"].put_back) == {"v-ssnLastFour": ""}


def test_a_value_that_moved_is_noted_before_the_save_and_asked_about_at_it() -> None:
    customer = sample(connect("caibo"))
    data = posted(EditForm(customer), phone="+442079460000")
    customer.values["phone"] = "+442079461111"
    form = EditForm(customer, data)
    assert {name: move.theirs for name, move in form.moves.items()} == {"phone": "+442079461111"}
    form.note(form.moves)
    assert form.wrong == []
    form.ask_whose(form.moves)
    assert form.wrong_labels == "Phone"
    assert form.moves == {}


def test_what_was_said_of_a_locked_field_is_no_wish_once_it_is_known_to_be_so() -> None:
    customer = sample(connect("flowwise"), scope=...)
    data = posted(EditForm(customer), scope="GLOBAL")
    assert EditForm(customer, data).facts == {"scope": "GLOBAL"}
    customer.values["scope"] = "GLOBAL"
    assert (EditForm(customer, data).facts, EditForm(customer, data).wishes) == ({}, {})
    customer.values["scope"] = "PROJECT"
    assert EditForm(customer, data).wishes == {"scope": "GLOBAL"}


def test_a_refusal_without_a_field_stands_above_the_form() -> None:
    form = EditForm(sample(connect("caibo")))
    form.take(RulesBroken((Violation(None, "one_of", "Give the one or the other."),)))
    assert form.errors == ("Give the one or the other.",)
    assert form.refusal_tone == "refused"


def test_that_nothing_was_different_is_no_mistake() -> None:
    form = EditForm(sample(connect("caibo")))
    form.take(NothingChanged())
    assert form.refusal_tone == "neutral"


def test_the_reason_is_asked_after_the_last_field_that_can_change() -> None:
    form = EditForm(sample(connect("sqril")))
    assert [group for group, _ in form.first_groups] == ["Person", "Contact", "Work"]
    assert [group for group, _ in form.last_groups] == ["Identity document", "Record"]


def test_one_reason_for_several_locks_in_a_row_is_said_once() -> None:
    entries = dict(EditForm(sample(connect("sqril"))).last_groups)["Identity document"]
    assert [bool(entry.reason) for entry in entries] == [True, False, False, False]


@pytest.mark.parametrize("hostile", ["\x00", "\ud800", "x" * 100_000, "\u202etxt.exe"])
def test_whatever_is_typed_is_at_most_a_violation(hostile: str) -> None:
    customer: Any = sample(connect("timepay"))
    for entry in list(EditForm(customer).entries.values()):
        if entry.can_be_typed:
            form = typed_into(customer, **{entry.name: hostile})
            assert form.violations or not form.wishes
