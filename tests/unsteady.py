"""Runs the few tests that failed last time once more, alone: `python -m tests.unsteady`, for build machines.

A browser or a worker that a busy machine starved fails a test that nothing is wrong with. Such a test has to pass
alone, at its second try, and is named in the output, so that it gets mended. More than a few are never tried again.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

FAILED = Path(".pytest_cache/v/cache/lastfailed")
MOST = 3


def main() -> int:
    """Gives 0 if all of them pass now, otherwise what to exit with."""
    try:
        names = sorted(json.loads(FAILED.read_text()))
    except FileNotFoundError:
        names = []
    if not 1 <= len(names) <= MOST:
        print(f"{len(names)} tests failed: only 1 to {MOST} are tried again.", file=sys.stderr)
        return 1
    print(f"Unsteady, tried again alone: {', '.join(names)}", file=sys.stderr)
    return subprocess.run([sys.executable, "-m", "pytest", *names], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
