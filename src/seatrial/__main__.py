"""`python -m seatrial` is the `seatrial` command, and so is the console script.

Holds: until the command can hear an interruption itself, one just ends the process: importing
takes a moment, and there is nothing to clean up yet. The three standard descriptors are open: a
file of ours must not become somebody's standard output.
"""

import os
import signal
import sys


def main() -> None:
    """Run the command line and exit."""
    open_standard_descriptors()
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from seatrial.cli.main import main as command

    sys.exit(command())


def open_standard_descriptors() -> None:
    """Whoever starts us may have closed some; they become the null device."""
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest that is free: this one


if __name__ == "__main__":
    main()
