"""The command line of `seatrial-app run`, as a value."""

from __future__ import annotations

import argparse
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Callable

from seatrial_app.budget import parse_seconds
from seatrial_app.command.endpoint import Address, Endpoint, parse_endpoint
from seatrial_app.command.moving import parse_target

DESCRIPTION = """\
Own the listening socket of a server that cannot be changed, and give it the shutdown that
Kubernetes asks for: on SIGTERM serve on for the drain window, answer with `Connection: close`,
stop accepting without a reset, finish what is in flight, then stop the server. Exit code 0 when
it stopped by our signal; the server's own code when it ended by itself.
"""

EPILOG = """\
The server listens on a private port of 127.0.0.1. How it is told: its command line is known
(uvicorn, gunicorn, hypercorn, granian, daphne, waitress, flask, fastapi, manage.py runserver,
http.server); or {port} in COMMAND; or PORT in the environment; or --to says where it listens.
"""


@dataclass(frozen=True)
class Arguments:
    """What was asked for; None: not said."""

    command: tuple[str, ...]
    drain_window_s: float | None
    grace_period_s: float | None
    listen: Endpoint | None
    to: Address | None
    stop_signal: signal.Signals
    tcp: bool


def parse_arguments(argv: Sequence[str]) -> Arguments:
    """Exits with 2 and a message for a wrong use, as argparse does."""
    parser = _parser()
    given = parser.parse_args(argv)
    command = tuple(given.command[1:] if given.command[:1] == ["--"] else given.command)
    if not command:
        parser.error("the command to run is missing; write it after --")
    return Arguments(
        command=command,
        drain_window_s=given.drain_window,
        grace_period_s=given.grace_period,
        listen=given.listen,
        to=given.to,
        stop_signal=given.stop_signal,
        tcp=given.tcp,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="seatrial-app run",
        usage="seatrial-app run [options] -- COMMAND...",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add(
        "--drain-window",
        metavar="TIME",
        type=_said(parse_seconds),
        help="serve on for so long after SIGTERM (default: SEATRIAL_DRAIN_WINDOW, else 5s; "
        "outside Kubernetes 0)",
    )
    add(
        "--grace-period",
        metavar="TIME",
        type=_said(parse_seconds),
        help="the pod's terminationGracePeriodSeconds (default: SEATRIAL_GRACE_PERIOD, else 30s)",
    )
    add(
        "--listen",
        metavar="HOST:PORT",
        type=_said(parse_endpoint),
        help="the public address (default: where the command would listen)",
    )
    add(
        "--to",
        metavar="HOST:PORT",
        type=_said(parse_target),
        help="where the server listens by itself (also unix:PATH); the command stays unchanged",
    )
    add(
        "--stop-signal",
        metavar="NAME",
        default=signal.SIGTERM,
        type=_said(parse_signal),
        help="what stops the server in the end (default: TERM; nginx: QUIT)",
    )
    add("--tcp", action="store_true", help="pass bytes unread: for protocols other than HTTP")
    add("command", nargs=argparse.REMAINDER, metavar="COMMAND", help=argparse.SUPPRESS)
    return parser


def parse_signal(text: str) -> signal.Signals:
    """`TERM`, `SIGTERM` or `15`."""
    if text.isdigit():
        return signal.Signals(int(text))
    name = text.upper()
    try:
        return signal.Signals[name if name.startswith("SIG") else f"SIG{name}"]
    except KeyError:
        raise ValueError(f"there is no signal {text!r}") from None


def _said(parse: Callable[[str], object]) -> Callable[[str], object]:
    """A parser whose ValueError reaches the user as it is."""

    def parse_or_say(text: str) -> object:
        try:
            return parse(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return parse_or_say
