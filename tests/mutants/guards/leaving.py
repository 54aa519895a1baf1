"""What leaves this process, and what comes back."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

HTTP = "providers/http.py"
FLIGHT = "providers/flight.py"
ANSWER = "providers/answer.py"
SEND = "console/flows/send.py"
OUTCOMES_OF_CALLS = "tests/providers/test_http_outcomes.py"
CALLS = "tests/providers/test_http.py"
HOSTILE = "tests/flows/test_hostile_answers.py"

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
)
