"""One drill from its beginning to its end: everything comes up, is driven and broken, comes to rest, and is judged."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from django.conf import settings
from django.core.management import call_command
from django.db.models import Q

from console.flows.seal import ring, seal
from console.management.drill.furnishing import Cast, furnish
from console.management.drill.harm import Harm
from console.management.drill.hearing import hear
from console.management.drill.ledger import Ledger
from console.management.drill.matrix import Matrix, judge
from console.management.drill.outage import waited_out
from console.management.drill.people import People
from console.management.drill.plan import Deed, Plan
from console.management.drill.processes import Broken, Crew, begin_sandbox, end_all
from console.management.drill.progress import Progress
from console.management.drill.writers import Writers
from console.models import Change, Status
from console.verifying import Report, Wanted, kept_here, verify
from providers.sandbox import Control, SandboxError

TICK = 0.1
DECIDING = 1.0
"""Seconds between two looks of the people at what needs them."""
LONGEST_SILENCE = 150.0
AFTER_THE_LAST = 2.0
"""Seconds that nothing may be due before everything is at rest."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that is told of a drill."""

    plan: Plan
    matrix: Matrix
    saved: int
    refused: list[str]
    requests: int
    kinds: Counter[str]
    done: Counter[Deed]
    resumed: Counter[str]
    decided: Counter[str]
    unknown: Counter[str]
    ended_by_themselves: int
    settled: bool
    seconds: float
    history: Report

    @property
    def is_clean(self) -> bool:
        """Everything was saved, nothing stands off the diagonal, and history proves itself."""
        return self.matrix.is_clean and self.saved == self.plan.changes and not self.history.findings


class Asked(Exception):
    """Somebody asked the drill to end."""


class Drill:
    """Holds what runs. Everything is begun from one thread, which goes round until all is at rest."""

    def __init__(self, plan: Plan, progress: Progress, asked: threading.Event) -> None:
        self.plan, self.progress, self.asked = plan, progress, asked
        self.started = time.monotonic()
        self.log = settings.STEWARD_DATA / "drill.log"
        self._last_saved = (-1, self.started)

    def perform(self) -> Outcome:
        """Raises Asked, and Broken with a sentence. Whatever happens, no process of ours is left."""
        with self.log.open("ab") as log, self._sandbox(settings.STEWARD_DATA, log) as control:
            self.progress.say("setting up")
            call_command("migrate", verbosity=0)
            cast = furnish(self.plan, control)
            crew, writers, ledger = Crew(log), Writers(self.plan, cast), Ledger(control)
            with self._everybody(crew, writers):
                return self._perform(cast, control, crew, writers, ledger)

    @contextlib.contextmanager
    def _sandbox(self, folder: Path, log: IO[bytes]) -> Iterator[Control]:
        process, control = begin_sandbox(folder, log)
        try:
            yield control
        except SandboxError as problem:
            raise Broken(str(problem)) from None
        finally:
            end_all([process])

    @contextlib.contextmanager
    def _everybody(self, crew: Crew, writers: Writers) -> Iterator[None]:
        try:
            for _ in range(self.plan.workers):
                crew.hire()
            writers.start()
            yield
        finally:
            writers.stop()
            crew.dismiss()

    def _perform(self, cast: Cast, control: Control, crew: Crew, writers: Writers, ledger: Ledger) -> Outcome:
        harm, people = Harm(self.plan, crew), People(self.plan, cast, ledger)
        self._drive(control, crew, writers, harm, people)
        settled = self._come_to_rest(crew, people)
        crew.dismiss()
        self.progress.say("comparing")
        self._wait_for_the_late(ledger)
        lines = control.ledger()
        return Outcome(
            plan=self.plan,
            matrix=judge(hear(), ledger.entries, acknowledged=writers.saved, now=time.time()),
            saved=len(writers.saved),
            refused=writers.refused,
            requests=len(lines),
            kinds=Counter(line["fault"] for line in lines if line["fault"]),
            done=harm.done,
            resumed=people.resumed,
            decided=people.decided,
            unknown=people.unknown,
            ended_by_themselves=crew.ended_by_themselves,
            settled=settled,
            seconds=time.monotonic() - self.started,
            history=self._verified(),
        )

    def _verified(self) -> Report:
        """What was sealed while workers were killed, and the rest that is sealed now, against all there is."""
        self.progress.say("verifying")
        while seal():
            pass
        return verify(Wanted([key.fingerprint for key in ring()], kept_here(), values=True, sealed_within=0))

    def _drive(self, control: Control, crew: Crew, writers: Writers, harm: Harm, people: People) -> None:
        """Until everything is saved and broken; the providers fail as planned meanwhile."""
        coming, next_look = self.plan.misbehaviours(), 0.0
        while not (writers.are_done and harm.is_over):
            self._tick(crew, len(writers.saved), "saved")
            self._lose_patience(len(writers.saved))
            while coming and (coming[0][0] <= len(writers.saved) or writers.are_done):
                fault = coming.pop(0)[1]
                control.fault(fault.slug, fault.kind, fault.count, **fault.parameters)
            harm.do_what_is_due(self.plan.changes if writers.are_done else len(writers.saved))
            with waited_out():
                self._make_room(writers)
                people.resume_what_is_paused()
                if time.monotonic() > next_look:
                    people.decide()
                    next_look = time.monotonic() + DECIDING
        control.clear_faults()

    def _lose_patience(self, saved: int) -> None:
        """Raises Broken when nothing was saved for long: the drill ends by itself, whatever is wrong."""
        if saved != self._last_saved[0]:
            self._last_saved = saved, time.monotonic()
        if time.monotonic() - self._last_saved[1] > LONGEST_SILENCE:
            raise Broken(f"No change could be saved for {LONGEST_SILENCE:.0f} s. {self.log} may say why, with --keep.")

    def _make_room(self, writers: Writers) -> None:
        """The writers wait while much is on its way, so that there is work whenever something breaks."""
        if _on_their_way() > self.plan.most_open:
            writers.room.clear()
        else:
            writers.room.set()

    def _come_to_rest(self, crew: Crew, people: People) -> bool:
        """Whether nothing was due any more before the patience ended. What needs a person now is left as it is."""
        end, quiet_since = time.monotonic() + self.plan.patience, time.monotonic()
        while time.monotonic() < end:
            with waited_out():
                going = _going_on()
                self._tick(crew, self.plan.changes - going, "at rest")
                people.resume_what_is_paused()
                people.release_who_waits_behind()
                quiet_since = time.monotonic() if going else quiet_since
            if time.monotonic() - quiet_since > AFTER_THE_LAST:
                return True
        return False

    def _wait_for_the_late(self, ledger: Ledger) -> None:
        """A provider may still apply what it never answered: the ledger is read when that is over."""
        end = time.monotonic() + settings.STEWARD_SETTLE_SECONDS
        ledger.refresh()
        while ledger.has_late and time.monotonic() < end:
            time.sleep(TICK)
            ledger.refresh()

    def _tick(self, crew: Crew, count: int, what: str) -> None:
        if self.asked.is_set():
            raise Asked
        crew.look_after()
        self.progress.show(count, what)
        time.sleep(TICK)


def _on_their_way() -> int:
    return Change.objects.going_on().count()


def _going_on() -> int:
    """How many move by themselves, now or at a moment to come; whoever waits behind a person's does not."""
    moving = Q(status=Status.SENDING) | Q(status=Status.UNKNOWN, next_attempt_at__isnull=False)
    first = Change.objects.filter(status=Status.APPROVED).first_in_line()
    return Change.objects.filter(moving).count() + first.count()
