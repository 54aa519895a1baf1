"""The guards that delivery stands on, each with what would be left without it and the tests that would notice.

One entry is one guard: a name, the file, its exact text, what stands there instead, and pytest's words for the tests.
The text must occur exactly once; a guard that moved is an error until its entry is brought up to date.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mutant:
    """A guard taken away."""

    name: str
    file: str
    text: str
    instead: str
    tests: str


HTTP, FLIGHT, ANSWER = "providers/http.py", "providers/flight.py", "providers/answer.py"
DELIVER, SEND, SETTLE, OUTCOMES = (f"console/flows/{name}.py" for name in ("deliver", "send", "settle", "outcomes"))
PROPOSE, SWEEP = "console/flows/propose.py", "console/flows/sweep.py"
AGAIN, CIRCUIT = "console/flows/again.py", "console/flows/circuit.py"
CONNECTIONS, CLAIMING = "console/models/connections.py", "console/models/claiming.py"
REVIEW, SEEN, GLASS = (f"console/flows/{name}.py" for name in ("review", "seen", "glass"))
JUDGING, DECIDING = "console/models/judging.py", "console/migrations/0010_deciding.py"
TABLES, TRIGGERS = (f"console/migrations/{name}.py" for name in ("0001_initial", "0002_guards"))
OUTCOMES_OF_CALLS, CALLS = "tests/providers/test_http_outcomes.py", "tests/providers/test_http.py"
HOSTILE = "tests/flows/test_hostile_answers.py"
NEEDED = "tests/flows/test_guards_needed.py"
MOVES, LATE = "tests/flows/test_review_moves.py", "tests/flows/test_review_late.py"
DECISIONS, CLAIM = "tests/flows/test_guards_decisions.py", "tests/flows/test_guards_claim.py"

GUARDS = (
    # What leaves this process, and until when.
    Mutant(
        "lease at connect and at each write",
        FLIGHT,
        "if moment >= self.budget.lease_until:",
        "if False:",
        f"{OUTCOMES_OF_CALLS} -k lease",
    ),
    Mutant(
        "deadline at connect and at each write",
        FLIGHT,
        "if moment >= self.budget.deadline:",
        "if False:",
        f"{OUTCOMES_OF_CALLS} -k deadline",
    ),
    Mutant(
        "total deadline of an answer",
        HTTP,
        """        left = flight.left(httpcore.ReadTimeout)
        if flight.status""",
        """        left = 5.0
        if flight.status""",
        f"{OUTCOMES_OF_CALLS} -k test_an_answer_that_does_not_end",
    ),
    Mutant(
        "lease at each write of a request",
        HTTP,
        "self._connection.settimeout(flight.left(httpcore.WriteTimeout))",
        "self._connection.settimeout(5.0)",
        f"{OUTCOMES_OF_CALLS} -k 'writes_nothing or cut_off_in_its_middle'",
    ),
    Mutant(
        "reset of a request cut off",
        HTTP,
        """        with contextlib.suppress(OSError):
            self._connection.setsockopt(""",
        """        with contextlib.suppress(OSError):
            (lambda *_: None)(""",
        f"{OUTCOMES_OF_CALLS} -k cut_off_in_its_middle",
    ),
    Mutant(
        "counting the bytes that left",
        HTTP,
        'flight.sent += 0 if buffer.startswith(b"CONNECT ") else count',
        "flight.sent += 0",
        f"{OUTCOMES_OF_CALLS} -k broken_answer",
    ),
    Mutant(
        "private addresses refused",
        HTTP,
        "if self._private_addresses or is_public_address(each[1][0])]",
        "]",
        f"{OUTCOMES_OF_CALLS} -k private",
    ),
    Mutant(
        "silence before a request",
        HTTP,
        "if not flight.sent and not fresh_tls and _is_readable(self._connection):",
        "if False:",
        f"{OUTCOMES_OF_CALLS} tests/providers/test_http_connections.py -k 'spoke_first or left_over or unasked'",
    ),
    # What comes back.
    Mutant(
        "body cap",
        HTTP,
        "if len(flight.body) > MAX_BODY:",
        "if False:",
        f"{OUTCOMES_OF_CALLS} -k without_end",
    ),
    Mutant(
        "header cap",
        HTTP,
        "if flight.status is None and flight.received >= MAX_HEADERS:",
        "if False:",
        f"{OUTCOMES_OF_CALLS} -k without_end",
    ),
    Mutant(
        "little evidence kept",
        HTTP,
        "kept = bytes(flight.body[:MAX_KEPT])",
        "kept = bytes(flight.body)",
        f"{CALLS} -k mebibyte",
    ),
    Mutant(
        "gzip refused",
        ANSWER,
        'return self.headers.get("content-encoding", "").strip().lower() not in {"", "identity"}',
        "return False",
        "tests/providers/test_answer.py -k compressed",
    ),
    Mutant(
        "gzip not asked for",
        "providers/request.py",
        '"Accept-Encoding": "identity",',
        "",
        f"{CALLS} -k as_it_was_meant",
    ),
    Mutant(
        "redirect refused",
        ANSWER,
        "return (300 <= answer.status < 400 and answer.status != 303) or",
        "return",
        f"{HOSTILE} -k 'redirect_to_an_address'",
    ),
    Mutant(
        "5xx is ambiguous",
        ANSWER,
        "if status == 408 or not 400 <= status < 500:",
        "if status == 408:",
        "tests/flows/test_outcomes.py -k empty-500",
    ),
    Mutant(
        "408 is ambiguous",
        ANSWER,
        "if status == 408 or not 400 <= status < 500:",
        "if not 400 <= status < 500:",
        "tests/flows/test_retries.py -k ambiguous",
    ),
    Mutant(
        "web page is no success",
        ANSWER,
        "if answer.is_compressed or answer.is_html:",
        "if answer.is_compressed:",
        "tests/providers/test_answer.py -k web_page",
    ),
    Mutant(
        "404 of the provider itself",
        ANSWER,
        "return not _holds(is_own_404, answer)",
        "return False",
        "tests/flows/test_outcomes.py -k web_page",
    ),
    Mutant(
        "Retry-After clamped",
        ANSWER,
        "return min(max(seconds, 0.0), LONGEST_WAIT)",
        "return seconds",
        "tests/providers/test_answer.py -k clamped",
    ),
    Mutant(
        "depth of an answer",
        ANSWER,
        'problem = "nested too deeply" if _is_deep(value) else problem',
        "problem = problem",
        "tests/providers/test_answer.py -k unreadable",
    ),
    Mutant(
        "complaints bounded",
        "providers/refusals.py",
        "return islice(_complaints(fields, value, depth), MOST_REASONS)",
        "return _complaints(fields, value, depth)",
        "tests/providers/test_refusals.py -k without_end",
    ),
    Mutant(
        "length of a value that is read",
        "providers/kinds/text.py",
        "if len(wire) > _LONGEST_RECEIVED:",
        "if False:",
        f"{HOSTILE} -k 'impossible_value and flowwise'",
    ),
    Mutant(
        "NUL out of a value that is read",
        "providers/kinds/text.py",
        "received = clean(wire)",
        "received = wire",
        "tests/flows/test_poison.py -k characters",
    ),
    Mutant(
        "redaction by name",
        "providers/redaction.py",
        'return value if value in (None, "") else MASK',
        "return value",
        "tests/providers/test_redaction.py",
    ),
    Mutant(
        "redaction of known values",
        "providers/redaction.py",
        "shown = hidden(clean(shown), hide)",
        "shown = clean(shown)",
        "tests/providers/test_redaction.py",
    ),
    Mutant(
        "echo is the same",
        SEND,
        "if name in told and not field(name).same(told[name], value)]",
        "if False]",
        "tests/flows/test_outcomes.py -k echo",
    ),
    Mutant(
        "echo of impossible values",
        "providers/base.py",
        "if values is not None and self._provider.garbled(answer.json(), values) & after.keys():",
        "if False:",
        f"{HOSTILE} -k 'impossible_value_in_place and flowwise'",
    ),
    Mutant(
        "answer about another record",
        "providers/base.py",
        "if not self.field(name).same(values.get(name), before.get(name)):",
        "if False:",
        "tests/providers/test_flowwise.py -k somebody_else",
    ),
    Mutant(
        "reading of impossible values",
        SEND,
        "if reading.garbled & claimed.after.keys():",
        "if False:",
        f"{HOSTILE} -k neither_for_old",
    ),
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
        "AND given.act = 'approve' AND given.digest = line.digest) END",
        "AND given.act = 'approve') END",
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
    # Deciding.
    Mutant(
        "digest at a decision",
        SEEN,
        "if line.state.is_sent and seen_digest(line, record) != seen[line.field]]",
        "if False]",
        f"{LATE} -k forged",
    ),
    Mutant(
        "whole line at a decision",
        SEEN,
        "if bytes(line.digest) != line.current_digest(record):",
        "if False:",
        f"{MOVES} -k altered",
    ),
    Mutant(
        "moved lines start from now",
        SEEN,
        "        line.rebase(record)\n",
        "        pass\n",
        f"{MOVES} -k as_it_is_now",
    ),
    Mutant(
        "expiry at a decision",
        SEEN,
        "if change.expires_at is not None and change.expires_at <= moment(change.customer):",
        "if False:",
        f"{LATE} -k time_was_over",
    ),
    Mutant(
        "state at a decision",
        SEEN,
        "if change.state is not Status.PROPOSED or change.wait != Wait.DECISION:",
        "if False:",
        f"{LATE} -k 'withdrawn or returned'",
    ),
    Mutant(
        "nobody decides on their own",
        REVIEW,
        "if change.requester_id == by.pk or Authorship.objects.filter(line__change=change, user=by).exists():",
        "if False:",
        "tests/flows/test_review.py -k invariant_18",
    ),
    Mutant(
        "right to decide",
        REVIEW,
        "    require(by, Right.DECIDE, change.connection)\n",
        "",
        "tests/flows/test_review.py -k 'only_somebody_else or superuser_without'",
    ),
    Mutant(
        "customer locked at a decision",
        REVIEW,
        "change = Change.objects.get(pk=change_id).locked()\n    require(by, Right.DECIDE",
        "change = Change.objects.get(pk=change_id)\n    require(by, Right.DECIDE",
        "tests/flows/test_review_races.py -k 'two_who or double_click'",
    ),
    Mutant(
        "a second approval takes a second person",
        REVIEW,
        "if by.pk not in judged.line(line.field).by]",
        "]",
        "tests/flows/test_review.py -k take_two_people",
    ),
    Mutant(
        "who approved may still decide",
        JUDGING,
        "if one.act is not Act.APPROVE or one.by not in people or one.by in subject.authors:",
        "if one.act is not Act.APPROVE or one.by in subject.authors:",
        f"{MOVES} -k no_longer_has_not",
    ),
    Mutant(
        "who approved has not edited it since",
        "console/flows/standing.py",
        ".keys() - _authors(change)",
        ".keys()",
        "tests/flows/test_review.py -k after_they_approved",
    ),
    Mutant(
        "age of a decision",
        JUDGING,
        "return now is None or now - one.at <= APPROVAL_LASTS",
        "return True",
        f"{MOVES} -k too_old",
    ),
    Mutant(
        "approvals of what has moved",
        JUDGING,
        "approving = () if line.moved else (one.by",
        "approving = (one.by",
        f"{MOVES} -k approved_before_it_moved",
    ),
    Mutant(
        "approvals of another digest",
        JUDGING,
        "if one.field == line.field and one.digest == line.digest)",
        "if one.field == line.field)",
        f"{MOVES} -k between_two_approvals",
    ),
    Mutant(
        "no policy asks for one approval",
        JUDGING,
        "return Need(field, matching or (NO_POLICY,))",
        "return Need(field, matching or (Rule(policy=0, number=0, name='', approvals=0),))",
        f"{MOVES} -k without_any_policy",
    ),
    Mutant(
        "rejected lines are not sent",
        "console/models/changes.py",
        "return {line.field: line.after for line in self.lines.all() if line.state.is_sent}",
        "return {line.field: line.after for line in self.lines.all()}",
        "tests/flows/test_review.py -k what_was_rejected_is_not",
    ),
    Mutant(
        "nothing is sent without approval that was not on the page",
        GLASS,
        "        require_all_seen(lines, seen)  # nobody else looks at it before it is sent\n",
        "",
        "tests/flows/test_hostile_approvals.py -k on_the_page",
    ),
    Mutant(
        "what rejects all of it has seen all of it",
        REVIEW,
        "        require_all_seen(lines, seen)\n",
        "        pass\n",
        "tests/flows/test_hostile_approvals.py -k added_meanwhile",
    ),
    Mutant(
        "what may have been applied does not end because time passed",
        "console/flows/expire.py",
        "    if change.maybe_applied:\n",
        "    if False:\n",
        "tests/flows/test_hostile_approvals.py -k nobody_decides",
    ),
    Mutant(
        "what may have been applied is not returned to be edited",
        "console/flows/decide.py",
        "    if change.maybe_applied:\n",
        "    if False:\n",
        "tests/flows/test_hostile_approvals.py -k returned_can",
    ),
    Mutant(
        "few readings of one provider at a time",
        "console/flows/refresh.py",
        "if not readings.acquire(blocking=False):",
        "if not readings.acquire(timeout=0.1) and False:",
        "tests/flows/test_readings_at_once.py -k keeps_few",
    ),
    Mutant(
        "looked at once more before it expires",
        "console/flows/expire.py",
        "change.expires_at is None or change.expires_at > now:",
        "change.expires_at is None:",
        "tests/flows/test_expire.py -k meanwhile",
    ),
    Mutant(
        "right to break the glass",
        GLASS,
        "    require(by, Right.BREAK_GLASS, change.connection)\n",
        "",
        "tests/flows/test_glass.py -k only_with_it",
    ),
    Mutant(
        "nobody closes what they sent or asked for",
        GLASS,
        "if by.pk in {emergency.by_id, change.requester_id}:",
        "if by.pk == emergency.by_id:",
        "tests/flows/test_glass.py -k neither_sent",
    ),
    Mutant(
        "an emergency covers what it was for",
        "console/flows/decide.py",
        "if not judged.is_settled and (broken is None or moved_since(change, lines)):",
        "if not judged.is_settled and broken is None:",
        "tests/flows/test_glass.py -k something_else_would",
    ),
    # What the database says about decisions.
    Mutant(
        "a decision is about its own change",
        DECIDING,
        "IF asked.id IS DISTINCT FROM NEW.change_id THEN",
        "IF false THEN",
        f"{DECISIONS} -k own_change",
    ),
    Mutant(
        "a decision is about what is proposed",
        DECIDING,
        "ELSIF asked.status <> 'proposed' THEN",
        "ELSIF false THEN",
        f"{DECISIONS} -k what_is_proposed",
    ),
    Mutant(
        "a decision is not the author's",
        DECIDING,
        "ELSIF asked.requester_id = NEW.by_id OR EXISTS (",
        "ELSIF EXISTS (",
        f"{DECISIONS} -k whoever_asked",
    ),
    Mutant(
        "a decision is not an editor's",
        DECIDING,
        "WHERE own.line_id = NEW.line_id AND own.user_id = NEW.by_id",
        "WHERE false",
        f"{DECISIONS} -k who_edited",
    ),
    Mutant(
        "a decision is about the line as it stands",
        DECIDING,
        "ELSIF asked.digest <> NEW.digest THEN",
        "ELSIF false THEN",
        f"{DECISIONS} -k as_it_stands",
    ),
    Mutant(
        "a decision is not altered",
        DECIDING,
        "CREATE TRIGGER decision_is_not_altered BEFORE UPDATE OR DELETE ON",
        "CREATE TRIGGER decision_is_not_altered BEFORE DELETE ON",
        f"{DECISIONS} -k never_altered",
    ),
    Mutant(
        "an approval is whole",
        DECIDING,
        "WHEN (NEW.status = 'approved' AND OLD.status IN ('proposed', 'refused', 'conflict', 'failed'))",
        "WHEN (false)",
        f"{DECISIONS} -k TestAnApproval",
    ),
    Mutant(
        "the steps in the database",
        TRIGGERS,
        "ELSIF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (",
        "ELSIF false AND (OLD.status, NEW.status) NOT IN (",
        f"{DECISIONS} -k all_pairs",
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
    # What the database refuses by itself.
    Mutant(
        "one request in flight per customer",
        TABLES,
        'condition=models.Q(("status__in", ["sending", "unknown"])),\n                fields=("customer",),',
        'condition=models.Q(("status__in", ["returned"])),\n                fields=("customer",),',
        f"{NEEDED} -k in_flight",
    ),
    Mutant(
        "failed and refused were not applied",
        TABLES,
        """                    ("maybe_applied", False),
                    _connector="OR",
                ),
                name="failed_and_refused_were_not_applied",""",
        """                    ("maybe_applied__isnull", False),
                    _connector="OR",
                ),
                name="failed_and_refused_were_not_applied",""",
        f"{NEEDED} -k may_have_been_applied",
    ),
    Mutant(
        "one push per epoch",
        TABLES,
        'fields=("change", "epoch"),',
        'fields=("change", "epoch", "id"),',
        f"{NEEDED} -k epoch_be_sent_once",
    ),
    Mutant(
        "step trigger",
        TRIGGERS,
        "ELSIF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (",
        "ELSIF false AND (OLD.status, NEW.status) NOT IN (",
        f"{NEEDED} -k step_be_skipped",
    ),
    Mutant(
        "epochs grow",
        TRIGGERS,
        "ELSIF NEW.epoch < OLD.epoch OR",
        "ELSIF",
        f"{NEEDED} -k epoch_come_again",
    ),
    # Saving.
    Mutant(
        "customer locked by row",
        "console/models/customers.py",
        " FOR NO KEY UPDATE OF customer",
        "",
        "tests/flows/test_invariants_of_saving.py tests/flows/test_races.py -k 'invariant_2 or racing'",
    ),
    Mutant(
        "same key with other content",
        PROPOSE,
        "if content != item.content(customer):",
        "if False:",
        "tests/flows/test_invariants_of_saving.py tests/flows/test_propose.py -k 'two_contents or other_content'",
    ),
    Mutant(
        "values that moved",
        "console/flows/wishes.py",
        "if moves := _moves(new, shown, customer):",
        "if moves := {}:",
        "tests/flows/test_propose.py -k moved_meanwhile",
    ),
    Mutant(
        "one open line per field",
        "console/flows/replace.py",
        "    waiting = Line.objects.waiting_for(customer, fields)\n",
        "    waiting: dict[str, int] = {}\n",
        "tests/flows/test_propose.py -k cannot_both_wait",
    ),
    # A second wish for the same field.
    Mutant(
        "what was seen waiting is what waits",
        "console/flows/replace.py",
        "if unseen := {name: number for name, number in waiting.items() if agreed.get(name) != number}:",
        "if unseen := {}:",
        "tests/flows/test_second_wish.py -k did_not_see",
    ),
    Mutant(
        "what may be at the provider is not replaced",
        "console/flows/replace.py",
        "if one.second is Second.WAIT:",
        "if False:",
        "tests/flows/test_second_wish.py -k 'first and (backup or unknown)'",
    ),
    Mutant(
        "reason for replacing another's wish",
        "console/flows/replace.py",
        "if why.strip() or not theirs:",
        "if True:",
        "tests/flows/test_second_wish.py -k wants_a_reason",
    ),
    Mutant(
        "nobody else confirms for the author",
        "console/flows/replace.py",
        "if change.wait == Wait.DECISION:",
        "if True:",
        "tests/flows/test_second_wish.py -k because_another_took",
    ),
    Mutant(
        "nothing is let go by an edit once its time is over",
        "console/flows/replace.py",
        "return change.expires_at is not None and change.expires_at <= moment(change.customer)",
        "return False",
        "tests/flows/test_amend.py tests/flows/test_second_wish.py -k is_over",
    ),
    Mutant(
        "a broken rest goes back to its author",
        "console/flows/replace.py",
        "        _hand_back_if_broken(change, origin)\n        return",
        "        return",
        "tests/flows/test_second_wish.py -k rest_that_the_provider",
    ),
    Mutant(
        "an edited line is asked anew",
        "console/flows/lines.py",
        "        line.digest = line.current_digest(record)\n        line.decision, line.waiting",
        "        line.decision, line.waiting",
        "tests/flows/test_amend.py -k 'loses_its_approval or before_the_edit'",
    ),
    Mutant(
        "an edit sent twice",
        "console/flows/propose.py",
        "return amended_before(item, customer, by=by)",
        "return None",
        "tests/flows/test_amend.py -k twice",
    ),
    Mutant(
        "only its author edits a change",
        "console/flows/amend.py",
        "if change.requester_id != by.pk:",
        "if False:",
        "tests/flows/test_amend.py -k nobody_else",
    ),
    Mutant(
        "what has left is not edited",
        "console/flows/amend.py",
        "if not is_returned and change.second_wish(by=by) is not Second.AMEND:",
        "if False:",
        "tests/flows/test_amend.py -k 'has_left or may_be_at'",
    ),
    Mutant(
        "both halves or none",
        "console/flows/propose.py",
        "        if isinstance(outcome, ConsoleError):\n            raise outcome\n        changes",
        "        if isinstance(outcome, ConsoleError):\n            continue\n        changes",
        "tests/flows/test_second_wish.py -k two_halves",
    ),
    Mutant(
        "only what failed is corrected",
        "console/flows/replace.py",
        "if not change.can_be_tried_again:",
        "if False:",
        "tests/flows/test_second_wish.py -k only_what_failed",
    ),
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
)
