"""What was sent is shown with what was asked for marked, and nothing is ever marked by accident."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from console.models import Change, Status
from console.views.bodies import marked
from providers.body import Leaf, Node, compact
from tests import cast
from tests.views.standing import standing

SENT: Node = {"id": Leaf("7"), "data": {"phone": Leaf("+44", asked=True), "mobile": Leaf("+44")}}


def kept(body: Any) -> str:
    return json.dumps(body, ensure_ascii=False)


def told(shown: str) -> list[str]:
    return [span.text for span in marked(shown, SENT, compact(SENT)) if span.asked]


def test_the_asked_value_is_marked_at_its_place_and_a_like_one_elsewhere_is_not() -> None:
    body = kept({"id": "7", "data": {"phone": "+44", "mobile": "+44"}})
    spans = marked(body, SENT, compact(SENT))
    assert [span.text for span in spans if span.asked] == ['"+44"']
    assert json.loads("".join(span.text for span in spans)) == json.loads(body)
    assert "".join(span.text for span in spans).index('"+44"') < "".join(span.text for span in spans).index("mobile")


@pytest.mark.parametrize(
    "shown",
    [
        kept({"id": "7", "data": {"phone": "+45", "mobile": "+44"}}),
        kept({"id": "7", "data": {"mobile": "+44"}}),
        kept({"phone": "+44"}),
        kept(["+44"]),
        kept({"id": "7", "data": {"phone": "+44", "mobile": "+44"}})[:20] + "…",
        '{"data": {"phone": "+44", "phone": "+44"}}',
        "phone=+44",
        "[" * 5000,
        "",
    ],
)
def test_where_it_cannot_be_said_which_value_was_asked_for_nothing_is_marked(shown: str) -> None:
    assert told(shown) == []


def pushed(slug: str, **wishes: Any) -> Change:
    """A change whose attempt keeps the body that its provider makes of it."""
    customer = cast.sample(cast.connect(slug))
    change = standing(customer, cast.person("ed"), Status.REFUSED, wishes=wishes)
    attempt, provider = change.attempts.get(), customer.provider
    body = provider.request(customer.record, change.wishes).body
    assert body is not None
    hide = provider.sensitive_texts(customer.record, change.wishes)
    carried = provider.asked_and_carried(customer.record, change.wishes)[1]
    values = {name: customer.record[name] for name in carried}
    attempt.sealed_carried = customer.key.seal("carried", "", values) if values else None
    attempt.method, attempt.url = "PUT", "https://provider.example.com/x"
    attempt.shown_request = provider.redact(compact(body), hide)
    attempt.save()
    return change


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("slug", "wishes", "marks"),
    [
        ("timepay", {"phone_number": "+919811122233"}, ["&quot;+919811122233&quot;"]),
        ("finosu", {"firstName": "Helena"}, ["&quot;Helena&quot;"]),
        ("finosu", {"ssnLastFour": "9876"}, ["&quot;••••&quot;"]),
        ("caibo", {"phone": "+442079460000"}, ["&quot;+442079460000&quot;"]),
        ("flowwise", {"address": "456 MG Road"}, ["&quot;456 MG Road&quot;"]),
        ("sqril", {"phone": "+6281299887766", "address": "Jl. Thamrin 8"}, None),
    ],
)
def test_the_page_marks_what_was_asked_for_at_every_provider(
    client: Client, slug: str, wishes: dict[str, Any], marks: list[str] | None
) -> None:
    change = pushed(slug, **wishes)
    client.force_login(cast.person("ed"))
    page = client.get(f"/changes/{change.pk}/").text
    sent = page.partition("This was sent")[2].partition("</section>")[0]
    shown = [part.partition("</mark>")[0] for part in sent.split("<mark>")[1:]]
    assert shown[0] == "marked"
    assert len(shown[1:]) == len(wishes)
    assert marks is None or shown[1:] == marks


@pytest.mark.django_db
def test_what_was_sent_along_is_named_and_not_marked(client: Client) -> None:
    change = pushed("sqril", phone="+6281299887766")
    client.force_login(cast.person("ed"))
    page = client.get(f"/changes/{change.pk}/").text
    assert "unmarked: required by Sqril" in page
    assert "Sent along unchanged:" in page
    assert page.count("<mark>") == 2
