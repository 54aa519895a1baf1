"""Waking, sweeping and recovering."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

DELIVER = "console/flows/deliver.py"
OUTCOMES = "console/flows/outcomes.py"
SWEEP = "console/flows/sweep.py"
NEEDED = "tests/flows/test_guards_needed.py"

GUARDS = (
    # Waking, sweeping, recovering.
    Mutant(
        "wake hold",
        "console/flows/wake.py",
        " FOR SHARE SKIP LOCKED",
        "",
        "tests/flows/test_wake.py",
    ),
    Mutant(
        "one sweeper",
        "console/flows/alone.py",
        '"SELECT pg_try_advisory_lock(%s)"',
        '"SELECT %s > 0"',
        "tests/flows/test_sweep.py -k one_sweeper",
    ),
    Mutant(
        "sweeper ends what was lost",
        SWEEP,
        "        for change_id in _lost():\n            _end(change_id)\n",
        "",
        "tests/flows/test_deliver.py -k worker_that_died",
    ),
    Mutant(
        "sweeper waits for lease and call",
        SWEEP,
        "filter(status=Status.SENDING, lease_until__lt=latest)",
        "filter(status=Status.SENDING)",
        f"{NEEDED} -k given_up",
    ),
    Mutant(
        "marks are compared",
        "console/flows/restored.py",
        "    if kept <= reached:\n        if first",
        "    if True:\n        if first",
        "tests/flows/test_restored.py -k invariant_14",
    ),
    Mutant(
        "no mark of what is not on the disk",
        "console/flows/restored.py",
        "        if kept < reached:\n            claiming.keep()",
        "        if kept < reached:\n            pass",
        "tests/flows/test_restored.py -k outage",
    ),
    Mutant(
        "a reading does not refuse",
        OUTCOMES,
        " or change.state is Status.UNKNOWN:\n        _to_unknown",
        ":\n        _to_unknown",
        "tests/flows/test_read_back.py -k gone",
    ),
    Mutant(
        "a mark before anything is sent",
        DELIVER,
        "        restored.mark(claimed.attempt_id)\n",
        "",
        "tests/flows/test_restored.py tests/flows/test_crash_points.py -k 'invariant_14 or mark'",
    ),
    Mutant(
        "reaper leaves living workers alone",
        "console/flows/reap.py",
        "AND (worker.id IS NULL OR worker.last_heartbeat < now() - %(seconds)s * interval '1 second')",
        "AND %(seconds)s > 0",
        "tests/flows/test_reap.py -k signs_of_life",
    ),
    Mutant(
        "reason of a pause",
        "console/flows/circuit.py",
        "running = Connection.objects.filter(pk=connection.pk, paused_at=None)",
        "running = Connection.objects.filter(pk=connection.pk)",
        f"{NEEDED} -k keeps_its_pause",
    ),
    Mutant(
        "resuming closes the breaker",
        "console/flows/pausing.py",
        "connection.failures, connection.interrupted_at, connection.probe_at = 0, None, None",
        "connection.failures = 0",
        "tests/flows/test_pausing.py -k breaker",
    ),
    Mutant(
        "anti-join of the sealer",
        "console/flows/leaves.py",
        "WHERE event.id > %s AND NOT EXISTS (SELECT FROM console_leaf AS leaf WHERE leaf.event_id = event.id)\n"
        "        ORDER BY event.id LIMIT %s\n    )\n    INSERT",
        "WHERE event.id > GREATEST(%s, (SELECT max(event_id) FROM console_leaf))\n"
        "        ORDER BY event.id LIMIT %s\n    )\n    INSERT",
        "tests/flows/test_seal.py -k stays_open",
    ),
    Mutant(
        "a search begins above what is proven",
        "console/flows/unsealed.py",
        " and self._rounds[0][1].next <= sight.oldest:",
        ":",
        "tests/flows/test_seal.py -k 'stays_open or begins_above'",
    ),
    Mutant(
        "leaves follow on each other",
        "console/flows/seal.py",
        "        if index != grown.size:",
        "        if False:",
        "tests/flows/test_seal.py -k do_not_follow",
    ),
    Mutant(
        "sealer refuses what was set back",
        "console/flows/fitting.py",
        "    if state.size < size:",
        "    if False:",
        "tests/flows/test_seal_backwards.py -k 'set_back or without_any_seal'",
    ),
    Mutant(
        "sealer refuses another history",
        "console/flows/fitting.py",
        "    if known and state.size == size and state.root != known.root:",
        "    if False:",
        "tests/flows/test_seal_backwards.py -k same_length",
    ),
    Mutant(
        "sealer refuses a tree that does not give the root",
        "console/flows/fitting.py",
        "    return tree if tree.root() == begins.root else None",
        "    return tree",
        "tests/flows/test_seal_backwards.py -k 'longer or altered'",
    ),
    Mutant(
        "sealer checks what other hosts signed",
        "console/flows/fitting.py",
        "        if tree.root() != found.root:",
        "        if False:",
        "tests/flows/test_seal_backwards.py -k altered_below",
    ),
    Mutant(
        "a refusal holds for all hosts",
        "console/flows/seal.py",
        "        if state.is_refused:",
        "        if False:",
        "tests/flows/test_seal_backwards.py -k set_back",
    ),
    Mutant(
        "one sealer",
        "console/flows/seal.py",
        "        if not is_alone:\n            return 0",
        "        if False:\n            return 0",
        "tests/flows/test_seal.py -k another_does_nothing",
    ),
)
