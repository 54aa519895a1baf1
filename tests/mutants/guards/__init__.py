"""The guards that the console stands on, one file a subject."""

from tests.mutants.guards import (
    batches,
    claiming,
    coming_in,
    deciding,
    exporting,
    history,
    importing,
    leaving,
    looking_back,
    recovering,
    revealing,
    rights,
    saving,
    settling,
    staying_in,
)

GUARDS = (
    *leaving.GUARDS,
    *claiming.GUARDS,
    *deciding.GUARDS,
    *batches.GUARDS,
    *settling.GUARDS,
    *saving.GUARDS,
    *recovering.GUARDS,
    *looking_back.GUARDS,
    *history.GUARDS,
    *coming_in.GUARDS,
    *revealing.GUARDS,
    *rights.GUARDS,
    *staying_in.GUARDS,
    *importing.GUARDS,
    *exporting.GUARDS,
)
