"""The colours: whatever is read stands out from its ground, by light and by dark (WCAG 2.2, 1.4.3 and 1.4.11)."""

import re
from pathlib import Path

import pytest

TOKENS = Path("static/css/tokens.css").read_text(encoding="utf-8")
PAIR = re.compile(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)")

GROUNDS = ("ground", "surface", "raised", "sunken")
TONES = ("applied", "waiting", "refused", "unknown", "neutral")
WASHES = (*(f"{tone}-wash" for tone in TONES), "accent-wash")

READ = [
    *((text, ground) for text in ("text", "text-soft", "text-faint", "accent") for ground in GROUNDS),
    *((text, wash) for text in ("text", "text-soft", "accent") for wash in WASHES),
    *((tone, ground) for tone in TONES for ground in (*GROUNDS, f"{tone}-wash")),
    ("text-faint", "accent-wash"),  # who changed a field, on a changed row
    ("text-faint", "neutral-wash"),  # small print of a row under the pointer
    ("refused", "accent-wash"),  # an error on a changed row
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
]
SEEN = [("input-line", ground) for ground in ("surface", "raised")] + [("accent", ground) for ground in GROUNDS]


def tokens(css: str) -> dict[str, tuple[str, str]]:
    return {name: (light, dark) for name, light, dark in PAIR.findall(css)}


NORMAL_CSS, MORE_CSS = TOKENS.split("@media (prefers-contrast: more)")
NORMAL = tokens(NORMAL_CSS)
MORE = NORMAL | tokens(MORE_CSS)


def luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_measured_as_the_guidelines_define_it() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("colours", [NORMAL, MORE], ids=["normal", "more contrast"])
@pytest.mark.parametrize(("text", "ground"), READ)
def test_text_can_be_read_on_its_ground(
    text: str, ground: str, colours: dict[str, tuple[str, str]], scheme: int
) -> None:
    assert contrast(colours[text][scheme], colours[ground][scheme]) >= 4.5


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("colours", [NORMAL, MORE], ids=["normal", "more contrast"])
@pytest.mark.parametrize(("line", "ground"), SEEN)
def test_the_edge_of_a_control_and_the_focus_can_be_seen(
    line: str, ground: str, colours: dict[str, tuple[str, str]], scheme: int
) -> None:
    assert contrast(colours[line][scheme], colours[ground][scheme]) >= 3


def test_only_the_tokens_name_colours() -> None:
    sheets = {path.name: path.read_text(encoding="utf-8") for path in Path("static/css").rglob("*.css")}
    colourful = {name for name, css in sheets.items() if re.search(r"#[0-9a-f]{3,8}\b|rgb\(|hsl\(", css)}
    assert colourful == {"tokens.css", "print.css"}
