#!/usr/bin/env python
"""The console's command line."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

from console import embedded


def main() -> None:
    """Run a command; a configuration that cannot work ends in one sentence, not in a traceback."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
    if sys.argv[1:2] == ["demo"]:
        os.environ.setdefault("STEWARD_DEMO", "true")
    try:
        execute_from_command_line(sys.argv)
    except (ImproperlyConfigured, embedded.Unavailable) as problem:
        if "--traceback" in sys.argv:
            raise
        sys.exit(str(problem))


if __name__ == "__main__":
    main()
