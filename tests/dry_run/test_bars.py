"""The bar of a field in a dry run: as long as the rows it is of."""

from __future__ import annotations

import re

import pytest

from console.dry_run import FieldCount, Turn
from console.templatetags.bulk import LEAST, WIDE, turns_bar

GAP = 3


def parts(rows: int, **counts: int) -> list[tuple[str, int, int]]:
    """What each part of the bar is of, where it begins and how wide it is."""
    field = FieldCount("email", "E-mail", {Turn[name.upper()]: count for name, count in counts.items()})
    found = re.findall(r'<rect class="(\w+)" x="(\d+)" width="(\d+)"', turns_bar(field, rows))
    return [(turn, int(at), int(width)) for turn, at, width in found]


def test_a_quarter_of_the_rows_takes_a_quarter_of_the_bar() -> None:
    assert parts(40, changes=10) == [("changes", 0, WIDE // 4 - GAP)]


def test_all_rows_fill_it_one_part_after_the_other() -> None:
    assert parts(4, changes=3, refused=1) == [("changes", 0, 750 - GAP), ("refused", 750, 250 - GAP)]


def test_one_of_a_million_is_seen_and_nothing_runs_out_of_the_bar() -> None:
    shown = parts(1_000_000, changes=999_998, clears=1, refused=1)
    assert [turn for turn, _, _ in shown] == ["changes", "clears", "refused"]
    assert all(width >= LEAST - GAP - 1 for _, _, width in shown)
    _, at, width = shown[-1]
    assert at + width <= WIDE


@pytest.mark.parametrize("rows", [0, 3])
def test_a_count_larger_than_the_rows_known_fills_it(rows: int) -> None:
    assert parts(rows, changes=5) == [("changes", 0, WIDE - GAP)]
