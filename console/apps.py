"""The console as a Django app."""

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    """Loads the system checks with the app."""

    name = "console"
    verbose_name = "Steward"

    def ready(self) -> None:
        from console import checks  # noqa: F401 importing them registers them
