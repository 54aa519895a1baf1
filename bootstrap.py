"""Makes the virtual environment in .venv and installs a locked requirements file into it; instant when nothing changed.

Called by make as `python bootstrap.py requirements.txt`, with nothing but the standard library at hand.
"""

import contextlib
import fcntl
import hashlib
import os
import subprocess
import sys
import venv
from collections.abc import Iterator, Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
ENVIRONMENT = HERE / ".venv"
STAMP = ENVIRONMENT / "installed"
RUNTIME = "requirements.txt"


def main(requirements: str) -> None:
    """Bring .venv to what `requirements` lists, or end with one sentence that says why it could not be done."""
    if wanted(requirements) in installed():
        return
    try:
        with one_at_a_time():
            if wanted(requirements) not in installed():
                install(requirements)
    except OSError as problem:
        sys.exit(
            f"Cannot write {problem.filename or ENVIRONMENT}: {problem.strerror}. Set up from a folder of your own."
        )


def wanted(requirements: str) -> str:
    """One line that is the same as long as the file and the Python are the same."""
    digest = hashlib.sha256((HERE / requirements).read_bytes()).hexdigest()
    return f"{requirements} {digest}"


def installed() -> list[str]:
    if not (ENVIRONMENT / "bin" / "python").exists():
        return []
    with contextlib.suppress(FileNotFoundError):
        return STAMP.read_text().splitlines()
    return []


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Hold the folder while installing, so that two makes at once do not write into each other."""
    folder = os.open(HERE, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def install(requirements: str) -> None:
    """Install over a finished environment; one that was left half made is made anew."""
    print(f"Installing what {requirements} lists into .venv (once, up to a minute) …", flush=True)
    finished = bool(installed())
    STAMP.unlink(missing_ok=True)
    if not finished:
        make_environment()
    pip = (ENVIRONMENT / "bin" / "python", "-m", "pip", "-qq", "--disable-pip-version-check", "--no-input")
    run((*pip, "install", "--require-hashes", "-r", HERE / requirements), f"Installing {requirements} failed")
    # The development file contains the runtime one, at the same versions.
    STAMP.write_text("\n".join(sorted({wanted(requirements), wanted(RUNTIME)})))


def make_environment() -> None:
    try:
        venv.create(ENVIRONMENT, clear=True, with_pip=True, symlinks=True)
    except (subprocess.CalledProcessError, ImportError):
        sys.exit(
            f"{sys.executable} cannot make virtual environments: install its venv package (python3-venv on Debian)."
        )


def run(command: Sequence[str | Path], failure: str) -> None:
    """Run in the environment; what the command says of its failure stays visible above our sentence."""
    if subprocess.run(command, check=False).returncode:  # noqa: S603 the command is spelled out above
        sys.exit(f"{failure}: the lines above say why.")


if __name__ == "__main__":
    main(sys.argv[1])
