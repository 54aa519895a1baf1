"""Sensitive values stand on no page about history and in no file of it, whoever reads."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from console.exporting import ENDINGS
from console.flows.opening import Plan, open_review
from console.flows.seal import seal
from console.models import Change, Customer, Event, Format, Grant, Role
from providers.sandbox import Sandbox
from tests.cast import connect, person, sample
from tests.databases import Database
from tests.exporting.histories import exported, members
from tests.flows.helpers import push, wish

WAS = {"ssnLastFour": "8642", "birthday": "1959-07-23"}
NOW = {"ssnLastFour": "7391", "birthday": "1971-03-09"}
SECRETS = ["8642", "7391", "1959-07-23", "1971-03-09", "23 Jul 1959", "9 Mar 1971", "Jul 1959", "Mar 1971"]


@pytest.fixture
def changed(live_db: Database, sandbox: Sandbox) -> Change:
    """A change of two sensitive fields, applied."""
    customer = sample(connect("finosu", sandbox), sandbox, **WAS)
    change = wish(customer, person("ed"), NOW)
    push(customer)
    seal()
    return Change.objects.get(pk=change.pk)


def clean(text: str) -> bool:
    """No secret is in it; hashes and ciphertext may hold any four digits."""
    words = "".join(sign if sign.isalnum() or sign in "- " else " " for sign in text).split(" ")
    plain = f" {' '.join(word for word in words if len(word) < 24)} "
    return not any(f" {secret} " in plain for secret in SECRETS)


def test_no_page_about_history_tells_a_sensitive_value(client: Client, changed: Change) -> None:
    rae, customer = person("rae"), Customer.objects.get(pk=changed.customer_id)
    Grant.objects.create(user=rae, role=Role.EDITOR)
    client.force_login(rae)
    now = timezone.now()
    Change.objects.filter(pk=changed.pk).update(ended_at=now)
    item = open_review(Plan("A day", now - timedelta(days=1), now + timedelta(microseconds=1)), by=rae).items.get()
    first = Event.objects.filter(customer=customer).earliest("pk").at.isoformat()
    pages = [
        (reverse("customer_timeline", args=[customer.pk]), {}),
        (reverse("customer_as_of", args=[customer.pk]), {"at": first}),
        (reverse("customer_as_of", args=[customer.pk]), {"at": first, "differing": "1"}),
        *((reverse("field_history", args=[customer.pk, name]), {}) for name in WAS),
        (reverse("change", args=[changed.pk]), {}),
        (reverse("change_undo", args=[changed.pk]), {}),
        (reverse("review_item", args=[item.review_id, item.pk]), {}),
        (reverse("audit"), {"customer": str(customer.pk)}),
        *((reverse("audit_event", args=[event.pk]), {}) for event in Event.objects.filter(customer=customer)),
    ]
    for url, asked in pages:
        answer = client.get(url, asked)
        assert answer.status_code == 200
        assert clean(answer.text), url


@pytest.mark.parametrize("kind", ENDINGS)
def test_no_file_of_history_tells_a_sensitive_value(changed: Change, kind: Format) -> None:
    content, _ = exported(kind=kind)
    files = members(content) if kind == Format.PACK else {"all": content}
    for name, data in files.items():
        assert name == "verify.py" or clean(data.decode()), name


def test_what_is_taken_for_clean_would_show_them() -> None:
    assert not any(map(clean, (f'{{"a":"{secret}"}}' for secret in SECRETS)))
    assert clean("7391" * 16)
