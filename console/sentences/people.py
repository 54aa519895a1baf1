"""What happened to people: roles asked for and given, invitations, leaving and coming back."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from console.models import RightsKind
from console.sentences.happening import Happening, by_person
from console.sentences.words import listed

ALONE = ", without a second administrator"


def _granted(about: Happening) -> str:
    """Which roles, as far as they are told."""
    given, ended = about.said("granted") or (), about.said("ended") or ()
    parts = ["took this person in"] if about.said("new") else []
    parts += [f"{_verb(about)} {listed([str(each) for each in given])}"] if given else []
    parts += [f"took away {listed([str(each) for each in ended])}"] if ended else []
    parts += ["set a password"] if about.said("password set") and not about.said("new") else []
    said = listed(parts) or "changed what this person may do"
    return f"{about.who} {said}{_vouched(about)}{_alone(about)}{about.reason}"


def _asked(about: Happening) -> str:
    match about.said("kind"):
        case RightsKind.RETURN:
            wish = "that this person be let in again"
        case RightsKind.WAY_BACK:
            wish = "for a way back in"
        case _:
            given, ended = about.said("granted") or (), about.said("ended") or ()
            parts = [f"to give {listed([str(each) for each in given])}"] if given else []
            parts += [f"to take away {listed([str(each) for each in ended])}"] if ended else []
            wish = listed(parts) or "for other roles"
    return f"{about.who} asked {wish}{about.reason}"


def _deactivated(about: Happening) -> str:
    count = about.said("handed back") or 0
    back = f"; {count} request{'' if count == 1 else 's'} that they had taken went back" if count else ""
    return f"{about.who} deactivated this person{back}{about.reason}"


def _came_back(about: Happening) -> str:
    gone = about.said("factors removed")
    return f"{about.who} came back in by a new password{'; every factor was taken away' if gone else ''}"


def _verb(about: Happening) -> str:
    return "gave" if about.said("alone") is not False else "confirmed"


def _alone(about: Happening) -> str:
    return ALONE if about.said("alone") else ""


def _vouched(about: Happening) -> str:
    """By whose word the console did so by itself."""
    return f", by the word of {about.said('provider')}" if about.said("provider") else ""


def _linked(about: Happening) -> str:
    return f"Their account of {about.said('provider')} was linked: by it they come in"


def _with(words: str) -> Callable[[Happening], str]:
    return lambda about: f"{about.who} {words}{_alone(about)}{about.reason}"


TELLING: Mapping[str, Callable[[Happening], str]] = {
    "person.granted": _granted,
    "person.rights_asked": _asked,
    "person.rights_rejected": by_person("rejected what was asked for"),
    "person.rights_withdrawn": by_person("withdrew what was asked for"),
    "person.invited": by_person("made a link by which this person comes in"),
    "person.invitation_ended": by_person("took the link back"),
    "person.came_in": by_person("used the link and set a password"),
    "person.deactivated": _deactivated,
    "person.let_in_again": _with("let this person in again"),
    "person.way_back_given": _with("gave this person a way back in"),
    "person.way_back_opened": by_person("made the link of the way back"),
    "person.came_back": _came_back,
    "person.linked": _linked,
    "person.unlinked": by_person("ended the link with their account elsewhere"),
}
