"""The page of invariants names tests that there are, for each of them."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "invariants.md"
ROW = re.compile(r"^\| ([0-9]+) \|.*$", re.MULTILINE)
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def test_every_invariant_names_tests_that_show_it() -> None:
    rows = {int(row[1]): row[0] for row in ROW.finditer(PAGE.read_text(encoding="utf-8"))}
    assert sorted(rows) == list(range(1, 27))
    assert [number for number, row in rows.items() if not NAMED.search(row)] == []


def test_every_test_that_the_page_names_is_there() -> None:
    named = NAMED.findall(PAGE.read_text(encoding="utf-8"))
    assert [(file, name) for file, name in named if name not in _functions_of(ROOT / file)] == []


def _functions_of(file: Path) -> set[str]:
    """The names of the tests in a file, those of its classes included."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
