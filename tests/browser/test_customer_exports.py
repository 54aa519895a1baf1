"""Exports of customers in the browser: Ed takes those whom he selected, or all in a list, home as a file."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from console.importing import open_table
from console.models import Customer, Export, ExportStatus
from tests.browser import steps
from tests.browser.conftest import OpenPage
from tests.browser.stage import Stage
from tests.cast import sample
from tests.hidden import shown
from tests.processes import wait_for

pytestmark = pytest.mark.browser


@pytest.fixture
def three(shared: Stage) -> list[Customer]:
    """Customers at Caibo beside the one of the stage, the same for all tests."""
    there = shared.connections["caibo"]
    found = list(there.customers.filter(external_id__startswith="80"))
    return found or [sample(there, shared.sandbox, id=f"80{number}", name="=1+1") for number in range(3)]


def kept(page: Page, folder: Path) -> tuple[str, bytes]:
    """The file as the browser keeps it, with its name."""
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path.name, path.read_bytes()


def test_ed_exports_whom_he_selected_as_a_workbook_that_an_import_takes(
    eds: Page, shared: Stage, three: list[Customer], tmp_path: Path
) -> None:
    eds.goto(f"{shared.url}/customers/?at={shared.connections['caibo'].pk}&sort=id")
    for customer in three[:2]:
        eds.locator(f'td.pick input[value="{customer.pk}"]').check()
    eds.get_by_role("button", name="Export 2…").click()
    expect(eds.get_by_text("Chosen customers at Caibo")).to_be_visible()
    eds.get_by_role("radio", name="Workbook (XLSX)").check()
    eds.get_by_role("button", name="Export", exact=True).click()
    expect(eds.get_by_text("The file is ready.")).to_be_visible(timeout=20_000)
    name, content = kept(eds, tmp_path)
    look = open_table(io.BytesIO(content), name)
    assert [look.samples(look.columns.index(column)) for column in ("external_id", "name")] == [
        ["800", "801"],
        ["=1+1", "=1+1"],
    ]
    expect(eds.get_by_text("2 chosen customers")).to_have_count(0)


def test_all_in_a_list_are_exported_by_keyboard_and_what_is_hidden_for_a_reason(
    open_page: OpenPage, shared: Stage, tmp_path: Path
) -> None:
    shown("jo")
    page, _ = open_page(accept_downloads=True)
    steps.sign_in(page, shared.url, "jo")
    page.goto(f"{shared.url}/customers/?at={shared.connections['finosu'].pk}")
    page.get_by_role("link", name="Export…").press("Enter")
    box, reason = page.get_by_role("checkbox", name="Take along"), page.get_by_label("Why do you need them?")
    expect(reason).to_be_hidden()
    box.press("Space")
    reason.press_sequentially("The registry has to be compared.")
    page.get_by_role("button", name="Export", exact=True).press("Enter")
    expect(page.get_by_text("The file is ready.")).to_be_visible(timeout=20_000)
    expect(page.get_by_text("With Birthday and SSN, last four digits")).to_be_visible()
    _, content = kept(page, tmp_path)
    assert "ssnLastFour" in content.decode("utf-8-sig").splitlines()[0]
    page.close()


def test_all_of_it_works_without_a_script(
    open_page: OpenPage, shared: Stage, three: list[Customer], tmp_path: Path
) -> None:
    page, _ = open_page(accept_downloads=True, java_script_enabled=False)
    steps.sign_in(page, shared.url, "ed")
    page.goto(f"{shared.url}/customers/?at={shared.connections['caibo'].pk}")
    page.get_by_role("link", name="Export…").click()
    page.get_by_role("button", name="Export", exact=True).click()
    wait_for(lambda: Export.objects.latest("pk").status == ExportStatus.DONE)
    page.reload()
    _, content = kept(page, tmp_path)
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert "'=1+1" in {row[rows[0].index("name")] for row in rows[1:]}
    page.close()
