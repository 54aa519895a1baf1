"""The threat model has no row without a test, and speaks of every chapter of the standard that it follows."""

from __future__ import annotations

import re

import pytest

from tests.named import ROOT, missing_of, named_in

PAGE = ROOT / "docs" / "threat-model.md"
CHAPTER = re.compile(r"^## V([0-9]+) ", re.MULTILINE)
CHAPTERS = 17
COLUMNS = 3


def rows() -> list[str]:
    """The rows of its tables, without what heads them."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    below = [(line, lines[number - 1]) for number, line in enumerate(lines) if line.startswith("|")]
    return [line for line, above in below if above.startswith("|") and not set(line) <= set("|- ")]


def test_every_attack_has_a_defence_and_tests_that_show_it() -> None:
    cells = {row: [cell.strip() for cell in row.strip("|").split(" | ")] for row in rows()}
    assert len(cells) > 50
    assert [row for row, found in cells.items() if len(found) != COLUMNS or not all(found)] == []
    assert [row for row, found in cells.items() if not named_in(found[-1])] == []


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[2:60])
def test_every_test_that_a_row_names_is_there(row: str) -> None:
    assert missing_of(row) == []


def test_every_chapter_is_spoken_of_in_its_order() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert [int(number) for number in CHAPTER.findall(text)] == list(range(1, CHAPTERS + 1))


def test_a_test_that_is_not_there_is_noticed() -> None:
    assert missing_of("`tests/test_threat_model.py::test_of_nothing`") == [
        ("tests/test_threat_model.py", "test_of_nothing")
    ]
    assert missing_of("`tests/nowhere.py::test_of_nothing`") == [("tests/nowhere.py", "test_of_nothing")]
