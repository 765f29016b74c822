"""`python -m seatrial` is the `seatrial` command, and so is the console script.

Holds: until the command can hear an interruption itself, one just ends the process: importing
takes a moment, and there is nothing to clean up yet. The three standard descriptors are open: a
file of ours must not become somebody's standard output. `wait`, which init containers run, imports
nothing but the waiter.
"""

import os
import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seatrial.waiter.cluster import Api


def main() -> None:
    """Run the command line and exit."""
    open_standard_descriptors()
    if sys.argv[1:2] == ["wait"]:
        sys.exit(wait(sys.argv[2:]))
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from seatrial.cli.main import main as command

    sys.exit(command())


def wait(arguments: list[str]) -> int:
    """`seatrial wait`; its exit code."""
    from seatrial.waiter.__main__ import main as waiter

    return waiter(arguments, read_kubeconfig=read_kubeconfig)


def read_kubeconfig(kubeconfig: str, context: str) -> "Api":
    """The API server of a kubeconfig; only now the client is imported."""
    from seatrial.cli.wait import api_of

    return api_of(kubeconfig, context)


def open_standard_descriptors() -> None:
    """Whoever starts us may have closed some; they become the null device."""
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest that is free: this one


if __name__ == "__main__":
    main()
