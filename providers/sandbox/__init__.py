"""The five providers' APIs over real HTTP on loopback: stateful, with a ledger and with faults, for demo and tests.

    with Sandbox() as sandbox:
        client = provider.connect(base_url=sandbox.base_url("sqril"), credentials=sandbox.credentials("sqril"))
        sandbox.fault("sqril", "apply-drop")

It is a second reading of the contracts and imports nothing of the adapters, so that a misreading on either side shows.
From another process the same verbs are offered by `Control(url)`.
"""

from providers.sandbox.control import Control
from providers.sandbox.misuse import CannotStart, Misuse, SandboxError, Stopped
from providers.sandbox.service import Sandbox

__all__ = ["CannotStart", "Control", "Misuse", "Sandbox", "SandboxError", "Stopped"]
