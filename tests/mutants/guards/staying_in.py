"""What a proof counts for, what waits for one, and how long somebody stays in without a deed."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

PROVING = "console/views/proving.py"
BACKEND = "console/backend.py"
PRESENCE = "console/accounts/presence.py"
SESSIONS = "console/flows/sessions.py"
PROVED = "tests/views/test_proving.py"
ENDED = "tests/views/test_sessions.py"

GUARDS = (
    # The proof.
    Mutant(
        "age of a proof",
        PROVING,
        "0 <= time.time() - at < within.total_seconds()",
        "0 <= time.time() - at",
        f"{PROVED} -k 'nothing_is_decided or fragment or only_after'",
    ),
    Mutant(
        "no proof from the future",
        PROVING,
        "0 <= time.time() - at < within.total_seconds()",
        "time.time() - at < within.total_seconds()",
        f"{PROVED} -k from_the_future",
    ),
    Mutant(
        "second factor alone of whoever has one",
        PROVING,
        "counts = SECOND if has_second_factor(user) else ANY",
        "counts = ANY",
        f"{PROVED} -k second_factor_alone",
    ),
    Mutant(
        "kinds of proofs that count",
        PROVING,
        'record.get("method") in counts and',
        "bool(counts) and",
        f"{PROVED} -k unknown_kind",
    ),
    Mutant(
        "a page is shown without a proof only by reading it",
        PROVING,
        'only_posts and request.method in {"GET", "HEAD"}',
        "only_posts",
        f"{PROVED} -k only_the_form_needs_it",
    ),
    # What waits for it.
    Mutant(
        "what waits is done for the proof it asked for alone",
        PROVING,
        "waiting.path == target and",
        "",
        f"{PROVED} -k 'something_else'",
    ),
    Mutant(
        "what waits is done once",
        PROVING,
        "held = request.session.pop(WAITING, None)",
        "held = request.session.get(WAITING)",
        f"{PROVED} -k done_once",
    ),
    Mutant(
        "what waits is its person's own",
        PROVING,
        "self.person == person(request).pk and",
        "",
        f"{PROVED} -k never_done_for_somebody_else",
    ),
    Mutant(
        "what waits is given up after a while",
        PROVING,
        "and is_fresh(self.at, WAITS)",
        "",
        f"{PROVED} -k given_up_after_ten_minutes",
    ),
    Mutant(
        "what waits is bounded",
        PROVING,
        "if len(body) > LARGEST or request.FILES:",
        "if request.FILES:",
        f"{PROVED} -k too_much_to_keep",
    ),
    Mutant(
        "nobody is led off the console",
        PROVING,
        "target if is_ours(request, target) else settings.LOGIN_REDIRECT_URL",
        "target or settings.LOGIN_REDIRECT_URL",
        f"{PROVED} -k ours_alone",
    ),
    # The session.
    Mutant(
        "half an hour without a deed",
        BACKEND,
        " AND (user_id IS NULL OR seen_at > now() - make_interval(secs => %s))",
        " AND (user_id IS NULL OR %s > 0)",
        f"{ENDED} -k half_an_hour_without",
    ),
    Mutant(
        "twelve hours at most",
        BACKEND,
        "WHERE key_digest = %s AND ends_at > now() AND",
        "WHERE key_digest = %s AND",
        f"{ENDED} -k twelve_hours",
    ),
    Mutant(
        "no deed of a page by itself",
        PRESENCE,
        " and BY_ITSELF not in request.headers:",
        ":",
        f"{ENDED} -k by_itself",
    ),
    Mutant(
        "an ended session is not saved again",
        BACKEND,
        "raise CreateError if must_create else UpdateError",
        "return None",
        f"{ENDED} -k under_way",
    ),
    Mutant(
        "one's own sessions alone",
        SESSIONS,
        "Session.objects.filter(user_id=user.pk, ends_at__gt",
        "Session.objects.filter(ends_at__gt",
        f"{ENDED} -k another_persons",
    ),
    Mutant(
        "all sessions of somebody are ended by their administrators",
        SESSIONS,
        "    require_administrator(by, reach(user))\n",
        "",
        "tests/views/test_ending.py -k 'only_where'",
    ),
)
