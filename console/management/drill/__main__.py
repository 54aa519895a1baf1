"""`python -m console.management.drill PLAN words|json`: the drill itself, on the stage that manage.py drill has set."""

from __future__ import annotations

import os
import signal
import sys
import threading

FAILED, STOPPED = 1, 130


def main(plan: str, form: str) -> int:
    """Gives the exit code: 0 if everything the console says is true."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
    import django

    django.setup()

    from console.embedded import Unavailable
    from console.management.drill import report
    from console.management.drill.plan import Plan
    from console.management.drill.processes import Broken
    from console.management.drill.progress import Progress
    from console.management.drill.run import Asked, Drill

    asked = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: asked.set())
    what = Plan.read(plan)
    progress = Progress(what.changes)
    try:
        outcome = Drill(what, progress, asked).perform()
    except Asked:
        sys.stderr.write("\nStopped.\n")
        return STOPPED
    except (Broken, Unavailable) as problem:
        sys.stderr.write(f"\n{problem}\n")
        return FAILED
    finally:
        progress.end()
    print(report.as_json(outcome) if form == "json" else report.as_text(outcome))
    return 0 if outcome.is_clean else FAILED


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
