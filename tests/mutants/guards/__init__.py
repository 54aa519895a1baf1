"""The guards that the console stands on, one file a subject."""

from tests.mutants.guards import (
    claiming,
    deciding,
    history,
    leaving,
    looking_back,
    recovering,
    saving,
    settling,
)

GUARDS = (
    *leaving.GUARDS,
    *claiming.GUARDS,
    *deciding.GUARDS,
    *settling.GUARDS,
    *saving.GUARDS,
    *recovering.GUARDS,
    *looking_back.GUARDS,
    *history.GUARDS,
)
