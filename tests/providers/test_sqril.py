"""SQRIL: all four editable fields in every update, names that nobody can change, cautions that a connection opens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, override

import pytest

from providers import registry
from providers.base import BadOptions, Provider
from providers.errors import NotAllowed, Refused
from providers.fields import Kind, Locked
from tests.providers.contract import ContractSuite
from tests.providers.stage import BASE_URL, Stage, shown

RECORD = {
    "customer_id": "CUS-ID-40000",
    "name_first": "John",
    "name_last": "Wijaya",
    "gender": "MALE",
    "ic_number": "3174010101900001",
    "ic_type": "NIC",
    "ic_country": "ID",
    "occupation": "OCC4",
    "country_of_residence": "ID",
    "phone": "+62812345678",
    "email": "john@example.com",
    "nationality": "IDN",
    "dob": "1990-01-01",
    "address": "Jl. Sudirman No. 1, Jakarta",
    "ic_expiry_date": "2030-01-01",
    "created_at": "2024-12-01T10:30:00Z",
    "updated_at": "2024-12-03T14:15:30Z",
}
SAMPLE = {
    "email": "john.updated@example.com",
    "phone": "+62812345679",
    "occupation": "OCC10",
    "address": "Jl. Thamrin No. 88, Jakarta",
}
CAUTIONS = (
    "gender",
    "dob",
    "nationality",
    "country_of_residence",
    "ic_type",
    "ic_number",
    "ic_country",
    "ic_expiry_date",
)


class Sqril(ContractSuite):
    slug: ClassVar[str] = "sqril"
    record: ClassVar[Mapping[str, Any]] = RECORD
    samples: ClassVar[Mapping[str, Any]] = {
        "address": "Jl. Thamrin No. 88, Jakarta",
        "email": "john.updated@example.com",
        "phone": "+62812345679",
        "occupation": "OCC10",
    }
    success: ClassVar[Mapping[str, Any]] = {**RECORD, "address": "Jl. Thamrin No. 88, Jakarta"}
    own_404: ClassVar[Mapping[str, Any]] = {"error_code": "CUSTOMER_NOT_FOUND", "error_message": "no such customer"}
    external: ClassVar[str] = "CUS-ID-40000"
    bad_ids: ClassVar[tuple[str, ...]] = (*ContractSuite.bad_ids, "a/b")

    @override
    def with_id(self, odd: str) -> dict[str, Any] | None:
        return None if "/" in odd else {**self.record, "customer_id": odd}

    @override
    def id_in(self, stage: Stage) -> str:
        return stage.request.url.params["customer_id"]


class TestSqril(Sqril):
    def test_the_documented_update_of_all_four(self, provider: Provider) -> None:
        stage = Stage(body={**RECORD, **SAMPLE})
        with stage.client(provider) as client:
            accepted = client.update(self.record, SAMPLE)
        assert stage.sent == SAMPLE
        assert list(stage.sent) == ["email", "phone", "occupation", "address"]
        assert stage.request.url.raw_path == b"/root/updateCustomer?customer_id=CUS-ID-40000"
        assert accepted.values == {**RECORD, **SAMPLE}
        assert accepted.exchange.status == 200

    def test_a_new_address_and_occupation_carry_the_rest(self, provider: Provider) -> None:
        change = {"address": "Jl. Thamrin No. 88, Jakarta", "occupation": "OCC10"}
        preview = provider.preview(BASE_URL, self.record, change)
        assert preview.asked == ("occupation", "address")
        assert preview.carried == ("email", "phone")
        assert shown(preview) == (
            "{\n"
            '  "email": "john@example.com",\n'
            '  "phone": "+62812345678",\n'
            '  "occupation": "OCC10",\n'
            '  "address": "Jl. Thamrin No. 88, Jakarta"\n'
            "}"
        )
        assert [span.text for span in preview.body if span.asked] == ['"OCC10"', '"Jl. Thamrin No. 88, Jakarta"']
        assert preview.headers == (("Authorization", "Basic ••••••"), ("Content-Type", "application/json"))

    @pytest.mark.parametrize("name", ["email", "phone", "occupation", "address"])
    def test_none_of_the_four_can_be_blank(self, provider: Provider, name: str) -> None:
        for before, after in ((self.record, {name: None}), ({**self.record, name: None}, {})):
            (violation,) = provider.violations(before, after)
            assert (violation.field, violation.code) == (name, "required")

    def test_names_are_locked_in_the_words_of_a_person(self, provider: Provider) -> None:
        violations = provider.violations(self.record, {"name_first": "Jon", "name_last": "W"})
        assert [violation.message for violation in violations] == [
            "SQRIL does not let anyone change a first name.",
            "SQRIL does not let anyone change a last name.",
        ]

    def test_what_is_uncertain_is_locked_by_caution(self, provider: Provider) -> None:
        cautious = tuple(field.name for field in provider.fields if field.locked is Locked.CAUTION)
        assert cautious == CAUTIONS
        assert provider.field("dob").sensitive
        assert provider.field("ic_number").sensitive

    @pytest.mark.parametrize("name", ["name_first", "customer_id", "updated_at", "ic_number,name_last"])
    def test_no_setting_opens_what_the_provider_forbids(self, name: str) -> None:
        with pytest.raises(BadOptions) as caught:
            registry.get("sqril").configured({"editable": name})
        assert [violation.code for violation in caught.value.violations] == ["locked"]

    def test_immutable_fields_each_get_their_own_message(self, provider: Provider) -> None:
        document = {
            "error_code": "IMMUTABLE",
            "error_message": "may not change",
            "details": {"immutable_fields": ["name_first", "IC_Number", "shoe_size"]},
        }
        raised = self.refused(provider, Stage(400, document))
        assert isinstance(raised, Refused)
        assert [violation.field for violation in raised.violations] == ["name_first", "ic_number", None]
        assert "First name" in raised.violations[0].message
        assert "shoe_size" in raised.violations[2].message

    @pytest.mark.parametrize(
        ("document", "field"),
        [
            ({"error_code": "VALIDATION_ERROR", "error_message": "phone is not valid"}, "phone"),
            ({"error_code": "VALIDATION_ERROR", "error_message": "not valid", "details": {}}, None),
            ({"error_code": "VALIDATION_ERROR", "error_message": "not valid", "details": None}, None),
            (
                {"error_code": "X", "error_message": "occupation is unknown", "details": {"immutable_fields": 7}},
                "occupation",
            ),
            ({"error_code": "TOO_YOUNG"}, None),
        ],
    )
    def test_other_refusals_go_where_they_point(self, provider: Provider, document: object, field: str | None) -> None:
        raised = self.refused(provider, Stage(400, document))
        assert isinstance(raised, Refused)
        (violation,) = raised.violations
        assert violation.field == field

    def test_missing_authentication_is_understood(self, provider: Provider) -> None:
        document = {"error_code": "AUTHENTICATION_REQUIRED", "error_message": "who are you"}
        assert isinstance(self.refused(provider, Stage(401, document)), NotAllowed)

    def test_a_client_id_with_a_colon_cannot_be_used(self, provider: Provider) -> None:
        with pytest.raises(NotAllowed, match="client_id"):
            provider.connect(base_url=BASE_URL, credentials={"client_id": "a:b", "client_secret": "c"})

    def test_a_record_is_read_by_its_id(self, provider: Provider) -> None:
        stage = Stage(body=self.success)
        with stage.client(provider) as client:
            reading = client.read({"customer_id": "CUS-ID-40000"})
        assert stage.request.url.raw_path == b"/root/checkCustomer?customer_id=CUS-ID-40000"
        assert reading.values == self.success

    def test_the_path_of_a_read_can_be_another(self) -> None:
        provider = registry.get("sqril").configured({"read_path": "/v2/check"})
        stage = Stage(body=self.success)
        with stage.client(provider) as client:
            client.read(self.record)
        assert stage.request.url.path == "/root/v2/check"

    def test_countries_are_one_value_in_either_code(self, provider: Provider) -> None:
        assert provider.field("nationality").kind is Kind.COUNTRY
        assert provider.field("nationality").same("IDN", "ID")
        assert provider.field("nationality").display("IDN") == "Indonesia"


class TestSqrilWithEverythingOpened(Sqril):
    """The same contract under a connection that opens every caution."""

    options: ClassVar[Mapping[str, str]] = {"editable": ", ".join(CAUTIONS)}
    sandbox_settings: ClassVar[Mapping[str, Any]] = {"editable": list(CAUTIONS)}
    samples: ClassVar[Mapping[str, Any]] = {
        **Sqril.samples,
        "gender": "FEMALE",
        "dob": "1991-02-03",
        "nationality": "SG",
        "country_of_residence": "MY",
        "ic_type": "PP",
        "ic_number": "X7654321",
        "ic_country": "SG",
        "ic_expiry_date": "2031-01-01",
    }

    def test_an_opened_field_is_sent_only_when_it_changes(self, provider: Provider) -> None:
        assert provider.asked_and_carried(self.record, {"gender": "FEMALE"})[0] == ("gender",)
        assert "gender" not in shown(provider.preview(BASE_URL, self.record, {"email": "x@example.com"}))

    def test_sensitive_values_are_masked_where_they_are_shown(self, provider: Provider) -> None:
        text = shown(provider.preview(BASE_URL, self.record, {"ic_number": "X7654321", "dob": "1991-02-03"}))
        assert "X7654321" not in text
        assert "1991" not in text
        assert text.count("••••") == 2
