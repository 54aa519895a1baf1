"""What the demo tells of its own people: who comes in, who asks for which rights, and who learnt something hidden.

Played by the real flows, so all of it happened while the demo began, and history says so.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence

from django.contrib.auth import SESSION_KEY
from django.db import transaction

from console.backend import SessionStore
from console.errors import ConsoleError, TooMany
from console.flows import factors, sessions
from console.flows.compare import compare
from console.flows.inviting import Newcomer
from console.flows.keeping import Periods, keep_for
from console.flows.refuse import not_let_in
from console.flows.reveal import reveal
from console.flows.rights import Wish, approve_rights, ask_roles, welcome
from console.management.demo.stage import Stage
from console.models import Event, Reveal, RightsRequest, Role, User

ELSEWHERE = (
    ("jo", "Edge on Windows", "192.0.2.21"),
    ("ed", "Safari on macOS", "192.0.2.17"),
    ("ann", "Firefox on Windows", "192.0.2.44"),
    ("sam", "Chrome on Android", "192.0.2.60"),
    ("max", "Firefox on Linux", "192.0.2.9"),
)
"""In which other browser who is at work is signed in, at addresses that belong to nobody: nobody holds the keys."""
KEPT = Periods(customers=1095, bodies=90)
CALLERS = range(10, 20)
"""The customers at Finosu of whom somebody calls: no other scene is about them."""


def invited(stage: Stage) -> None:
    """Max took Noor in, who is to edit from Monday on; Ida confirmed it, and nobody used the link yet."""
    if not User.objects.filter(username="noor").exists():
        wish = Wish([(Role.EDITOR.value, stage.connections["flowwise"].pk)], why="Begins in support on Monday.")
        noor, _ = welcome(Newcomer("noor", "Noor", "Haddad", "noor@example.org"), wish, by=stage.people["max"])
        approve_rights(RightsRequest.objects.get(user=noor).pk, by=stage.people["ida"])


def rights_asked_for(stage: Stage) -> None:
    """Max wants Sam to be shown hidden values at Finosu, and waits for Ida."""
    sam = stage.people["sam"]
    if not RightsRequest.objects.filter(user=sam).exists():
        wish = Wish(
            [(Role.REVEAL.value, stage.connections["finosu"].pk)], why="Stands in for Jo, who is away next week."
        )
        ask_roles(sam.pk, wish, by=stage.people["max"])


def kept_for_a_while(stage: Stage) -> None:
    """Max says how long Flowwise keeps what nobody needs; all of it is younger."""
    place = stage.connections["flowwise"]
    if not Event.objects.filter(verb="connection.keeping_set").exists():
        keep_for(place.pk, KEPT, by=stage.people["max"])


def not_let_in_at_first(stage: Stage) -> None:
    """Jo mistyped her password twice, and somebody tried a name that nobody has."""
    if not Event.objects.filter(verb="person.sign_in_failed").exists():
        for username in (stage.people["jo"].username, stage.people["jo"].username, "admin"):
            not_let_in(username)


def signed_in_elsewhere(stage: Stage) -> None:
    """Whoever does something in the demo left a browser behind, which they can end from the one at hand."""
    for who, browser, address in ELSEWHERE:
        by_no_page = Event.objects.filter(verb="person.signed_in", actor=stage.people[who], request_id="")
        if not by_no_page.exists():
            _sign_in(stage.people[who], browser, address)


def asked_about(stage: Stage) -> None:
    """Ed served two callers, one of whom was wrong at first; Jo had to see what is held of a third person."""
    if Reveal.objects.exists():
        return
    numbered = [stage.customer("finosu", number) for number in CALLERS]
    first, second, third, *_ = [customer for customer in numbered if customer.record.get("ssnLastFour")]
    for customer, field, said in (
        (first, "ssnLastFour", "0000"),
        (first, "ssnLastFour", first.record["ssnLastFour"]),
        (second, "birthday", second.record["birthday"]),
    ):
        with contextlib.suppress(ConsoleError, TooMany):
            compare(customer, field, str(said), by=stage.people["ed"])
    with contextlib.suppress(ConsoleError, TooMany):
        reveal(third, "ssnLastFour", by=stage.people["jo"], reason="A court's letter names other digits than ours.")


PEOPLE: Sequence[Callable[[Stage], None]] = (
    invited,
    rights_asked_for,
    kept_for_a_while,
    not_let_in_at_first,
    signed_in_elsewhere,
)
"""Those that need no customer."""


@transaction.atomic
def _sign_in(user: User, browser: str, address: str) -> None:
    """As by the form, but for the key, which nobody gets."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session.browser, session.address = browser, address
    session.create()
    sessions.came(user.pk)
    factors.signed_in(by=user, proofs=["password"])
