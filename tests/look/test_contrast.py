"""The colours: whatever is read stands out from its ground, by light and by dark (WCAG 2.2, 1.4.3 and 1.4.11)."""

import re
from pathlib import Path

import pytest

from console.views.swatches import Pair, contrast, pairs, palette

NORMAL, MORE = palette(), palette(more_contrast=True)
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
SHEETS = {path.name: COMMENT.sub("", path.read_text(encoding="utf-8")) for path in Path("static/css").rglob("*.css")}
# What is no ground and no foreground of its own: lines between things, which nothing depends on.
QUIET = {"line", "line-strong"}


def test_contrast_is_measured_as_the_guidelines_define_it() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("pair", pairs(NORMAL), ids=lambda pair: f"{pair.colour} on {pair.ground}")
def test_each_pair_of_colours_stands_apart(pair: Pair) -> None:
    assert min(pair.light, pair.dark) >= pair.enough


@pytest.mark.parametrize("pair", pairs(MORE), ids=lambda pair: f"{pair.colour} on {pair.ground}")
def test_whoever_asks_for_more_contrast_gets_no_less_anywhere(pair: Pair) -> None:
    normal = next(each for each in pairs(NORMAL) if (each.colour, each.ground) == (pair.colour, pair.ground))
    assert min(pair.light, pair.dark) >= pair.enough
    assert pair.light >= normal.light
    assert pair.dark >= normal.dark


def test_more_contrast_makes_the_quiet_colours_louder() -> None:
    for name in ("text-soft", "text-faint"):
        assert contrast(MORE[name][0], MORE["surface"][0]) >= 7
        assert contrast(MORE[name][1], MORE["surface"][1]) >= 7
    assert contrast(MORE["line-strong"][0], MORE["surface"][0]) >= 3


def test_every_colour_takes_part_in_a_pair() -> None:
    taking_part = {name for pair in pairs(NORMAL) for name in (pair.colour, pair.ground)}
    assert set(NORMAL) - taking_part == QUIET


def test_every_colour_is_used_and_every_one_used_is_there() -> None:
    used = {name for css in SHEETS.values() for name in re.findall(r"var\(--([\w-]+)", css)}
    defined = {name for css in SHEETS.values() for name in re.findall(r"--([\w-]+)\s*:", css)}
    assert used <= defined
    assert set(NORMAL) <= used


def test_only_the_tokens_name_colours() -> None:
    # A name of a colour as a value; `transparent`, `currentColor` and the colours of the system are none of ours.
    raw = re.compile(r"#[0-9a-f]{3,8}\b|\b(?:rgb|rgba|hsl|hwb|lab|lch|oklab|oklch)\(|: (?:black|white|red|grey|gray)\b")
    assert {name for name, css in SHEETS.items() if raw.search(css)} == {"tokens.css"}
