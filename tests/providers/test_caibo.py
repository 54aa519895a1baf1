"""Caibo: name and e-mail in every update, lengths in UTF-16 units, problem documents in any letter case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, override

import pytest

from providers import registry
from providers.base import Provider
from providers.errors import OutcomeUnknown, Refused
from providers.fields import Locked
from tests.providers.contract import ContractSuite
from tests.providers.stage import BASE_URL, SECRETS, Stage, shown

RECORD = {
    "id": "12345",
    "name": "Casey Morgan",
    "email": "casey@example.com",
    "address": "1 First St",
    "phone": "+12025550143",
    "memberId": "M-7",
}
BIG = "9223372036854775807"


class TestCaibo(ContractSuite):
    slug: ClassVar[str] = "caibo"
    record: ClassVar[Mapping[str, Any]] = RECORD
    samples: ClassVar[Mapping[str, Any]] = {
        "email": "newemail@example.com",
        "phone": "+1234567890",
        "name": "Casey O'Morgan",
        "address": "2 Second St 🏠",
        "memberId": "M-8",
    }
    success: ClassVar[Mapping[str, Any]] = {**RECORD, "id": 12345, "hasPaymentRequests": False, "totalDeposits": 10.5}
    own_404: ClassVar[Mapping[str, Any]] = {"type": "about:blank", "title": "Not Found", "status": 404}
    external: ClassVar[str] = "12345"
    bad_ids: ClassVar[tuple[str, ...]] = ("", "abc", "-1", "0", "1.5", "9223372036854775808", "9" * 50, "1/2", "\u0661")

    @override
    def with_id(self, odd: str) -> dict[str, Any] | None:
        return None  # only numbers are ids here

    def test_a_new_email_and_phone_carry_the_name(self, provider: Provider) -> None:
        stage = Stage(body=b"")
        with stage.client(provider) as client:
            accepted = client.update(self.record, {"email": "newemail@example.com", "phone": "+1234567890"})
        assert stage.sent == {"name": "Casey Morgan", "email": "newemail@example.com", "phone": "+1234567890"}
        assert stage.request.url.raw_path == b"/root/customers/12345"
        assert stage.request.headers["Content-Type"] == "application/json"
        assert accepted.values is None

    def test_everything_held_can_be_sent(self) -> None:
        provider = registry.get("caibo").configured({"send": "held"})
        stage = Stage(body=b"")
        with stage.client(provider) as client:
            client.update({**self.record, "memberId": None}, {"phone": "+1234567890"})
        assert stage.sent == {
            "name": "Casey Morgan",
            "email": "casey@example.com",
            "phone": "+1234567890",
            "address": "1 First St",
        }

    def test_an_id_beyond_what_javascript_can_count_keeps_its_digits(self, provider: Provider) -> None:
        record = {**self.record, "id": BIG}
        stage = Stage(body=f'{{"id": {BIG}}}'.encode())
        with stage.client(provider) as client:
            accepted = client.update(record, self.change)
        assert stage.request.url.path.endswith(f"/{BIG}")
        assert accepted.values == {"id": BIG}
        assert provider.external_id(record) == BIG

    def test_lengths_are_counted_as_dotnet_counts(self, provider: Provider) -> None:
        assert provider.violations(self.record, {"name": "x" * 100}) == ()
        assert provider.violations(self.record, {"name": "x" * 101})[0].code == "too_long"
        assert provider.violations(self.record, {"name": "😀" * 50}) == ()
        assert provider.violations(self.record, {"name": "😀" * 51})[0].parameters["length"] == 102
        assert provider.violations(self.record, {"address": "x" * 256})[0].code == "too_long"
        assert provider.violations(self.record, {"memberId": "x" * 51})[0].code == "too_long"
        assert provider.violations(self.record, {"email": f"{'x' * 60}@{'y' * 40}.com"})[0].code == "too_long"

    def test_nullable_values_are_cleared_by_null(self, provider: Provider) -> None:
        for name in ("address", "phone", "memberId"):
            stage = Stage(body=b"")
            with stage.client(provider) as client:
                client.update(self.record, {name: None})
            assert stage.sent == {"name": "Casey Morgan", "email": "casey@example.com", name: None}
            assert f'"{name}": null' in shown(provider.preview(BASE_URL, self.record, {name: None}))
        for name in ("name", "email"):
            assert provider.violations(self.record, {name: None})[0].code == "required"

    def test_what_the_server_owns_is_shown_but_locked(self, provider: Provider) -> None:
        owned = {field.name for field in provider.fields if field.server_owned}
        assert owned == {"id", "ownerId", "userId", "ownerName", "hasPaymentRequests", "totalDeposits", "createDate"}
        assert all(provider.field(name).locked is Locked.FORBIDDEN for name in owned)

    @pytest.mark.parametrize("body", [b"", b"  \r\n", b"null"])
    def test_an_empty_200_is_a_success(self, provider: Provider, body: bytes) -> None:
        with Stage(body=body).client(provider) as client:
            assert client.update(self.record, self.change).values is None

    @pytest.mark.parametrize("body", [b"{", b"[]", b'"ok"', b'{"id": 999}', b'{"ok": true}'])
    def test_a_200_that_is_neither_empty_nor_the_record_leaves_the_outcome_unknown(
        self, provider: Provider, body: bytes
    ) -> None:
        assert isinstance(self.refused(provider, Stage(body=body)), OutcomeUnknown)

    @pytest.mark.parametrize(
        ("document", "expected"),
        [
            ({"errors": {"Email": ["Not an address"]}}, [("email", "Not an address")]),
            ({"errors": {"EMAIL": "Not an address", "memberID": ["Taken", "Short"]}}, [
                ("email", "Not an address"), ("memberId", "Taken"), ("memberId", "Short")]),
            ({"Errors": {"$.phone": ["No number"]}, "Detail": "x"}, [("phone", "No number")]),
            ({"errors": {"Client.Name": ["Too long"]}}, [("name", "Too long")]),
            ({"errors": {"": ["The body is missing"]}}, [(None, "The body is missing")]),
            ({"errors": {"preferences": ["Unknown member"]}}, [(None, "Unknown member")]),
            ({"errors": {}, "detail": "Something is off"}, [(None, "Something is off")]),
            ({"type": None, "title": "Bad", "status": 400, "detail": "Wrong email"}, [("email", "Wrong email")]),
            ({"title": "Bad Request", "detail": None}, [(None, "Bad Request")]),
            ({"errors": None, "title": "Bad Request"}, [(None, "Bad Request")]),
        ],
    )  # fmt: skip
    def test_a_problem_comes_back_to_its_fields(
        self, provider: Provider, document: object, expected: list[tuple[str | None, str]]
    ) -> None:
        raised = self.refused(provider, Stage(400, document, {"Content-Type": "application/problem+json"}))
        assert isinstance(raised, Refused)
        assert [(violation.field, violation.parameters["text"]) for violation in raised.violations] == expected

    def test_bearer_tokens_are_used_where_the_connection_says_so(self) -> None:
        provider = registry.get("caibo").configured({"auth": "bearer"})
        assert provider.credential_keys == ("token",)
        stage = Stage(body=b"")
        with stage.client(provider) as client:
            client.update(self.record, self.change)
        assert stage.request.headers["Authorization"] == f"Bearer {SECRETS['token']}"
        assert provider.preview(BASE_URL, self.record, self.change).headers[0] == ("Authorization", "Bearer ••••••")
