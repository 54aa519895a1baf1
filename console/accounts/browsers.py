"""What a browser is called in a list of sessions: enough for its owner to know it again, and no more."""

from __future__ import annotations

from collections.abc import Mapping

# By what each says of itself. Many claim to be another one as well, so the more particular stand first.
BROWSERS: Mapping[str, str] = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser/": "Samsung Internet",
    "FxiOS/": "Firefox",
    "Firefox/": "Firefox",
    "CriOS/": "Chrome",
    "Chrome/": "Chrome",
    "Safari/": "Safari",
}
SYSTEMS: Mapping[str, str] = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "CrOS": "ChromeOS",
    "Windows": "Windows",
    "Mac OS X": "macOS",
    "Linux": "Linux",
}


def browser_of(user_agent: str) -> str:
    """Such as “Firefox on Linux”; empty where it says nothing that we know. Nothing of what was sent is in it."""
    browser, system = _first(BROWSERS, user_agent), _first(SYSTEMS, user_agent)
    if browser and system:
        return f"{browser} on {system}"
    return browser or (f"A browser on {system}" if system else "")


def _first(names: Mapping[str, str], user_agent: str) -> str:
    return next((name for sign, name in names.items() if sign in user_agent), "")
