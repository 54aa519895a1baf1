"""Imports in the browser: Ed brings a file in, watches it being looked through, has it carried out, stops another."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from console.flows.uploads import PIECE
from console.models import Bulk, BulkPart, BulkStatus, Customer
from tests.browser import steps
from tests.browser.conftest import OpenPage
from tests.browser.stage import Stage
from tests.importing_files import WHOLE, row, table

pytestmark = pytest.mark.browser


def ed_at_imports(open_page: OpenPage, stage: Stage, **options: Any) -> Page:
    page, _ = open_page(**options)
    steps.sign_in(page, stage.url, "ed")
    page.goto(f"{stage.url}/imports/")
    return page


def chosen(page: Page, path: Path) -> None:
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_role("radio", name="Fill the cache").check()
    page.get_by_role("radio", name="Caibo", exact=True).check()


def large(path: Path) -> int:
    """A file of more than two pieces; says how many customers it has."""
    rows = [(*row(600_000 + number)[:3], "A long street " * 60, "") for number in range(10_500)]
    path.write_bytes(table(rows, WHOLE))
    assert path.stat().st_size > 2 * PIECE
    return len(rows)


def test_ed_brings_a_file_in_and_sees_what_becomes_of_it_before_it_does(
    open_page: OpenPage, shared: Stage, tmp_path: Path
) -> None:
    path, page = tmp_path / "branch.csv", ed_at_imports(open_page, shared)
    path.write_bytes(table([row(500_000 + number) for number in range(60)], WHOLE))
    chosen(page, path)
    expect(page.get_by_text("branch.csv")).to_be_visible()
    expect(page.get_by_label("When were its values true?")).not_to_have_value("")
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("heading", name="What the columns hold")).to_be_visible(timeout=30_000)
    page.wait_for_load_state()
    steps.press(page, "Control+Enter")
    expect(page.get_by_role("button", name="Take in 60 customers")).to_be_visible(timeout=30_000)
    assert not Customer.objects.filter(external_id="500059").exists()
    page.wait_for_load_state()
    steps.press(page, "Control+Enter")
    expect(page.get_by_text("60 added")).to_be_visible(timeout=30_000)
    assert Customer.objects.get(external_id="500059").name == "Person 500059"


def test_an_upload_goes_on_by_itself_after_a_break_and_can_be_taken_up_on_another_day(
    open_page: OpenPage, shared: Stage, tmp_path: Path
) -> None:
    path, (page, watch) = tmp_path / "large.csv", open_page()
    steps.sign_in(page, shared.url, "ed")
    page.goto(f"{shared.url}/imports/")
    large(path)
    failing = iter([True, False, True])

    def sometimes(route: Route) -> None:
        route.fulfill(status=503) if next(failing, True) else route.continue_()

    watch.expect(503)
    page.route("**/piece/**", sometimes)  # the first try breaks, the second one comes through, all others break
    chosen(page, path)
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_text("The connection broke at 4.2 MB")).to_be_visible(timeout=30_000)
    bulk = Bulk.objects.get(filename="large.csv", bytes_kept=PIECE)
    page.get_by_role("button", name="Stop the upload").click()
    page.unroute("**/piece/**")
    page.goto(f"{shared.url}/imports/{bulk.pk}/")
    expect(page.get_by_role("heading", name="The upload was cut off")).to_be_visible()
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", name="What the columns hold")).to_be_visible(timeout=40_000)
    assert BulkPart.objects.filter(bulk=bulk).count() == 3


def test_a_file_that_was_saved_anew_while_it_was_sent_is_to_be_chosen_once_more(
    open_page: OpenPage, shared: Stage, tmp_path: Path
) -> None:
    path, (page, watch) = tmp_path / "edited.csv", open_page()
    steps.sign_in(page, shared.url, "ed")
    page.goto(f"{shared.url}/imports/")
    path.write_bytes(table([row(540_000)], WHOLE))

    def edit(route: Route) -> None:
        path.write_bytes(table([row(540_000), row(540_001)], WHOLE))
        route.fulfill(status=503)

    watch.expect(503)
    page.route("**/piece/**", edit)
    chosen(page, path)
    page.get_by_role("button", name="Upload").click()
    expect(page.locator("[data-upload-say]")).to_contain_text("saved anew, moved or deleted since it was chosen")
    page.unroute("**/piece/**")
    chosen(page, path)
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("heading", name="What the columns hold")).to_be_visible(timeout=30_000)
    assert Bulk.objects.filter(filename="edited.csv").count() == 2


def test_the_moment_of_the_file_chosen_last_is_filled_in_as_the_server_reads_it(
    open_page: OpenPage, shared: Stage, tmp_path: Path
) -> None:
    page = ed_at_imports(open_page, shared, timezone_id="Asia/Jakarta")
    times = {tmp_path / "first.csv": int(time.time()) - 7200, tmp_path / "second.csv": int(time.time()) - 3600}
    for path, moment in times.items():
        path.write_bytes(table([row(520_000)], WHOLE))
        os.utime(path, (moment, moment))
        chosen(page, path)
    expect(page.locator("#why-as-of")).to_contain_text("UTC")
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("heading", name="What the columns hold")).to_be_visible(timeout=30_000)
    as_of = Bulk.objects.get(filename="second.csv").as_of
    assert as_of == datetime.fromtimestamp(moment, UTC).replace(second=0)


def test_a_moment_that_somebody_put_there_stays(open_page: OpenPage, shared: Stage, tmp_path: Path) -> None:
    path, page = tmp_path / "old.csv", ed_at_imports(open_page, shared)
    path.write_bytes(table([row(530_000)], WHOLE))
    chosen(page, path)
    box = page.get_by_label("When were its values true?")
    box.fill("2025-01-01T08:00")
    chosen(page, path)
    expect(box).to_have_value("2025-01-01T08:00")


def test_ed_stops_what_is_being_looked_through(open_page: OpenPage, shared: Stage, tmp_path: Path) -> None:
    path, page = tmp_path / "many.csv", ed_at_imports(open_page, shared)
    large(path)
    chosen(page, path)
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("heading", name="What the columns hold")).to_be_visible(timeout=40_000)
    page.get_by_role("button", name="Look it through").click()
    expect(page.get_by_role("progressbar", name="Rows done")).to_be_visible()
    page.get_by_role("button", name="Stop…").click()
    page.get_by_role("button", name="Stop it").click()
    expect(page.get_by_text("You stopped it.")).to_be_visible()
    assert Bulk.objects.get(filename="many.csv").status == BulkStatus.STOPPED


def test_ctrl_enter_in_the_dialog_that_asks_back_carries_nothing_out(
    open_page: OpenPage, shared: Stage, tmp_path: Path
) -> None:
    path, page = tmp_path / "asked.csv", ed_at_imports(open_page, shared)
    path.write_bytes(table([row(510_000 + number) for number in range(3)], WHOLE))
    chosen(page, path)
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("heading", name="What the columns hold")).to_be_visible(timeout=30_000)
    steps.press(page, "Control+Enter")
    expect(page.get_by_role("button", name="Take in 3 customers")).to_be_visible(timeout=30_000)
    page.wait_for_load_state()
    page.get_by_role("button", name="Discard…").click()
    dialog = page.get_by_role("dialog", name="Discard this import?")
    expect(dialog.get_by_role("button", name="Keep it")).to_be_focused()
    with steps.all_answered(page):
        steps.press(page, "Control+Enter")
    assert Bulk.objects.get(filename="asked.csv").state is BulkStatus.CHECKED
    expect(dialog).to_be_visible()
