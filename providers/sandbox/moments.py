"""The moments that a provider notes on its records."""

from datetime import UTC, datetime, timedelta


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")


def later_than(previous: str | None) -> str:
    """Now, and always after the moment before: two updates within a millisecond still differ."""
    moment = datetime.now(UTC)
    if previous:
        moment = max(moment, datetime.fromisoformat(previous) + timedelta(milliseconds=1))
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
