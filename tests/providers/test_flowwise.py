"""Flowwise: ID and scope in every update, the record as the answer, errors that name no field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import pytest

from providers import registry
from providers.base import Provider
from providers.errors import Misrouted, NotAllowed, OutcomeUnknown, Refused
from tests.providers.contract import ContractSuite
from tests.providers.stage import BASE_URL, Stage, shown

RECORD = {
    "customer_id": "cust_priya_sharma_2024",
    "scope": "PROJECT",
    "name": "Priya Sharma",
    "phone": "+919876543210",
    "email": "priya.sharma@example.com",
    "address": "123 Connaught Place, New Delhi",
    "status": "ACTIVE",
    "project_id": "proj_fashion_store_2024",
    "id": "cust_rec_67890",
    "added_on": "2024-12-01T10:30:00Z",
    "updated_on": "2024-12-03T14:15:30Z",
}
NEW_ADDRESS = "456 Defence Colony, New Delhi, Delhi 110024, India"


class TestFlowwise(ContractSuite):
    slug: ClassVar[str] = "flowwise"
    record: ClassVar[Mapping[str, Any]] = RECORD
    samples: ClassVar[Mapping[str, Any]] = {
        "address": NEW_ADDRESS,
        "email": "priya.sharma@gmail.com",
        "name": "Priya S. Sharma",
        "phone": "+919812345678",
    }
    success: ClassVar[Mapping[str, Any]] = {**RECORD, "address": NEW_ADDRESS, "updated_on": "2024-12-03T15:45:20Z"}
    own_404: ClassVar[Mapping[str, Any]] = {
        "message": "unknown ID",
        "code": "customer_not_found",
        "type": "resource_error",
    }
    external: ClassVar[str] = "cust_priya_sharma_2024"

    def test_priya_sharmas_new_address(self, provider: Provider) -> None:
        stage = Stage(body=self.success)
        with stage.client(provider) as client:
            accepted = client.update(self.record, {"address": NEW_ADDRESS})
        assert stage.sent == {"customer_id": "cust_priya_sharma_2024", "scope": "PROJECT", "address": NEW_ADDRESS}
        assert stage.request.url.raw_path == b"/root/customer/cust_priya_sharma_2024"
        assert accepted.values is not None
        assert accepted.values["address"] == NEW_ADDRESS
        assert provider.capabilities.changed_field == "updated_on"
        assert accepted.values["updated_on"] == "2024-12-03T15:45:20Z"

    def test_everything_held_can_be_sent_as_the_page_does(self) -> None:
        provider = registry.get("flowwise").configured({"send": "held"})
        stage = Stage(body=self.success)
        with stage.client(provider) as client:
            client.update(self.record, {"address": NEW_ADDRESS, "email": "priya.sharma@gmail.com"})
        assert stage.sent == {
            "customer_id": "cust_priya_sharma_2024",
            "scope": "PROJECT",
            "name": "Priya Sharma",
            "phone": "+919876543210",
            "email": "priya.sharma@gmail.com",
            "address": NEW_ADDRESS,
        }

    def test_a_value_that_differs_in_the_answer_is_told(self, provider: Provider) -> None:
        with Stage(body={**self.success, "address": "456 DEFENCE COLONY"}).client(provider) as client:
            values = client.update(self.record, {"address": NEW_ADDRESS}).values
        assert values is not None
        assert not provider.field("address").same(values["address"], NEW_ADDRESS)

    def test_the_scope_cannot_change(self, provider: Provider) -> None:
        (violation,) = provider.violations(self.record, {"scope": "GLOBAL"})
        assert (violation.field, violation.code) == ("scope", "locked")

    @pytest.mark.parametrize("status", [400, 422])
    def test_a_refusal_concerns_the_whole_record(self, provider: Provider, status: int) -> None:
        document = {"message": "The email is not valid", "code": "invalid_customer_data", "type": "validation_error"}
        raised = self.refused(provider, Stage(status, document))
        assert isinstance(raised, Refused)
        (violation,) = raised.violations
        assert violation.field is None
        assert violation.message == "Flowwise answered: The email is not valid"

    def test_the_other_documented_errors(self, provider: Provider) -> None:
        unauthorized = {"message": "wrong keys", "code": "unauthorized", "type": "authentication_error"}
        assert isinstance(self.refused(provider, Stage(401, unauthorized)), NotAllowed)
        failed = {"message": "failed", "code": "update_failed", "type": "server_error"}
        assert isinstance(self.refused(provider, Stage(500, failed)), OutcomeUnknown)
        elsewhere = {"message": "no such route", "code": "route_not_found", "type": "routing_error"}
        assert isinstance(self.refused(provider, Stage(404, elsewhere)), Misrouted)

    def test_the_default_address_is_the_sandbox_of_flowwise(self, provider: Provider) -> None:
        assert provider.preview("", self.record, self.change).url.startswith(
            "https://sandbox.flowwise.com/router/customer/"
        )

    def test_clearing_is_offered_only_where_the_connection_says_so(self, provider: Provider) -> None:
        assert provider.violations(self.record, {"address": None})[0].code == "not_clearable"
        clearing = provider.configured({"clear_as": "empty"})
        assert '"address": ""' in shown(clearing.preview(BASE_URL, self.record, {"address": None}))

    def test_what_is_empty_and_cannot_be_cleared_is_not_asked(self, provider: Provider) -> None:
        nameless = {**self.record, "name": None}
        assert provider.violations(nameless, {"name": None, "email": "p@example.com"}) == ()
        assert provider.asked_and_carried(nameless, {"name": None, "email": "p@example.com"})[0] == ("email",)
