"""`seatrial-app COMMAND`: what can be done for a server from outside."""

from __future__ import annotations

import sys
from collections.abc import Sequence

USAGE = """usage: seatrial-app run [OPTIONS] -- COMMAND...

  run      run a server that cannot be changed, with the shutdown that Kubernetes asks for
"""

WRONG_USAGE = 2


def main(argv: Sequence[str] | None = None) -> int:
    """Hand the rest of the command line to the command that it names. Returns the exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words[:1] == ["run"]:
        from seatrial_app.command import run  # the proxy's modules are only for this

        return run(words[1:])
    wants_help = words[:1] in (["--help"], ["-h"], ["help"])
    (sys.stdout if wants_help else sys.stderr).write(USAGE)
    return 0 if wants_help else WRONG_USAGE


if __name__ == "__main__":
    sys.exit(main())
