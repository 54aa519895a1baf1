"""The command line as a person meets it: a sentence and an exit code, never a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.demos import manage

NOWHERE = "postgresql://nobody@localhost:1/none"
ARGUMENTS = {
    "person": ["ed", "--role", "editor"],
    "connection": ["Caibo", "--provider", "caibo"],
    "import_customers": ["--connection", "Caibo", "customers.csv"],
}


@pytest.mark.parametrize("command", ARGUMENTS)
def test_without_a_database_a_command_ends_with_a_sentence(tmp_path: Path, command: str) -> None:
    given = {"DATABASE_URL": NOWHERE, "STEWARD_LOCAL": "true", "STEWARD_PASSWORD": "correct horse battery"}
    done = manage(tmp_path, command, *ARGUMENTS[command], **given)
    assert done.returncode != 0
    assert "The database cannot be used" in done.stderr
    assert "Traceback" not in done.stderr


def test_wrong_arguments_end_with_the_usage_and_no_traceback(tmp_path: Path) -> None:
    done = manage(tmp_path, "person", "ed", "--role", "king")
    assert done.returncode != 0
    assert "invalid choice: 'king'" in done.stderr
    assert "Traceback" not in done.stderr
