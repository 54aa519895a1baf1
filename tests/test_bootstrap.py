"""What make does before there is anything to run: its list, its setting up, and its refusals."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def make(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    command = [shutil.which("make") or "make", *arguments]
    return subprocess.run(
        command, check=False, cwd=folder, env={**kept, **environment}, capture_output=True, text=True, timeout=60
    )


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder with all that setting up reads; nothing is to be installed."""
    for name in ("Makefile", "bootstrap.py"):
        shutil.copy(ROOT / name, tmp_path)
    for name in ("requirements.txt", "requirements-dev.txt"):
        (tmp_path / name).write_text("# nothing\n")
    return tmp_path


def sentence(result: subprocess.CompletedProcess[str]) -> str:
    """The one line that is not make's own; a failure without a traceback."""
    assert result.returncode != 0
    (line,) = [line for line in result.stderr.splitlines() if not line.startswith("make")]
    return line


def test_make_alone_lists_every_target_with_a_line_each() -> None:
    listed = re.findall(r"^ +make (\w+) +\S.*$", make(ROOT).stdout, re.MULTILINE)
    assert listed == [
        *("demo", "test", "lint", "fix", "cover", "check"),
        *("audit", "bench", "drill", "mutants", "lock", "clean"),
    ]


def test_a_python_that_is_too_old_is_refused_in_a_sentence(clone: Path) -> None:
    old = clone / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")  # what an old one answers when asked whether it is new enough
    old.chmod(0o755)
    assert sentence(make(clone, "test", f"PYTHON={old}")) == (
        f"Steward needs Python 3.12 or newer, and {old} is not: "
        "install Python 3.13, or name one with PYTHON=/path/to/python3.13."
    )


def test_a_machine_without_python_is_told_what_to_install(clone: Path) -> None:
    programs = clone / "bin"
    programs.mkdir()
    make_program = shutil.which("make") or "make"
    (programs / "make").symlink_to(make_program)
    said = sentence(make(clone, "demo", PATH=str(programs), HOME=str(clone)))
    assert "Python 3.12 or newer, and none is installed" in said


def test_a_folder_that_cannot_be_written_is_said_in_a_sentence(clone: Path) -> None:
    (clone / ".venv").write_text("in the way")
    said = sentence(make(clone, "test", f"PYTHON={sys.executable}"))
    assert said.startswith(f"Cannot write {clone / '.venv'}")


def test_setting_up_twice_installs_once(clone: Path) -> None:
    first = make(clone, "setup-demo", f"PYTHON={sys.executable}")
    assert first.returncode == 0, first.stderr
    assert "Installing what requirements.txt lists" in first.stdout
    again = make(clone, "setup-demo", f"PYTHON={sys.executable}")
    assert (again.returncode, again.stdout) == (0, "")


def test_a_half_made_environment_is_made_anew_and_what_the_tests_need_serves_the_demo_too(clone: Path) -> None:
    (clone / ".venv" / "bin").mkdir(parents=True)
    (clone / ".venv" / "bin" / "python").symlink_to(sys.executable)
    assert make(clone, "setup", f"PYTHON={sys.executable}").returncode == 0
    assert (clone / ".venv" / "pyvenv.cfg").exists()
    assert make(clone, "setup-demo", f"PYTHON={sys.executable}").stdout == ""


def test_a_package_that_was_exchanged_is_not_installed(clone: Path) -> None:
    wheel = clone / "nothing-1.0-py3-none-any.whl"
    wheel.write_bytes(b"exchanged")
    digest = hashlib.sha256(b"as it was locked").hexdigest()
    (clone / "requirements.txt").write_text(f"nothing @ {wheel.as_uri()} --hash=sha256:{digest}\n")
    result = make(clone, "setup-demo", f"PYTHON={sys.executable}")
    assert result.returncode != 0
    assert "DO NOT MATCH THE HASHES" in result.stderr
    assert "Installing requirements.txt failed: the lines above say why." in result.stderr


def test_no_file_of_the_project_names_a_host_of_a_package_registry() -> None:
    names = r"py" + r"pi\.(org|python)|python" + r"hosted|registry\.npm" + r"js|deb\.de" + r"bian"
    command = ["git", "grep", "-nIE", names, "--", "."]
    result = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True)
    assert result.stdout == ""
