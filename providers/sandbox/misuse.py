"""What the sandbox says to the people and tests that run it.

SandboxError
├── CannotStart   the port, the folder or the state file does not allow it
├── Misuse        a control verb was called with something that makes no sense
└── Stopped       the sandbox ended while the call was under way
"""


class SandboxError(Exception):
    """Its text is one sentence fit for a person."""


class CannotStart(SandboxError):
    """The port, the folder or the state file does not allow it."""


class Misuse(SandboxError, ValueError):
    """A control verb was called with something that makes no sense."""


class Stopped(SandboxError):
    """The sandbox ended while the call was under way."""
