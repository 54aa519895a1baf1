"""Who gets which rights, by whose word; codes, links and counts that work once or so often."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

RIGHTS, INVITING, LEAVE = (f"console/flows/{name}.py" for name in ("rights", "inviting", "leave"))
POLICIES, CODES, ALLOW = "console/flows/policies.py", "console/accounts/codes.py", "console/flows/allow.py"
RIGHTS_TESTS, LINKS, LEAVING = (f"tests/flows/test_{name}.py" for name in ("rights", "inviting", "leave"))
STEPS, GUESSES = "tests/views/test_second_factor.py", "tests/views/test_guessing.py"

GUARDS = (
    # Two administrators.
    Mutant(
        "rights wait for a second administrator",
        RIGHTS,
        "    if by and deciders(request):\n",
        "    if False:\n",
        f"{RIGHTS_TESTS} -k second_administrator_confirms",
    ),
    Mutant(
        "nobody confirms their own request about rights",
        RIGHTS,
        "    if by.pk in {user.pk for user in deciders(request)}:\n",
        "    if True:\n",
        f"{RIGHTS_TESTS} -k what_they_asked_for",
    ),
    Mutant(
        "nobody confirms their own way back",
        RIGHTS,
        "barred = {request.asked_by_id, request.user_id if request.kind == RightsKind.WAY_BACK else None}",
        "barred = {request.asked_by_id}",
        f"{RIGHTS_TESTS} -k way_back_for_themselves",
    ),
    Mutant(
        "nobody gives rights alone who deactivated the second administrator",
        RIGHTS,
        "        require_not_hushed(by)\n",
        "        pass\n",
        f"{RIGHTS_TESTS} -k gets_rid_of",
    ),
    Mutant(
        "nobody sets a policy alone who deactivated the second administrator",
        POLICIES,
        "        require_not_hushed(by)\n",
        "        pass\n",
        "tests/flows/test_policies.py -k gets_rid_of",
    ),
    Mutant(
        "nothing is given to who left meanwhile",
        RIGHTS,
        """    if not user.is_active:
        raise StepNotPossible("They were deactivated meanwhile.""",
        """    if False:
        raise StepNotPossible("They were deactivated meanwhile.""",
        f"{RIGHTS_TESTS} -k left_meanwhile",
    ),
    # Links.
    Mutant(
        "a link works for a while",
        INVITING,
        "links.filter(user__is_active=True, used_at=None, ended_at=None, ends_at__gt=Now()).first()",
        "links.filter(user__is_active=True, used_at=None, ended_at=None).first()",
        f"{LINKS} -k ends_by_time",
    ),
    Mutant(
        "no link over a password",
        INVITING,
        "    if user.has_usable_password():\n        return ALREADY_IN\n",
        "",
        f"{LINKS} -k invited_over_it",
    ),
    Mutant(
        "a way back takes the factors away",
        INVITING,
        "remove_all(user, by=user) if found.is_way_back else 0",
        "0",
        f"{LINKS} -k takes_every_factor",
    ),
    Mutant(
        "sessions end with the person's leaving",
        LEAVE,
        "Session.objects.filter(user=user).delete()[0]",
        "0",
        f"{LEAVING} -k ends_every_session",
    ),
    # Codes, and how often somebody may try.
    Mutant(
        "a code of an app works once",
        CODES,
        "if moment is None or moment <= factor.data.get(USED_UNTIL, 0):",
        "if moment is None:",
        f"{STEPS} -k 'works_once or older_than'",
    ),
    Mutant(
        "a code is used by one at a time",
        CODES,
        "Authenticator.objects.select_for_update().filter(",
        "Authenticator.objects.filter(",
        "tests/test_codes_at_once.py",
    ),
    Mutant(
        "what a browser claims to be its address",
        "console/accounts/address.py",
        "seen = told[-proxies] if 0 < proxies <= len(told) else spoken_to",
        "seen = told[0] if told else spoken_to",
        f"{GUESSES} -k claimed_by_a_browser",
    ),
    Mutant(
        "an allowance ends",
        ALLOW,
        "    if used > most:\n",
        "    if False:\n",
        "tests/flows/test_allow.py -k so_often",
    ),
    Mutant(
        "base URLs at each send",
        "console/flows/send.py",
        "    if problem := problem_with(connection.base_url):\n",
        "    if problem := False:\n",
        "tests/flows/test_reaching.py -k taken_off_the_list",
    ),
)
