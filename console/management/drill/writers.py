"""The writers: threads that save wishes as people with a form would, and go on whatever breaks meanwhile."""

from __future__ import annotations

import threading
import time
from collections import deque

from django.db import close_old_connections, connections

from console.errors import AlreadyWaiting, ConsoleError
from console.flows.propose import Proposal, propose_one
from console.management.drill.furnishing import Cast
from console.management.drill.outage import OUTAGE
from console.management.drill.plan import Plan, Wish
from console.models import Change, Customer, Origin

PAUSE = 0.05
LONG_ENOUGH = 3.0
"""Seconds that a wish waits for the one before it to leave, before it is taken to another customer."""
MOST_TURNS = 20


class Writers:
    """Saves every wish of the plan, several at a time; `saved` are the numbers of those that were acknowledged."""

    def __init__(self, plan: Plan, cast: Cast) -> None:
        self.saved: set[int] = set()
        self.refused: list[str] = []
        self.room = threading.Event()
        self._plan, self._cast = plan, cast
        self._wishes = deque(plan.wishes())
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._write, name=f"writer-{n}") for n in range(plan.writers)]

    def start(self) -> None:
        """Lets them begin."""
        self.room.set()
        for thread in self._threads:
            thread.start()

    @property
    def are_done(self) -> bool:
        """Whether everything is saved."""
        return not any(thread.is_alive() for thread in self._threads)

    def stop(self) -> None:
        """Ends them, whatever is left."""
        self._stop.set()
        self.room.set()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join()

    def _write(self) -> None:
        try:
            while not self._stop.is_set():
                self.room.wait()
                try:
                    wish = self._wishes.popleft()
                except IndexError:
                    return
                self._save(wish)
        finally:
            connections.close_all()

    def _save(self, wish: Wish) -> None:
        customers = self._cast.customers[wish.slug]
        for turn in range(MOST_TURNS):
            if self._save_for(customers[(wish.place + turn) % len(customers)], wish):
                return
        self.refused.append(f"Nobody had room for wish {wish.number}.")

    def _save_for(self, customer: Customer, wish: Wish) -> bool:
        """Tries until it is saved; False when the field of this customer stays taken, or we are to stop."""
        proposal = Proposal(customer.pk, dict.fromkeys(wish.fields, wish.value), key_of(wish.number, customer.pk))
        end = time.monotonic() + LONG_ENOUGH
        while not self._stop.is_set():
            try:
                propose_one(proposal, by=self._cast.author, origin=Origin.DRILL)
            except AlreadyWaiting:
                if time.monotonic() > end:
                    return False
            except ConsoleError as refusal:
                self.refused.append(str(refusal))
                return True
            except OUTAGE:
                end += self._after_an_outage()
            else:
                self.saved.add(wish.number)
                return True
            self._stop.wait(PAUSE)
        return True

    def _after_an_outage(self) -> float:
        """Nobody knows whether that save went through; the same key makes saving it again the same save."""
        close_old_connections()
        self._stop.wait(4 * PAUSE)
        return 1.0


def key_of(number: int, customer: int) -> str:
    """The key of the form that a wish was saved from."""
    return f"drill-{number}-{customer}"


def number_of(change: Change) -> int:
    """The number of the wish that a change was made from."""
    return int(change.idempotency_key.split("-")[1])
