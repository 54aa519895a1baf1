"""One in fifty of the customers that a demo makes beyond the sample has a flaw, by the rules of their provider."""

from __future__ import annotations

import pytest

from console import flaws
from console.management.demo.flawed import ONE_IN, WAYS, some_flawed
from providers import registry
from providers.sandbox import people
from tests.cast import OPTIONS, SLUGS

NUMBERS = range(people.COUNT, people.COUNT + 40 * ONE_IN)


@pytest.mark.parametrize("slug", SLUGS)
def test_about_two_in_a_hundred_are_flawed_and_the_others_are_as_they_were(slug: str) -> None:
    provider = registry.get(slug).configured(OPTIONS.get(slug, {}))
    whole = list(people.more(slug, NUMBERS))
    made = list(some_flawed(slug, NUMBERS, whole))
    found = {number: flaws.compute(provider, record) for number, record in zip(NUMBERS, made, strict=True)}
    wrong = {number for number, flawed in found.items() if flawed}
    touched = {number for number, was, now in zip(NUMBERS, whole, made, strict=True) if was != now}
    assert touched <= wrong
    assert len(NUMBERS) * 0.01 <= len(touched) <= len(NUMBERS) * 0.025
    assert {name for number in touched for name in found[number]} >= {name for name, _ in WAYS[slug]}


@pytest.mark.parametrize("slug", SLUGS)
def test_of_a_number_it_is_always_the_same(slug: str) -> None:
    first, again = (list(some_flawed(slug, NUMBERS, people.more(slug, NUMBERS))) for _ in range(2))
    assert first == again
