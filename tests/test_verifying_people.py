"""Verifying: what people decided beside changes, as rows say it, is what history says of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.utils import timezone

from console.flows import glass
from console.flows.examine import mark, say, sign_off
from console.flows.opening import Plan, open_review
from console.flows.policies import Draft, propose_policy
from console.flows.resolve import close
from console.flows.seal import ring, seal
from console.models import Grant, Mark, Role, Status, User, Verdict
from console.verifying import Report, Wanted, kept_here, verify
from providers.sandbox import Sandbox
from tests.attacker import TABLES, Attacker, attacker
from tests.cast import connect, person, sample
from tests.databases import Database
from tests.flows.erasing import erased
from tests.flows.helpers import push, wish
from tests.views.standing import standing

ANOTHER_NOTE = (
    "(id, item_id, by_id, at, sealed_text) SELECT id + 1000, item_id, by_id, at, sealed_text FROM console_reviewnote"
)
# What a superuser does, and where it is found. Of rows each statement alters one that is there.
TAMPERINGS = (
    ("DELETE FROM console_emergency", "change "),
    ("UPDATE console_emergency SET by_id = requester_id FROM console_change c WHERE c.id = change_id", "change "),
    ("UPDATE console_emergency SET closed_by_id = NULL, closed_at = NULL", "change "),
    ("UPDATE console_emergency SET closed_by_id = closed_by_id + 1", "change "),
    ("UPDATE console_change SET verdict = 'applied' WHERE status = 'closed'", "change "),
    ("UPDATE console_customer SET wrapped_key = 'a copy' WHERE erased_at IS NOT NULL", "customer "),
    ("UPDATE console_customer SET wrapped_key = NULL WHERE erased_at IS NULL", "customer "),
    ("UPDATE console_customer SET erased_at = NULL WHERE erased_at IS NOT NULL", "customer "),
    ("UPDATE console_customer SET values = '{\"a\": 1}' WHERE erased_at IS NOT NULL", "customer "),
    ("UPDATE console_erasure SET asked_by_id = asked_by_id + 1", "customer "),
    ("DELETE FROM console_erasure", "customer "),
    ("UPDATE console_policyversion SET approvals = 0 WHERE name = 'Phones'", "event policy:"),
    ("UPDATE console_policyversion SET hours = 1 WHERE name = 'Phones' AND number = 2", "event policy:"),
    ("UPDATE console_policyversion SET status = 'replaced' WHERE name = 'Phones'", "policy "),
    ("DELETE FROM console_policyversion WHERE name = 'Phones'", "policy "),
    ("UPDATE console_review SET seed = 'another'", "review "),
    ("UPDATE console_review SET connection_ids = '[1]'", "review "),
    ("UPDATE console_review SET population_hash = repeat('0', 64)", "review "),
    ("UPDATE console_review SET since = since + interval '1 microsecond'", "review "),
    ("UPDATE console_review SET until = until - interval '1 day' + interval '1 hour'", "review "),
    ("UPDATE console_review SET signed_by_id = signed_by_id + 1", "review "),
    ("UPDATE console_review SET opened_by_id = opened_by_id + 1", "review "),
    ("UPDATE console_review SET sealed_conclusion = 'x'", "event review:"),
    ("DELETE FROM console_review", "review "),
    ("UPDATE console_reviewitem SET mark = 'fine' WHERE mark = 'settled'", "change "),
    ("UPDATE console_reviewitem SET marked_by_id = marked_by_id + 1", "change "),
    ("DELETE FROM console_reviewitem WHERE mark = 'settled'", "review "),
    ("UPDATE console_reviewnote SET by_id = by_id + 1", "event review:"),
    ("UPDATE console_reviewnote SET sealed_text = 'x'", "event review:"),
    ("DELETE FROM console_reviewnote", "event review:"),
    (f"INSERT INTO console_reviewnote {ANOTHER_NOTE}", "note "),
)


def verified() -> Report:
    return verify(Wanted([key.fingerprint for key in ring()], kept_here()))


def test_what_people_decided_and_a_superuser_altered_is_found_where_it_stands(
    live_db: Database, sandbox: Sandbox
) -> None:
    lived(sandbox)
    assert verified().findings == []
    with attacker(live_db, seed=1) as somebody:
        for statement, place in TAMPERINGS:
            with somebody.session.transaction():
                assert altered(somebody, statement), statement
            assert any(finding.place.startswith(place) for finding in verified().findings), statement
            with somebody.session.transaction():
                somebody.undo()
    assert verified().findings == []


def test_an_event_that_was_put_in_for_later_is_found_before_it_is_sealed(live_db: Database, sandbox: Sandbox) -> None:
    lived(sandbox)
    with attacker(live_db, seed=1) as somebody:
        event = somebody.event("event.customer_id IS NULL")
        somebody.run("DELETE FROM console_leaf WHERE event_id = %s", event["id"])
        somebody.run("UPDATE console_event SET at = at + interval '1 year' WHERE id = %s", event["id"])
        codes = [finding.code for finding in verified().findings]
        assert "unsealed" in codes


def altered(somebody: Attacker, statement: str) -> bool:
    """Whether a statement alters anything at all."""
    before = standing_rows(somebody)
    somebody.run(statement)
    return standing_rows(somebody) != before


def standing_rows(somebody: Attacker) -> list[list[dict[str, Any]]]:
    """A digest of each table."""
    digest = "SELECT md5(string_agg(t::text, '' ORDER BY t::text)) FROM"
    return [somebody.run(f"{digest} {table} t") for table in TABLES]


def lived(sandbox: Sandbox) -> None:
    """A change sent without its approvals, one closed by hand, a customer erased, a policy, a review signed off."""
    ed, rae = person("ed"), person("rae")
    uma = User.objects.create_user("uma")
    Grant.objects.create(user=uma, role=Role.BREAK_GLASS)
    place = connect("caibo", sandbox)
    draft = Draft("Phones", connections=[place.pk], approvals=1)
    first = propose_policy(draft, by=None)
    propose_policy(replace(draft, approvals=2), by=None, policy=first.policy)
    customer = sample(place, sandbox)
    change = wish(customer, ed)
    glass.break_glass(change.pk, by=uma, reason="It cannot wait.")
    push(customer)
    glass.close(change.pk, by=rae, finding="It was right.")
    unknown = standing(sample(connect("sqril", sandbox), sandbox), ed, Status.UNKNOWN)
    close(unknown.pk, by=person("ops"), verdict=Verdict.NOT_KNOWN, reason="Nobody there remembers.")
    now = timezone.now()
    review = open_review(Plan("A day", now - timedelta(days=1), now), by=rae)
    asked, *others = review.items.order_by("position")
    mark(asked.pk, Mark.QUESTIONED, by=rae, note="Who called?")
    say(asked.pk, "He did.", by=ed)
    mark(asked.pk, Mark.SETTLED, by=rae)
    for item in others:
        mark(item.pk, Mark.FINE, by=rae)
    sign_off(review.pk, by=rae, conclusion="All in order.")
    erased(sample(connect("flowwise", sandbox), sandbox))
    seal()
