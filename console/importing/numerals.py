"""Numbers with points and commas, in two styles. Which one it is, is asked, even where some numbers allow only one.

“1.234” is a little more than one to some, and a thousand to others; “12.5” and “1234.567” are the same to everybody who
writes with a point, and nothing to the others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from console.importing.table import NumberStyle, Unclear

_UNSAID = "Say how the numbers of this column read: a comma may divide thousands, or stand before decimals."
_NONE = "This is no number with a {sign} before its decimals, as this column was said to have."
_LONGEST = 60
_SIGNS = re.compile(r"^(?:₹|\$|€|£|Rs\.?|INR|USD|EUR|GBP)\s*|\s*(?:₹|\$|€|£|INR|USD|EUR|GBP)$", re.IGNORECASE)
_FIGURES = re.compile(r"[+-]?[0-9][0-9.,]*|[+-]?[.,][0-9]+")
_MAY_BE_EITHER = re.compile(r"[+-]?[1-9][0-9]{0,2}\.[0-9]{3}")
_IN_STYLE = {
    # Thousands are divided by twos in India, from the second place on. None begin with a zero: 0,500 is half of one.
    NumberStyle.POINT: re.compile(r"[+-]?(?:[0-9]*|[1-9][0-9]{0,2}(?:,[0-9]{2,3})*,[0-9]{3})(?:\.[0-9]*)?"),
    NumberStyle.COMMA: re.compile(r"[+-]?(?:[0-9]*|[1-9][0-9]{0,2}(?:\.[0-9]{2,3})*\.[0-9]{3})(?:,[0-9]*)?"),
}
_TO_POINTS = str.maketrans({".": "", ",": "."})
_TO_BARE = str.maketrans({",": ""})


def read(text: str, style: NumberStyle | None) -> str:
    """The number with a point before its decimals and nothing between its thousands; what is no number in figures stays
    as it is. Raises Unclear where nobody said the style and it matters, or where a number is none in that style.
    """
    bare = _bare(text)
    if not _FIGURES.fullmatch(bare):
        return text
    if style is None:
        if _matters(bare):
            raise Unclear("number_style", _UNSAID)
        return text
    if not _IN_STYLE[style].fullmatch(bare):
        raise Unclear("no_such_number", _NONE.format(sign=style))
    return bare.translate(_TO_POINTS if style is NumberStyle.COMMA else _TO_BARE)


def styles_of(texts: Iterable[str]) -> tuple[frozenset[NumberStyle], str]:
    """The styles in which every one of these texts is a number, and the first text for which it matters; "" for none.

    No style at all: they contradict each other.
    """
    able, first = set(NumberStyle), ""
    for text in texts:
        bare = _bare(text)
        if _FIGURES.fullmatch(bare) and not bare.lstrip("+-").isdigit():
            first = first or (text if _matters(bare) else "")
            able = {style for style in able if _IN_STYLE[style].fullmatch(bare)}
    return frozenset(able), first


def may_be_either(text: str) -> bool:
    """Whether this number, in stored form, would be asked about in a file."""
    return _matters(text)


def _matters(bare: str) -> bool:
    return "," in bare or bare.count(".") > 1 or bool(_MAY_BE_EITHER.fullmatch(bare))


def _bare(text: str) -> str:
    """Without the sign of a currency, spaces and the typographer's minus."""
    if len(text) > _LONGEST:
        return text
    return "".join(_SIGNS.sub("", text.strip()).split()).replace("\N{MINUS SIGN}", "-")
