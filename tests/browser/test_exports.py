"""Exports in the browser: Rae takes a pack of a change home, watches it being made, and proves it elsewhere."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from console.flows.seal import seal
from console.models import Change, Checkpoint, Export, ExportStatus, Status
from console.proof.verify import fingerprint, read_note
from tests.browser import steps
from tests.browser.conftest import OpenPage
from tests.browser.stage import Stage
from tests.cast import person
from tests.exporting.histories import verify
from tests.flows.helpers import wish
from tests.processes import wait_for, worker

pytestmark = pytest.mark.browser


def reviewer(open_page: OpenPage, stage: Stage, **options: object) -> Page:
    """A browser in which Rae, who reviews everywhere, is signed in."""
    person("rae")
    page, _ = open_page(accept_downloads=True, **options)
    steps.sign_in(page, stage.url, "rae")
    return page


def applied(stage: Stage, phone: str = "+6281299887766") -> Change:
    change = wish(stage.connections["sqril"].customers.get(), person("ed"), {"phone": phone})
    wait_for(lambda: Change.objects.get(pk=change.pk).state is Status.APPLIED, seconds=30)
    return change


def kept(page: Page, folder: Path, name: str = "Download") -> bytes:
    with page.expect_download() as download:
        page.get_by_role("link", name=name).click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path.read_bytes()


def test_rae_takes_a_pack_of_a_change_home_and_proves_it_on_a_machine_without_the_console(
    open_page: OpenPage, shared: Stage, tmp_path: Path
) -> None:
    change, page = applied(shared), reviewer(open_page, shared)
    page.goto(f"{shared.url}/changes/{change.pk}/")
    page.get_by_role("link", name="Evidence pack").click()
    expect(page.get_by_text(f"Change {change.pk}", exact=True)).to_be_visible()
    expect(page.get_by_role("radio", name="Evidence pack (ZIP)")).to_be_checked()
    page.get_by_role("button", name="Export").click()
    expect(page.get_by_text("The file is ready.")).to_be_visible(timeout=20_000)
    pack = kept(page, tmp_path)
    seal()
    key = fingerprint(read_note(Checkpoint.objects.latest("size").note).public)
    code, said = verify(tmp_path, pack, "--key", key)
    assert code == 0, said


def test_the_page_shows_how_far_it_is_and_then_the_file_without_being_asked(
    open_page: OpenPage, alone: Stage, tmp_path: Path
) -> None:
    page = reviewer(open_page, alone)
    page.goto(f"{alone.url}/audit/exports/")
    page.get_by_role("radio", name="Lines of JSON").check()
    page.get_by_role("button", name="Export").click()
    expect(page.get_by_text("Waiting for a worker.")).to_be_visible()
    Export.objects.update(status=ExportStatus.RUNNING, done=2)
    expect(page.get_by_text(re.compile(r"^2 of \d+ events$"))).to_be_visible()
    assert page.get_by_role("progressbar", name="Events written").get_attribute("value") == "2"
    Export.objects.update(status=ExportStatus.WAITING, done=0)
    with worker(alone.database):
        expect(page.get_by_role("link", name="Download")).to_be_visible(timeout=20_000)
        assert kept(page, tmp_path).startswith(b'{"about"')
    page.get_by_role("button", name="Delete the file").click()
    expect(page.get_by_text("No longer kept. You deleted the file.")).to_be_visible()
    page.close()


def test_all_of_it_works_without_a_script(open_page: OpenPage, shared: Stage, tmp_path: Path) -> None:
    page = reviewer(open_page, shared, java_script_enabled=False)
    page.goto(f"{shared.url}/audit/exports/?kind=customer")
    page.get_by_role("radio", name="Table (CSV)").check()
    page.get_by_role("button", name="Export").click()
    wait_for(lambda: Export.objects.latest("pk").status == ExportStatus.DONE)
    page.reload()
    assert kept(page, tmp_path).startswith("\ufeffid,at,who".encode())


def test_the_summary_in_a_pack_is_read_without_console_or_network(
    open_page: OpenPage, shared: Stage, tmp_path: Path
) -> None:
    change, page = applied(shared, "+6281299887755"), reviewer(open_page, shared)
    page.goto(f"{shared.url}/audit/exports/?change={change.pk}")
    page.get_by_role("button", name="Export").click()
    expect(page.get_by_text("The file is ready.")).to_be_visible(timeout=20_000)
    (tmp_path / "pack.zip").write_bytes(kept(page, tmp_path))
    with zipfile.ZipFile(tmp_path / "pack.zip") as archive:
        archive.extract("index.html", tmp_path)
    page.context.set_offline(True)
    page.goto((tmp_path / "index.html").as_uri())
    expect(page.get_by_role("heading", name=f"Change {change.pk}", exact=True)).to_be_visible()
    expect(page.get_by_text("What was sent, and what the provider answered")).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.close()
