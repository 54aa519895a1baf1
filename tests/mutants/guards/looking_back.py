"""Reviews, undoing, and forgetting somebody."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

SETTLE = "console/flows/settle.py"
EXAMINE = "console/flows/examine.py"
UNDO = "tests/flows/test_undo.py"
ERASING = "tests/flows/test_erase.py"
ERASE = "console/flows/erase.py"

GUARDS = (
    # Reviews.
    Mutant(
        "nobody reviews what they had a hand in",
        EXAMINE,
        "    if has_a_hand_in(item, by):\n        raise",
        "    if False:\n        raise",
        "tests/flows/test_examine.py -k had_a_hand_in_a_change",
    ),
    Mutant(
        "one at a time in a review",
        EXAMINE,
        "Review.objects.select_for_update(no_key=True).get(pk=number)",
        "Review.objects.get(pk=number)",
        "tests/flows/test_examine_races.py",
    ),
    Mutant(
        "a mark is about what was on the page",
        EXAMINE,
        "if seen is not None and seen != was:",
        "if False:",
        "tests/flows/test_examine.py -k another_marked_meanwhile",
    ),
    Mutant(
        "nothing is signed off while anything is open",
        EXAMINE,
        "    if left:\n        raise",
        "    if False:\n        raise",
        "tests/flows/test_examine.py -k once_nothing_is_open",
    ),
    Mutant(
        "nothing is signed off that does not fit",
        EXAMINE,
        "if not fit.fits:",
        "if False:",
        "tests/flows/test_examine_races.py -k altered",
    ),
    Mutant(
        "a review is read by who audits all of it",
        EXAMINE,
        ".exclude(connection_ids=[])",
        "",
        "tests/flows/test_examine.py -k at_all_of_its_connections",
    ),
    Mutant(
        "who is asked had a hand in it",
        EXAMINE,
        "asked = Q(hand, mark__in",
        "asked = Q(mark__in",
        "tests/views/test_reviews.py -k sees_that_change_and_nothing_else",
    ),
    Mutant(
        "the seed draws",
        "console/flows/drawing.py",
        "key=lambda number: (_lot(seed, number), number)",
        "key=lambda number: number",
        "tests/flows/test_opening.py -k what_the_seed_says",
    ),
    Mutant(
        "what is signed off is frozen",
        "console/migrations/0012_proof.py",
        "IF signed IS NOT NULL THEN",
        "IF false THEN",
        "tests/flows/test_examine.py -k database_refuses",
    ),
    # Undoing, and forgetting somebody.
    Mutant(
        "undo leaves what has moved",
        "console/flows/undo.py",
        "    moved = [line for line in lines if not line.rule.same(record.get(line.field), line.after)]",
        "    moved = list[Line]()",
        f"{UNDO} -k 'since_stays or set_again'",
    ),
    Mutant(
        "undo is asked once",
        "console/flows/undo.py",
        "    again = _asked_already(change)",
        "    again = dict[str, Change]()",
        f"{UNDO} -k already_undone",
    ),
    Mutant(
        "undo sent twice is one change",
        "console/flows/undo.py",
        "    if not Change.objects.saved_as(key, by=by):",
        "    if True:",
        f"{UNDO} -k twice",
    ),
    Mutant(
        "undo of what was applied alone",
        "console/flows/undo.py",
        "    if change.state is not Status.APPLIED and change.verdict != Verdict.APPLIED:",
        "    if False:",
        f"{UNDO} -k was_not_applied",
    ),
    Mutant(
        "two people erase",
        ERASE,
        """    if erasure.asked_by_id == by.pk:
        raise NotPermitted(f"You asked""",
        """    if False:
        raise NotPermitted(f"You asked""",
        f"{ERASING} -k by_themselves",
    ),
    Mutant(
        "nothing is erased while it is on its way",
        ERASE,
        "    if problems := in_the_way(customer):",
        "    if problems := list[str]():",
        f"{ERASING} -k 'on_its_way or looked_into or in_flight'",
    ),
    Mutant(
        "erasing destroys the key",
        ERASE,
        '        "wrapped_key": None,\n',
        "",
        f"{ERASING} -k 'never_be_read or is_a_number'",
    ),
    Mutant(
        "erasing takes the search words",
        ERASE,
        "    customer.index()\n",
        "",
        f"{ERASING} -k 'stands_anywhere or is_a_number'",
    ),
    Mutant(
        "erasing takes what was shown of requests",
        ERASE,
        '    Attempt.objects.filter(customer=customer).update(note="", url="", shown_request="", shown_response="")\n',
        "",
        f"{ERASING} -k stands_anywhere",
    ),
    Mutant(
        "erasing takes exports",
        ERASE,
        "    forgotten = forget_with(customer)",
        "    forgotten = 0",
        f"{ERASING} -k files_that_may_hold",
    ),
    Mutant(
        "nothing is learnt of who was erased",
        "console/models/customers.py",
        "        if self.is_erased:",
        "        if False:",
        f"{ERASING} -k 'learnt_of_them or read_or_learnt'",
    ),
    Mutant(
        "a late answer leaves no values of who was erased",
        SETTLE,
        "    if customer.is_erased:",
        "    if False:",
        f"{ERASING} -k after_all",
    ),
    Mutant(
        "nothing is asked of who was erased",
        "console/flows/propose.py",
        "        require_values(customer)\n",
        "",
        f"{ERASING} -k 'read_or_learnt or saving_at_once'",
    ),
    Mutant(
        "nobody erases by themselves, says the database",
        "console/migrations/0011_history.py",
        'models.Q(("decided_by", models.F("asked_by")), _negated=True)',
        'models.Q(("decided_by__isnull", False))',
        f"{ERASING} -k database_too",
    ),
)
