"""Settling, trying again, and the circuit breaker."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

SETTLE = "console/flows/settle.py"
OUTCOMES = "console/flows/outcomes.py"
AGAIN = "console/flows/again.py"
CIRCUIT = "console/flows/circuit.py"
CLAIMING = "console/models/claiming.py"
NEEDED = "tests/flows/test_guards_needed.py"

GUARDS = (
    # Settling.
    Mutant(
        "epoch at settling",
        CLAIMING,
        "AND change.epoch = %s AND change.status = %s",
        "AND %s > 0 AND change.status = %s",
        "tests/flows/test_guards.py -k older_try",
    ),
    Mutant(
        "status at settling",
        CLAIMING,
        "AND change.epoch = %s AND change.status = %s",
        "AND change.epoch = %s AND %s <> ''",
        "tests/flows/test_deliver.py -k late_answer",
    ),
    Mutant(
        "overtaken readings",
        SETTLE,
        "return Attempt.objects.filter(change=claim.change_id, pk__gt=claim.attempt_id).exists()",
        "return False",
        "tests/flows/test_late_answers.py -k invariant_8",
    ),
    Mutant(
        "a lease that lasts is not lost",
        SETTLE,
        "or change.lease_until > moment(change.customer):",
        "or False:",
        "tests/flows/test_guards.py -k lease_lasts",
    ),
    Mutant(
        "recheck",
        SETTLE,
        "    recheck(change)\n",
        "",
        "tests/flows/test_order.py tests/flows/test_deliver.py -k 'refused or go_back'",
    ),
    Mutant(
        "used up after an ambiguous try is unknown",
        OUTCOMES,
        """    if change.maybe_applied:
        _to_unknown(change, attempt, result)
    else:
        _step(change, Status.FAILED""",
        """    if False:
        _to_unknown(change, attempt, result)
    else:
        _step(change, Status.FAILED""",
        f"{NEEDED} -k used_up",
    ),
    Mutant(
        "refused after an ambiguous try is unknown",
        OUTCOMES,
        """    if change.maybe_applied or change.state is Status.UNKNOWN:
        _to_unknown(change, attempt, result)
        return
    _step(change, Status.REFUSED""",
        """    if False:
        return
    _step(change, Status.REFUSED""",
        "tests/flows/test_unknown.py -k refusal",
    ),
    Mutant(
        "conflict after our own try may be ours",
        OUTCOMES,
        "if change.maybe_applied and result.outcome is Outcome.CONFLICT:",
        "if False:",
        "tests/flows/test_outcomes.py -k our_own",
    ),
    Mutant(
        "ambiguous is kept until it is known",
        OUTCOMES,
        '"next_attempt_at": due, "maybe_applied": True, "ended_at": None}',
        '"next_attempt_at": due, "maybe_applied": False, "ended_at": None}',
        "tests/flows/test_outcomes.py -k broken_answer",
    ),
    Mutant(
        "old values are believed after the settle time",
        OUTCOMES,
        "elif not _has_settled(change, attempt):\n        _look_again",
        "elif False:\n        _look_again",
        "tests/flows/test_late_answers.py -k 'early_look or late_success'",
    ),
    Mutant(
        "ABA",
        OUTCOMES,
        "    if result.touched:\n",
        "    if False:\n",
        "tests/flows/test_late_answers.py -k another_stamp",
    ),
    Mutant(
        "five forbidden in a row",
        OUTCOMES,
        "if result.forbidden and Attempt.objects.last_five_forbidden(change.connection):",
        "if False:",
        "tests/flows/test_outcomes.py -k five_customers",
    ),
    Mutant(
        "finosu is not sent again by itself",
        OUTCOMES,
        "if not change.connection.provider.capabilities.resend_harmless:",
        "if False:",
        "tests/flows/test_outcomes.py -k finosu",
    ),
    # Trying again.
    Mutant(
        "full jitter",
        AGAIN,
        "return timedelta(seconds=random.uniform(0, bound))",
        "return timedelta(seconds=bound)",
        "tests/flows/test_retries.py -k invariant_10",
    ),
    Mutant(
        "longest pause",
        AGAIN,
        "bound = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** max(0, tries - 1))",
        "bound = FIRST_PAUSE * 2 ** max(0, tries - 1)",
        "tests/flows/test_retries.py -k invariant_10",
    ),
    Mutant(
        "Retry-After obeyed",
        AGAIN,
        "    if not asked:\n        return backoff(tries)\n    return",
        "    if True:\n        return backoff(tries)\n    return",
        "tests/flows/test_retries.py -k retry_after",
    ),
    Mutant(
        "within ten minutes, three times at most",
        AGAIN,
        "within = at - since < AGAIN_WITHIN and change.tries <= AGAIN_AT_MOST",
        "within = True",
        "tests/flows/test_unknown.py -k 'long_ago or ten_minutes'",
    ),
    Mutant(
        "nothing else written in between",
        AGAIN,
        "alone = not others.exclude(change=change).exists()",
        "alone = True",
        f"{NEEDED} -k in_between",
    ),
    Mutant(
        "tries are used up",
        OUTCOMES,
        "if change.tries >= MOST_TRIES:\n        _used_up",
        "if False:\n        _used_up",
        "tests/flows/test_retries.py -k used_up",
    ),
    # The circuit breaker and what it hears.
    Mutant(
        "failures are counted",
        CIRCUIT,
        "        _failed(connection, attempt)\n",
        "        pass\n",
        "tests/flows/test_breaker.py -k five_calls",
    ),
)
