"""The embedded PostgreSQL: who starts it, who stops it, and what its two roles may do."""

import os
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from console.embedded import APPLICATION, DATABASE, OWNER, Server, Unavailable

ROOT = Path(__file__).resolve().parent.parent
# Joins the server, says so, and stays until its standard input ends.
USER = """
import sys
from pathlib import Path
from console.embedded import Server
server = Server(Path(sys.argv[1]), durable=False)
server.join()
print("joined", flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server nobody has started yet."""
    server = Server(tmp_path_factory.mktemp("a folder") / "var", durable=False)
    yield server
    server.leave()
    server.remove()


def user_of(server: Server) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", USER, str(server.folder)]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def wait_until_joined(user: subprocess.Popen[str]) -> None:
    assert user.stdout
    assert user.stdout.readline() == "joined\n"


def runs(server: Server) -> bool:
    try:
        connect(server, APPLICATION).close()
    except psycopg.OperationalError:
        return False
    return True


def connect(server: Server, role: str) -> psycopg.Connection:
    return psycopg.connect(host=str(server.host), user=role, dbname=DATABASE, autocommit=True)


def test_three_who_start_it_at_once_share_one_server_and_the_last_stops_it(server: Server) -> None:
    users = [user_of(server) for _ in range(3)]
    for user in users:
        wait_until_joined(user)
    for user in users[:2]:
        user.communicate()
    assert runs(server)
    users[2].communicate()
    assert not runs(server)


def test_a_killed_process_does_not_keep_it_running(server: Server) -> None:
    killed, other = user_of(server), user_of(server)
    wait_until_joined(killed)
    wait_until_joined(other)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    assert runs(server)
    other.communicate()
    assert not runs(server)


def test_what_was_written_is_there_after_the_next_start(server: Server) -> None:
    server.join()
    with connect(server, OWNER) as connection:
        connection.execute("CREATE TABLE kept (word text)")
    server.leave()
    assert not runs(server)
    server.join()
    with connect(server, OWNER) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)


def test_a_server_that_died_is_started_again(server: Server) -> None:
    server.join()
    process = int((server.data / "postmaster.pid").read_text().splitlines()[0])
    os.kill(process, signal.SIGQUIT)
    while server._answers():  # its last moments
        pass
    server.join()
    assert runs(server)


def test_the_application_can_neither_make_tables_nor_become_the_owner(server: Server) -> None:
    server.join()
    with connect(server, APPLICATION) as connection:
        for statement in ("CREATE TABLE mine ()", f"SET ROLE {OWNER}", "CREATE DATABASE mine", "CREATE ROLE mine"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)


def test_nobody_else_reaches_the_data_or_the_socket(server: Server) -> None:
    server.join()
    for folder in (server.data, server.host):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_no_closed_folder_above_the_data_is_opened(server: Server) -> None:
    server.join()
    closed = server.folder.parent
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


def test_the_log_says_that_a_row_was_refused_and_not_what_stands_in_it(server: Server) -> None:
    server.join()
    with connect(server, OWNER) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE refuses (name text CONSTRAINT nobody_fits CHECK (name = 'nobody'))")
        with pytest.raises(psycopg.errors.CheckViolation, match="Quillonbrax"):
            cursor.execute("INSERT INTO refuses VALUES ('Quillonbrax')")
        cursor.execute("DROP TABLE refuses")
    log = (server.data / "log").read_text()
    assert "nobody_fits" in log
    assert "Quillonbrax" not in log


def test_lower_case_and_order_are_the_same_on_every_machine(server: Server) -> None:
    server.join()
    with connect(server, APPLICATION) as connection:
        assert connection.execute("SELECT lower('ÀÇÉ'), 'Z' < 'a'").fetchone() == ("àçé", True)


def test_a_folder_made_anew_never_meets_the_data_of_one_that_was_deleted(tmp_path: Path) -> None:
    before = Server(tmp_path / "var").home
    shutil.rmtree(tmp_path / "var", ignore_errors=True)
    assert not Server(tmp_path / "var").home.exists()
    assert Server(tmp_path / "var").home != before or before.is_relative_to(tmp_path)


def test_data_lie_where_they_were_told_to(tmp_path: Path) -> None:
    told = Server(tmp_path / "var" / "test", above=tmp_path)
    assert told.home.parent == tmp_path
    assert told.home == Server(tmp_path / "var" / "test", above=tmp_path).home
    assert told.home.name.startswith("steward-var-test-")


def test_a_socket_whose_path_would_be_too_long_lies_elsewhere(tmp_path: Path) -> None:
    server = Server(tmp_path / ("long" * 40))
    assert len(str(server.host)) < 100


def test_a_folder_that_cannot_be_used_is_said_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "file"
    file.touch()
    monkeypatch.setattr("console.embedded.programs.ROOT_HOME", file / "below")  # where root's would be
    with pytest.raises(Unavailable, match=r"cannot use .*: Not a directory\.$"):
        Server(file / "var").join()
