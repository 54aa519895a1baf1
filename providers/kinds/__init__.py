"""The kinds of values: for each, in one place, how it is parsed, stored, sent, received, compared and shown."""

from providers.kinds.base import Choice, Kind, Problem, Unfit, Value, Wire

__all__ = ["Choice", "Kind", "Problem", "Unfit", "Value", "Wire"]
