"""What holds for every template: nothing inline, nothing missing, nothing that the security policy would block."""

import json
import re
from pathlib import Path

import pytest

from console.bundles import SOURCES, sources

TEMPLATES = sorted(Path("templates").rglob("*.html"))
SHEETS = [name for name in SOURCES if name.endswith(".css")]
PART = "list.css"  # of those of many, for the page that is seen most
SPRITE = set(re.findall(r'<symbol id="([\w-]+)"', Path("static/img/icons.svg").read_text(encoding="utf-8")))

every_template = pytest.mark.parametrize("path", TEMPLATES, ids=str)


# It goes into evidence packs and is read without the console: there is no style sheet to link.
STANDS_ALONE = (Path("templates/audit/pack.html"), r"<style\b")


def markup(path: Path) -> str:
    return re.sub(r"{% comment %}.*?{% endcomment %}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)


@every_template
@pytest.mark.parametrize(
    "forbidden",
    [r"<style\b", r"\sstyle=", r"<script(?![^>]*\ssrc=)", r"\son\w+=", r"\shx-on", r"javascript:", r"\|safe\b"],
)
def test_no_template_holds_inline_style_or_script(path: Path, forbidden: str) -> None:
    assert (path, forbidden) == STANDS_ALONE or re.search(forbidden, markup(path), re.IGNORECASE) is None


@every_template
def test_every_icon_that_a_template_names_is_in_the_sprite(path: Path) -> None:
    named = re.findall(r'{% icon "([\w-]+)"', markup(path))
    named += re.findall(r'{% state "\w+" "([\w-]+)"', markup(path))
    named += re.findall(r'\sicon="([\w-]+)"', markup(path))
    assert set(named) <= SPRITE


@every_template
def test_a_component_is_included_with_only_what_it_is_given(path: Path) -> None:
    includes = re.findall(r'{% include "components/[^%]*%}', markup(path))
    assert [tag for tag in includes if not tag.endswith(" only %}")] == []


def test_the_icons_of_the_tones_are_in_the_sprite() -> None:
    from console.templatetags.look import TONE_ICONS

    assert set(TONE_ICONS.values()) <= SPRITE


def test_every_style_sheet_is_in_one_bundle_and_the_tokens_come_first() -> None:
    static = Path("static").resolve()
    joined = [str(sheet.relative_to(static)) for name in SHEETS if name != PART for sheet in sources(name)]
    assert sorted(joined) == sorted(str(sheet.relative_to("static")) for sheet in Path("static/css").rglob("*.css"))
    assert joined[0] == "css/tokens.css"


def test_the_list_fetches_its_own_sheet_of_those_of_many_and_not_both() -> None:
    assert set(sources(PART)) < set(sources("bulk.css"))
    assert not [
        path
        for path in TEMPLATES
        if {"customers/sheet.html", "bulk/sheet.html"} <= set(re.findall(r'include "([^"]+)"', markup(path)))
    ]


def test_every_script_is_in_the_bundle_and_what_they_share_comes_first() -> None:
    joined = [str(source.relative_to(Path("static").resolve())) for source in sources("console.js")]
    assert sorted(joined) == sorted(str(script.relative_to("static")) for script in Path("static/js").rglob("*.js"))
    assert joined[0] == "js/steward.js"


def test_htmx_evaluates_nothing_keeps_no_pages_and_swaps_a_refused_form() -> None:
    found = re.search(r"name=\"htmx-config\" content='([^']+)'", Path("templates/base.html").read_text("utf-8"))
    assert found
    config = json.loads(found[1])
    assert [config[name] for name in ("allowEval", "allowScriptTags", "includeIndicatorStyles")] == [False] * 3
    assert config["historyCacheSize"] == 0
    assert config["refreshOnHistoryMiss"] is True
    assert next(rule for rule in config["responseHandling"] if re.fullmatch(rule["code"], "422"))["swap"] is True
    assert next(rule for rule in config["responseHandling"] if re.fullmatch(rule["code"], "500"))["swap"] is False
