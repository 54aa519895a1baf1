"""The claim, and the limits that all workers share."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

DELIVER = "console/flows/deliver.py"
CONNECTIONS = "console/models/connections.py"
CLAIMING = "console/models/claiming.py"
NEEDED = "tests/flows/test_guards_needed.py"
CLAIM = "tests/flows/test_guards_claim.py"

GUARDS = (
    # The claim.
    Mutant(
        "customer locked at the claim",
        CLAIMING,
        "LIMIT 1 FOR NO KEY UPDATE OF customer SKIP LOCKED",
        "LIMIT 1",
        "tests/flows/test_guards.py -k somebody_holds",
    ),
    Mutant(
        "skip locked",
        CLAIMING,
        "FOR NO KEY UPDATE OF customer SKIP LOCKED",
        "FOR NO KEY UPDATE OF customer",
        "tests/flows/test_guards.py -k somebody_holds",
    ),
    Mutant(
        "digest at the claim",
        DELIVER,
        "if any(bytes(line.digest) != line.current_digest(record) for line in sent):",
        "if False:",
        f"tests/flows/test_deliver.py {CLAIM} -k 'altered_by_sql or starts_from_and'",
    ),
    Mutant(
        "approvals at the claim",
        DELIVER,
        "if line.approvals < max(line.needs, needs[line.field])]",
        "if False]",
        f"{CLAIM} -k 'decisions_ or belongs_to_it'",
    ),
    Mutant(
        "policies at the claim",
        DELIVER,
        "max(line.needs, needs[line.field])",
        "line.needs",
        f"{CLAIM} -k 'lowered or stricter'",
    ),
    Mutant(
        "approvals of what a line is now",
        CLAIMING,
        "AND given.act = 'approve' AND given.digest = line.digest",
        "AND given.act = 'approve'",
        f"{CLAIM} -k 'belongs_to_it or something_else'",
    ),
    Mutant(
        "age of an approval",
        DELIVER,
        "if change.approved_at is None or now - change.approved_at > APPROVAL_LASTS:",
        "if False:",
        "tests/flows/test_deliver.py -k seven_days",
    ),
    Mutant(
        "slots",
        DELIVER,
        "if turn and turn.has_a_slot:",
        "if turn:",
        "tests/flows/test_deliver.py -k slots",
    ),
    Mutant(
        "a look takes a slot",
        CONNECTIONS,
        "AND lease_until > statement_timestamp() AND id <> %s",
        "AND lease_until > statement_timestamp() AND status = 'sending' AND id <> %s",
        "tests/flows/test_late_answers.py -k takes_a_slot",
    ),
    Mutant(
        "settle time of an earlier request",
        DELIVER,
        "if (settles := record_settled_at(found.unclear_until)) and settles > now:",
        "if False:",
        "tests/flows/test_late_answers.py",
    ),
    Mutant(
        "due once more under the lock",
        DELIVER,
        "if found is None or not found.change.is_due(moment(customer)):",
        "if found is None:",
        f"{NEEDED} tests/flows/test_order.py tests/flows/test_deliver.py -k 'due or waits or order'",
    ),
    # The shared limits.
    Mutant(
        "tokens in the statement that takes one",
        CONNECTIONS,
        "WHERE id = %s AND {OPEN_FOR_A_CALL} AND {ENOUGH_TOKENS}\n    RETURNING",
        "WHERE id = %s AND {OPEN_FOR_A_CALL}\n    RETURNING",
        "tests/flows/test_rate.py",
    ),
    Mutant(
        "pause in the statement that takes a token",
        CONNECTIONS,
        "WHERE id = %s AND {OPEN_FOR_A_CALL} AND {ENOUGH_TOKENS}\n    RETURNING",
        "WHERE id = %s AND {ENOUGH_TOKENS}\n    RETURNING",
        "tests/flows/test_rate.py tests/flows/test_breaker.py",
    ),
    Mutant(
        "one probe",
        CONNECTIONS,
        "THEN clock_timestamp() + make_interval(secs => %s) END\n    WHERE",
        "THEN probe_at + 0 * make_interval(secs => %s) END\n    WHERE",
        "tests/flows/test_breaker.py -k one_probe",
    ),
    Mutant(
        "late failures lengthen no interruption",
        CONNECTIONS,
        "AND (interrupted_at IS NULL OR %(began)s >= interrupted_at)",
        "AND (%(began)s IS NOT NULL)",
        "tests/flows/test_breaker.py -k lengthen",
    ),
    Mutant(
        "jitter of the breaker",
        CONNECTIONS,
        "(0.5 + random() / 2) * make_interval(",
        "make_interval(",
        f"{NEEDED} -k end_together",
    ),
)
