"""The bell beside every page: how many notices are not read yet, and how many requests wait for the reader."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from console.inbox import Waiting

MOST = 99


@dataclass(frozen=True, slots=True)
class Bell:
    """What it shows; `token` is another one as soon as anything that stands around a page is different."""

    unread: int
    deciding: int
    newest: int
    token: str

    @property
    def count(self) -> str:
        """“3”, “99+”; empty for none."""
        return bounded(self.unread)

    @property
    def words(self) -> str:
        """What it is called for who cannot see it."""
        return f"Notices, {self.count} unread" if self.unread else "Notices, none unread"

    @property
    def waiting(self) -> str:
        """“7 requests wait for your decision”; empty for none."""
        verb = "request waits" if self.deciding == 1 else "requests wait"
        return f"{bounded(self.deciding)} {verb} for your decision" if self.deciding else ""


def bell(counts: Waiting) -> Bell:
    """The bell that shows these."""
    token = "-".join(map(str, (counts.unread, counts.newest, counts.deciding, counts.fixing, counts.going)))
    return Bell(counts.unread, counts.deciding, counts.newest, token)


def bounded(count: int) -> str:
    """How many, told no further than anybody would read: “99+”; empty for none."""
    return f"{MOST}+" if count > MOST else str(count or "")
