"""What can be an id: opaque text that fits into an address."""

from providers.kinds import Problem
from providers.kinds.characters import find_problem
from providers.shapes import BadIdentity

_LONGEST = 200


def id_problem(value: object) -> Problem | None:
    """What keeps a value from being an id anywhere; a provider may ask for more."""
    if not isinstance(value, str) or not value.strip():
        return Problem("required", "Enter the id of the record.")
    if len(value) > _LONGEST:
        return Problem("too_long", f"An id has at most {_LONGEST} characters.", {"max_length": _LONGEST})
    if value in {".", ".."}:  # an address would resolve them away and lead to another record
        return Problem("invalid_id", "An id cannot be made of dots alone.")
    return find_problem(value)


def checked_id(value: object) -> str:
    """The id; BadIdentity, with a sentence for a person, if it cannot be one."""
    if problem := id_problem(value):
        raise BadIdentity(problem.message)
    return str(value)
