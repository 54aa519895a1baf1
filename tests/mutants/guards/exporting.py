"""Customers in files: who takes them home, what goes along, and that a cell stays what it is."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

FLOW, TESTS = "console/flows/export_customers.py", "tests/flows/test_export_customers.py"
WORKBOOK, WORKBOOKS = "console/exporting/workbook.py", "tests/exporting/test_workbooks.py"

GUARDS = (
    Mutant(
        "customers are exported by who sees them",
        FLOW,
        "    require(by, Right.SEE, wish.connection)\n    if wish.reveals:",
        "    if wish.reveals:",
        f"{TESTS} -k whoever_does_not_see",
    ),
    Mutant(
        "an export waits no longer than the right to it",
        FLOW,
        "require(export.owner, Right.SEE, wish.connection)",
        "pass",
        f"{TESTS} -k lost_the_right",
    ),
    Mutant(
        "a file with hidden values is for who may be shown them",
        FLOW,
        "rights = (Right.SEE, Right.REVEAL) if wish.reveals else (Right.SEE,)",
        "rights = (Right.SEE,)",
        f"{TESTS} -k lost_the_right",
    ),
    Mutant(
        "hidden values in a file count among those of the hour",
        FLOW,
        'allow("reveal", by.pk, most=most, within=hour, times=values)',
        "pass",
        f"{TESTS} -k counts_among",
    ),
    Mutant(
        "who is in a file with hidden values is settled",
        FLOW,
        "return replace(wish, which=replace(wish.which, keys=keys))",
        "return wish",
        f"{TESTS} -k settled",
    ),
    Mutant(
        "history tells of each hidden value in a file",
        FLOW,
        "reveal_many(list(shown), by=export.owner, reason=wish.reason, origin=Origin.WORKER)",
        "pass",
        f"{TESTS} -k for_a_reason",
    ),
    Mutant(
        "a file of chosen customers goes with each of them",
        "console/flows/exports.py",
        "return customer.pk in chosen",
        "return False",
        f"{TESTS} -k erasing_somebody",
    ),
    Mutant(
        "nobody without a record is exported",
        "console/exporting/taking_out.py",
        "return asked.filter(connection=connection, erased_at=None, forgotten_at=None)",
        "return asked.filter(connection=connection)",
        f"{TESTS} -k 'matches or of_nobody'",
    ),
    Mutant(
        "what looks like a sign of Excel's stays text",
        WORKBOOK,
        "|_(?=x[0-9A-Fa-f]{4})",
        "",
        f"{WORKBOOKS} -k comes_back_as_it_was",
    ),
    Mutant(
        "what Excel cannot hold is no workbook",
        WORKBOOK,
        "if number > MOST_ROWS or size > MOST_BYTES:",
        "if False:",
        f"{WORKBOOKS} -k cannot_hold",
    ),
)
