"""Notices in sentences: who did what with which change, and nothing of any customer."""

from __future__ import annotations

import pytest

from console.models import About, Batch, LineState, Notice
from console.telling import OF_BATCHES, OF_FLAWS, WORDS, look, told
from tests import cast
from tests.flows.helpers import wish

pytestmark = pytest.mark.django_db


def notice(about: About, *fields: str, rejected: str = "", by: str = "ann") -> Notice:
    wishes = {"address": "Jl. Melati 5, Bandung", "phone": "+6281299887766", "occupation": "OCC10"}
    adi = cast.sample(cast.connect("sqril"))
    change = wish(adi, cast.person("ed"), {name: wishes[name] for name in fields or ("address",)})
    change.lines.filter(field=rejected).update(decision=LineState.REJECTED)
    return Notice(user=change.requester, change=change, about=about, by=cast.person(by) if by else None)


def said(notice: Notice, **how: bool) -> str:
    return told(notice, **how).replace(f"hange {notice.change_id} (Sqril)", "hange 12 (SQRIL)")


@pytest.mark.parametrize(
    ("about", "named", "plain"),
    [
        ("approved", "Ann Mwangi approved change 12 (SQRIL): Address", "Change 12 (SQRIL) was approved: Address"),
        ("rejected", "Ann Mwangi rejected change 12 (SQRIL): Address", "Change 12 (SQRIL) was rejected: Address"),
        (
            "returned",
            "Ann Mwangi gave change 12 (SQRIL) back to you: Address",
            "Change 12 (SQRIL) was given back to you: Address",
        ),
        ("commented", "Ann Mwangi commented on change 12 (SQRIL)", "Change 12 (SQRIL) has a new comment"),
        (
            "emergency",
            "Ann Mwangi let change 12 (SQRIL) through without its approvals: Address",
            "Change 12 (SQRIL) was let through without its approvals: Address",
        ),
        (
            "questioned",
            "Ann Mwangi wrote about change 12 (SQRIL), which is questioned in a review",
            "There is news of change 12 (SQRIL), which is questioned in a review",
        ),
    ],
)
def test_who_did_it_is_named_on_a_page_and_nobody_in_a_mail(about: str, named: str, plain: str) -> None:
    one = notice(About(about))
    assert (said(one), said(one, naming=False)) == (named, plain)


def test_what_happened_by_itself_names_nobody() -> None:
    assert said(notice(About.EXPIRED, by="")) == "Nobody decided in time on change 12 (SQRIL): Address"


def test_what_is_not_sent_is_named_and_never_called_approved() -> None:
    one = notice(About.PARTLY, "phone", "address", rejected="phone")
    words = said(one)
    assert words == "Ann Mwangi decided on change 12 (SQRIL): Phone rejected, the rest on its way"
    assert "approved" not in words
    assert "approved" not in said(one, naming=False)


def test_several_rejected_are_told_as_well_as_one() -> None:
    one = notice(About.PARTLY, "phone", "address", "occupation", rejected="phone")
    assert one.change
    one.change.lines.filter(field="address").update(decision=LineState.REJECTED)
    assert said(one) == "Ann Mwangi decided on change 12 (SQRIL): Phone and Address rejected, the rest on its way"


def test_what_is_held_is_told_alike_whether_it_had_an_approval_or_needed_none() -> None:
    words = said(notice(About.VOID, by=""))
    assert words == "Change 12 (SQRIL) is held: nothing is sent before you look at it again"


def test_what_a_later_wish_took_off_is_named() -> None:
    one = notice(About.REPLACED, "phone", "address", by="jo")
    assert one.change
    one.change.lines.filter(field="phone").update(decision=LineState.DROPPED)
    assert said(one) == "Jo Lindqvist replaced what change 12 (SQRIL) asked for with a later change: Phone"


def test_a_batch_is_told_by_what_it_asks_for() -> None:
    batch = Batch(pk=7, connection=cast.connect("sqril"), title="Set Occupation of 5,000 customers")
    ed = cast.person("ed")
    asked = Notice(batch=batch, about=About.ASKED, by=ed)
    assert told(asked) == "Ed Kowalski asks you to decide on batch 7 (Sqril): Set Occupation of 5,000 customers"
    assert told(asked, naming=False) == "Batch 7 (Sqril) waits for your decision: Set Occupation of 5,000 customers"
    assert told(Notice(batch=batch, about=About.PAUSED)).startswith("Batch 7 (Sqril) has paused itself")


def test_every_kind_has_words_and_a_look() -> None:
    assert set(WORDS) | set(OF_BATCHES) | set(OF_FLAWS) == set(About)
    for about in WORDS:
        assert all(look(Notice(about=about)))
    for about in OF_BATCHES:
        assert all(look(Notice(batch_id=7, about=about)))
    for about in OF_FLAWS:
        assert all(look(Notice(connection_id=7, about=about)))
