"""Decisions, by the flow and by the database."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

REVIEW = "console/flows/review.py"
SEEN = "console/flows/seen.py"
GLASS = "console/flows/glass.py"
JUDGING = "console/models/judging.py"
DECIDING = "console/migrations/0010_deciding.py"
TRIGGERS = "console/migrations/0002_guards.py"
MOVES = "tests/flows/test_review_moves.py"
LATE = "tests/flows/test_review_late.py"
DECISIONS = "tests/flows/test_guards_decisions.py"

GUARDS = (
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
)
