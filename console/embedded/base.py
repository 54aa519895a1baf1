"""Django's PostgreSQL backend, which starts the embedded server before the first connection to it."""

from typing import Any

from django.conf import settings
from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to the embedded server. Loading the settings alone starts nothing."""

    def get_connection_params(self) -> dict[str, Any]:
        settings.EMBEDDED.join()
        parameters: dict[str, Any] = super().get_connection_params()
        return parameters
