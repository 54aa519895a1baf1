"""What `make audit` makes of the answer it got, and of none."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.audited import judged

ROOT = Path(__file__).resolve().parent.parent
FINE = {"name": "django", "version": "6.1.3", "vulns": []}
WEAK = {"name": "httpx", "version": "0.1", "vulns": [{"id": "GHSA-1234", "fix_versions": ["0.2"]}]}
SKIPPED = {"name": "anyio", "skip_reason": "not found"}


@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [
        ([FINE], 0, "Audited: 1 requirements"),
        ([FINE, WEAK], 1, "httpx 0.1: GHSA-1234"),
        ([WEAK, SKIPPED], 1, "anyio: nothing could be found out"),
        ([FINE, SKIPPED], 1, "anyio: nothing could be found out"),
        ([SKIPPED], 0, "NOT AUDITED"),
    ],
)
def test_it_fails_for_what_is_vulnerable_and_for_what_nobody_knows_unless_nobody_knows_anything(
    asked: list[dict[str, Any]], status: int, said: str
) -> None:
    got, text = judged(json.dumps({"dependencies": asked, "fixes": []}))
    assert got == status
    assert said in text


@pytest.mark.parametrize("answer", ["", "no JSON", "[]", "{}"])
def test_no_answer_is_told_and_fails_nothing(answer: str) -> None:
    assert judged(answer) == (0, "NOT AUDITED: nobody could be asked about vulnerable requirements.")


def test_a_machine_that_reaches_nobody_is_told_that_nothing_was_audited() -> None:
    nowhere = dict.fromkeys(("HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy"), "http://127.0.0.1:9")
    audited = subprocess.run(
        [sys.executable, "-m", "tests.audited"],
        check=False,
        cwd=ROOT,
        env={**os.environ, **nowhere},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (audited.returncode, audited.stderr[:12]) == (0, "NOT AUDITED:")


def test_the_build_asks_for_it() -> None:
    assert "\nmake audit\n" in (ROOT / ".ci" / "run").read_text()
