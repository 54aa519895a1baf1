"""What every provider's adapter must do. A provider's own test class supplies a record and subclasses this suite."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import unquote

import httpx
import pytest

from providers import registry
from providers.base import Accepted, BadIdentity, BadOptions, Provider
from providers.errors import (
    Conflict,
    Misrouted,
    NotAllowed,
    NotReadable,
    NotSent,
    OutcomeUnknown,
    ProviderError,
    Refused,
    TryLater,
)
from providers.fields import Clearing, Locked, Meaning, Required, Sent
from providers.sandbox import Sandbox
from tests.providers.stage import BASE_URL, SECRETS, Stage, exact, shown

HTML = b"<!doctype html><html><body>Not here</body></html>"
ODD_IDS = ("a/b", "../x", "?x=1#y", "\u00fc \u00f1", "%2F", "a b", ";=&+", "...", "\u738b")
HOSTILE = (
    *(b"", b"   ", b"null", b"[]", b"[1,2]", b'"text"', b"true", b"12", b"{", b'{"a":', b"\xff\xfe", b"NaN", b"{}"),
    *(b'{"a":' * 5000 + b"1" + b"}" * 5000, b"9" * 9000, b'{"id": ' + b"9" * 9000 + b"}", b"\x00", HTML),
)


class ContractSuite:
    """Subclasses name the provider, a whole record of it, and one new value for every field that may be changed."""

    slug: ClassVar[str]
    options: ClassVar[Mapping[str, str]] = {}
    record: ClassVar[Mapping[str, Any]]
    samples: ClassVar[Mapping[str, Any]]
    own_404: ClassVar[Mapping[str, Any]]
    success: ClassVar[Mapping[str, Any]]
    """A 200 of this provider to an update of the record."""
    external: ClassVar[str]
    """The record's id as the console writes it."""
    bad_ids: ClassVar[tuple[str, ...]] = ("", "  ", "a\0b", "a\u200bb", "x" * 201, "\ud800")
    sandbox_settings: ClassVar[Mapping[str, Any]] = {}

    @pytest.fixture
    def provider(self) -> Provider:
        return registry.get(self.slug).configured(self.options)

    @property
    def change(self) -> dict[str, Any]:
        """One change: the first sample."""
        return dict(list(self.samples.items())[:1])

    def outcome(
        self, provider: Provider, stage: Stage, change: Mapping[str, Any] | None = None
    ) -> Accepted | ProviderError:
        """What becomes of a change, the first sample unless another is given."""
        try:
            with stage.client(provider) as client:
                return client.update(self.record, self.change if change is None else change)
        except ProviderError as error:
            return error

    def refused(self, provider: Provider, stage: Stage) -> ProviderError:
        """The error that an answer to the first sample means."""
        outcome = self.outcome(provider, stage)
        assert isinstance(outcome, ProviderError)
        return outcome

    # Fields

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

    # Requests

    def test_what_is_shown_is_what_is_sent(self, provider: Provider) -> None:
        for name, value in self.samples.items():
            stage = Stage(body=self.success)
            with stage.client(provider) as client:
                client.update(self.record, {name: value})
            preview = provider.preview(BASE_URL, self.record, {name: value})
            assert preview.method == stage.request.method == "PUT"
            assert preview.url == str(stage.request.url)
            assert {header for header, _ in preview.headers} <= set(_spelled(stage.request.headers))
            assert preview.asked == (name,)
            self.compare(provider, shown(preview), stage.sent)

    def compare(self, provider: Provider, text: str, sent: Any) -> None:
        """The shown text is the sent document, pretty, with nothing but sensitive values masked."""
        seen = exact(text)
        sensitive = {field.name for field in provider.fields if field.sensitive}
        for told, truth in ((seen, sent), (seen.get("data", {}), sent.get("data", {}))):
            assert list(told) == list(truth)
            assert all(
                told[key] == "••••" if key in sensitive else told[key] == truth[key] for key in truth if key != "data"
            )
        assert text == pretty(text)

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

    def with_id(self, odd: str) -> dict[str, Any] | None:
        """The record under another id, or None where no such id can be."""
        return {**self.record, registry.get(self.slug).identity[0]: odd}

    def id_in(self, stage: Stage) -> str:
        """The id that a request speaks of: by default the last part of its path."""
        return unquote(stage.request.url.raw_path.decode().rsplit("/", 1)[1])

    def test_an_id_of_dots_alone_is_refused(self, provider: Provider) -> None:
        for dots in (".", ".."):
            record = self.with_id(dots)
            if record is not None:
                assert [violation.code for violation in provider.violations(record, self.change)] == ["invalid_id"]
                with pytest.raises(BadIdentity):
                    provider.identify(provider.external_id(self.record).replace(self.external, dots))

    # Identity and names

    def test_an_id_leads_to_its_record_and_back(self, provider: Provider) -> None:
        assert provider.external_id(self.record) == self.external
        identity = provider.identify(self.external)
        assert all(self.record[name] == value for name, value in identity.items())
        assert provider.external_id(identity) == self.external

    def test_an_id_that_cannot_be_is_refused_in_a_sentence(self, provider: Provider) -> None:
        for bad in self.bad_ids:
            with pytest.raises(BadIdentity, match=r"\.$"):
                provider.identify(bad)
        with pytest.raises(BadIdentity):
            provider.external_id({})

    def test_an_empty_record_has_no_name(self, provider: Provider) -> None:
        assert provider.name_of({}) == ""
        assert provider.meaning({}, Meaning.ADDRESS) is None

    # Answers

    @pytest.mark.parametrize(
        ("status", "body", "error"),
        [
            *((status, HTML, Misrouted) for status in (301, 302, 303, 307, 308, 404)),
            *((status, {}, OutcomeUnknown) for status in (408, 500, 501, 502, 503, 504, 520)),
            *((status, {}, Refused) for status in (400, 402, 403, 405, 410, 413, 422, 451)),
            *((status, {}, TryLater) for status in (425, 429)),
            (304, b"", Misrouted),
            (401, {}, NotAllowed),
            (404, b"", Misrouted),
            (404, {}, Misrouted),
            (404, [], Misrouted),
            (409, {}, Conflict),
            (200, HTML, OutcomeUnknown),
        ],
    )
    def test_every_status_has_its_meaning(
        self, provider: Provider, status: int, body: object, error: type[ProviderError]
    ) -> None:
        raised = self.refused(provider, Stage(status, body, {"Retry-After": "7"}))
        assert type(raised) is error or (error is OutcomeUnknown and isinstance(raised, error))
        assert raised.exchange is not None
        assert raised.exchange.status == status
        if isinstance(raised, TryLater):
            assert raised.after == 7
        if isinstance(raised, Refused):
            assert raised.forbidden == (status == 403)
            assert not raised.gone
            (violation,) = raised.violations
            assert provider.title in violation.message

    def test_a_record_that_is_gone_is_told_from_a_wrong_address(self, provider: Provider) -> None:
        raised = self.refused(provider, Stage(404, self.own_404))
        assert isinstance(raised, Refused)
        assert raised.gone
        assert all(violation.field is None for violation in raised.violations)
        assert isinstance(self.refused(provider, Stage(404, {"hello": "world"})), Misrouted)

    @pytest.mark.parametrize(
        ("broken", "error"),
        [
            (httpx.ConnectError("no"), NotSent),
            (httpx.ConnectTimeout("no"), NotSent),
            (httpx.PoolTimeout("no"), NotSent),
            (httpx.ReadError("no"), OutcomeUnknown),
            (httpx.ReadTimeout("no"), OutcomeUnknown),
            (httpx.RemoteProtocolError("no"), OutcomeUnknown),
        ],
    )
    def test_a_broken_line_is_told_by_what_had_left(
        self, provider: Provider, broken: Exception, error: type[ProviderError]
    ) -> None:
        assert type(self.refused(provider, Stage(error=broken))) is error

    @pytest.mark.parametrize("status", [200, 201, 400, 404, 422, 500])
    @pytest.mark.parametrize("body", HOSTILE, ids=lambda body: repr(body[:12]))
    def test_no_answer_crashes_an_update(self, provider: Provider, status: int, body: bytes) -> None:
        outcome = self.outcome(provider, Stage(status, body))
        if isinstance(outcome, ProviderError):
            assert outcome.exchange is not None
            assert not (status < 300 and isinstance(outcome, Refused | TryLater | NotAllowed))
        else:
            assert status < 300
            assert outcome.values is None

    def test_values_of_wrong_types_are_kept_out(self, provider: Provider) -> None:
        if provider.capabilities.echoes:
            for junk in (["x"], {"a": {"b": 1}}, 1.5, True):
                document = {name: junk for name in self.success if name not in provider.identity} | {
                    name: self.success[name] for name in provider.identity
                }
                with Stage(body=document).client(provider) as client:
                    values = client.update(self.record, self.change).values
                assert values is not None
                assert all(provider.field(name).is_sendable(value) for name, value in values.items())

    def test_an_echo_is_cleaned_for_the_database(self, provider: Provider) -> None:
        if provider.capabilities.echoes:
            texts = {name: f"{value}\0\ud800" for name, value in self.success.items() if isinstance(value, str)}
            with Stage(body={**self.success, **texts, "unheard_of": 1}).client(provider) as client:
                values = client.update(self.record, self.change).values
            assert values is not None
            assert set(values) == set(self.success) & {field.name for field in provider.fields}
            told = json.dumps(dict(values), ensure_ascii=False)
            assert "\0" not in told.encode().decode()
            assert "\\u0000" not in told

    def test_an_answer_about_somebody_else_is_no_success(self, provider: Provider) -> None:
        if provider.capabilities.echoes:
            name = provider.identity[0]
            for document in ({**self.success, name: "9999"}, {**self.success, name: None}, {"ok": True}):
                raised = self.refused(provider, Stage(body=document))
                assert isinstance(raised, OutcomeUnknown)
                assert raised.exchange is not None

    def test_an_echo_tells_what_the_provider_kept(self, provider: Provider) -> None:
        with Stage(body=self.success).client(provider) as client:
            accepted = client.update(self.record, self.change)
        assert accepted.exchange.status == 200
        assert (accepted.values is not None) == (provider.capabilities.echoes or "name" in self.success)
        for name, value in (accepted.values or {}).items():
            assert provider.field(name).same(value, provider.field(name).from_wire(self.success[name]))

    # Privacy

    def test_nothing_secret_or_sensitive_is_told(self, provider: Provider, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        hidden = {str(self.record[f.name]) for f in provider.fields if f.sensitive and self.record.get(f.name)}
        hidden |= {str(self.samples[f.name]) for f in provider.fields if f.sensitive and f.name in self.samples}
        echo = json.dumps({**self.success, "message": f"wrong: {sorted(hidden)}", "errors": sorted(hidden)}).encode()
        told = [shown(preview := provider.preview(BASE_URL, self.record, self.samples)), repr(preview)]
        for status in (200, 400, 403, 404, 409, 500):
            stage = Stage(status, echo)
            outcome = self.outcome(provider, stage, self.samples)
            violations = outcome.violations if isinstance(outcome, Refused) else ()
            told += [str(outcome.exchange), repr(outcome.exchange), repr(violations)]
            told += [str(outcome), repr(outcome)] if isinstance(outcome, ProviderError) else []
            told.append(provider.redact(stage.request.content))
            told.append(provider.redact(echo, hide=hidden))
        everything = "\n".join([*told, caplog.text])
        for secret in (*hidden, *SECRETS.values()):
            assert secret not in everything

    def test_redacting_never_raises(self, provider: Provider) -> None:
        for body in (*HOSTILE, b"x" * 3_000_000, "text", "\ud800", ""):
            text = provider.redact(body)
            text.encode()
            assert len(text) <= 4001

    # Reading

    def test_a_record_is_read_where_it_can_be(self, provider: Provider) -> None:
        if not provider.capabilities.reads:
            with Stage().client(provider) as client, pytest.raises(NotReadable):
                client.read(self.record)
            return
        stage = Stage(body=self.success)
        with stage.client(provider) as client:
            reading = client.read(self.record)
        assert stage.request.method == "GET"
        assert stage.request.content == b""
        assert provider.external_id(reading.values) == self.external
        with Stage(404, self.own_404).client(provider) as client, pytest.raises(Refused) as caught:
            client.read(self.record)
        assert caught.value.gone
        for hostile in HOSTILE:
            with Stage(body=hostile).client(provider) as client, pytest.raises(OutcomeUnknown):
                client.read(self.record)

    def test_reading_can_be_switched_off(self, provider: Provider) -> None:
        if provider.capabilities.reads:
            silent = provider.configured({**self.options, "read": "off"})
            assert not silent.capabilities.reads
            assert not silent.capabilities.reads_before_sending
            with Stage().client(silent) as client, pytest.raises(NotReadable):
                client.read(self.record)

    # Options

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

    # The sandbox: the contract read a second time, by somebody else

    def test_the_sandbox_takes_every_update_as_shown(self, provider: Provider, sandbox: Sandbox) -> None:
        sandbox.configure(self.slug, **self.sandbox_settings)
        sandbox.seed(self.slug, [self.record])
        base_url = sandbox.base_url(self.slug)
        with provider.connect(base_url=base_url, credentials=sandbox.credentials(self.slug)) as client:
            for name, value in self.samples.items():
                accepted = client.update(self.record, {name: value})
                entry = sandbox.ledger(self.slug)[-1]
                self.compare(provider, shown(provider.preview(base_url, self.record, {name: value})), entry["body"])
                assert entry["applied"]
                assert entry["external_id"] == self.external
                kept = sandbox.record(self.slug, self.external)
                assert kept is not None
                assert provider.field(name).same(provider.field(name).from_wire(kept[name]), value)
                if accepted.values is not None:
                    assert provider.field(name).same(accepted.values[name], value)
        assert len(sandbox.ledger(self.slug)) == len(self.samples)


def pretty(text: str) -> str:
    """JSON written anew with two spaces a level, numbers with their digits."""
    marked = json.dumps(json.loads(text, parse_float="@{}@".format), indent=2, ensure_ascii=False)
    return re.sub(r'"@([0-9.]+)@"', r"\1", marked)


def _spelled(headers: httpx.Headers) -> list[str]:
    return [name.decode() for name, _ in headers.raw]
