"""How a connection is: whether anything leaves through it, and what became of the last try."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Func, IntegerField, OuterRef, QuerySet, Subquery

from console.explain import said
from console.models import Attempt, Change, Connection, Outcome, Pause
from console.models.changes import ChangeQuerySet
from console.permissions import Right, helpers_sentence

MOST = 99
BUSY, BROKEN = 429, 500


@dataclass(frozen=True, slots=True)
class Health:
    """A state as every page shows one; `sentence` says what follows, empty where nothing has to be said."""

    tone: str
    icon: str
    word: str
    sentence: str = ""
    attempt: Attempt | None = None


def with_health(found: QuerySet[Connection]) -> QuerySet[Connection]:
    """Each with `going` and `stuck`, counted no further than anybody would read, `answered_at` and `tried`."""
    mine = Change.objects.filter(connection=OuterRef("pk"))
    ended = Attempt.objects.filter(connection=OuterRef("pk"), ended_at__isnull=False)
    tries = ended.exclude(outcome=Outcome.INTENT).order_by("-pk")
    answers = tries.filter(status_code__isnull=False)
    return found.select_related("paused_by").annotate(
        going=_bounded(mine.going_on()),
        stuck=_bounded(mine.needing_a_person()),
        answered_at=Subquery(answers.values("ended_at")[:1]),
        tried=Subquery(tries.values("pk")[:1]),
    )


def health_of(found: Iterable[Connection]) -> list[tuple[Connection, Health]]:
    """The connections of `with_health`, each with how it is: one query more, however many there are."""
    rows = list(found)
    tries = Attempt.objects.in_bulk([tried for row in rows if (tried := getattr(row, "tried", None))])
    return [(row, _health(row, tries.get(getattr(row, "tried", None) or 0))) for row in rows]


def what_to_do(connection: Connection) -> str:
    """What has to be seen to before a paused connection is resumed, and by whom."""
    if connection.pause == Pause.RESTORED:
        return _ONCE_RESUMED
    need = _NEEDS.get(Pause(connection.pause)) if connection.pause else None
    return f"{need.format(there=connection.name)} {helpers_sentence(Right.ADMINISTER, connection)}" if need else ""


def why_paused(connection: Connection) -> str:
    """The cause, as people say it."""
    return said(connection.get_pause_display(), connection.name)


def _bounded(changes: ChangeQuerySet) -> Func:
    some = changes.order_by().values("pk")[: MOST + 1]
    return Func(ArraySubquery(some), function="cardinality", output_field=IntegerField())


def _health(connection: Connection, last: Attempt | None) -> Health:
    there = connection.name
    if connection.is_paused:
        return Health("waiting", "pause", "Paused", "Nothing is sent until somebody resumes it.")
    if connection.is_interrupted:
        silent = f"{there} has not answered {connection.failures} times in a row, so nothing is sent for now."
        return Health("waiting", "warning", "Interrupted", silent, last)
    return _by_its_last_try(there, last) if last else Health("neutral", "check", "Ready", _NEVER)


def _by_its_last_try(there: str, last: Attempt) -> Health:
    if last.status_code is None and last.outcome in _UNANSWERED:
        return Health("waiting", "warning", "No answer", f"{there} did not answer the last try.", last)
    if (last.status_code or 0) >= BROKEN:
        words = f"{there} answered the last try with an error of its own (status {last.status_code})."
        return Health("waiting", "warning", "Answers with errors", words, last)
    if last.status_code == BUSY:
        return Health("waiting", "clock", "Asks for patience", f"{there} asked us to try later.", last)
    return Health("applied", "check", "Working")


_ONCE_RESUMED = "Once it is resumed, what is saved from now on leaves; what is held stays held until it is released."
_NEVER = "Nothing was sent through it yet."
_UNANSWERED = frozenset({Outcome.NOT_SENT, Outcome.UNKNOWN})
_NEEDS: Mapping[Pause, str] = {
    Pause.NOT_ALLOWED: "An administrator has to renew the credentials of {there} first.",
    Pause.MISROUTED: "An administrator has to look at the base URL of {there} first.",
    Pause.FORBIDDEN: "Somebody has to find out from {there} first why this account is refused.",
    Pause.BAD_OPTIONS: "An administrator has to correct the settings of {there} first.",
}
