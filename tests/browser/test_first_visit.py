"""A first visit is light: few requests, and little to carry over a slow line."""

from __future__ import annotations

import gzip
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Response, expect

from console.models import Customer
from tests.browser.stage import Stage

pytestmark = pytest.mark.browser

MOST_REQUESTS = 9
MOST_BYTES = 60 * 1024


def fetched(page: Page, visit: Callable[[], object]) -> dict[str, int]:
    """What a visit asks for with an empty cache: each address with the bytes of its body, compressed by gzip."""
    answers: list[Response] = []

    def note(answer: Response) -> None:
        answers.append(answer)

    page.on("response", note)
    visit()
    page.wait_for_load_state("networkidle")
    return {answer.url: packed(answer) for answer in answers}


def packed(answer: Response) -> int:
    redirected = 300 <= answer.status < 400
    return 0 if redirected else len(gzip.compress(answer.body(), 6))


def check(found: dict[str, int]) -> None:
    told = "\n".join(f"{size:7} {url}" for url, size in found.items())
    assert len(found) <= MOST_REQUESTS, told
    assert sum(found.values()) <= MOST_BYTES, told


def test_the_sign_in_page_is_light(shared: Stage, page: Page) -> None:
    found = fetched(page, lambda: page.goto(f"{shared.url}/"))
    expect(page.get_by_label("Username")).to_be_visible()
    check(found)


@pytest.mark.parametrize("path", ["/", "/customers/", "/customers/{customer}/", "/customers/{customer}/edit/"])
def test_each_page_is_light_with_an_empty_cache(path: str, shared: Stage, eds: Page) -> None:
    customer = Customer.objects.filter(connection=shared.connections["sqril"]).latest("pk")
    found = fetched(eds, lambda: eds.goto(shared.url + path.format(customer=customer.pk)))
    expect(eds.get_by_role("link", name="Steward")).to_be_visible()
    assert any(url.endswith("console.js") for url in found)
    check(found)
