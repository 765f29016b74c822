"""`python -m seatrial` is the `seatrial` command, and so is the console script.

Holds: until the command can hear an interruption itself, one just ends the process: importing
takes a moment, and there is nothing to clean up yet.
"""

import signal
import sys


def main() -> None:
    """Run the command line and exit."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from seatrial.cli.main import main as command

    sys.exit(command())


if __name__ == "__main__":
    main()
