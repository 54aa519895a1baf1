"""The colours: what the tokens are, which of them stand on which, and how far each pair stands apart (WCAG 2.2)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings

TOKEN = re.compile(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)")

GROUNDS = ("ground", "surface", "raised", "sunken")
TONES = ("applied", "waiting", "refused", "unknown", "neutral")
WASHES = (*(f"{tone}-wash" for tone in TONES), "accent-wash")

# What is read, on what it stands (1.4.3): 4.5 to 1.
READ = (
    *((text, ground) for text in ("text", "text-soft", "text-faint", "accent") for ground in GROUNDS),
    *((text, wash) for text in ("text", "text-soft", "accent") for wash in WASHES),
    *((tone, ground) for tone in TONES for ground in (*GROUNDS, f"{tone}-wash")),
    ("text-faint", "accent-wash"),  # who changed a field, on a changed row
    ("text-faint", "neutral-wash"),  # small print of a row under the pointer
    ("text-faint", "waiting-wash"),  # small print of a row that a link led to
    ("refused", "accent-wash"),  # an error on a changed row
    ("refused", "neutral-wash"),  # a dangerous button, or an error in a list, under the pointer
    ("applied", "neutral-wash"),  # copied, under the pointer
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
)
# Lines, dots and rings that say something by themselves (1.4.11): 3 to 1.
SEEN = (
    *(("input-line", ground) for ground in ("surface", "raised", "ground", "accent-wash")),
    *(("accent", ground) for ground in (*GROUNDS, *WASHES)),  # the focus ring
    *(("refused", ground) for ground in ("raised", "refused-wash")),  # the edge of a wrong field
    *((tone, "neutral-wash") for tone in TONES),  # a meter
)
ENOUGH_TO_READ, ENOUGH_TO_SEE = 4.5, 3.0

type Palette = Mapping[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Pair:
    """One colour on another, by light and by dark."""

    colour: str
    ground: str
    enough: float
    light: float
    dark: float


def palette(*, more_contrast: bool = False) -> Palette:
    """Each token with its colour by light and by dark, for everybody or for those who asked for more contrast."""
    css = (settings.BASE_DIR / "static/css/tokens.css").read_text(encoding="utf-8")
    normal, _, more = css.partition("@media (prefers-contrast: more)")
    return {name: (light, dark) for name, light, dark in TOKEN.findall(css if more_contrast and more else normal)}


def pairs(colours: Palette) -> list[Pair]:
    """Every pair that is used, each once, judged as text where it is text anywhere."""
    judged = dict.fromkeys(SEEN, ENOUGH_TO_SEE) | dict.fromkeys(READ, ENOUGH_TO_READ)
    return [_pair(colours, colour, ground, enough) for (colour, ground), enough in judged.items()]


def contrast(one: str, other: str) -> float:
    """From 1 to 21, as the guidelines define it."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _pair(colours: Palette, colour: str, ground: str, enough: float) -> Pair:
    light, dark = (contrast(*both) for both in zip(colours[colour], colours[ground], strict=True))
    return Pair(colour, ground, enough, light, dark)


def _luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
