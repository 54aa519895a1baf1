"""Saving, a second wish, and what the database refuses by itself."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

PROPOSE = "console/flows/propose.py"
TABLES = "console/migrations/0001_initial.py"
TRIGGERS = "console/migrations/0002_guards.py"
NEEDED = "tests/flows/test_guards_needed.py"

GUARDS = (
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
        "if moves := _moves(new, shown, customer, record):",
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
        "if change.wait == Wait.DECISION and not is_over(change):",
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
)
