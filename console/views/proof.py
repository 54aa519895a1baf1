"""How history is proved: the last checkpoint, the key, and what is not sealed yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from console.flows.leaves import MOST_COUNTED, Standing, standing
from console.models import Checkpoint, Installation
from console.models.rows import BIGGEST_KEY
from console.proof.verify import Checkpoint as Signed
from console.proof.verify import Unfit, fingerprint, grouped, read_note
from console.views.auditors import auditor

LATE_SECONDS = 60
SHOWN = 10
LONGEST_SIZE = len(str(BIGGEST_KEY))


@require_GET
def proof(request: HttpRequest) -> HttpResponse:
    """The state of the seals."""
    auditor(request)
    return render(request, "audit/proof.html", {"page": ProofPage(standing())})


@require_GET
def checkpoint(request: HttpRequest) -> HttpResponse:
    """The last checkpoint as a file, or the one over `size` events: the signed note as it stands."""
    auditor(request)
    found = _asked(request.GET.get("size", ""))
    if found is None:
        raise Http404
    name = f"steward-checkpoint-{found.size}.txt"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(found.note, content_type="text/plain; charset=utf-8", headers=headers)


def _asked(size: str) -> Checkpoint | None:
    if not size:
        return Checkpoint.objects.order_by("size").last()
    known = size.isascii() and size.isdigit() and len(size) <= LONGEST_SIZE and int(size) <= BIGGEST_KEY
    return Checkpoint.objects.filter(size=int(size)).first() if known else None


@dataclass(frozen=True)
class ProofPage:
    """How sealing stands, in the words of the page."""

    now: Standing

    @property
    def last(self) -> Checkpoint | None:
        """What was signed last."""
        return self.now.checkpoint

    @cached_property
    def signed(self) -> Signed | None:
        """What its note says, as whoever checks it reads it."""
        try:
            return read_note(self.last.note) if self.last else None
        except Unfit:
            return None

    @property
    def fingerprint(self) -> str:
        """The key's, as it is given to `verify.py`."""
        return fingerprint(self.signed.public) if self.signed else ""

    @property
    def shown_fingerprint(self) -> str:
        """The same to be read aloud."""
        return grouped(self.fingerprint)

    @property
    def root(self) -> str:
        """The root of the tree, in hexadecimal digits."""
        return bytes(self.last.root).hex() if self.last else ""

    @cached_property
    def installation(self) -> str:
        """By which notes are told from those of other consoles."""
        return str(Installation.objects.get().name)

    @property
    def unsealed(self) -> str:
        """How many events wait to be sealed, counted to a thousand."""
        return "1,000+" if self.now.unsealed == MOST_COUNTED else f"{self.now.unsealed:,}"

    @property
    def is_late(self) -> bool:
        """Whether an event waits for longer than any should."""
        return self.now.oldest > LATE_SECONDS

    @property
    def waits(self) -> str:
        """For how long the oldest of them has waited."""
        minutes, seconds = divmod(round(self.now.oldest), 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds} s" if minutes else f"{seconds} s"

    @property
    def state(self) -> tuple[str, str, str]:
        """Tone, icon and word for all of it."""
        if self.now.refusal:
            return "refused", "cross", "Not being sealed"
        if self.is_late:
            return "waiting", "clock", "Late"
        return ("applied", "seal", "Sealed") if self.last else ("neutral", "info", "Nothing sealed yet")

    @property
    def refused(self) -> str:
        """Why nothing is signed any more."""
        details: dict[str, Any] = self.now.refusal.details if self.now.refusal else {}
        kept, found = (int(details.get(name) or 0) for name in ("kept", "found"))
        return WHY_REFUSED.get(str(details.get("why")), WHY_REFUSED["unfit"]).format(kept=kept, found=found)

    @property
    def sealed(self) -> str:
        """How many events are under the last checkpoint."""
        return _events(self.last.size) if self.last else ""

    @cached_property
    def earlier(self) -> list[Earlier]:
        """The ones signed before, the latest first."""
        before = Checkpoint.objects.order_by("-size").values_list("size", "at")
        return [Earlier(size, _events(size), at) for size, at in before[1 : SHOWN + 1]]


@dataclass(frozen=True, slots=True)
class Earlier:
    """A checkpoint before the last one."""

    size: int
    events: str
    at: datetime


def _events(count: int) -> str:
    return f"{count:,} event{'' if count == 1 else 's'}"


WHY_REFUSED = {
    "behind": "The database holds {found:,} sealed events, though {kept:,} were signed before: it was set back, "
    "as by a restored backup.",
    "differs": "The database holds another history of {found:,} sealed events than the one that was signed.",
    "unfit": "What the database holds as sealed does not give what was signed over it, at {found:,} events: "
    "it was altered.",
}
