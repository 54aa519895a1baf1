"""The form as a value: what it takes for a wish, and what it makes of a refusal."""

from __future__ import annotations

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


def test_a_refusal_without_a_field_stands_above_the_form() -> None:
    form = EditForm(sample(connect("caibo")))
    form.take(RulesBroken((Violation(None, "one_of", "Give the one or the other."),)), {})
    assert form.errors == ("Give the one or the other.",)
    assert form.refusal_tone == "refused"


def test_that_nothing_was_different_is_no_mistake() -> None:
    form = EditForm(sample(connect("caibo")))
    form.take(NothingChanged(), {})
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
