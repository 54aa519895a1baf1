"""The style sheets: in layers, without a side that only one direction of writing has, and one for each component."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

SHEETS = sorted(Path("static/css").rglob("*.css"))
COMPONENTS = [path.stem for path in SHEETS if path.parent.name == "components"]
TEMPLATES = sorted(path.stem for path in Path("templates/components").glob("*.html"))
DOCUMENT = Path("docs/design-system.md").read_text(encoding="utf-8")

COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
PHYSICAL = re.compile(
    r"(?:margin|padding|border|inset|scroll-margin|scroll-padding)-(?:left|right)\b"
    r"|(?:text-align|float|clear):\s*(?:left|right)\b"
    r"|[;{\s](?:left|right):"
)
FOUR_SIDES = re.compile(r"\b(?:padding|margin|inset):\s*([^;{}()]+);")

every_sheet = pytest.mark.parametrize("path", SHEETS, ids=str)


def rules(path: Path) -> str:
    return COMMENT.sub("", path.read_text(encoding="utf-8"))


def lopsided(css: str) -> Iterator[str]:
    """What is said of four sides at once, and not the same of left and right."""
    for said in FOUR_SIDES.findall(css):
        sides = said.split()
        if len(sides) == 4 and sides[1] != sides[3]:
            yield said


@every_sheet
def test_no_side_is_called_left_or_right(path: Path) -> None:
    assert PHYSICAL.findall(rules(path)) == []
    assert list(lopsided(rules(path))) == []


@every_sheet
def test_every_rule_is_in_the_layer_of_its_folder(path: Path) -> None:
    layer = {"components": "components", "pages": "pages", "audit": "pages", "bulk": "pages"}.get(
        path.parent.name, path.stem
    )
    layer = "pages" if layer == "print" else layer
    outside = re.sub(rf"@layer {layer} \{{.*\n\}}\n?\Z", "", rules(path), flags=re.DOTALL).strip()
    assert outside == ("@layer tokens, base, layout, components, pages;" if path.stem == "tokens" else "")


@every_sheet
def test_a_sheet_opens_with_a_sentence_that_says_what_it_is(path: Path) -> None:
    assert re.match(r"/\* [A-Z][^*]+[.;] ?\*/\n|/\* [A-Z][^*]+\*/\n", path.read_text(encoding="utf-8"))


@every_sheet
def test_motion_is_only_for_those_who_did_not_ask_for_less(path: Path) -> None:
    still = re.sub(r"@media \(prefers-reduced-motion: no-preference\) \{(?:[^{}]|\{[^{}]*\})*\}", "", rules(path))
    # A delay alone moves nothing.
    assert [said for said in re.findall(r"\b(?:animation|transition): ([^;]+);", still) if " 0s " not in said] == []


def test_light_and_dark_differ_in_nothing_but_the_values_of_colours() -> None:
    """So that what axe finds in light holds in dark as well, but for what is about colours."""
    everything = {path.name: rules(path) for path in SHEETS}
    assert [name for name, css in everything.items() if "prefers-color-scheme" in css] == []
    assert [name for name, css in everything.items() if "light-dark(" in css] == ["tokens.css"]
    tokens = everything["tokens.css"]
    assert tokens.count("light-dark(") == len(
        re.findall(r"--[\w-]+: light-dark\(#[0-9a-f]{6}, #[0-9a-f]{6}\);", tokens)
    )
    scripts = [path.name for path in Path("static/js").rglob("*.js") if "color-scheme" in path.read_text("utf-8")]
    assert scripts == []


@pytest.mark.parametrize("component", COMPONENTS)
def test_each_component_is_in_the_documentation(component: str) -> None:
    assert f"`{component}`" in DOCUMENT


@pytest.mark.parametrize("template", TEMPLATES)
def test_each_template_of_a_component_is_in_the_documentation_and_says_what_it_takes(template: str) -> None:
    assert f"`{template}`" in DOCUMENT
    assert Path(f"templates/components/{template}.html").read_text(encoding="utf-8").startswith("{% comment %}")
