"""Work on many customers as a page shows it, whatever it is: how far it is, how long it takes yet, what was found."""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property
from typing import cast

from django.utils import timezone

from console.dry_run import Summary
from console.models import Bulk, BulkStatus
from console.models.sealing import key_ring

POLL_SECONDS = 1
A_MINUTE, AN_HOUR = timedelta(minutes=1), timedelta(hours=1)


class BulkPage:
    """What an import and an edit of a selection have in common."""

    def __init__(self, bulk: Bulk) -> None:
        self.bulk, self.connection, self.provider = bulk, bulk.connection, bulk.connection.provider

    @property
    def is_going(self) -> bool:
        """A worker has it, or will take it up."""
        return self.bulk.state.is_at_work

    @property
    def is_mapping(self) -> bool:
        """Somebody is to say what is wanted, or what the columns are."""
        return self.bulk.state is BulkStatus.MAPPING

    @property
    def is_checked(self) -> bool:
        """What would become of it is to be looked at."""
        return self.bulk.state is BulkStatus.CHECKED

    @property
    def is_done(self) -> bool:
        """It was carried out to its end."""
        return self.bulk.state is BulkStatus.DONE

    @property
    def can_be_stopped(self) -> bool:
        """It has not ended."""
        return not self.bulk.state.is_final

    @property
    def time_left(self) -> str:
        """How long it takes yet, by how fast it was since its worker took it up; empty as long as that says nothing."""
        bulk = self.bulk
        since, made = bulk.started_at, bulk.done - bulk.done_before
        if not since or made <= 0 or not bulk.rows or bulk.state not in {BulkStatus.CHECKING, BulkStatus.RUNNING}:
            return ""
        return lasting((timezone.now() - since) / made * max(0, bulk.rows - bulk.done), "left")

    @cached_property
    def summary(self) -> Summary:
        """What looking through found; without examples once those are no longer kept."""
        sealed = self.bulk.sealed_sample
        examples = cast("dict[str, object]", key_ring().open("bulk sample", sealed)) if sealed else {}
        return Summary.of(self.bulk.summary.get("shapes", {}), examples, self.provider)

    @property
    def token(self) -> str:
        """Another text as soon as it stands otherwise."""
        return f"{self.bulk.status.replace(' ', '_')}-{self.bulk.done}-{self.bulk.tries}"


def lasting(time: timedelta, after: str = "") -> str:
    """A time to come in words: “about 3 minutes left”."""
    if time < A_MINUTE:
        words = "less than a minute"
    elif time < AN_HOUR:
        minutes = round(time / A_MINUTE)
        words = f"about {minutes} minute{'' if minutes == 1 else 's'}"
    else:
        hours = round(time / AN_HOUR)
        words = f"about {hours} hour{'' if hours == 1 else 's'}"
    return f"{words} {after}".strip()
