"""manage.py demo: one command brings up everything, and Ctrl-C leaves nothing behind."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from console.demo_people import DEMO_PEOPLE
from console.management.demo.processes import port_problem
from providers.sandbox import Sandbox
from providers.sandbox.service import DEFAULT_PORT
from tests.demos import ROOT, Demo, demo, manage, remove, signed_in
from tests.processes import wait_for

ED = DEMO_PEOPLE[0]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("demo")
    yield folder
    remove(folder)


@pytest.fixture(scope="module")
def running(folder: Path) -> Iterator[Demo]:
    with demo(folder) as started:
        yield started


def family(parent: int) -> set[int]:
    """The processes below this one."""
    listed = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout  # noqa: S607
    parents = {int(pid): int(above) for pid, above in (line.split() for line in listed.splitlines())}
    found, size = {parent}, 0
    while len(found) > size:
        size = len(found)
        found |= {pid for pid, above in parents.items() if above in found}
    return found & set(parents)


def test_it_says_where_it_is_and_who_can_sign_in(running: Demo) -> None:
    assert running.said.startswith(f"Steward is ready: http://localhost:{running.port}\n")
    for person in DEMO_PEOPLE:
        assert person.username in running.said
        assert person.password in running.said


def test_the_sign_in_page_shows_the_people_and_lets_them_in(running: Demo) -> None:
    page = httpx.get(f"{running.url}/sign-in/", trust_env=False)
    assert all(person.password in page.text for person in DEMO_PEOPLE)
    with signed_in(running.url, ED.username, ED.password) as browser:
        assert ED.name in browser.get("/").text


def test_customers_and_changes_appear_while_it_is_in_use(running: Demo) -> None:
    with signed_in(running.url, ED.username, ED.password) as browser:
        wait_for(lambda: re.search(r"/customers/\d+/", browser.get("/customers/").text), seconds=60)
        wait_for(lambda: "/changes/1/" in browser.get("/changes/").text, seconds=60)


def test_a_file_of_many_waits_to_be_decided_on_as_one(running: Demo) -> None:
    ann = DEMO_PEOPLE[2]
    with signed_in(running.url, ann.username, ann.password) as browser:
        wait_for(lambda: "E-mail of 80 customers, from a file" in browser.get("/").text, seconds=180)
        page = browser.get(re.findall(r"/batches/\d+/", browser.get("/batches/").text)[0]).text
        assert '<b class="num">78</b> would change' in page
        assert 'Became no change <b class="count">2</b>' in page


def test_approvers_find_what_waits_for_them_and_the_policies_say_why(running: Demo) -> None:
    ann, sam = DEMO_PEOPLE[2:4]
    with (
        signed_in(running.url, ann.username, ann.password) as anns,
        signed_in(running.url, sam.username, sam.password) as sams,
    ):
        policies = anns.get("/policies/").text
        assert "SQRIL: Occupation and Address need 1 approval" in policies
        assert "TimePay: Loan amount and Loan period need 2 approvals" in policies
        wait_for(lambda: all(field in sams.get("/").text for field in ("Loan amount", "Loan period")), seconds=60)
        wait_for(lambda: "Loan period" not in anns.get("/").text, seconds=60)  # hers is given
        wait_for(lambda: "of these ask for the same" in sams.get("/").text, seconds=60)


def test_a_reviewer_finds_a_change_that_was_undone_and_a_review_whose_question_waits_for_ed(running: Demo) -> None:
    ed, rae = DEMO_PEOPLE[0], DEMO_PEOPLE[5]
    with (
        signed_in(running.url, rae.username, rae.password) as raes,
        signed_in(running.url, ed.username, ed.password) as eds,
    ):
        wait_for(lambda: "1 question open" in raes.get("/audit/reviews/").text, seconds=120)
        assert "questioned in a review" in eds.get("/notices/").text
        assert "asked to undo change" in raes.get("/audit/?kind=change.proposed").text


def test_people_come_in_ask_for_rights_and_are_told_of_hidden_values_and_the_audit_says_so(running: Demo) -> None:
    ann, rae, ida = DEMO_PEOPLE[2], DEMO_PEOPLE[5], DEMO_PEOPLE[7]
    with (
        signed_in(running.url, rae.username, rae.password) as raes,
        signed_in(running.url, ida.username, ida.password) as idas,
        signed_in(running.url, ann.username, ann.password) as anns,
    ):
        wait_for(lambda: "was shown SSN" in raes.get("/audit/?kind=customer.revealed").text, seconds=120)
        compared = raes.get("/audit/?kind=customer.compared").text
        assert "it does not match" in compared
        assert "it matches" in compared
        assert "under a name that nobody has" in raes.get("/audit/?kind=person.sign_in_failed").text
        assert "Sam Tanaka" in idas.get("/").text  # whose wider rights wait for her
        people = idas.get("/people/").text
        assert "Noor Haddad" in people
        assert "Invited" in people
        assert "Firefox on Windows" in anns.get("/you/sessions/").text
        assert 'value="1095"' in idas.get(keeping_of(idas, "Flowwise")).text


def keeping_of(browser: httpx.Client, name: str) -> str:
    """Where an administrator sets how long this connection keeps what it holds."""
    found = re.search(rf'<a[^>]+href="(/connections/\d+/)"[^>]*>(?:<bdi>)?{name}', browser.get("/connections/").text)
    assert found
    return f"{found[1]}keeping/"


def test_the_caller_of_the_readme_is_told_apart_by_what_it_says() -> None:
    with Sandbox() as sandbox:
        record = sandbox.records("finosu")["cust_12345"]
    assert (record["firstName"], record["lastName"], record["ssnLastFour"]) == ("Jordan", "Avery", "1234")


def test_the_sandbox_makes_way_where_its_usual_port_was_asked_for(tmp_path: Path) -> None:
    if port_problem(DEFAULT_PORT):
        pytest.skip("somebody listens there")
    with demo(tmp_path, "--port", str(DEFAULT_PORT)) as started:
        assert f"Steward is ready: http://localhost:{DEFAULT_PORT}\n" in started.said
    remove(tmp_path)


def test_a_second_demo_on_the_same_port_ends_with_one_sentence(running: Demo, folder: Path) -> None:
    second = manage(folder, "demo", "--no-browser", "--port", str(running.port))
    assert second.returncode != 0
    [sentence] = second.stderr.splitlines()
    assert f"Port {running.port} is in use" in sentence


def test_a_second_demo_on_the_same_data_ends_with_one_sentence(running: Demo, folder: Path) -> None:
    second = manage(folder, "demo", "--no-browser", "--port", "0")
    assert second.returncode != 0
    [sentence] = second.stderr.splitlines()
    assert "A demo runs on" in sentence


def test_ctrl_c_ends_every_process_and_a_restart_keeps_the_data(running: Demo, folder: Path) -> None:
    before = family(running.process.pid)
    assert len(before) > 5
    running.stop()
    assert running.process.returncode == 0
    assert not before & family(1)
    with demo(folder) as again, signed_in(again.url, ED.username, ED.password) as browser:
        assert re.search(r"/changes/\d+/", browser.get("/changes/").text)


def test_a_database_with_people_of_its_own_is_left_alone_until_it_is_reset(folder: Path) -> None:
    made = manage(folder, "person", "vic", "--role", "viewer", STEWARD_PASSWORD="correct horse battery")
    assert made.returncode == 0, made.stderr
    refused = manage(folder, "demo", "--no-browser", "--port", "0")
    assert refused.returncode != 0
    assert "has people of its own" in refused.stderr
    assert "Traceback" not in refused.stderr
    with demo(folder, "--reset") as anew, signed_in(anew.url, ED.username, ED.password) as browser:
        assert browser.get("/").status_code == 200


def test_a_folder_that_cannot_be_written_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    refused = manage(tmp_path / "file", "demo", "--no-browser", "--port", "0")
    assert refused.returncode != 0
    assert "Traceback" not in refused.stderr
    assert "file" in refused.stderr


def test_reset_leaves_a_database_of_somebody_elses_alone(tmp_path: Path) -> None:
    url = "postgresql://nobody@localhost:1/none"
    refused = manage(tmp_path, "demo", "--reset", "--no-browser", "--port", "0", DATABASE_URL=url)
    assert refused.returncode != 0
    assert "--reset deletes the embedded database alone" in refused.stderr


def test_make_demo_is_what_the_readme_promises() -> None:
    shown = subprocess.run(["make", "-n", "demo"], cwd=ROOT, capture_output=True, text=True, check=True).stdout  # noqa: S607
    assert "manage.py demo" in shown
