"""Invariant 24: whoever tampers with history is found, and where; whoever merely uses the console is not."""

from __future__ import annotations

from collections import Counter

from console.flows.seal import ring, seal
from console.verifying import Report, Wanted, kept_here, verify
from providers.sandbox import Sandbox
from tests.attacker import attacker
from tests.databases import Database
from tests.flows.sealing import happen
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


def test_what_is_altered_before_it_is_sealed_is_sealed_as_it_stands_which_is_the_documented_window(
    live_db: Database,
) -> None:
    happen(3)
    seal()
    event = happen(2)
    with attacker(live_db, seed=1) as somebody:
        somebody.run("UPDATE console_event SET origin = 'page' WHERE id = %s", event.pk)
        assert [finding.place for finding in verified().findings] == [f"event {event.subject}/{event.number}"]
        somebody.rehash(event.subject)
    assert verified().findings == []
    seal()
    assert verified().findings == []
