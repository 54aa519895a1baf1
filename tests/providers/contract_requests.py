"""The contract, first part: fields, rules, ids, options, and what is shown and sent."""

from __future__ import annotations

import json

import pytest

from providers.base import BadIdentity, BadOptions, Provider
from providers.errors import (
    Misrouted,
    NotAllowed,
    Refused,
)
from providers.fields import Clearing, Locked, Meaning, Required, Sent
from tests.providers.contract_subject import Subject, spelled
from tests.providers.stage import BASE_URL, SECRETS, Stage, shown

HTML = b"<!doctype html><html><body>Not here</body></html>"
ODD_IDS = ("a/b", "../x", "?x=1#y", "\u00fc \u00f1", "%2F", "a b", ";=&+", "...", "\u738b")


class Requests(Subject):
    """What leaves us, and what must not."""

    def test_fields_are_told_well(self, provider: Provider) -> None:
        names = [field.name for field in provider.fields]
        assert len(set(names)) == len(names)
        for field in provider.fields:
            assert "." not in field.name
            assert field.label
            assert field.group
            assert field.source
            assert not field.help or field.help.endswith(".")
            assert (field.locked is Locked.NO) == (field.locked_reason == "")
            assert field.locked is Locked.NO or field.locked_reason.endswith(".")
            assert not (field.required is not Required.NO and field.clearing is not Clearing.NO)
            assert provider.field(field.name) is field

    def test_the_sample_record_breaks_no_rule(self, provider: Provider) -> None:
        assert provider.violations(self.record, {}) == ()
        assert provider.violations(self.record, self.samples) == ()

    def test_there_is_a_sample_for_every_field_that_may_change(self, provider: Provider) -> None:
        assert set(self.samples) == {field.name for field in provider.fields if field.locked is Locked.NO}

    def test_what_is_locked_says_why_and_is_never_asked(self, provider: Provider) -> None:
        for field in provider.fields:
            if field.locked is not Locked.NO:
                (violation,) = provider.violations(self.record, {field.name: "something else"})
                assert (violation.field, violation.code) == (field.name, "locked")
                assert violation.message == field.locked_reason
                assert provider.asked_and_carried(self.record, {field.name: "something else"})[0] == ()

    def test_the_identity_is_locked_for_good(self, provider: Provider) -> None:
        for name in provider.identity:
            assert provider.field(name).locked is Locked.FORBIDDEN
            with pytest.raises(BadOptions):
                provider.configured({**self.options, "editable": name})

    def test_each_value_that_every_update_needs_is_asked_for(self, provider: Provider) -> None:
        for field in provider.fields:
            if field.required is Required.ALWAYS:
                before = {name: value for name, value in self.record.items() if name != field.name}
                violations = provider.violations(before, {})
                assert [(v.field, v.code) for v in violations] == [(field.name, "required")]

    def test_nothing_is_sent_that_breaks_a_rule(self, provider: Provider) -> None:
        stage = Stage()
        with stage.client(provider) as client, pytest.raises(Refused) as caught:
            client.update(self.record, {"no_such_field": "x"})
        assert [violation.code for violation in caught.value.violations] == ["unknown_field"]
        with stage.client(provider) as client, pytest.raises(Refused) as caught:
            client.update(self.record, {})
        assert [violation.code for violation in caught.value.violations] == ["nothing_asked"]
        assert stage.requests == []
        assert caught.value.exchange is None

    def test_what_cannot_be_cleared_is_not(self, provider: Provider) -> None:
        for field in provider.fields:
            if field.locked is Locked.NO and self.record.get(field.name) is not None:
                violations = provider.violations(self.record, {field.name: None})
                assert bool(violations) == (field.clearing is Clearing.NO)

    def test_what_is_shown_is_what_is_sent(self, provider: Provider) -> None:
        for name, value in self.samples.items():
            stage = Stage(body=self.success)
            with stage.client(provider) as client:
                client.update(self.record, {name: value})
            preview = provider.preview(BASE_URL, self.record, {name: value})
            assert preview.method == stage.request.method == "PUT"
            assert preview.url == str(stage.request.url)
            assert {header for header, _ in preview.headers} <= set(spelled(stage.request.headers))
            assert preview.asked == (name,)
            self.compare(provider, shown(preview), stage.sent)

    def test_asked_values_are_marked(self, provider: Provider) -> None:
        ((name, value),) = self.change.items()
        marked = [span.text for span in provider.preview(BASE_URL, self.record, {name: value}).body if span.asked]
        assert len(marked) == 1
        assert json.loads(marked[0]) == value

    def test_asked_and_carried_are_in_the_order_of_the_fields(self, provider: Provider) -> None:
        names = [field.name for field in provider.fields]
        asked, carried = provider.asked_and_carried(self.record, self.samples)
        assert list(asked) == sorted(asked, key=names.index)
        assert list(carried) == sorted(carried, key=names.index)
        assert not set(asked) & set(carried)

    def test_no_more_is_carried_than_the_provider_requires(self, provider: Provider) -> None:
        _, carried = provider.asked_and_carried(self.record, self.change)
        always = {field.name for field in provider.fields if field.sent is Sent.ALWAYS}
        assert set(carried) <= always | set(provider.identity)

    def test_odd_ids_reach_the_provider_as_they_are(self, provider: Provider) -> None:
        for odd in ODD_IDS:
            record = self.with_id(odd)
            if record is not None:
                stage = Stage(404, HTML)
                with stage.client(provider) as client, pytest.raises(Misrouted):
                    client.update(record, self.change)
                assert self.id_in(stage) == odd
                assert stage.request.url.raw_path.count(b"/") == f"/root{provider.default_path}".count("/")

    def test_an_id_of_dots_alone_is_refused(self, provider: Provider) -> None:
        for dots in (".", ".."):
            record = self.with_id(dots)
            if record is not None:
                assert [violation.code for violation in provider.violations(record, self.change)] == ["invalid_id"]
                with pytest.raises(BadIdentity):
                    provider.identify(provider.external_id(self.record).replace(self.external, dots))

    def test_an_id_leads_to_its_record_and_back(self, provider: Provider) -> None:
        assert provider.external_id(self.record) == self.external
        identity = provider.identify(self.external)
        assert all(self.record[name] == value for name, value in identity.items())
        assert provider.external_id(identity) == self.external
        assert provider.identify(f" {self.external}\n") == identity

    def test_an_id_that_cannot_be_is_refused_in_a_sentence(self, provider: Provider) -> None:
        for bad in self.bad_ids:
            with pytest.raises(BadIdentity, match=r"\.$"):
                provider.identify(bad)
        with pytest.raises(BadIdentity):
            provider.external_id({})

    def test_an_empty_record_has_no_name(self, provider: Provider) -> None:
        assert provider.name_of({}) == ""
        assert provider.meaning({}, Meaning.ADDRESS) is None

    @pytest.mark.parametrize(
        ("auth", "keys", "headers"),
        [
            ("bearer", ("token",), {"authorization": "Bearer t0ken-s3cr3t"}),
            ("api_key", ("api_key",), {"x-api-key": "k3y-s3cr3t"}),
            (
                "client",
                ("client_id", "client_secret"),
                {"x-client-id": "cl13nt-id", "x-client-secret": "cl13nt-s3cr3t"},
            ),
            ("basic", ("client_id", "client_secret"), {"authorization": "Basic Y2wxM250LWlkOmNsMTNudC1zM2NyM3Q="}),
        ],
    )
    def test_any_way_of_proving_who_we_are_can_be_chosen(
        self, provider: Provider, auth: str, keys: tuple[str, ...], headers: dict[str, str]
    ) -> None:
        other = provider.configured({**self.options, "auth": auth})
        assert other.credential_keys == keys
        stage = Stage(body=self.success)
        with stage.client(other) as client:
            client.update(self.record, self.change)
        assert {name: stage.request.headers[name] for name in headers} == headers
        for missing in keys:
            rest = {name: value for name, value in SECRETS.items() if name != missing}
            with pytest.raises(NotAllowed, match=missing):
                other.connect(base_url=BASE_URL, credentials=rest)

    @pytest.mark.parametrize(
        ("option", "value"),
        [
            ("path", "no slash"),
            ("path", "/a/../b"),
            ("path", "/a?b=c"),
            ("path", "/{nothing}"),
            ("path", "//evil.example"),
            ("auth", "magic"),
            ("editable", "no_such_field"),
            ("colour", "blue"),
        ],
    )
    def test_options_that_cannot_work_are_refused_by_name(self, provider: Provider, option: str, value: str) -> None:
        with pytest.raises(BadOptions) as caught:
            provider.configured({**self.options, option: value})
        assert {violation.field for violation in caught.value.violations} == {option}
        assert all(violation.message.endswith(".") for violation in caught.value.violations)

    def test_the_path_can_be_another(self, provider: Provider) -> None:
        path = f"/v9{provider.default_path}"
        stage = Stage(body=self.success)
        with stage.client(provider.configured({**self.options, "path": path})) as client:
            client.update(self.record, self.change)
        assert stage.request.url.path.startswith("/root/v9/")

    def test_other_rules_have_another_version(self, provider: Provider) -> None:
        assert provider.rules_version == provider.configured(self.options).rules_version
        elsewhere = provider.configured({**self.options, "path": f"/x{provider.default_path}"})
        assert provider.rules_version != elsewhere.rules_version
