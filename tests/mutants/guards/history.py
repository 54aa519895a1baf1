"""History, packs, and the files that are taken home."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

GUARDS = (
    # History: a step and its event.
    Mutant(
        "an event of each step",
        "console/migrations/0024_large_batches.py",
        "IF told IS DISTINCT FROM taken.steps OR latest IS DISTINCT FROM 'change.' || taken.status THEN",
        "IF false THEN",
        "tests/flows/test_guards_history.py -k TestInvariant21",
    ),
    Mutant(
        "one event of each step",
        "console/migrations/0024_large_batches.py",
        "IF told IS DISTINCT FROM taken.steps OR latest",
        "IF latest",
        "tests/flows/test_guards_history.py -k 'second_event or two_steps'",
    ),
    Mutant(
        "whom the console acts for is hashed",
        "console/models/history.py",
        'content | ({"behalf": self.behalf_id} if self.behalf_id else {})',
        "content",
        "tests/flows/test_guards_history.py -k behalf",
    ),
    Mutant(
        "refusals told once a minute",
        "console/flows/refuse.py",
        "if lately.filter(details=details).exists():",
        "if False:",
        "tests/flows/test_refuse.py -k once_a_minute",
    ),
    Mutant(
        "failed sign-ins bounded",
        "console/flows/refuse.py",
        ">= MOST_IN_A_MINUTE:",
        ">= 10**9:",
        "tests/flows/test_refuse.py -k no_disk",
    ),
    # A pack, and the files that are taken home.
    Mutant(
        "an event is what its hash says",
        "console/proof/verify.py",
        "if event_hash(previous, content) != digest:",
        "if False:",
        "tests/proof/test_tampering.py",
    ),
    Mutant(
        "one spelling of a signature",
        "console/proof/verify.py",
        "factor >= _ORDER or ",
        "",
        "tests/proof/test_ed25519.py",
    ),
    Mutant(
        "no key of small order",
        "console/proof/verify.py",
        "_is_small(key) or ",
        "",
        "tests/proof/test_ed25519.py",
    ),
    Mutant(
        "the tree grew from the checkpoint before",
        "console/proof/verify.py",
        "elif before != note.root:",
        "elif False:",
        "tests/proof/test_tampering.py",
    ),
    Mutant(
        "the manifest is the signed one",
        "console/proof/verify.py",
        ").hexdigest() != note.digest:",
        ').hexdigest() == "":',
        "tests/proof/test_tampering.py",
    ),
    Mutant(
        "a kept checkpoint fits",
        "console/proof/verify.py",
        "if root != kept.root:",
        "if False:",
        "tests/proof",
    ),
    Mutant(
        "cells that are no formulas",
        "console/exporting/table.py",
        'return f"\'{text}" if text.lstrip("\'").startswith(FORMULAS) else text',
        "return text",
        "tests/exporting/test_tables.py",
    ),
    Mutant(
        "an export is for who may read all of it",
        "console/flows/exports.py",
        "return held.everywhere or (wanted is not None",
        "return True or (wanted is not None",
        "tests/flows/test_exports.py tests/views/test_exports.py",
    ),
    Mutant(
        "no export begins while somebody is erased",
        "console/flows/exports.py",
        'cursor.execute("LOCK TABLE console_export IN SHARE ROW EXCLUSIVE MODE")',
        'cursor.execute("SELECT 1")',
        "tests/flows/test_exports.py -k erased",
    ),
)
