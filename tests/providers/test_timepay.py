"""TimePay: a patch of one record in one campaign, without an echo and without a read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, override

import pytest

from providers import registry
from providers.base import BadIdentity, BadOptions, Provider
from providers.errors import Conflict, OutcomeUnknown, Refused
from providers.fields import Clearing, Kind, Meaning
from tests.providers.contract import ContractSuite
from tests.providers.stage import BASE_URL, Stage, shown


class TestTimePay(ContractSuite):
    slug: ClassVar[str] = "timepay"
    record: ClassVar[Mapping[str, Any]] = {
        "campaignId": "camp_abc123",
        "loan_id": "LOAN-2025-00123",
        "first_name": "Ravi",
        "last_name": "Kumar",
        "phone_number": "+919876543210",
        "language": "hindi",
        "payment_status": "partial",
        "loan_amount": "125000.50",
        "emi_amount": "5200",
        "current_emi": "5200",
        "loan_period": "24",
        "emi_due_date": "2025-03-05",
        "lead_date": "2024-11-01",
    }
    samples: ClassVar[Mapping[str, Any]] = {
        "payment_status": "paid",
        "first_name": "Raví",
        "last_name": "Kumar Singh",
        "phone_number": "+919812345678",
        "language": "tamil",
        "loan_amount": "130000.00",
        "emi_amount": "5300.10",
        "current_emi": "0.50",
        "loan_period": "36",
        "emi_due_date": "2025-04-05",
        "lead_date": "2024-12-01",
    }
    success: ClassVar[Mapping[str, Any]] = {
        "success": True,
        "message": "done",
        "data": {"id": "loan_12345", "result": "updated"},
    }
    own_404: ClassVar[Mapping[str, Any]] = {"success": False, "message": "no such record"}
    external: ClassVar[str] = "camp_abc123/loan:LOAN-2025-00123"
    bad_ids: ClassVar[tuple[str, ...]] = (
        *("", "camp", "camp/", "camp/loan", "camp/loan:", "/loan:1", "camp/debt:1", "camp/loan:%00", "../loan:."),
        "camp/loan:" + "x" * 201,
    )

    @override
    def with_id(self, odd: str) -> dict[str, Any] | None:
        return {**self.record, "loan_id": odd}

    @override
    def id_in(self, stage: Stage) -> str:
        return str(stage.sent["loan_id"])

    @override
    def test_an_id_of_dots_alone_is_refused(self, provider: Provider) -> None:
        for dots in (".", ".."):
            assert provider.violations({**self.record, "loan_id": dots}, self.change)[0].code == "invalid_id"
            with pytest.raises(BadIdentity):
                provider.identify(f"camp/loan:{dots}")

    def test_the_documented_update_of_a_payment_status(self, provider: Provider) -> None:
        stage = Stage(body=self.success)
        with stage.client(provider) as client:
            accepted = client.update(self.record, {"payment_status": "paid"})
        assert stage.sent == {
            "campaignId": "camp_abc123",
            "loan_id": "LOAN-2025-00123",
            "data": {"payment_status": "paid"},
        }
        assert stage.request.url.raw_path == b"/root/api/v1/customers/update"
        assert accepted.values is None
        assert provider.asked_and_carried(self.record, {"payment_status": "paid"}) == (
            ("payment_status",),
            ("campaignId", "loan_id"),
        )

    def test_money_goes_out_as_a_number_with_its_digits(self, provider: Provider) -> None:
        stage = Stage(body=self.success)
        with stage.client(provider) as client:
            client.update(self.record, {"loan_amount": "12500.50", "loan_period": "36"})
        assert b'"data":{"loan_amount":12500.50,"loan_period":36}' in stage.request.content
        assert '"loan_amount": 12500.50' in shown(provider.preview(BASE_URL, self.record, {"loan_amount": "12500.50"}))

    def test_a_record_known_by_its_lead_is_sent_by_its_lead(self, provider: Provider) -> None:
        lead = {**self.record, "loan_id": None, "lead_id": "lead 7/a"}
        stage = Stage(body=self.success)
        with stage.client(provider) as client:
            client.update(lead, self.change)
        assert stage.sent["lead_id"] == "lead 7/a"
        assert "loan_id" not in stage.sent
        assert provider.external_id(lead) == "camp_abc123/lead:lead%207%2Fa"
        assert provider.identify("camp_abc123/lead:lead%207%2Fa") == {
            "campaignId": "camp_abc123",
            "lead_id": "lead 7/a",
        }

    def test_of_two_ids_the_loan_comes_first(self, provider: Provider) -> None:
        both = {**self.record, "lead_id": "lead_7"}
        stage = Stage(body=self.success)
        with stage.client(provider) as client:
            client.update(both, self.change)
        assert "lead_id" not in stage.sent
        assert provider.external_id(both) == self.external

    def test_a_record_without_either_id_is_refused(self, provider: Provider) -> None:
        (violation,) = provider.violations({"campaignId": "camp_abc123"}, self.change)
        assert (violation.field, violation.code) == (None, "one_of")

    @pytest.mark.parametrize(
        "document",
        [
            {"success": False, "message": "no"},
            {"message": "fine"},
            {"success": "true"},
            {"success": 1},
            {"data": {"result": "updated"}},
            [True],
        ],
    )
    def test_a_200_that_does_not_say_success_leaves_the_outcome_unknown(
        self, provider: Provider, document: object
    ) -> None:
        assert isinstance(self.refused(provider, Stage(body=document)), OutcomeUnknown)

    @pytest.mark.parametrize(
        ("errors", "fields"),
        [
            (["Either loan_id or lead_id is required"], [None]),
            (["phone_number must have 10 digits"], ["phone_number"]),
            (["first_name is required", "Invalid emi_due_date"], ["first_name", "emi_due_date"]),
            (["First name is too long"], ["first_name"]),
            (["data must be an object"], [None]),
            ([7, None, "loan_amount: not a number"], ["loan_amount"]),
        ],
    )
    def test_the_texts_of_a_400_come_back_to_the_fields_they_name(
        self, provider: Provider, errors: list[object], fields: list[str | None]
    ) -> None:
        raised = self.refused(
            provider, Stage(400, {"success": False, "message": "Validation failed", "errors": errors})
        )
        assert isinstance(raised, Refused)
        assert [violation.field for violation in raised.violations] == fields
        assert all(violation.message.startswith("TimePay answered: ") for violation in raised.violations)

    def test_a_400_without_texts_gives_its_message(self, provider: Provider) -> None:
        raised = self.refused(provider, Stage(400, {"success": False, "message": "Validation failed"}))
        assert isinstance(raised, Refused)
        assert raised.violations[0].message == "TimePay answered: Validation failed"

    def test_a_403_concerns_the_campaign(self, provider: Provider) -> None:
        raised = self.refused(provider, Stage(403, {"success": False, "message": "Campaign of somebody else"}))
        assert isinstance(raised, Refused)
        assert raised.forbidden
        assert [violation.field for violation in raised.violations] == ["campaignId"]

    def test_a_conflict_and_a_failure_are_what_they_are(self, provider: Provider) -> None:
        assert isinstance(
            self.refused(provider, Stage(409, {"success": False, "message": "changed meanwhile"})), Conflict
        )
        failure = {"success": False, "error": "Internal", "message": "oops"}
        assert isinstance(self.refused(provider, Stage(500, failure)), OutcomeUnknown)
        assert provider.capabilities.conflict_may_be_ours

    def test_a_language_that_nobody_speaks_is_refused(self, provider: Provider) -> None:
        (violation,) = provider.violations(self.record, {"language": "klingon"})
        assert (violation.field, violation.code) == ("language", "not_a_choice")

    def test_a_status_that_came_from_the_provider_is_kept(self, provider: Provider) -> None:
        settled = {**self.record, "payment_status": "settled"}
        assert provider.violations(settled, {"payment_status": "settled", "first_name": "Ravi"}) == ()
        assert provider.field("payment_status").display("settled") == "settled"

    def test_a_connection_can_know_more_statuses(self) -> None:
        provider = registry.get("timepay").configured({"payment_statuses": "settled, paid,  Broken promise "})
        assert [choice.value for choice in provider.field("payment_status").choices] == [
            *("paid", "partial", "settled", "Broken promise")
        ]
        assert provider.violations(self.record, {"payment_status": "Broken promise"}) == ()

    def test_a_connection_can_declare_keys_of_its_campaigns(self) -> None:
        provider = registry.get("timepay").configured({"fields": "city, score:whole number, tier:choice(gold|silver)"})
        assert [(field.name, field.kind) for field in provider.fields[-3:]] == [
            ("city", Kind.TEXT),
            ("score", Kind.WHOLE_NUMBER),
            ("tier", Kind.CHOICE),
        ]
        stage = Stage(body=self.success)
        with stage.client(provider) as client:
            client.update(self.record, {"city": "Pune", "score": "7", "tier": "gold"})
        assert stage.sent["data"] == {"city": "Pune", "score": 7, "tier": "gold"}
        assert provider.violations(self.record, {"tier": "bronze"})[0].code == "not_a_choice"

    @pytest.mark.parametrize(
        "fields", ["a.b:text", "x:magic", "loan_id:text", "a:text,a:date", "1a", "first_name", "x:choice()"]
    )
    def test_a_declaration_that_cannot_work_is_refused(self, fields: str) -> None:
        with pytest.raises(BadOptions) as caught:
            registry.get("timepay").configured({"fields": fields})
        assert {violation.field for violation in caught.value.violations} == {"fields"}

    def test_clearing_is_offered_only_where_the_connection_says_so(self, provider: Provider) -> None:
        assert provider.violations(self.record, {"lead_date": None})[0].code == "not_clearable"
        clearing = provider.configured({"clear_as": "empty"})
        assert clearing.field("lead_date").clearing is Clearing.EMPTY
        assert clearing.field("first_name").clearing is Clearing.NO
        assert clearing.violations(self.record, {"lead_date": None}) == ()
        assert clearing.violations(self.record, {"first_name": None})[0].code == "required_once_set"
        stage = Stage(body=self.success)
        with stage.client(clearing) as client:
            client.update(self.record, {"lead_date": None})
        assert stage.sent["data"] == {"lead_date": ""}

    def test_people_have_names(self, provider: Provider) -> None:
        assert provider.name_of(self.record) == "Ravi Kumar"
        assert provider.meaning(self.record, Meaning.PHONE) == "+919876543210"
