"""`python -m console.management.demo URL [CUSTOMERS]`: fills the demo with customers and a history while it is used."""

from __future__ import annotations

import os
import sys


def main(url: str, count: str = "0") -> None:
    """Whatever was there before is left as it is, so that a demo that was stopped halfway goes on where it was."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
    import django

    django.setup()

    from console.management.demo.filling import fill

    fill(url, int(count))


if __name__ == "__main__":
    main(*sys.argv[1:])
