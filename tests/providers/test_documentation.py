"""Each provider's page in docs/providers says everything that its rules say."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from providers import registry
from providers.base import Provider

PAGES = Path(__file__).parents[2] / "docs" / "providers"
EVERY_PROVIDER = pytest.mark.parametrize("provider", registry.all(), ids=lambda provider: provider.slug)
ROW = re.compile(r"^\| (`.+?) \|", re.MULTILINE)
NAME = re.compile(r"`([^`]+)`")


def page(provider: Provider) -> str:
    return (PAGES / f"{provider.slug}.md").read_text(encoding="utf-8")


def section(provider: Provider, title: str) -> str:
    return page(provider).partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def rows(text: str) -> list[str]:
    """The names in the first cells of a table."""
    return [name for cell in ROW.findall(text) for name in NAME.findall(cell)]


def test_there_is_a_page_for_each_provider_and_none_besides() -> None:
    assert sorted(path.stem for path in PAGES.glob("*.md")) == sorted(provider.slug for provider in registry.all())


@EVERY_PROVIDER
def test_the_table_of_fields_names_each_field_once(provider: Provider) -> None:
    assert sorted(rows(section(provider, "Fields"))) == sorted(field.name for field in provider.fields)


@EVERY_PROVIDER
def test_the_table_of_options_names_each_option_once(provider: Provider) -> None:
    options = sorted(option.name for option in provider.options)
    assert sorted(rows(section(provider, "Options of a connection"))) == options


@EVERY_PROVIDER
def test_the_credentials_the_path_and_the_source_are_named(provider: Provider) -> None:
    text = page(provider)
    for name in (*provider.credential_keys, provider.default_path, provider.default_base_url, provider.source_url):
        assert name in text
    assert all(f"<{url}>" in text for url in provider.sources.values())


@EVERY_PROVIDER
def test_every_field_names_a_page_that_can_be_opened(provider: Provider) -> None:
    for field in provider.fields:
        assert provider.page_of(field).startswith(provider.source_url)


@EVERY_PROVIDER
def test_each_sample_body_is_made_of_the_providers_own_fields(provider: Provider) -> None:
    known = {field.name for field in provider.fields}
    samples = [json.loads(text) for text in re.findall(r"```json\n(.*?)```", page(provider), re.DOTALL)]
    assert samples
    for sample in samples:
        assert {*sample, *sample.get("data", {})} - {"data"} <= known


@EVERY_PROVIDER
def test_what_the_page_says_about_reading_is_what_the_provider_can_do(provider: Provider) -> None:
    (said,) = re.findall(r"^\| can a record be read\? \| (yes|no)", page(provider), re.MULTILINE)
    assert (said == "yes") == provider.capabilities.reads


def test_the_example_of_a_new_provider_works_as_it_is_printed() -> None:
    printed = (PAGES.parent / "adding-a-provider.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", printed, re.DOTALL)
    module: dict[str, object] = {"__name__": "providers.harbour"}
    exec(compile(code, "adding-a-provider.md", "exec"), module)  # noqa: S102 -- our own documentation
    harbour = module["Harbour"]
    assert isinstance(harbour, type)
    provider = harbour()
    assert isinstance(provider, Provider)
    before = {"holder_id": "H/7", "full_name": "Ada Moor", "email": "ada@moor.example"}
    assert provider.violations(before, {"berth": "N"}) == ()
    assert [violation.code for violation in provider.violations(before, {"holder_id": "H8"})] == ["locked"]
    preview = provider.preview("", before, {"berth": "N"})
    assert preview.url == "https://api.harbour.example/holders/H%2F7"
    assert json.loads("".join(span.text for span in preview.body)) == {"email": "ada@moor.example", "berth": "N"}
