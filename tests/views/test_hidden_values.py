"""Sensitive values are shown to nobody, found by nobody, and cannot be guessed by asking whether a guess is right."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from console.models import Change, Event, Known, User
from providers.sandbox import Sandbox
from tests import cast, deciding
from tests.flows.helpers import push, wish
from tests.views.pages import form_of, text_of

pytestmark = pytest.mark.django_db

SWAP = {"HX-Request": "true"}
RIGHT, WRONG = "1234", "5678"


@pytest.fixture
def ed(client: Client) -> User:
    user = cast.person("ed")
    client.force_login(user)
    return user


def said(response: Any, guess: str) -> tuple[int, str]:
    """The answer, whatever was guessed; numbers of rows aside."""
    return response.status_code, re.sub(r"\d+", "#", text_of(response).replace(guess, "the guess"))


@contextmanager
def undone() -> Iterator[None]:
    """What is done within has never been."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def guesses(client: Client, url: str, name: str, texts: tuple[str, str], **more: Any) -> list[tuple[int, str]]:
    """What is answered to a right and to a wrong guess."""
    headers = more.pop("headers", {})
    return [said(client.post(url, {"key": "a", f"v-{name}": text, **more}, headers=headers), text) for text in texts]


class TestGuessing:
    @pytest.mark.parametrize("page", ["customer_preview", "customer_check"])
    @pytest.mark.parametrize("headers", [{}, SWAP])
    def test_the_preview_does_not_tell_a_right_guess_from_a_wrong_one(
        self, client: Client, ed: User, page: str, headers: dict[str, str]
    ) -> None:
        url = reverse(page, args=[cast.sample(cast.connect("finosu")).pk])
        right, wrong = guesses(client, url, "ssnLastFour", (RIGHT, WRONG), headers=headers)
        assert right == wrong

    def test_a_refused_save_does_not_tell_either(self, client: Client, ed: User) -> None:
        url = reverse("customer_edit", args=[cast.sample(cast.connect("finosu")).pk])
        for more in ({"d-ssnLastFour": "made up"}, {"v-email": "nonsense"}):
            right, wrong = guesses(client, url, "ssnLastFour", (RIGHT, WRONG), **more)
            assert right == wrong
            assert right[0] == 422
        assert not Change.objects.exists()

    @pytest.mark.parametrize("page", ["customer_edit", "customer_preview", "customer_check"])
    def test_what_is_locked_does_not_tell_either(self, client: Client, ed: User, page: str) -> None:
        url = reverse(page, args=[cast.sample(cast.connect("sqril")).pk])
        right, wrong = guesses(client, url, "dob", ("1990-02-01", "1990-02-02"))
        assert right == wrong
        assert not Change.objects.exists()

    @pytest.mark.parametrize("text", [RIGHT, WRONG])
    def test_a_guess_that_is_saved_stands_in_the_history_under_the_name_of_who_made_it(
        self, client: Client, ed: User, text: str
    ) -> None:
        customer = cast.sample(cast.connect("finosu"))
        url = reverse("customer_edit", args=[customer.pk])
        response = client.post(url, {**form_of(client.get(url), "edit"), "v-ssnLastFour": text})
        assert response.status_code == 303
        assert Event.objects.get(verb="change.proposed").actor == ed

    @pytest.mark.parametrize("guess", ["9012", WRONG])
    def test_a_wish_that_waits_is_not_said_to_be_there_once_the_value_has_moved(
        self, client: Client, ed: User, guess: str
    ) -> None:
        deciding.no_policies()
        customer = cast.sample(cast.connect("finosu"))
        change = wish(customer, ed, {"ssnLastFour": guess, "email": "other@example.com"})
        customer.refresh_from_db()
        moved = {"ssnLastFour": "9012", "email": "other@example.com"}
        customer.learn(moved, how=Known.READ, at=timezone.now())
        customer.save_learnt()
        shown = text_of(client.get(reverse("change", args=[change.pk])))
        assert shown.count("holds that already") == 1

    @pytest.mark.parametrize("approvals", [0, 1])
    def test_a_guess_that_was_sent_looks_alike_wherever_its_author_looks(
        self, client: Client, ed: User, sandbox: Sandbox, approvals: int
    ) -> None:
        deciding.no_policies()
        deciding.policy("All", approvals=approvals)
        finosu = cast.connect("finosu", sandbox)
        told = []
        for guess in (RIGHT, WRONG):
            with undone():
                customer = cast.sample(finosu, sandbox)
                change = wish(customer, ed, {"ssnLastFour": guess})
                push(customer)
                pages = [(name, change.pk) for name in ("change", "change_state", "change_undo")]
                pages += [(name, customer.pk) for name in ("customer", "customer_edit", "customer_timeline")]
                urls = [reverse(name, args=[number]) for name, number in pages]
                urls += [reverse("field_history", args=[customer.pk, "ssnLastFour"]), reverse("work")]
                told.append([said(client.get(url), guess) for url in urls])
        assert told[0] == told[1]

    def test_guesses_typed_into_another_field_are_all_shown_alike_in_what_was_sent_and_answered(
        self, client: Client, ed: User, sandbox: Sandbox
    ) -> None:
        """What is masked wherever it stands would pick the right one out of thousands that are sent at once."""
        deciding.no_policies()
        deciding.policy("Nobody is asked", approvals=0)
        customer = cast.sample(cast.connect("finosu", sandbox), sandbox)
        typed = f"{WRONG}, {RIGHT}, 9012"
        change = wish(customer, ed, {"externalMetadata": {"note": typed}})
        push(customer)
        attempt = change.attempts.get()
        assert typed in attempt.shown_request
        assert typed in attempt.shown_response
        assert text_of(client.get(reverse("change", args=[change.pk]))).count(typed) > 1
