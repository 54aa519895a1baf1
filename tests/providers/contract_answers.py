"""The contract, second part: what answers mean, what is read, and what is never told."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterable

import httpx
import pytest

from providers.base import Provider
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
    Unreadable,
)
from tests.providers.contract_subject import Subject
from tests.providers.stage import BASE_URL, SECRETS, Stage, shown

JUNK: tuple[object, ...] = (["x"], {"a": {"b": 1}}, 1.5, True, "x" * 10_000, {"a": "x" * 25_000}, 10**4000)
HTML = b"<!doctype html><html><body>Not here</body></html>"
HOSTILE = (
    *(b"", b"   ", b"null", b"[]", b"[1,2]", b'"text"', b"true", b"12", b"{", b'{"a":', b"\xff\xfe", b"NaN", b"{}"),
    *(b'{"a":' * 5000 + b"1" + b"}" * 5000, b"9" * 9000, b'{"id": ' + b"9" * 9000 + b"}", b"\x00", HTML),
)


class Answers(Subject):
    """What comes back, whatever it is."""

    @pytest.mark.parametrize(
        ("status", "body", "error"),
        [
            *((status, HTML, Misrouted) for status in (301, 302, 307, 308, 404)),
            *((status, {}, OutcomeUnknown) for status in (303, 408, 500, 501, 502, 503, 504, 520)),
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
        for gateway in ({"hello": "world"}, {"message": "no route matched"}, {"error_message": "no route matched"}):
            assert isinstance(self.refused(provider, Stage(404, gateway)), Misrouted)

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
            for junk in JUNK:
                document = dict.fromkeys(self.success, junk) | self._told(provider.identity) | self._told(self.change)
                with Stage(body=document).client(provider) as client:
                    values = client.update(self.record, self.change).values
                assert values is not None
                assert all(provider.field(name).is_sendable(value) for name, value in values.items())

    def test_an_echo_with_something_impossible_where_a_value_was_asked_for_is_no_success(
        self, provider: Provider
    ) -> None:
        if provider.capabilities.echoes:
            for junk in ({"a": [1]}, [["x"]], "x" * 100_000):
                raised = self.refused(provider, Stage(body={**self.success, **dict.fromkeys(self.change, junk)}))
                assert type(raised) is Unreadable
                assert raised.exchange is not None

    def test_a_reading_says_what_it_could_not_make_sense_of(self, provider: Provider) -> None:
        if provider.capabilities.reads:
            strange = {name: [["x"]] for name in self.change}
            with Stage(body={**self.success, **strange}).client(provider) as client:
                reading = client.read(self.record)
            assert reading.garbled == set(self.change)
            with Stage(body=self.success).client(provider) as client:
                assert client.read(self.record).garbled == frozenset()

    def _told(self, names: Iterable[str]) -> dict[str, object]:
        return {name: self.success[name] for name in names if name in self.success}

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
            told += [str(outcome), repr(outcome)]
            told.append(provider.redact(stage.request.content))
            told.append(provider.redact(echo, hide=hidden))
        everything = "\n".join([*told, caplog.text])
        for secret in (*hidden, *SECRETS.values()):
            # A time or an address in memory may happen to hold the same digits.
            assert not re.search(rf"(?<![\w.]){re.escape(secret)}(?!\w)", everything)

    def test_redacting_never_raises(self, provider: Provider) -> None:
        for body in (*HOSTILE, b"x" * 3_000_000, "text", "\ud800", ""):
            text = provider.redact(body)
            text.encode()
            assert len(text) <= 4001

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
