"""The PostgreSQL that comes with the console: started by whoever needs it first, stopped by whoever leaves last.

Only the programs are taken from the package that ships them. The package's own way of starting them opens every folder
above the data and above itself to everybody when it runs as root, a closed home too.
"""

import atexit
import contextlib
import fcntl
import hashlib
import os
import secrets
import shutil
import socket
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import RLock

import psycopg
from psycopg.sql import SQL, Identifier

from console.embedded import programs
from console.embedded.programs import Unavailable
from console.secretfile import made_once

__all__ = ["APPLICATION", "DATABASE", "OWNER", "Server", "Unavailable", "remove"]

OWNER, APPLICATION, DATABASE = "steward_owner", "steward_app", "steward"
LONGEST_SOCKET_PATH = 100  # bytes; Linux allows 107, macOS 103
SOCKET = ".s.PGSQL.5432"
# The log of what is not yet in the tables' own files stays small: it may lie in memory.
QUICK = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_wal_size=256MB -c min_wal_size=32MB"


@dataclass(slots=True)
class Held:
    """What this process holds of a running server: an open file, whose shared lock ends with the process."""

    file: int | None = None
    guard: RLock = field(default_factory=RLock)


@dataclass(frozen=True, slots=True)
class Server:
    """One server with its data below `folder`; many processes may use it at once, the last to leave stops it.

    Without `durable` it forgets the last moments in a power cut, which tests do not mind; they may have its data lie
    `above` another place than its folder.
    """

    folder: Path
    durable: bool = True
    above: Path | None = None
    _held: Held = field(default_factory=Held, compare=False, repr=False)

    @property
    def home(self) -> Path:
        """Where data, locks and log are: above or below the folder as told, for root where another user can reach them.

        A name in the folder leads there, so that a folder made anew never meets the data of one that was deleted.
        """
        if os.geteuid() != 0 and not self.above:
            return self.folder / "postgresql"
        with told_in_a_sentence():
            name = "-".join(("steward", *self.folder.parts[-2:], secrets.token_hex(4)))
            return (self.above or programs.ROOT_HOME) / made_once(self.folder / "postgresql.name", name)

    @property
    def data(self) -> Path:
        """PostgreSQL's own folder, its log included."""
        return self.home / "data"

    @property
    def host(self) -> Path:
        """The folder of the socket: closed to other people, because whoever reaches the socket is let in."""
        if len(os.fsencode(self.data / SOCKET)) <= LONGEST_SOCKET_PATH:
            return self.data
        digest = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"steward-{os.geteuid()}-{digest}"

    def join(self) -> None:
        """Make sure that the server runs, and goes on running as long as this process lives."""
        with self._held.guard:
            if self._held.file is not None and self._answers():
                return
            with self._one_at_a_time():
                if not self._answers():
                    self._start()
                self._hold()

    def leave(self) -> None:
        """Let go of the server, and stop it if nobody else uses it."""
        with self._held.guard:
            if self._held.file is None:
                return
            with self._one_at_a_time():
                os.close(self._held.file)
                self._held.file = None
                if self._nobody_uses_it() and self._answers():
                    self._stop()

    def remove(self) -> None:
        """Stop the server, whoever uses it, and delete its data."""
        if self.home.exists():
            with self._one_at_a_time():
                if self._answers():
                    self._stop()
                shutil.rmtree(self.home)

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as client, contextlib.suppress(OSError):
            client.connect(str(self.host / SOCKET))
            return True
        return False

    @contextlib.contextmanager
    def _one_at_a_time(self) -> Iterator[None]:
        with told_in_a_sentence():
            self.home.mkdir(parents=True, exist_ok=True)
            lock = os.open(self.home / "start.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _hold(self) -> None:
        if self._held.file is None:
            self._held.file = os.open(self.home / "users.lock", os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(self._held.file, fcntl.LOCK_SH)
            atexit.register(self.leave)

    def _nobody_uses_it(self) -> bool:
        """Whether no process holds a shared lock; one that was killed, or that has left, holds none."""
        users = os.open(self.home / "users.lock", os.O_RDWR)
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        finally:
            os.close(users)
        return True

    def _start(self) -> None:
        with told_in_a_sentence():
            if os.geteuid() == 0:  # whatever root's umask is, PostgreSQL's user must get through
                programs.ROOT_HOME.chmod(0o755)
                self.home.chmod(0o755)
            close_to_others(self.data)
            close_to_others(self.host)
        if not (self.data / "PG_VERSION").exists():
            # The built-in locale makes the same order and the same lower case on every machine.
            locale = ("--no-locale", "--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
            programs.run("initdb", "--auth=trust", "--username=postgres", *locale, "-D", str(self.data))
        quick = "" if self.durable else QUICK
        # Its log says that a row was refused, and not what stands in it.
        terse = "-c log_error_verbosity=terse -c log_min_error_statement=panic"
        options = f"-c listen_addresses= -c max_connections=200 {terse} {quick} -k '{self.host}'"
        programs.run("pg_ctl", "start", "-w", "-D", str(self.data), "-l", str(self.data / "log"), "-o", options)
        try:
            self._make_roles_and_database()
        except BaseException:
            self._stop()  # or the next one would take it for finished
            raise

    def _stop(self) -> None:
        programs.run("pg_ctl", "stop", "-w", "-m", "fast", "-D", str(self.data))

    def _make_roles_and_database(self) -> None:
        owner, application, database = Identifier(OWNER), Identifier(APPLICATION), Identifier(DATABASE)
        with psycopg.connect(host=str(self.host), user="postgres", dbname="postgres", autocommit=True) as connection:
            roles = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
            if OWNER not in roles:
                connection.execute(SQL("CREATE ROLE {} LOGIN CREATEDB").format(owner))
            if APPLICATION not in roles:
                connection.execute(SQL("CREATE ROLE {} LOGIN").format(application))
            # Being a member lets the owner end the application's connections; it gives the application nothing.
            connection.execute(SQL("GRANT {} TO {}").format(application, owner))
            databases = {name for (name,) in connection.execute("SELECT datname FROM pg_database")}
            if DATABASE not in databases:
                connection.execute(SQL("CREATE DATABASE {} OWNER {}").format(database, owner))


@contextlib.contextmanager
def told_in_a_sentence() -> Iterator[None]:
    """Say which path cannot be used and why, instead of where in the code that was noticed."""
    try:
        yield
    except OSError as problem:
        raise Unavailable(f"The embedded PostgreSQL cannot use {problem.filename}: {problem.strerror}.") from problem


def close_to_others(folder: Path) -> None:
    """Make a folder of the user PostgreSQL runs as that nobody else may enter; another's folder is refused."""
    account = programs.account_of_postgresql()
    folder.mkdir(mode=0o700, exist_ok=True)
    if account:
        os.chown(folder, account.pw_uid, account.pw_gid, follow_symlinks=False)
    if folder.is_symlink() or folder.stat().st_uid != (account.pw_uid if account else os.geteuid()):
        raise Unavailable(f"The embedded PostgreSQL cannot use {folder}: it belongs to somebody else.")
    folder.chmod(0o700)


def remove(*folders: str) -> None:
    """Delete the data of the servers below these folders, for `make clean`."""
    for folder in map(Path, folders):
        if folder.exists():
            Server(folder.resolve()).remove()
