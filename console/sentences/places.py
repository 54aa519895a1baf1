"""What happened to connections, to people's settings, and to the installation."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from console.models import Pause
from console.sentences.happening import Happening, by_itself, by_person
from console.sentences.words import listed


def _paused(about: Happening) -> str:
    cause = about.said("cause")
    if about.event.actor:
        return f"{about.who} paused it{about.reason}"
    return f"Paused: {Pause(cause).label[0].lower()}{Pause(cause).label[1:]}" if cause in Pause else "Paused"


def _interrupted(about: Happening) -> str:
    count = about.said("failures")
    silent = f"{count} calls in a row got no proper answer" if count else "Too many calls in a row got no proper answer"
    return f"Interrupted: {silent}"


def _settings(about: Happening) -> str:
    """Only what was chosen is told; a setting that is gone by now has no words."""
    moved = about.said("moved") or {}
    told_of = {
        "time_zone": lambda pair: f"set the time zone to {pair[1]}",
        "single_keys": lambda pair: f"switched single keys {'on' if pair[1] else 'off'}",
    }
    words = [told_of[name](pair) for name, pair in moved.items() if name in told_of]
    return f"{about.who} {listed(words) or 'changed a setting'}"


TELLING: Mapping[str, Callable[[Happening], str]] = {
    "person.settings_changed": _settings,
    "connection.paused": _paused,
    "connection.resumed": by_person("resumed it"),
    "connection.interrupted": _interrupted,
    "connection.recovered": by_itself("It answers again"),
    "installation.restored": by_itself("The database was found to be restored from a backup, so everything was held"),
}
