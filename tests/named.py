"""Tests that a page names as `tests/….py::test_…`, and whether they are there."""

from __future__ import annotations

import ast
import functools
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def named_in(text: str) -> list[tuple[str, str]]:
    """File and name of each test that the text names."""
    return [(match[1], match[2]) for match in NAMED.finditer(text)]


def missing_of(text: str) -> list[tuple[str, str]]:
    """Those of them that are not there."""
    return [(file, name) for file, name in named_in(text) if name not in _tests_of(ROOT / file)]


@functools.cache
def _tests_of(file: Path) -> frozenset[str]:
    """The names of the tests in a file, those of its classes included; none where there is no such file."""
    if not file.exists():
        return frozenset()
    nodes = ast.walk(ast.parse(file.read_text(encoding="utf-8")))
    functions = [node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return frozenset(name for name in functions if name.startswith("test_"))
