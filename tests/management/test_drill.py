"""manage.py drill: it breaks what it says, finds everything true, and leaves nothing behind, however it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from console.management.drill.ledger import entry_of
from console.management.drill.misbehaviour import BENDING, KINDS, misbehaviour
from console.management.drill.plan import FIELDS, Deed, Plan, value_of
from providers.sandbox import faults
from tests.databases import Database
from tests.demos import ROOT, environment, manage
from tests.management.running import run
from tests.processes import wait_for

SMALL = ("--changes", "30", "--workers", "1", "--kills", "1", "--freezes", "0", "--restarts", "1")
FEW = "429,apply-drop,5xx,drop,malformed,slow"


def given(database: Database, folder: Path) -> dict[str, str]:
    """The environment of a console whose database is on a server that is not the drill's own."""
    urls = {name: database.environment[name] for name in ("DATABASE_URL", "DATABASE_OWNER_URL")}
    return {**environment(folder), **urls, "STEWARD_LOCAL": "true"}


def databases_of_drills(database: Database) -> list[str]:
    with psycopg.connect(database.environment["DATABASE_OWNER_URL"]) as connection:
        found = connection.execute("SELECT datname FROM pg_database WHERE starts_with(datname, 'steward_drill_')")
        return [name for (name,) in found]


def processes_below(folder: Path) -> list[str]:
    """The command lines of all processes whose environment leads to this folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"STEWARD_DATA={folder}".encode() in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue  # it ended, or is somebody else's
    return found


def test_a_small_drill_breaks_what_it_says_and_finds_everything_true(tmp_path: Path) -> None:
    done = manage(tmp_path, "drill", *SMALL, "--faults", FEW, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    said = json.loads(done.stdout)
    assert said["saved"] == 30
    assert said["broken"]["kill"] == 1
    assert said["broken"]["restart"] == 1
    assert set(said["faults"]) <= set(FEW.split(","))
    assert said["faults"]
    assert not any(said["wrong"].values())
    assert sum(count for row in said["matrix"].values() for count in row.values()) == 30
    assert all(need["why"] for need in said["needs a person"])
    assert list((tmp_path / "drill").iterdir()) == []
    assert processes_below(tmp_path) == []


@pytest.fixture
def begun(live_db: Database, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A drill on a given server that has begun to save."""
    command = [sys.executable, "manage.py", "drill", "--changes", "300"]
    process = subprocess.Popen(
        command, cwd=ROOT, env=given(live_db, tmp_path), stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stderr
    for line in process.stderr:
        if "saved" in line:
            break
    yield process
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_drill_that_is_stopped_leaves_neither_a_database_nor_a_process(
    number: signal.Signals, begun: subprocess.Popen[str], live_db: Database, tmp_path: Path
) -> None:
    assert databases_of_drills(live_db)
    begun.send_signal(number)
    _, said = begun.communicate(timeout=30)
    assert begun.returncode == 130
    assert "Stopped." in said
    assert "Traceback" not in said
    assert databases_of_drills(live_db) == []
    assert list((tmp_path / "drill").iterdir()) == []
    wait_for(lambda: not processes_below(tmp_path))


def test_without_the_right_to_make_a_database_it_says_so(live_db: Database, tmp_path: Path) -> None:
    url = given(live_db, tmp_path)["DATABASE_URL"]
    refused = manage(tmp_path, "drill", DATABASE_URL=url, DATABASE_OWNER_URL=url, STEWARD_LOCAL="true")
    assert refused.returncode != 0
    assert f"ALTER ROLE {urlsplit(url).username} CREATEDB" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_without_an_owner_of_the_database_it_says_what_to_set(live_db: Database, tmp_path: Path) -> None:
    url = given(live_db, tmp_path)["DATABASE_URL"]
    refused = manage(tmp_path, "drill", DATABASE_URL=url, STEWARD_LOCAL="true")
    assert refused.returncode != 0
    assert "set DATABASE_OWNER_URL" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_what_makes_no_sense_is_refused_in_a_sentence() -> None:
    assert "There is no fault plague" in run("drill", "--faults", "drop,plague").refusal
    assert run("drill", "--workers", "0").refusal == "--workers 0 is too few."
    assert run("drill", "--kills", "-1").refusal == "--kills -1 is too few."


def test_the_same_seed_makes_the_same_plan_and_another_seed_another() -> None:
    first, again, other = Plan(seed=7), Plan.read(Plan(seed=7).written()), Plan(seed=8)
    assert first == again
    assert first.wishes() == again.wishes()
    assert first.deeds() == again.deeds()
    assert [each[0] for each in first.misbehaviours()] == [each[0] for each in again.misbehaviours()]
    assert first.wishes() != other.wishes()
    assert first.deeds() != other.deeds()


def test_a_plan_has_what_was_asked_for() -> None:
    plan = Plan(changes=500, kills=9, freezes=3, restarts=2)
    wishes = plan.wishes()
    assert [wish.number for wish in wishes] == list(range(1, 501))
    assert len({wish.value for wish in wishes}) == 500
    assert {wish.slug for wish in wishes} == set(FIELDS)
    deeds = [deed for _, deed in plan.deeds()]
    assert (deeds.count(Deed.KILL), deeds.count(Deed.FREEZE), deeds.count(Deed.RESTART)) == (9, 3, 2)
    assert {fault.kind for _, fault in plan.misbehaviours()} == set(KINDS)
    assert all(moment < 500 for moment, _ in [*plan.deeds(), *plan.misbehaviours()])


def test_a_plan_has_several_wishes_in_a_row_for_one_customer_and_field() -> None:
    wishes = Plan(changes=200).wishes()
    followed = [a for a, b in pairwise(wishes) if (a.slug, a.place, a.fields) == (b.slug, b.place, b.fields)]
    assert len(followed) > 80


def test_every_kind_of_fault_that_the_sandbox_knows_is_played() -> None:
    assert set(KINDS) == set(faults.KINDS)


@pytest.mark.parametrize("slug", FIELDS)
@pytest.mark.parametrize("kind", KINDS)
def test_no_provider_lies_in_a_way_that_nobody_could_notice(kind: str, slug: str) -> None:
    luck = Plan().luck(f"{kind} {slug}")
    for _ in range(20):
        chosen = misbehaviour(kind, slug, FIELDS, luck)
        parameters = {name: value for name, value in chosen.parameters.items() if name != "method"}
        faults.check(kind, parameters)
        fault = faults.Fault(kind, parameters)
        status = int(fault["status"]) if "status" in faults.KINDS[kind].parameters else 200
        if fault.applied:
            assert status < 300 or status >= 500 or status == 408, "what is refused is not applied"
        elif "status" in faults.KINDS[kind].parameters:
            assert status >= 300, "what is answered by a 200 is applied"
        if kind == "wrong-echo" and slug not in BENDING:
            assert not fault["kept"], "who echoes nothing, or not this, keeps what was asked"


def test_a_line_of_the_ledger_names_its_change_wherever_a_provider_puts_its_values() -> None:
    line = {
        "id": 4,
        "method": "PUT",
        "at": "2026-01-01T00:00:00+00:00",
        "applied_at": None,
        "applied": False,
        "fault": None,
    }
    nested = entry_of({**line, "slug": "timepay", "body": {"loan_id": "L", "data": {"first_name": value_of(7)}}})
    assert nested
    assert (nested.number, set(nested.fields), nested.applied_at) == (7, {"first_name"}, None)
    both = {"customer_id": "c", "scope": "PROJECT", "name": value_of(8), "address": value_of(8)}
    flat = entry_of({**line, "slug": "flowwise", "body": both, "applied": True, "applied_at": line["at"]})
    assert flat
    assert (flat.number, set(flat.fields)) == (8, {"name", "address"})
    assert flat.applied_at is not None
    assert entry_of({**line, "slug": "caibo", "body": {"name": value_of(9)}}) is None, "a name is carried, not asked"
    assert entry_of({**line, "slug": "sqril", "method": "GET", "body": None}) is None
    bent = entry_of({**line, "slug": "sqril", "body": {"address": value_of(3)}, "fault": "wrong-echo"})
    assert bent
    assert not bent.kept


def test_make_drill_is_what_the_readme_promises() -> None:
    shown = subprocess.run(["make", "-n", "drill"], cwd=ROOT, capture_output=True, text=True, check=True).stdout  # noqa: S607
    assert "manage.py drill" in shown
