"""Who comes in, by whose word, and what a page does for whom."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

SINGLE_SIGN_ON = "tests/views/test_single_sign_on.py"
TOKENS = f"{SINGLE_SIGN_ON} -k test_a_token_that_proves_nothing"

GUARDS = (
    Mutant(
        "tokens of forms",
        "console/settings.py",
        '    "django.middleware.csrf.CsrfViewMiddleware",\n',
        "",
        "tests/views/test_access.py -k 'without_the_pages_token and (change_approve or customer_edit)'",
    ),
    Mutant(
        "customers of one's own connections",
        "console/views/customers.py",
        "if found is None or not may(user, Right.SEE, found.connection):",
        "if found is None:",
        "tests/views/test_access.py -k 'declared_answer and customer'",
    ),
    # Single sign-on.
    Mutant(
        "signature of an ID token",
        "console/accounts/handshake.py",
        'options={"require": ["exp", "iat", "iss", "aud", "sub"]},',
        'options={"require": ["exp", "iat", "iss", "aud", "sub"], "verify_signature": False, "verify_aud": True},',
        TOKENS,
    ),
    Mutant(
        "nonce of an ID token",
        "console/accounts/oidc.py",
        'if not held.get("nonce") or claims.get("nonce") != held["nonce"]:',
        "if False:",
        TOKENS,
    ),
    Mutant(
        "party of an ID token",
        "console/accounts/handshake.py",
        'if claims.get("azp", app.client_id) != app.client_id:',
        "if False:",
        TOKENS,
    ),
    Mutant(
        "issuer of a description",
        "console/accounts/handshake.py",
        'str(config.get("issuer", "")).rstrip("/") != provider().issuer',
        "False",
        f"{SINGLE_SIGN_ON} -k describes_another",
    ),
    Mutant(
        "one account of a provider for each person",
        "console/flows/federate.py",
        "    if is_linked(user, account):\n",
        "    if False:\n",
        f"{SINGLE_SIGN_ON} -k second_account",
    ),
    Mutant(
        "nobody is taken in without a role",
        "console/accounts/oidc.py",
        "if not (name and may_come and provider().takes_in):",
        "if not name:",
        f"{SINGLE_SIGN_ON} -k nobody_gave",
    ),
    Mutant(
        "deactivated people stay out",
        "console/accounts/oidc.py",
        "    if not user.is_active:\n",
        "    if False:\n",
        f"{SINGLE_SIGN_ON} -k deactivated",
    ),
    Mutant(
        "age of a provider's proof",
        "console/accounts/oidc.py",
        'said.proved_at(sociallogin.claims) < held["began"] - LEEWAY',
        "False",
        f"{SINGLE_SIGN_ON} -k did_not_ask_anew",
    ),
    Mutant(
        "a sign-in is as old as the provider's",
        "console/accounts/oidc.py",
        "    _date(request)\n",
        "",
        f"{SINGLE_SIGN_ON} -k is_an_old_proof",
    ),
    Mutant(
        "only pages of ours are gone on to",
        "console/views/single_sign_on.py",
        "wanted if is_ours(request, wanted) else settings.LOGIN_REDIRECT_URL",
        "wanted or settings.LOGIN_REDIRECT_URL",
        f"{SINGLE_SIGN_ON} -k another_site",
    ),
)
