"""Rae's whole job: she may change nothing, answers what she is asked by clicking, and takes home what proves it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from console.flows.refresh import refresh
from console.models import Change, Checkpoint, Customer, Export, ExportStatus, Leaf, Status
from console.proof.verify import fingerprint, read_note
from tests.browser import steps
from tests.browser.axe import complaints
from tests.browser.chromium import DESKTOP
from tests.browser.conftest import OpenPage
from tests.browser.stage import Stage
from tests.browser.test_four_eyes import enter, press
from tests.cast import person, sample
from tests.deciding import approve, policy
from tests.exporting.histories import members, verify
from tests.flows.helpers import fresh, wish
from tests.processes import wait_for

pytestmark = pytest.mark.browser

WHY = "He rang and read it out to me."
BEFORE, ASKED, MOVED = "+62 812-345-679", "+62 812-9988-7766", "+62 811-2233-445"


@dataclass(frozen=True, slots=True)
class Story:
    """Ed changed the customer's phone number, Ann approved it, it was sent; later it moved at the provider."""

    customer: Customer
    change: Change


@pytest.fixture(scope="module")
def story(shared: Stage) -> Story:
    """Played by the flows and the worker, and sealed."""
    ed, ann = person("ed"), person("ann")
    person("rae")
    sqril = shared.connections["sqril"]
    policy("Phone numbers", "phone", at=[sqril])
    customer = sample(sqril, shared.sandbox, customer_id="cus_audited", name_first="Budi", name_last="Santoso")
    change = wish(customer, ed, {"phone": "+6281299887766"}, why=WHY, reference="SUP-4711")
    approve(change, ann)
    wait_for(lambda: fresh(change).state is Status.APPLIED, seconds=30)
    shared.sandbox.edit("sqril", customer.external_id, {"phone": "+628112233445"})
    refresh(fresh(customer), by=ed)
    last = customer.events.latest("id")
    assert last.verb == "customer.refreshed"
    wait_for(lambda: Checkpoint.objects.filter(size__gt=index_of(last.pk)).exists(), seconds=30)
    return Story(fresh(customer), fresh(change))


def index_of(event: int) -> int:
    """The place of an event under the seal; beyond every seal as long as it has none."""
    leaf = Leaf.objects.filter(event=event).first()
    return leaf.index if leaf else 2**31


@contextmanager
def looked_at(page: Page) -> Iterator[None]:
    """Says what axe says against the page on which the block ends."""
    yield
    page.wait_for_load_state()
    assert complaints(page) == []
    page.set_viewport_size(DESKTOP)
    page.emulate_media(color_scheme="light")


def sent(shared: Stage, story: Story) -> object:
    """What arrived at the provider for this customer."""
    [only] = [entry for entry in shared.arrived("sqril") if story.customer.external_id in str(entry["path"])]
    return only["body"]


def proves(folder: Path, pack: bytes) -> None:
    """On a machine without the console: an empty folder, and Python without any package."""
    assert list(folder.iterdir()) == []
    key = fingerprint(read_note(Checkpoint.objects.latest("size").note).public)
    code, said = verify(folder, pack, "--key", key)
    assert code == 0, said
    assert "PROVED" in said


def kept(page: Page, folder: Path, download: Locator) -> bytes:
    """A file that the page gives, read and not left there."""
    with page.expect_download() as coming:
        download.press("Enter")
    path = folder / "download"
    coming.value.save_as(path)
    content = path.read_bytes()
    path.unlink()
    return content


def go(page: Page, link: str, there: str) -> None:
    """Along a link by keyboard, until the page is there."""
    press(page, page.get_by_role("link", name=link))
    page.wait_for_url(there)


def test_from_the_customer_by_keyboard_rae_answers_everything_she_is_asked_and_takes_the_proof_home(
    page: Page, shared: Stage, story: Story, tmp_path: Path
) -> None:
    enter(page, shared, "rae")
    steps.press(page, "/")
    page.keyboard.type("budi san")
    expect(page.locator("#palette-found").get_by_role("option").first).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Budi Santoso", level=1)).to_be_visible()
    she_may_change_nothing(page)
    who_changed_it_and_who_approved_it(page)
    what_was_sent_and_what_was_answered(page, shared, story)
    how_the_record_looked(page)
    proves(tmp_path, takes_a_pack_home(page, story, tmp_path))


def she_may_change_nothing(page: Page) -> None:
    expect(page.get_by_role("button", name="Edit")).to_be_disabled()
    expect(page.get_by_role("link", name="Edit")).to_have_count(0)
    expect(page.locator("main button:enabled", has_text=re.compile("Accept|Restore|Save|Send"))).to_have_count(0)


def who_changed_it_and_who_approved_it(page: Page) -> None:
    """One step from the record: the history of the field."""
    press(page, steps.row(page, "phone").get_by_role("link", name="History"))
    with looked_at(page):
        expect(page.get_by_role("heading", name="History of Phone", level=1)).to_be_visible()
    moved, change, first = page.locator("table.over-time tbody tr").all()
    expect(moved).to_contain_text(MOVED)
    expect(moved).to_contain_text("not asked for here")
    for words in ("Ed Kowalski", BEFORE, ASKED, WHY, "SUP-4711", "Ann Mwangi", "Applied", "status 200"):
        expect(change).to_contain_text(words)
    expect(first).to_contain_text("Imported")


def what_was_sent_and_what_was_answered(page: Page, shared: Stage, story: Story) -> None:
    """From there to the change: the request stands there, the answer below its try."""
    press(page, page.get_by_role("link", name=f"change {story.change.pk}"))
    page.wait_for_url(f"**/changes/{story.change.pk}/")
    expect(page.locator("#record")).to_contain_text("approved by Ann Mwangi")
    assert steps.was_sent(page).body == sent(shared, story)
    press(page, page.locator("summary", has_text="Sent: applied"))
    with looked_at(page):
        answer = page.locator("details[open] pre").last
        expect(answer).to_contain_text('"phone": "+6281299887766"')
    assert json.loads(answer.inner_text().partition("\n\n")[2])["customer_id"] == story.customer.external_id
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()


def how_the_record_looked(page: Page) -> None:
    """From the change back to its customer and to a moment: as it was first known, then a step on."""
    go(page, "Back to customer", "**/customers/*/")
    go(page, "As of…", "**/as-of/")
    go(page, "As it was first known", "**/as-of/?at=*")
    with looked_at(page):
        expect(page.locator("#field-phone del")).to_have_text(BEFORE)
        expect(page.locator("#field-phone ins")).to_have_text(MOVED)
    press(page, page.get_by_role("link", name=re.compile("^Next")))
    expect(page.locator("#field-phone del")).to_have_text(ASKED)
    page.wait_for_load_state()
    expect(page.locator("#field-phone")).to_contain_text("Ed Kowalski")


def takes_a_pack_home(page: Page, story: Story, folder: Path) -> bytes:
    """Of everything that happened to this customer."""
    go(page, "Timeline", "**/timeline/")
    go(page, "Evidence pack", "**/audit/exports/?*")
    expect(page.get_by_role("radio", name="Evidence pack (ZIP)")).to_be_checked()
    press(page, page.get_by_role("button", name="Export"))
    with looked_at(page):
        expect(page.get_by_text("The file is ready.")).to_be_visible(timeout=20_000)
    pack = kept(page, folder, page.get_by_role("link", name="Download"))
    events = [json.loads(line) for line in members(pack)["events.jsonl"].splitlines()]
    assert {event["verb"] for event in events} >= {"change.proposed", "decision.approved", "change.applied"}
    assert {event["subject"] for event in events} == {f"customer:{story.customer.pk}"}
    return pack


def test_from_the_audit_without_a_script_she_finds_the_change_the_approval_and_the_exchange(
    open_page: OpenPage, shared: Stage, story: Story, tmp_path: Path
) -> None:
    page, _ = open_page(java_script_enabled=False, accept_downloads=True)
    steps.sign_in(page, shared.url, "rae")
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Audit").click()
    page.get_by_label("Find the customer whose events are wanted").fill("budi san")
    page.get_by_role("button", name="Find customer").click()
    page.get_by_text("More to search by").click()
    page.get_by_label("Field", exact=True).fill("phone")
    page.get_by_role("button", name="Search", exact=True).click()
    rows = page.locator("table.events tbody tr")
    told = rows.filter(has_text=f"change {story.change.pk}")
    expect(told.filter(has_text="asked to change Phone")).to_contain_text("Ed Kowalski")
    expect(told.filter(has_text="approved Phone")).to_contain_text("Ann Mwangi")
    told.filter(has_text="Applied").locator("a.name").click()
    expect(page.get_by_text("Fits its hash")).to_be_visible()
    request, answer = page.get_by_role("region", name="What exactly was sent and answered").locator("pre").all()
    assert json.loads(request.inner_text().partition("\n\n")[2]) == sent(shared, story)
    expect(answer).to_contain_text('"phone": "+6281299887766"')
    page.get_by_role("link", name="All of this change").click()
    page.get_by_role("link", name="Export…").click()
    page.get_by_role("radio", name="Evidence pack (ZIP)").check()
    page.get_by_role("button", name="Export").click()
    wait_for(lambda: Export.objects.latest("pk").status == ExportStatus.DONE)
    page.reload()
    proves(tmp_path, kept(page, tmp_path, page.get_by_role("link", name="Download")))
