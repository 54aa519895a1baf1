"""Hidden values: who is told what of them, how often, and what stays of it."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

REVEAL, COMPARE, SCRIPT = "console/flows/reveal.py", "console/flows/compare.py", "static/apart/reveal.js"
REVEALING, COMPARING = "tests/flows/test_reveal.py", "tests/flows/test_compare.py"
VIEWS, BROWSER = "tests/views/test_reveal.py", "tests/browser/test_hidden.py"

GUARDS = (
    Mutant(
        "order by a hidden value",
        "console/listing/by_field.py",
        "return not field.sensitive and field.kind",
        "return field.kind",
        "tests/listing/test_by_field.py -k calls_sensitive",
    ),
    Mutant(
        "the right to be shown a hidden value",
        REVEAL,
        "    require(by, Right.REVEAL, customer.connection)\n    reason = _fit(reason)\n",
        "    require(by, Right.COMPARE, customer.connection)\n    reason = _fit(reason)\n",
        f"{VIEWS} -k who_may_compare_sees",
    ),
    Mutant(
        "the right to compare a hidden value",
        COMPARE,
        "require(by, Right.COMPARE, customer.connection)",
        "require(by, Right.SEE, customer.connection)",
        f"{COMPARING} -k no_other_role",
    ),
    Mutant(
        "reveals in an hour",
        REVEAL,
        "most=settings.STEWARD_REVEALS,",
        "most=1_000_000,",
        f"{REVEALING} -k so_many_in_an_hour",
    ),
    Mutant(
        "compares in an hour",
        COMPARE,
        "most=settings.STEWARD_COMPARES,",
        "most=1_000_000,",
        f"{COMPARING} -k so_often_in_an_hour",
    ),
    Mutant(
        "guesses at a hidden value",
        COMPARE,
        "        _require_few_misses(asked, by)\n",
        "",
        f"{COMPARING} -k guesses_at_one_value",
    ),
    Mutant("reason of a reveal", REVEAL, "    if not reason:\n", "    if False:\n", f"{REVEALING} -k without_a_reason"),
    Mutant(
        "trace of a reveal",
        REVEAL,
        '        keep(asked, "customer.revealed", by=by, reason=reason)\n',
        "",
        f"{REVEALING} -k written_down",
    ),
    Mutant(
        "trace of a compare",
        COMPARE,
        '        keep(asked, "customer.compared", by=by, matched=matched)\n',
        "",
        f"{COMPARING} -k keeps_that_it_was_asked",
    ),
    Mutant(
        "fresh proof before a reveal",
        "console/views/reveal.py",
        "@proved(within=TEN_MINUTES)\n",
        "",
        f"{VIEWS} -k without_a_fresh_proof",
    ),
    Mutant(
        "kind of a hidden change, kept from who asks",
        "console/views/review_page.py",
        "if rule and self.may_decide else",
        "if rule else",
        f"{VIEWS} -k who_asked_and_could_guess",
    ),
    Mutant(
        "hidden again after a minute",
        SCRIPT,
        "if (left <= 0) hide(shown);",
        "if (false) hide(shown);",
        f"{BROWSER} -k after_a_minute",
    ),
    Mutant(
        "hidden again behind another page",
        SCRIPT,
        'window.addEventListener("pagehide"',
        'window.addEventListener("pageshow"',
        f"{BROWSER} -k keeps_alive",
    ),
    Mutant(
        "hidden again with its dialog",
        SCRIPT,
        "event.target.replaceChildren()",
        "event.target.normalize()",
        f"{BROWSER} -k goes_with_its_dialog",
    ),
)
