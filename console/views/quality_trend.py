"""How many flaws of a rule there were, day by day: a line in a list, and a chart. Pure but for one query."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, timedelta

from django.utils import timezone

from console.models import FlawDay
from console.models.quality import Rule
from console.views.charts import HEIGHT, WIDTH, nice

DAYS = 30
A_WEEK = 7


@dataclass(frozen=True, slots=True)
class Trend:
    """The last days of a rule, the oldest first, today's as it is now; None where nobody counted."""

    days: tuple[date, ...]
    counts: tuple[int | None, ...]

    @property
    def known(self) -> list[int]:
        """What was counted."""
        return [count for count in self.counts if count is not None]

    @property
    def top(self) -> int:
        """The top of the scale."""
        return nice(max(self.known, default=1) or 1)

    @property
    def path(self) -> str:
        """The line: broken where nobody counted, a dash where a day stands alone."""
        room, path = WIDTH / len(self.counts), ""
        for number, count in enumerate(self.counts):
            if count is None:
                continue
            y = f"{HEIGHT - HEIGHT * min(count, self.top) / self.top:.1f}"
            goes_on = number > 0 and self.counts[number - 1] is not None
            path += f"L{room * (number + 0.5):.1f} {y}" if goes_on else f"M{room * number:.1f} {y}h{room / 2:.1f}"
        return path

    @property
    def moved(self) -> int | None:
        """How many more, or fewer, than a week ago; than on the first day that was counted, if that is later."""
        return self.known[-1] - self._before[0] if self._before else None

    @property
    def words(self) -> str:
        """What it comes to: “12 fewer in 7 days”."""
        if self.moved is None:
            return "counted since today"
        if not self.moved:
            return f"unchanged {self._span}"
        return f"{abs(self.moved):,} {'more' if self.moved > 0 else 'fewer'} {self._span}"

    @property
    def tone(self) -> str:
        """Whether that is good."""
        return "applied" if (self.moved or 0) < 0 else "refused" if self.moved else "neutral"

    @property
    def sentence(self) -> str:
        """All that the line says."""
        if len(self.known) < 2:
            return f"{self.known[-1]:,} today; nothing was counted before." if self.known else "Nothing was counted."
        least, most = min(self.known), max(self.known)
        return f"{self.known[-1]:,} today, {self.words}; in {DAYS} days between {least:,} and {most:,}."

    @property
    def table(self) -> list[tuple[date, int]]:
        """Each day that was counted, the latest first."""
        pairs = zip(self.days, self.counts, strict=True)
        return [(day, count) for day, count in pairs if count is not None][::-1]

    @property
    def axis(self) -> list[date]:
        """The first day, the one in the middle, and the last."""
        return [self.days[0], self.days[len(self.days) // 2], self.days[-1]]

    @property
    def _before(self) -> list[int]:
        week = self.counts[-1 - A_WEEK : -1]
        return [count for count in week if count is not None]

    @property
    def _span(self) -> str:
        back = next(back for back in range(A_WEEK, 0, -1) if self.counts[-1 - back] is not None)
        return "since yesterday" if back == 1 else f"in {back} days"


def trends(now: Mapping[Rule, int]) -> dict[Rule, Trend]:
    """Of each of these rules, with how many there are now."""
    today = timezone.now().astimezone(UTC).date()
    days = tuple(today - timedelta(days=back) for back in range(DAYS - 1, -1, -1))
    counted = _counted({rule.connection for rule in now}, days)
    return {rule: _trend(rule, count, days, counted) for rule, count in now.items()}


def _trend(rule: Rule, count: int, days: Sequence[date], counted: Mapping[tuple[Rule, date], int]) -> Trend:
    before = [counted.get((rule, day)) for day in days[:-1]]
    return Trend(tuple(days), (*before, count))


def _counted(connections: Collection[int], days: Sequence[date]) -> dict[tuple[Rule, date], int]:
    rows = FlawDay.objects.filter(connection__in=connections, day__gte=days[0])
    found = rows.values_list("connection", "field", "code", "day", "count")
    return {(Rule(connection, field, code), day): count for connection, field, code, day, count in found}
