"""Takes each guard away in a copy of the tree and runs the tests that have to notice.

    make mutants                       all of them
    make mutants ARGS="lease epoch"    those whose name has one of these words
    make mutants ARGS="--at-once 3"    three copies side by side

A guard is needed when its tests pass as things are and fail without it. Ends with 1 where one survives, where a guard's
text moved, or where its tests don't pass to begin with.
"""

from __future__ import annotations

import argparse
import os
import queue
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path

from tests.mutants.guards import GUARDS
from tests.mutants.mutant import Mutant
from tests.server import server

ROOT = Path(__file__).resolve().parent.parent.parent
LEFT_OUT = shutil.ignore_patterns(".venv", ".git", "var", "__pycache__", ".*_cache", "htmlcov", "images")
PASSED, FAILED = 0, 1
LONGEST = 120.0


class Verdict(StrEnum):
    """What became of one mutant."""

    KILLED = "killed"
    SURVIVED = "SURVIVED"
    MOVED = "MOVED: its text is no longer there exactly once, so bring the entry up to date"
    UNPROVEN = "UNPROVEN: its tests don't pass, or there are none, even with the guard"


class Tree:
    """A copy of the tree, with a database server of its own, in which one mutant at a time lives."""

    def __init__(self, folder: Path, *, trusting: bool) -> None:
        self.folder, self._trusting = folder / "steward", trusting
        shutil.copytree(ROOT, self.folder, ignore=LEFT_OUT)
        self._passing: dict[str, bool] = {}
        self._server = server(self.folder / "var" / "test")
        self._server.join()  # so that it is not started anew for each of them

    def try_out(self, mutant: Mutant) -> Verdict:
        """Runs the mutant's tests with the guard, once for all that share them, and without it."""
        file = self.folder / mutant.file
        text = file.read_text(encoding="utf-8") if file.exists() else ""
        if text.count(mutant.text) != 1:
            return Verdict.MOVED
        if mutant.tests not in self._passing and not self._trusting:
            self._passing[mutant.tests] = self._run(mutant.tests) == PASSED
        if not self._passing.get(mutant.tests, True):
            return Verdict.UNPROVEN
        file.write_text(text.replace(mutant.text, mutant.instead), encoding="utf-8")
        try:
            return {PASSED: Verdict.SURVIVED, FAILED: Verdict.KILLED}.get(self._run(mutant.tests), Verdict.UNPROVEN)
        finally:
            file.write_text(text, encoding="utf-8")

    def _run(self, tests: str) -> int:
        """pytest's exit code; one that hangs has noticed, too."""
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *shlex.split(tests)]
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        try:
            done = subprocess.run(
                command, cwd=self.folder, env=environment, capture_output=True, timeout=LONGEST, check=False
            )
        except subprocess.TimeoutExpired:
            return FAILED
        return done.returncode

    def remove_database(self) -> None:
        """Stops its server, wherever that keeps its files."""
        self._server.leave()
        self._server.remove()


@contextmanager
def trees(count: int, *, trusting: bool) -> Iterator[queue.SimpleQueue[Tree]]:
    """So many copies, free to be taken; removed in the end, their database servers too."""
    with tempfile.TemporaryDirectory(prefix="steward-mutants-") as folder:
        made = [Tree(Path(folder) / str(number), trusting=trusting) for number in range(count)]
        free: queue.SimpleQueue[Tree] = queue.SimpleQueue()
        for tree in made:
            free.put(tree)
        try:
            yield free
        finally:
            for tree in made:
                tree.remove_database()


def try_all(mutants: Sequence[Mutant], at_once: int, *, trusting: bool) -> list[Verdict]:
    """Each of them, in a tree that is free; says how it went."""
    with trees(at_once, trusting=trusting) as free, ThreadPoolExecutor(at_once) as pool:

        def one(mutant: Mutant) -> Verdict:
            tree, began = free.get(), time.monotonic()
            try:
                verdict = tree.try_out(mutant)
            finally:
                free.put(tree)
            print(f"{time.monotonic() - began:6.1f} s  {mutant.name}: {verdict}", flush=True)
            return verdict

        return list(pool.map(one, mutants))


def main() -> int:
    """Gives the exit code."""
    parser = argparse.ArgumentParser(prog="make mutants", description="Proves that each guard is needed.")
    parser.add_argument("words", nargs="*", help="only guards whose name has one of these words")
    parser.add_argument("--at-once", type=int, default=2, help="copies of the tree side by side (2)")
    parser.add_argument("--trusting", action="store_true", help="don't look first whether the tests pass as things are")
    given = parser.parse_args()
    chosen = [each for each in GUARDS if not given.words or any(word in each.name for word in given.words)]
    verdicts = try_all(chosen, max(1, given.at_once), trusting=given.trusting)
    killed = verdicts.count(Verdict.KILLED)
    print(f"\n{killed} of {len(chosen)} guards proven needed.")
    for mutant, verdict in zip(chosen, verdicts, strict=True):
        if verdict is not Verdict.KILLED:
            print(f"  {mutant.name} ({mutant.file}): {verdict}")
    return 0 if chosen and killed == len(chosen) else 1


if __name__ == "__main__":
    sys.exit(main())
