"""Invariant 24: whoever tampers with history is found, and where; whoever merely uses the console is not."""

from __future__ import annotations

from collections import Counter

from console.flows.seal import ring
from console.verifying import Report, Wanted, kept_here, verify
from providers.sandbox import Sandbox
from tests.attacker import attacker
from tests.databases import Database
from tests.lived import live
from tests.tamperings import cut_chain, cut_tree, delete, edit, exchange, forge, insert, reorder, swap_the_key
from tests.tamperings_beside import beside

KINDS = (edit, edit, delete, insert, reorder, exchange, cut_chain, cut_tree, forge, swap_the_key, beside, beside)
TIMES = 1000


def verified() -> Report:
    """What this host finds, with the keys and the checkpoint that it has."""
    return verify(Wanted([key.fingerprint for key in ring()], kept_here()))


def test_invariant_24_of_1000_tamperings_by_a_superuser_every_one_is_found_and_located(
    live_db: Database, sandbox: Sandbox
) -> None:
    live(sandbox)
    assert verified().findings == []
    done, missed = Counter[str](), list[str]()
    with attacker(live_db, seed=20261121) as somebody:
        for number in range(TIMES):
            tamper = KINDS[number % len(KINDS)]
            with somebody.session.transaction():
                touched_at = tamper(somebody)
            report = verified()
            done[tamper.__name__] += 1
            if not any(touched_at(finding.place) for finding in report.findings):
                missed.append(f"{number} {tamper.__name__}: {somebody.done} gave {report.findings[:3]}")
            with somebody.session.transaction():
                somebody.undo()
    assert missed == []
    assert sum(done.values()) == TIMES
    assert verified().findings == []
