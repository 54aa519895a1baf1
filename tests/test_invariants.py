"""The page of invariants names tests that there are, for each of them."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from tests.mutants.guards import GUARDS
from tests.mutants.mutant import Mutant
from tests.named import ROOT, missing_of, named_in

PAGE = ROOT / "docs" / "invariants.md"
ROW = re.compile(r"^\| ([0-9]+) \|.*$", re.MULTILINE)
INVARIANTS = 29

# Guards without which a promise is empty, each by a word of the mutant that takes it away.
GUARDS_THAT_ARE_NEEDED: Mapping[str, str] = {
    "FOR UPDATE": "customer locked by row",
    "epoch": "epoch at settling",
    "digest check": "digest at the claim",
    "jitter": "full jitter",
    "token UPDATE": "tokens in the statement that takes one",
    "CHECK": "failed and refused were not applied",
    "anti-join": "anti-join of the sealer",
    "Retry-After": "Retry-After obeyed",
    "deadline": "deadline at connect and at each write",
    "redaction": "redaction by name",
    "CSRF": "tokens of forms",
    "object filter": "customers of one's own connections",
    "CSV escape": "cells that are no formulas",
    "redirect refusal": "redirect refused",
}


def test_every_invariant_names_tests_that_show_it() -> None:
    rows = {int(row[1]): row[0] for row in ROW.finditer(PAGE.read_text(encoding="utf-8"))}
    assert sorted(rows) == list(range(1, INVARIANTS + 1))
    assert [number for number, row in rows.items() if not named_in(row)] == []


def test_every_test_that_the_page_names_is_there() -> None:
    assert missing_of(PAGE.read_text(encoding="utf-8")) == []


def test_invariant_29_each_guard_has_a_mutant_that_takes_it_away() -> None:
    names = {guard.name for guard in GUARDS}
    assert {guard: name for guard, name in GUARDS_THAT_ARE_NEEDED.items() if name not in names} == {}


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.name)
def test_invariant_29_what_a_mutant_takes_away_stands_there_once_and_has_tests(guard: Mutant) -> None:
    text = (ROOT / guard.file).read_text(encoding="utf-8")
    assert text.count(guard.text) == 1
    assert guard.instead not in {guard.text, text}
    files = [word for word in guard.tests.split() if word.startswith("tests/")]
    assert files
    assert [file for file in files if not (ROOT / file.partition("::")[0]).exists()] == []
