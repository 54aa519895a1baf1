"""Finosu: every update carries the task type and the opt-out, and says what becomes of loans."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import pytest

from providers import registry
from providers.base import BadOptions, Provider
from providers.errors import Misrouted, Refused
from providers.fields import Clearing, Meaning
from tests.providers.contract import ContractSuite
from tests.providers.stage import BASE_URL, SECRETS, Stage, shown

RECORD = {
    "id": "cust_12345",
    "taskType": "collections",
    "firstName": "Jordan",
    "lastName": "Reyes",
    "email": "jordan@example.com",
    "phoneNumber": "+14155550132",
    "birthday": "1985-06-15",
    "ssnLastFour": "4321",
    "timezone": "America/Los_Angeles",
    "streetAddress1": "9 Elm St",
    "streetAddress2": "Unit 3",
    "city": "Oakland",
    "state": "CA",
    "zipCode": "94607",
    "doNotCall": True,
    "isTest": False,
    "externalMetadata": {"employer": "Acme", "shifts": [1, 2]},
}


class TestFinosu(ContractSuite):
    slug: ClassVar[str] = "finosu"
    options: ClassVar[Mapping[str, str]] = {"loan_ids": "none", "task_types": "collections,welcome"}
    record: ClassVar[Mapping[str, Any]] = RECORD
    samples: ClassVar[Mapping[str, Any]] = {
        "firstName": "Jordana",
        "lastName": "Reyes-Ortiz",
        "email": "jordana@example.org",
        "phoneNumber": "4155550199",
        "birthday": "1986-07-16",
        "ssnLastFour": "9876",
        "timezone": "America/New_York",
        "streetAddress1": "10 Oak Ave",
        "streetAddress2": "Apt 4",
        "city": "Albany",
        "state": "NY",
        "zipCode": "12207-1234",
        "doNotCall": False,
        "isTest": True,
        "externalMetadata": {"employer": "Other & Söhne"},
        "taskType": "welcome",
    }
    success: ClassVar[Mapping[str, Any]] = {**RECORD, "firstName": "Jordana"}
    own_404: ClassVar[Mapping[str, Any]] = {"message": "There is no customer with this id"}
    external: ClassVar[str] = "cust_12345"
    sandbox_settings: ClassVar[Mapping[str, Any]] = {"task_types": ["collections", "welcome"]}

    def test_a_first_name_alone_can_be_changed(self, provider: Provider) -> None:
        stage = Stage(body=self.success)
        with stage.client(provider) as client:
            accepted = client.update(self.record, {"firstName": "Jordana"})
        assert stage.sent == {
            "id": "cust_12345",
            "taskType": "collections",
            "firstName": "Jordana",
            "doNotCall": True,
            "loanIds": [],
        }
        assert stage.request.url.raw_path == b"/root/customers/cust_12345"
        assert accepted.values == self.success
        assert provider.asked_and_carried(self.record, {"firstName": "Jordana"}) == (
            ("firstName",),
            ("id", "taskType", "doNotCall"),
        )

    def test_the_opt_out_is_carried_as_it_was_just_read(self, provider: Provider) -> None:
        for read in (True, False):
            stage = Stage(body=self.success)
            with stage.client(provider) as client:
                client.update({**self.record, "doNotCall": read}, self.change)
            assert stage.sent["doNotCall"] is read

    @pytest.mark.parametrize("told", [{}, {"doNotCall": None}, {"doNotCall": "perhaps"}, {"doNotCall": 1}])
    def test_an_old_copy_of_the_opt_out_is_never_carried(self, provider: Provider, told: dict[str, object]) -> None:
        answer = {name: value for name, value in self.success.items() if name != "doNotCall"} | told
        with Stage(body=answer).client(provider) as client:
            reading = client.read(self.record)
            assert reading.values["doNotCall"] is None
            with pytest.raises(Refused) as caught:
                client.update({**self.record, **reading.values}, self.change)
        assert [violation.field for violation in caught.value.violations] == ["doNotCall"]

    @pytest.mark.parametrize("unknown", [None, "", "yes", 1, {}])
    def test_an_unknown_opt_out_is_asked_for_and_nothing_is_sent(self, provider: Provider, unknown: object) -> None:
        stage = Stage(body=self.success)
        with stage.client(provider) as client, pytest.raises(Refused) as caught:
            client.update({**self.record, "doNotCall": unknown}, self.change)
        assert [violation.field for violation in caught.value.violations] == ["doNotCall"]
        assert stage.requests == []

    def test_the_opt_out_itself_can_be_changed(self, provider: Provider) -> None:
        stage = Stage(body=self.success)
        with stage.client(provider) as client:
            client.update({**self.record, "doNotCall": None}, {"doNotCall": True})
        assert stage.sent["doNotCall"] is True

    def test_what_becomes_of_loans_must_be_chosen(self) -> None:
        with pytest.raises(BadOptions) as caught:
            registry.get("finosu").configured({})
        assert [violation.field for violation in caught.value.violations] == ["loan_ids"]
        with pytest.raises(BadOptions):
            registry.get("finosu").preview(BASE_URL, self.record, self.change)

    def test_loans_can_be_left_out(self) -> None:
        provider = registry.get("finosu").configured({"loan_ids": "omit"})
        assert "loanIds" not in shown(provider.preview(BASE_URL, self.record, self.change))

    def test_an_address_must_be_given(self, provider: Provider) -> None:
        with pytest.raises(Misrouted):
            provider.connect(base_url="", credentials=SECRETS)

    def test_task_types_are_the_companys_and_their_letter_case_counts(self, provider: Provider) -> None:
        assert provider.violations(self.record, {"taskType": "Welcome"})[0].code == "not_a_choice"
        assert provider.violations(self.record, {"taskType": "welcome"}) == ()
        assert provider.violations({**self.record, "taskType": "retired type"}, self.change) == ()
        plain = registry.get("finosu").configured({"loan_ids": "omit"})
        assert [choice.value for choice in plain.field("taskType").choices] == ["collections"]

    @pytest.mark.parametrize("wrong", ["432", "43210", "43a1", ""])
    def test_four_digits_of_the_ssn_are_exactly_four(self, provider: Provider, wrong: str) -> None:
        assert provider.violations(self.record, {"ssnLastFour": wrong}) != ()

    @pytest.mark.parametrize("name", ["birthday", "ssnLastFour"])
    def test_sensitive_values_are_masked_where_they_are_shown(self, provider: Provider, name: str) -> None:
        preview = provider.preview(BASE_URL, self.record, {name: self.samples[name]})
        assert '"••••"' in [span.text for span in preview.body if span.asked]
        assert self.samples[name] not in shown(preview)
        assert "••••" in provider.redact(f'{{"{name}": "{self.samples[name]}"}}')

    @pytest.mark.parametrize(
        ("document", "expected"),
        [
            (
                {"message": "taskType must be one of: collections"},
                [("taskType", "taskType must be one of: collections")],
            ),
            ({"message": "Bad Request", "error": "no"}, [(None, "Bad Request")]),
            ({"error": "Invalid zipCode"}, [("zipCode", "Invalid zipCode")]),
            (
                {"errors": ["email is taken", "state is unknown"]},
                [("email", "email is taken"), ("state", "state is unknown")],
            ),
            ({"message": "Invalid", "errors": {"phoneNumber": ["too short"]}}, [("phoneNumber", "too short")]),
            ({"errors": [{"field": "firstName", "message": "too long"}]}, [("firstName", "too long")]),
            ({"errors": [{"path": ["body", "city"], "message": "missing"}]}, [("city", "missing")]),
            ({"detail": [{"loc": ["body", "email"], "msg": "not valid"}]}, [("email", "not valid")]),
            ({"detail": "Nothing fits"}, [(None, "Nothing fits")]),
            (
                {"message": "email is wrong; city is missing"},
                [("email", "email is wrong"), ("city", "city is missing")],
            ),
        ],
    )
    def test_reasons_are_found_in_whatever_shape_they_come(
        self, provider: Provider, document: object, expected: list[tuple[str | None, str]]
    ) -> None:
        raised = self.refused(provider, Stage(400, document))
        assert isinstance(raised, Refused)
        told = [(violation.field, violation.parameters["text"]) for violation in raised.violations]
        assert told == expected

    @pytest.mark.parametrize("body", [b"plain words", b'["a list"]', b'{"code": 17, "ssnLastFour": "4321"}'])
    def test_an_answer_of_no_known_shape_is_shown_raw_and_redacted(self, provider: Provider, body: bytes) -> None:
        raised = self.refused(provider, Stage(400, body))
        assert isinstance(raised, Refused)
        (violation,) = raised.violations
        assert violation.field is None
        assert violation.message.endswith("(Status 400.)")
        assert "4321" not in violation.message
        assert provider.redact(body) in violation.message

    def test_a_gateways_404_is_no_missing_customer(self, provider: Provider) -> None:
        for document in ({"message": "no Route matched with those values"}, {"detail": "Not Found"}, {"error": "x"}):
            assert isinstance(self.refused(provider, Stage(404, document)), Misrouted)

    def test_optional_texts_can_be_cleared_where_the_connection_says_so(self, provider: Provider) -> None:
        clearing = provider.configured({**self.options, "clear_as": "empty"})
        assert '"streetAddress2": ""' in shown(clearing.preview(BASE_URL, self.record, {"streetAddress2": None}))
        assert clearing.field("externalMetadata").clearing is Clearing.NO
        assert clearing.field("isTest").clearing is Clearing.NO
        assert clearing.violations(self.record, {"city": None})[0].code == "required_once_set"

    def test_sending_again_is_not_harmless(self, provider: Provider) -> None:
        assert not provider.capabilities.resend_harmless

    def test_an_address_is_put_together(self, provider: Provider) -> None:
        assert provider.meaning(self.record, Meaning.ADDRESS) == "9 Elm St, Unit 3, Oakland, CA, 94607"
        assert provider.name_of(self.record) == "Jordan Reyes"
