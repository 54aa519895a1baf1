"""What happened to people's sessions: that somebody ended them from elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from console.sentences.happening import Happening
from console.sentences.words import listed


def _ended(about: Happening) -> str:
    """How many there were, and in which kinds of browsers as far as that is known."""
    count, browsers = about.said("count"), [str(name) for name in about.said("browsers") or ()]
    many = f"{count} sessions" if isinstance(count, int) and count != 1 else "a session"
    return f"{about.who} ended {many} of this person{f': {listed(browsers)}' if browsers else ''}"


TELLING: Mapping[str, Callable[[Happening], str]] = {"person.session_ended": _ended}
