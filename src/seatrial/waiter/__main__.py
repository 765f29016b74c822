"""`python -m seatrial.waiter`; also the first and the last lines of a bundle.

Holds: SIGTERM and SIGINT end it at once, from before anything else is imported: an init container
is process 1, for which the kernel has no default action.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Sequence
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM)


def hear_signals() -> None:
    """From here on a signal ends us: SystemExit with 128 and its number."""
    for each in SIGNALS:
        signal.signal(each, leave)


def leave(number: int, _frame: object) -> None:
    """Only the first signal: what it interrupts is said on the way out."""
    for each in SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    raise SystemExit(128 + number)


if __name__ == "__main__":
    hear_signals()


def main(
    arguments: Sequence[str], *, read_kubeconfig: Callable[[str, str], Any] | None = None
) -> int:
    """The exit code; `read_kubeconfig` is for pods and jobs outside of a cluster."""
    hear_signals()
    from seatrial.waiter.command import run_command

    return run_command(arguments, read_kubeconfig=read_kubeconfig)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
