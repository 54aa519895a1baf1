"""Charts: what became of the tries, how long answers took and how much waited, drawn as SVG paths. Pure.

A chart is a picture 600 by 120 that is stretched to its place, so that it needs no script; words stand around it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from operator import add, attrgetter

from django.utils import timezone
from django.utils.safestring import SafeString

WIDTH, HEIGHT = 600.0, 120.0
GAP = 0.22
"""Of the room of a bar, what stays free beside it."""
A_DAY = timedelta(days=1)
A_SECOND = 1000
COLUMNS = 9
KINDS = (
    ("applied", "taken"),
    ("refused", "not applied"),
    ("unknown", "nobody knows"),
    ("waiting", "not sent or put off"),
)
"""What became of tries: the class in the style sheet, and the words."""
_ROW = f"<tr>{'<td class="num">%s</td>' * COLUMNS}</tr>"


@dataclass(frozen=True, slots=True)
class Period:
    """How far back the charts reach, in steps of one width; `each` says that width behind a number."""

    key: str
    label: str
    words: str
    step: timedelta
    steps: int
    each: str

    def begins(self, now: datetime) -> datetime:
        """The beginning of the first step; the last one holds `now`."""
        seconds = self.step.total_seconds()
        last = now.timestamp() // seconds * seconds
        return datetime.fromtimestamp(last - seconds * (self.steps - 1), tz=now.tzinfo)


HOUR = Period("hour", "1 h", "last hour", timedelta(minutes=1), 60, "a minute")
PERIODS = (
    HOUR,
    Period("day", "24 h", "last 24 hours", timedelta(minutes=15), 96, "in 15 min"),
    Period("week", "7 days", "last 7 days", timedelta(hours=2), 84, "in 2 h"),
)


@dataclass(frozen=True, slots=True)
class Step:
    """What happened in one step of a period. None: not measured, or nothing was exchanged."""

    at: datetime
    answered: int = 0
    refused: int = 0
    unclear: int = 0
    unsent: int = 0
    half: int | None = None
    most: int | None = None
    waiting: int | None = None
    stuck: int | None = None

    @property
    def tries(self) -> int:
        """All that ended in it."""
        return self.answered + self.refused + self.unclear + self.unsent

    @property
    def tells(self) -> bool:
        """Something happened in it, or something waited."""
        return bool(self.tries or self.waiting or self.stuck)

    @property
    def told(self) -> tuple[str, ...]:
        """Everything of it, short: another one where anything of it is."""
        return tuple(map(str, _all_of(self)))


_all_of = attrgetter(*(field.name for field in fields(Step)))


@dataclass(frozen=True, slots=True)
class Series:
    """One kind of mark: its class in the style sheet, what it is called, its path, and its sum or latest value."""

    name: str
    label: str
    path: str
    figure: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture with its words: `figure` is what one reads first, `sentence` all that it says, `top` its scale."""

    key: str
    heading: str
    figure: str
    sentence: str
    top: str
    series: tuple[Series, ...]

    @property
    def is_empty(self) -> bool:
        """Nothing to draw."""
        return not any(series.path for series in self.series)


@dataclass(frozen=True, slots=True)
class Charts:
    """All charts of a period, with the words of its time axis and the same as rows of a table."""

    period: Period
    charts: tuple[Chart, ...]
    axis: tuple[str, ...]
    table: tuple[tuple[str, ...], ...]

    @property
    def rows(self) -> SafeString:
        """The rows of the table as markup, of figures and times alone: a template takes far longer over a thousand."""
        return SafeString("\n".join(_ROW % cells for cells in self.table))


def draw(steps: Sequence[Step], period: Period, now: datetime) -> Charts:
    """Draws what was measured; `steps` may lack those in which nobody measured."""
    begins = period.begins(now)
    found = {step.at: step for step in steps}
    whole = [found.get(at) or Step(at) for at in (begins + period.step * number for number in range(period.steps))]
    charts = (_tries(whole, period), _times(whole, period), _depths(whole, period))
    return Charts(
        period, charts, _axis(whole, period, now), tuple(map(_row(period), filter(attrgetter("tells"), whole)))
    )


def nice(most: float) -> int:
    """The top of a scale: 1, 2 or 5 with noughts behind it, and nothing of it above."""
    top = 1
    while top < most:
        top = top * 5 // 2 if str(top).startswith("2") else top * 2
    return top


def _tries(steps: Sequence[Step], period: Period) -> Chart:
    counts = list(zip(*((step.answered, step.refused, step.unclear, step.unsent) for step in steps), strict=True))
    sums = list(map(sum, counts))
    top = nice(max(step.tries for step in steps))
    paths = _stacked(counts, top)
    series = tuple(
        Series(name, label, path, str(number)) for (name, label), path, number in zip(KINDS, paths, sums, strict=True)
    )
    count = sum(sums)
    if not count:
        return Chart("tries", "Tries", "none", f"Nothing was tried in the {period.words}.", "", series)
    rate = f"{100 * sums[0] // count} % taken"
    parts = ", ".join(f"{number} {label}" for number, (_, label) in zip(sums, KINDS, strict=True))
    sentence = f"Of {count} {'try' if count == 1 else 'tries'} in the {period.words}: {parts}."
    return Chart("tries", "Tries", rate, sentence, f"{top} {period.each}", series)


def _times(steps: Sequence[Step], period: Period) -> Chart:
    most = [step.most for step in steps if step.most is not None]
    halves = sorted(step.half for step in steps if step.half is not None)
    heading = "Time to answer"
    if not most:
        return Chart("times", heading, "none", f"Nothing was exchanged in the {period.words}.", "", ())
    top = nice(max(most))
    middle, slowest = spoken(halves[len(halves) // 2]), spoken(max(most))
    series = (
        Series("half", "half within", _line([step.half for step in steps], top), middle),
        Series("most", "95 of 100 at worst within", _line([step.most for step in steps], top), slowest),
    )
    sentence = (
        f"In the {period.words} half of the exchanges ended within {middle} as a rule; 95 of 100 within {slowest} in "
        "the slowest minute."
    )
    return Chart("times", heading, f"mostly {middle}", sentence, spoken(top), series)


def _depths(steps: Sequence[Step], period: Period) -> Chart:
    known = [step for step in steps if step.waiting is not None]
    heading = "Waiting"
    if not known:
        return Chart("depths", heading, "not measured", f"Nothing was measured in the {period.words}.", "", ())
    waiting, stuck = max(step.waiting or 0 for step in known), max(step.stuck or 0 for step in known)
    top = nice(max(waiting, stuck, 1))
    series = (
        Series("depth", "on their way", _area([step.waiting for step in steps], top), f"{waiting} at most"),
        Series("stuck", "need a person", _line([step.stuck for step in steps], top), f"{stuck} at most"),
    )
    sentence = (
        f"In the {period.words} at most {waiting} changes were on their way at once, {known[-1].waiting} at the end of "
        f"it; at most {stuck} needed a person, {known[-1].stuck} at the end of it."
    )
    return Chart(
        "depths", heading, f"{waiting} at most", sentence, f"{top} {'change' if top == 1 else 'changes'}", series
    )


def _stacked(counts: Sequence[Sequence[int]], top: int) -> list[str]:
    """Of each kind the parts of the bars that are it, each upon those of the kinds before it."""
    paths, unit = [], HEIGHT / top
    room = WIDTH / len(counts[0])
    wide = _n(room * (1 - GAP))
    below = [0] * len(counts[0])
    for kind in counts:
        bars = [
            f"M{_n(number * room)} {_n(HEIGHT - unit * (under + count))}h{wide}v{_n(unit * count)}h-{wide}z"
            for number, (count, under) in enumerate(zip(kind, below, strict=True))
            if count
        ]
        paths.append("".join(bars))
        below = list(map(add, below, kind))
    return paths


def _line(values: Sequence[int | None], top: int) -> str:
    """From the middle of each step to the next; broken where nothing is known, a dash where one stands alone."""
    room, path = WIDTH / len(values), ""
    for number, value in enumerate(values):
        if value is None:
            continue
        x, y = room * (number + 0.5), HEIGHT - _height(value, top)
        alone = number + 1 == len(values) or values[number + 1] is None
        if number and values[number - 1] is not None:
            path += f"L{_n(x)} {_n(y)}"
        else:
            path += f"M{_n(x - room / 2 if alone else x)} {_n(y)}" + (f"h{_n(room)}" if alone else "")
    return path


def _area(values: Sequence[int | None], top: int) -> str:
    """Steps from the ground, those side by side as one; broken where nothing is known."""
    room, path, begun = WIDTH / len(values), "", False
    for number, value in enumerate([*values, None]):
        if value:
            path += "" if begun else f"M{_n(number * room)} {_n(HEIGHT)}"
            path += f"V{_n(HEIGHT - _height(value, top))}h{_n(room)}"
        elif begun:
            path += f"V{_n(HEIGHT)}z"
        begun = bool(value)
    return path


def _height(value: int, top: int) -> float:
    return HEIGHT * min(value, top) / top


def _n(number: float) -> str:
    """A coordinate, as short as it can be said."""
    return f"{number:.1f}".removesuffix(".0")


def spoken(milliseconds: int) -> str:
    """How long something took: “84 ms”, “1.2 s”."""
    if milliseconds < A_SECOND:
        return f"{milliseconds} ms"
    return f"{_n(milliseconds / A_SECOND)} s"


def _axis(steps: Sequence[Step], period: Period, now: datetime) -> tuple[str, ...]:
    middle = steps[len(steps) // 2].at
    return _clock(steps[0].at, period), _clock(middle, period), _clock(now, period)


def _clock(at: datetime, period: Period) -> str:
    local = timezone.localtime(at)
    return f"{local.day} {local:%b, %H:%M}" if period.step * period.steps > A_DAY else f"{local:%H:%M}"


def _row(period: Period) -> Callable[[Step], tuple[str, ...]]:
    def row(step: Step) -> tuple[str, ...]:
        times = [spoken(took) if took is not None else "" for took in (step.half, step.most)]
        counts = [step.answered, step.refused, step.unclear, step.unsent]
        depths = ["" if depth is None else str(depth) for depth in (step.waiting, step.stuck)]
        return (_clock(step.at, period), *map(str, counts), *times, *depths)

    return row
