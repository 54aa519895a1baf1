"""What is measured of the console, for Prometheus: read from the database at the moment somebody asks.

Nothing is counted in a process: web servers and workers come and go, and all that they know stands in the tables.
A connection is told by its name and its provider; no label and no value tells of a customer or of a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection as database
from django.db import transaction
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Now
from procrastinate.contrib.django.models import ProcrastinateJob, ProcrastinateWorker
from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.registry import Collector

from console.flows.leaves import figures
from console.models import Change, Connection, Outcome, Pause
from console.models.states import UNFINISHED

# Attempts are told of this stretch: long enough to outlast some missed readings, short enough to be read by an index.
LATELY = timedelta(minutes=5)
# A worker says that it lives every ten seconds, and is given up after thirty.
SILENCE = timedelta(seconds=30)
MOST_MILLISECONDS = 5_000
JOB_STATES = ("todo", "doing", "succeeded", "failed", "cancelled", "aborted")
OF_CONNECTION = ("connection", "provider")


def exposition() -> bytes:
    """All metrics in Prometheus' text format. One transaction of few statements, given up after five seconds."""
    registry = CollectorRegistry()
    registry.register(FromTheDatabase())
    with transaction.atomic():
        with database.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {MOST_MILLISECONDS}")
        return generate_latest(registry)


class FromTheDatabase(Collector):
    """Reads everything anew each time; as many statements for one connection as for a hundred."""

    def collect(self) -> Iterator[Metric]:
        """Connection by connection how things stand, then the queue and the workers."""
        rows = _connections()
        labels = {row.pk: (row.name, row.provider) for row in rows}
        yield from _of_each(rows)
        yield from _of_changes(labels)
        yield from _of_attempts(labels)
        yield _gauge("queue_jobs", "Jobs in the queue, which carry wake-ups only.", ["status"], _jobs().items())
        yield from _of_seals()
        yield _gauge("workers", "Workers that were heard of within 30 seconds.", [], [((), _workers())])


@dataclass(frozen=True, slots=True)
class Row:
    """How one connection stands. `due`: for how many seconds what could leave first has been waiting."""

    pk: int
    name: str
    provider: str
    pause: str
    interrupted: bool
    failures: int
    slots: int
    under_way: int
    rate: int
    tokens: float
    due: float


def _connections() -> list[Row]:
    with database.cursor() as cursor:
        cursor.execute(_STANDING)
        standing = {row[0]: row[1:] for row in cursor.fetchall()}
    first = Change.objects.filter(connection=OuterRef("pk")).due().first_in_line().order_by("next_attempt_at")
    found = Connection.objects.annotate(due_since=Subquery(first.values("next_attempt_at")[:1]), now=Now())
    return [_row(each, *standing.get(each.pk, (0.0, 0))) for each in found]


def _row(each: Connection, tokens: float, under_way: int) -> Row:
    now, since = each.now, each.due_since  # type: ignore[attr-defined]  # annotated
    return Row(
        pk=each.pk,
        name=each.name,
        provider=each.provider_slug,
        pause=each.pause,
        interrupted=each.is_interrupted,
        failures=each.failures,
        slots=each.slots,
        under_way=under_way,
        rate=each.rate,
        tokens=tokens,
        due=max(0.0, (now - since).total_seconds()) if since else 0.0,
    )


# The tokens as they would be if somebody drew one now; a lease that runs is a request under way.
_STANDING = """
    SELECT id, LEAST(rate, tokens + GREATEST(0, EXTRACT(epoch FROM clock_timestamp() - tokens_at)) * rate)::float8,
        (SELECT count(*) FROM console_change
         WHERE connection_id = console_connection.id AND lease_until > clock_timestamp())
    FROM console_connection
"""


def _of_each(rows: Sequence[Row]) -> Iterator[Metric]:
    told = {
        "oldest_due_seconds": ("For how long the change that could leave first has been due.", "due"),
        "connection_interrupted": ("Whether the circuit breaker is open: 1 while nothing but a probe leaves.", ""),
        "connection_failures": ("Calls in a row that got no proper answer.", "failures"),
        "slots": ("Requests that may be under way at once, over all workers.", "slots"),
        "slots_under_way": ("Requests that are under way, over all workers.", "under_way"),
        "rate_per_second": ("Requests that may begin in a second, over all workers.", "rate"),
        "rate_tokens": ("Requests that may begin at once before the rate holds them back.", "tokens"),
    }
    for name, (words, attribute) in told.items():
        values = {(row.name, row.provider): getattr(row, attribute or "interrupted") for row in rows}
        yield _gauge(name, words, OF_CONNECTION, values.items())
    paused = {(row.name, row.provider, cause.value): float(row.pause == cause) for row in rows for cause in Pause}
    words = "Whether the connection is paused for this cause: 1 while nothing leaves."
    yield _gauge("connection_paused", words, [*OF_CONNECTION, "cause"], paused.items())


def _of_changes(labels: Mapping[int, tuple[str, str]]) -> Iterator[Metric]:
    """Only those that are not final: an index holds these alone, so that the past does not make it slower."""
    unfinished = Change.objects.filter(status__in=sorted(UNFINISHED)).order_by()
    counts = {(*label, str(status)): 0 for label in labels.values() for status in sorted(UNFINISHED)}
    for pk, status, count in unfinished.values_list("connection", "status").annotate(Count("pk")):
        counts[*labels[pk], status] = count
    yield _gauge("changes", "Changes that are not final, by state.", [*OF_CONNECTION, "status"], counts.items())
    waiting = dict.fromkeys(labels.values(), 0)
    held = Change.objects.needing_a_person().order_by()
    for pk, count in held.values_list("connection").annotate(Count("pk")):
        waiting[labels[pk]] = count
    yield _gauge("changes_needing_a_person", "Changes that do not go on by themselves.", OF_CONNECTION, waiting.items())


def _of_attempts(labels: Mapping[int, tuple[str, str]]) -> Iterator[Metric]:
    with database.cursor() as cursor:
        cursor.execute(_ATTEMPTS, [LATELY.total_seconds()])
        found = [row for row in cursor.fetchall() if row[0] in labels]
    outcomes = {
        (*label, outcome.value): 0 for label in labels.values() for outcome in Outcome if outcome != Outcome.INTENT
    }
    outcomes |= {(*labels[pk], outcome): count for pk, outcome, count, _ in found if outcome}
    words = "Attempts that ended within the last 5 minutes, by what they came to."
    yield _gauge("attempts_lately", words, [*OF_CONNECTION, "outcome"], outcomes.items())
    seconds = {
        (*labels[pk], quantile): milliseconds / 1000
        for pk, outcome, _, taken in found
        if outcome is None and taken
        for quantile, milliseconds in zip(("0.5", "0.95"), taken, strict=True)
    }
    words = "How long the exchanges of the last 5 minutes took."
    yield _gauge("exchange_seconds", words, [*OF_CONNECTION, "quantile"], seconds.items())


# Outcome by outcome, and all of a connection's together (then there is no outcome) for the quantiles.
_ATTEMPTS = """
    SELECT connection_id, outcome, count(*),
        percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY milliseconds)
    FROM console_attempt
    WHERE ended_at > clock_timestamp() - make_interval(secs => %s)
        AND connection_id IN (SELECT id FROM console_connection)
    GROUP BY GROUPING SETS ((connection_id, outcome), (connection_id))
"""


def _jobs() -> dict[tuple[str, ...], int]:
    counts = ProcrastinateJob.objects.values_list("status").annotate(Count("pk")).order_by()
    return {(state,): 0 for state in JOB_STATES} | {(status,): count for status, count in counts}


def _of_seals() -> Iterator[Metric]:
    """How far history is signed, and whether something keeps it from being."""
    now = figures()
    yield _gauge("sealed_events", "Events under the last signed checkpoint.", [], [((), now.size)])
    yield _gauge("unsealed_events", "Events that are not sealed yet, to 1,001.", [], [((), now.unsealed)])
    words = "For how long the oldest event that is not sealed has been there."
    yield _gauge("oldest_unsealed_seconds", words, [], [((), now.oldest)])
    words = (
        "Whether sealing was refused, since the database is not what was signed before: 1 until a person accepts it."
    )
    yield _gauge("sealing_refused", words, [], [((), float(now.is_refused))])


def _workers() -> int:
    return ProcrastinateWorker.objects.filter(last_heartbeat__gt=Now() - SILENCE).count()


def _gauge(name: str, words: str, labels: Sequence[str], values: Iterable[tuple[tuple[str, ...], float]]) -> Metric:
    metric = GaugeMetricFamily(f"steward_{name}", words, labels=labels)
    for label, value in values:
        metric.add_metric(label, float(value))
    return metric
