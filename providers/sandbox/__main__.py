"""`python -m providers.sandbox`: the five sandbox providers by themselves."""

import argparse
import sys
from pathlib import Path

from providers.sandbox.misuse import CannotStart
from providers.sandbox.service import DEFAULT_PORT, serve


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m providers.sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="0 takes a free one (default: %(default)s)")
    parser.add_argument("--state", type=Path, help="file that keeps customers and ledger (default: memory)")
    options = parser.parse_args()
    try:
        serve(options.port, options.state, lambda text: print(text, flush=True))
    except CannotStart as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
