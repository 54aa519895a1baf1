"""Batches: put together, decided on, let go a few at a time, paused, stopped and undone."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

BUILDING = "console/flows/batches/building.py"
MAKING = "console/flows/batches/making.py"
MEMBERS = "console/flows/batches/members.py"
DECIDING = "console/flows/batches/deciding.py"
FEEDING = "console/flows/batches/feeding.py"
RELEASING = "console/flows/batches/releasing.py"
GOING = "console/flows/batches/going.py"
LOOKING = "console/flows/batches/looking.py"
ENDING = "console/flows/batches/ending.py"
STEPS = "console/flows/batch_steps.py"
UNDOING = "console/flows/batches/undoing.py"
TRIGGERS = "console/migrations/0017_batch_guards.py"
TESTS = "tests/flows/test_batches.py"
UNDER_WAY = "tests/flows/test_batches_going.py"
GUARDED = "tests/flows/test_batches_guards.py"
AT_ONCE = "tests/flows/test_batches_at_once.py"
UNDONE = "tests/flows/test_batches_undo.py"
BENT = "tests/flows/test_batches_bent.py"
LEFT = "tests/flows/test_batches_left.py"
ENDED = "tests/bulk/test_ending.py"

GUARDS = (
    # Put together.
    Mutant(
        "places of a batch once",
        BUILDING,
        "new = {item.place: item for item in items if item.place not in taken}",
        "new = {item.place: item for item in items}",
        f"{TESTS} -k same_places",
    ),
    Mutant(
        "right to go on with a batch",
        BUILDING,
        "    require(batch.requester, Right.PROPOSE, batch.connection)\n",
        "",
        f"{TESTS} -k goes_on_with_it",
    ),
    Mutant(
        "right of its author once a batch is whole",
        BUILDING,
        "if not may(author, Right.PROPOSE, there):",
        "if False:",
        f"{BENT} -k no_longer",
    ),
    Mutant(
        "what was said beside a batch is not cut off",
        BUILDING,
        "        if len(text) > most:",
        "        if False:",
        f"{BENT} -k too_long",
    ),
    Mutant(
        "rows that count a batch are summed up",
        FEEDING,
        "    if batch.reached // SUMMED_UP_EVERY != before // SUMMED_UP_EVERY:",
        "    if False:",
        f"{BENT} -k stay_few",
    ),
    Mutant(
        "one waiting line in a batch",
        MAKING,
        "        self._require_free(customer, wishes)\n",
        "",
        f"{TESTS} -k cannot_become",
    ),
    Mutant(
        "rules of each row of a batch",
        MAKING,
        "        check(wishes, wishes, item.shown, customer, record)\n",
        "",
        f"{TESTS} -k cannot_become",
    ),
    Mutant(
        "no value in why a row is no change",
        MAKING,
        "    if isinstance(problem, RulesBroken):\n",
        "    if False:\n",
        f"{TESTS} -k cannot_become",
    ),
    Mutant(
        "size of a batch by what it holds",
        BUILDING,
        "    _even_out(batch, size)\n",
        "",
        f"{TESTS} -k closed_it_waits",
    ),
    Mutant(
        "reason that a policy wants of a batch",
        BUILDING,
        "        ask_for_more(found, batch.why, batch.reference)\n",
        "        pass\n",
        f"{TESTS} -k 'reason_that'",
    ),
    # Decided on.
    Mutant(
        "nobody decides on their own batch",
        DECIDING,
        "if batch.requester_id == by.pk:",
        "if False:",
        f"{TESTS} -k only_somebody_else",
    ),
    Mutant(
        "nobody decides on their own batch, by SQL",
        TRIGGERS,
        "ELSIF asked.requester_id = NEW.user_id THEN",
        "ELSIF false THEN",
        f"{GUARDED} -k without_a_word",
    ),
    Mutant(
        "digest at a decision on a batch",
        DECIDING,
        "if bytes(batch.digest).hex() != digest:",
        "if False:",
        f"{TESTS} -k only_somebody_else",
    ),
    Mutant(
        "members compared at a decision",
        DECIDING,
        "if bytes(batch.digest) != digest_of(batch):",
        "if False:",
        f"{GUARDED} -k before_the_first",
    ),
    Mutant(
        "expiry of a batch at a decision",
        DECIDING,
        "    if _is_over(batch):\n",
        "    if False:\n",
        f"{TESTS} -k nobody_decided",
    ),
    Mutant(
        "one word of a person on a batch",
        DECIDING,
        "    if any(by.pk in line.by for line in decided(batch).lines):\n",
        "    if False:\n",
        f"{TESTS} -k second_one",
    ),
    Mutant(
        "batch locked at a decision",
        STEPS,
        'rows = Batch.objects.select_for_update(no_key=True, of=("self",)).select_related("connection", "requester")\n'
        "    return rows.get",
        'rows = Batch.objects.select_related("connection", "requester")\n    return rows.get',
        f"{AT_ONCE} -k one_wins",
    ),
    Mutant(
        "every approval of a batch, by SQL",
        TRIGGERS,
        "AND (SELECT coalesce(max(need.value::int), 0) FROM jsonb_each_text(NEW.needs) need) > (",
        "AND 0 > (",
        f"{GUARDED} -k without_a_word",
    ),
    Mutant(
        "what lacks nothing any more is let go",
        DECIDING,
        "        _let_go(number)\n",
        "        pass\n",
        f"{UNDER_WAY} -k 'asks_for_less or decide_again'",
    ),
    # Let go.
    Mutant(
        "members compared before the first leaves",
        FEEDING,
        "if not batch.reached and bytes(batch.digest) != digest_of(batch):",
        "if False:",
        f"{GUARDED} -k before_the_first",
    ),
    Mutant(
        "approval of a batch still holds",
        FEEDING,
        "    if found.is_settled:\n        return True\n",
        "    return True\n",
        f"{GUARDED} -k seven_days",
    ),
    Mutant(
        "feeders one after the other",
        STEPS,
        'rows = Batch.objects.select_for_update(no_key=True, of=("self",), skip_locked=True)\n',
        "rows = Batch.objects.all()\n",
        f"{AT_ONCE} -k two_feeders",
    ),
    Mutant(
        "first few of a batch",
        FEEDING,
        "        return CANARY - seen.arrived\n",
        "        return 1000\n",
        f"{UNDER_WAY} -k five_go_first",
    ),
    Mutant(
        "the others after the first few",
        FEEDING,
        "if seen.arrived < CANARY or not _next(batch, 1):",
        "if False:",
        f"{UNDER_WAY} -k all_of_the_first_five",
    ),
    Mutant(
        "somebody looks at what nobody confirms",
        FEEDING,
        "    if seen.unconfirmed:\n",
        "    if False:\n",
        f"{UNDER_WAY} -k accepted_and_not_confirmed",
    ),
    Mutant(
        "one of the first few that fails pauses",
        LOOKING,
        "if batch.canary_passed_at is None and seen.failed:",
        "if False:",
        f"{UNDER_WAY} -k one_of_the_first",
    ),
    Mutant(
        "too many that fail pause a batch",
        LOOKING,
        "if seen.failed > MOST_FAILED:",
        "if False:",
        f"{UNDER_WAY} -k too_many",
    ),
    Mutant(
        "no more than two seconds ahead",
        FEEDING,
        "    return max(AT_LEAST, SECONDS_AHEAD * batch.connection.rate) + seen.held_up\n",
        "    return 10_000\n",
        f"{UNDER_WAY} -k two_seconds",
    ),
    Mutant(
        "members as they were decided on",
        RELEASING,
        'if altered or not lines or bytes(change.batch_digest or b"") != member_digest(change, lines):',
        "if altered or not lines:",
        f"{GUARDED} -k digest_of_its_own",
    ),
    Mutant(
        "members whose lines were altered",
        RELEASING,
        "altered = [line for line in lines if bytes(line.digest) != line.current_digest(record_now)]",
        "altered = []",
        f"{GUARDED} -k altered_by_sql",
    ),
    Mutant(
        "members whose value moved",
        RELEASING,
        "moved = [line.rule.label for line in lines if line.has_moved(record_now)]",
        "moved = []",
        f"{UNDER_WAY} -k value_moved",
    ),
    Mutant(
        "no word on what one edited",
        RELEASING,
        "for each in word.given if each.user_id not in authors for one in",
        "for each in word.given for one in",
        f"{UNDER_WAY} -k who_edited",
    ),
    Mutant(
        "words at their moment",
        RELEASING,
        "digest=line.digest, at=one.at)",
        "digest=line.digest)",
        f"{UNDER_WAY} -k at_their_moment",
    ),
    Mutant(
        "words written down once",
        RELEASING,
        "if (line.pk, one.user_id, bytes(line.digest)) not in word.written]",
        "]",
        f"{UNDER_WAY} -k paused_nothing",
    ),
    Mutant(
        "an edited member leaves its batch",
        "console/flows/amend.py",
        "    if change.wait == Wait.BATCH:",
        "    if False:",
        f"{TESTS} -k edited_member_that_needs",
    ),
    Mutant(
        "no member leaves before its batch, by SQL",
        TRIGGERS,
        "WHEN (OLD.status = 'proposed' AND OLD.wait = 'batch' AND NEW.status = 'approved')",
        "WHEN (false)",
        f"{GUARDED} -k leaves_before",
    ),
    Mutant(
        "members stay in their places, by SQL",
        TRIGGERS,
        "WHEN (OLD.batch_id IS DISTINCT FROM NEW.batch_id OR OLD.batch_place IS DISTINCT FROM NEW.batch_place",
        "WHEN (false",
        f"{GUARDED} -k stays_there",
    ),
    Mutant(
        "members come in while it is put together, by SQL",
        TRIGGERS,
        "IF into_.status IS DISTINCT FROM 'building' THEN",
        "IF false THEN",
        f"{GUARDED} -k stays_there",
    ),
    Mutant(
        "an event of each step of a batch, by SQL",
        TRIGGERS,
        "IF told <> taken.steps OR latest IS DISTINCT FROM 'batch.' || taken.status THEN",
        "IF false THEN",
        f"{GUARDED} -k each_step",
    ),
    # Paused, stopped, undone, restored.
    Mutant(
        "who may pause and stop a batch",
        GOING,
        "    if not may_steer(by, batch):\n",
        "    if False:\n",
        f"{UNDER_WAY} -k 'paused_nothing or accepted_and_not'",
    ),
    Mutant(
        "what no worker has taken is called back",
        GOING,
        "    taken = call_back(batch, by=by, to=Status.PROPOSED)\n",
        "    from console.flows.batches.ending import Taken\n    taken = Taken()\n",
        f"{UNDER_WAY} -k paused_nothing",
    ),
    Mutant(
        "stopped, nothing more leaves",
        GOING,
        "    call_back(batch, by=by, to=Status.WITHDRAWN)\n",
        "",
        f"{UNDER_WAY} -k stopped",
    ),
    Mutant(
        "what left its batch is not called back",
        ENDING,
        'NOT maybe_applied", None, besides=WENT_WITH_IT)',
        'NOT maybe_applied", None)',
        f"{LEFT} -k alone",
    ),
    Mutant(
        "what arrived alone is none of the first few",
        LOOKING,
        " AND {WENT_WITH_IT}",
        "",
        f"{LEFT} -k whatever_arrived_alone",
    ),
    Mutant(
        "what is to go again waits while its batch does",
        FEEDING,
        "        return _rest(batch)\n",
        "        return 0\n",
        f"{LEFT} -k waits_with_the_others",
    ),
    Mutant(
        "what may have left is not called back",
        ENDING,
        "\"status = 'approved' AND NOT maybe_applied\"",
        "\"status = 'approved'\"",
        f"{UNDER_WAY} -k may_have_left",
    ),
    Mutant(
        "undone once it has ended",
        UNDOING,
        "    if batch.state not in CAN_BE_UNDONE:\n",
        "    if False:\n",
        f"{UNDONE} -k one_batch_at_a_time",
    ),
    Mutant(
        "what was set since is not undone",
        UNDOING,
        "stays = {one.line.field: reason for one in back if (reason := _stays(one))}",
        "stays = dict[str, str]()",
        f"{UNDONE} -k set_since",
    ),
    Mutant(
        "a restored backup pauses batches",
        "console/flows/restored.py",
        "    _pause_batches(life)\n",
        "",
        f"{AT_ONCE} -k restored",
    ),
    # What was to become one, and ends before.
    Mutant(
        "a batch ends with what it was to come of",
        "console/flows/bulk_kept.py",
        "            fail(bulk.batch, note)\n",
        "            pass\n",
        f"{ENDED} -k TestNotPutTogether",
    ),
    Mutant(
        "a whole batch is not said to be stopped",
        "console/flows/bulk.py",
        ".state not in NOTHING_CAME:\n        raise",
        ".state is None:\n        raise",
        f"{ENDED} -k an_operator_is_told",
    ),
    Mutant(
        "a batch that waits is taken back with its import",
        "console/flows/bulk.py",
        "    if bulk.batch and bulk.batch.state not in NOTHING_CAME:\n",
        "    if bulk.batch and bulk.batch.state is BatchStatus.BUILDING:\n",
        f"{ENDED} -k takes_the_batch_back",
    ),
)
