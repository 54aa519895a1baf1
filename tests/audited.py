"""Asks whether a locked requirement is known to be vulnerable: `python -m tests.audited`, by pip-audit.

It is strict: a requirement of which nothing could be found out fails it like a vulnerable one. Only where nobody could
be asked at all, because this machine reaches no service that knows, it says so and ends with 0.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

LOCKED = ("requirements.txt", "requirements-oidc.txt", "requirements-dev.txt")
PATIENCE = 300  # seconds
COMMAND = [sys.executable, "-m", "pip_audit", "--format", "json", "--progress-spinner", "off"]
HOW = ["--require-hashes", "--disable-pip"]  # the files are what is asked about, and nothing is installed for it


def main() -> int:
    """Gives what to exit with, having said why."""
    files = [argument for name in LOCKED if Path(name).exists() for argument in ("--requirement", name)]
    try:
        asked = subprocess.run(
            [*COMMAND, *HOW, *files], check=False, capture_output=True, text=True, timeout=PATIENCE
        ).stdout
    except subprocess.TimeoutExpired:
        asked = ""
    status, said = judged(asked)
    print(said, file=sys.stderr)
    return status


def judged(answer: str) -> tuple[int, str]:
    """What to exit with, and what to say, by pip-audit's answer in JSON; anything else is no answer."""
    try:
        asked = json.loads(answer)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return 0, "NOT AUDITED: nobody could be asked about vulnerable requirements."
    unknown = sorted({each["name"] for each in asked if "vulns" not in each})
    known = sorted(
        {f"{each['name']} {each['version']}: {one['id']}" for each in asked for one in each.get("vulns", ())}
    )
    if unknown and len(unknown) == len({each["name"] for each in asked}):
        return 0, "NOT AUDITED: of no requirement could be found out whether it is vulnerable."
    if not known and not unknown:
        return 0, f"Audited: {len(asked)} requirements, none of them known to be vulnerable."
    nothing = [f"{name}: nothing could be found out" for name in unknown]
    return 1, "\n".join(["Requirements to look into:", *known, *nothing])


if __name__ == "__main__":
    sys.exit(main())
