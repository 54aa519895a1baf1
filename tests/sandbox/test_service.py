"""Beginning, ending and beginning again: state files, ports, the command."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from providers.sandbox import CannotStart, Control, Sandbox
from providers.sandbox.catalogue import APIS
from tests.sandbox.client import Caller
from tests.sandbox.samples import SAMPLES

FLOWWISE = SAMPLES["flowwise"]
COMMAND = [sys.executable, "-m", "providers.sandbox", "--port"]
ROOT = Path(__file__).parents[2]
MANAGE = [sys.executable, "manage.py", "sandbox", "--port"]


def test_a_restart_with_a_state_file_knows_customers_ledger_and_faults(tmp_path: Path) -> None:
    file = tmp_path / "new" / "sandbox.sqlite3"
    with Sandbox(state=file, people=2) as sandbox:
        Caller(sandbox).put("flowwise", FLOWWISE.target, FLOWWISE.document)
        sandbox.fault("flowwise", "5xx")
        sandbox.delete("caibo", "12345")
        record, ledger = sandbox.record("flowwise", FLOWWISE.external_id), sandbox.ledger()
    with Sandbox(state=file) as sandbox:
        assert sandbox.record("flowwise", FLOWWISE.external_id) == record
        assert sandbox.ledger() == ledger
        assert sandbox.record("caibo", "12345") is None
        assert Caller(sandbox).put("flowwise", FLOWWISE.target, FLOWWISE.document).status == 500


def test_what_was_answered_before_a_kill_is_known_after_it(tmp_path: Path) -> None:
    with subprocess.Popen(
        [*COMMAND, "0", "--state", str(tmp_path / "state")], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        url = process.stdout.readline().split()[2].rstrip(",")
        Control(url).seed("finosu", [{"id": "f-1", "firstName": "Ada"}])
        process.kill()
    with Sandbox(state=tmp_path / "state") as sandbox:
        assert sandbox.record("finosu", "f-1") == {"id": "f-1", "firstName": "Ada"}


def test_a_taken_port_is_told_in_one_sentence(tmp_path: Path) -> None:
    with Sandbox(people=1) as sandbox:
        port = sandbox.url.rpartition(":")[2]
        with pytest.raises(CannotStart, match=f"^Port {port} is in use: .*\\.$"):
            Sandbox(port=int(port)).start()
        for command in (COMMAND, MANAGE):
            done = subprocess.run(
                [*command, port], capture_output=True, text=True, check=False, env=_kept_in(tmp_path), cwd=ROOT
            )
            assert done.returncode == 1
            assert done.stderr.count("\n") == 1
            assert f"Port {port} is in use" in done.stderr


@pytest.mark.parametrize("port", [-1, 70_000])
def test_a_port_that_cannot_be_is_told(port: int) -> None:
    with pytest.raises(CannotStart, match=str(port)):
        Sandbox(port=port).start()


def test_a_state_file_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no database" * 100)
    with sqlite3.connect(tmp_path / "other") as other:
        other.execute("PRAGMA user_version = 99")
    other.close()
    for file in (tmp_path / "text", tmp_path / "other", tmp_path / "text" / "below", tmp_path):
        with pytest.raises(CannotStart, match="state file"):
            Sandbox(state=file).start()


@pytest.mark.parametrize("command", [COMMAND, MANAGE], ids=["module", "manage.py"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_command_says_where_it_serves_and_ends_cleanly(
    command: list[str], number: signal.Signals, tmp_path: Path
) -> None:
    with subprocess.Popen(
        [*command, "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=_kept_in(tmp_path),
        cwd=ROOT,
    ) as process:
        assert process.stdout
        assert process.stderr
        said = [process.stdout.readline() for _ in range(1 + len(APIS))]
        url = said[0].split()[2].rstrip(",")
        assert len(Control(url).records("sqril")) == 200
        process.send_signal(number)
        assert (process.wait(timeout=10), process.stderr.read()) == (0, "")
    assert said[1].split() == ["TimePay", f"{url}/timepay", "token=sandbox-timepay-token"]


def test_many_clients_at_once_lose_nothing() -> None:
    with Sandbox(people=1) as sandbox:
        threads = [threading.Thread(target=_hammer, args=(sandbox, number)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        ledger = sandbox.ledger("flowwise")
    assert len(ledger) == 80
    assert all(entry["applied"] for entry in ledger)


def _kept_in(folder: Path) -> dict[str, str]:
    return {**os.environ, "STEWARD_DATA": str(folder)}


def _hammer(sandbox: Sandbox, number: int) -> None:
    caller = Caller(sandbox)
    connection = caller.connect()
    for turn in range(10):
        caller.send(connection, "flowwise", FLOWWISE.target, {**FLOWWISE.document, "name": f"{number}-{turn}"})
        connection.getresponse().read()
    connection.close()
