"""The provider that a contract is tried on, and what the parts of the contract do with it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import unquote

import httpx
import pytest

from providers import registry
from providers.base import Accepted, Provider
from providers.errors import (
    ProviderError,
)
from tests.providers.stage import Stage, exact


class Subject:
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

    def with_id(self, odd: str) -> dict[str, Any] | None:
        """The record under another id, or None where no such id can be."""
        return {**self.record, registry.get(self.slug).identity[0]: odd}

    def id_in(self, stage: Stage) -> str:
        """The id that a request speaks of: by default the last part of its path."""
        return unquote(stage.request.url.raw_path.decode().rsplit("/", 1)[1])


def pretty(text: str) -> str:
    """JSON written anew with two spaces a level, numbers with their digits."""
    marked = json.dumps(json.loads(text, parse_float="@{}@".format), indent=2, ensure_ascii=False)
    return re.sub(r'"@([0-9.]+)@"', r"\1", marked)


def spelled(headers: httpx.Headers) -> list[str]:
    return [name.decode() for name, _ in headers.raw]
