"""The `seatrial` command: finds the subcommand and turns every failure into one message.

Exit codes: 0 all well, 1 findings or a failure, 2 wrong usage, 3 this machine cannot, 130
interrupted.
"""

import importlib
import io
import os
import sys
import tempfile
import traceback
from pathlib import Path

import click

from seatrial import __version__
from seatrial.cli.output import err, say_error
from seatrial.cluster.failures import explained
from seatrial.cluster.interrupts import hear_all, hear_none
from seatrial.kit.errors import SeatrialError

INTERRUPTED = 130
# What we write is for nobody else; reports are given another mode.
PRIVATE_UMASK = 0o077

# name → one line; the module seatrial.cli.NAME holds a click command called `command`. Modules are
# imported only when their command runs, so that `seatrial status` does not pay for `verify`.
COMMANDS = {
    "verify": "Sail manifests through lifecycle trials under traffic, judge, explain, report.",
    "lint": "Find broken practices in manifests, by file and line.",
    "up": "Start a Kubernetes on this machine.",
    "down": "Stop it; nothing stays behind.",
    "status": "Show the running cluster.",
    "wait": "Wait until other things are ready: for init containers and scripts.",
    "image": "Images without an engine: load, list, remove, and `host` images.",
    "explain": "What a finding's code means.",
    "doctor": "What this machine can do, and what to change where it cannot.",
}


class Lazy(click.Group):
    """Imports a subcommand when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"seatrial.cli.{cmd_name}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="seatrial")
def cli() -> None:
    """Sea trials for Kubernetes applications."""


def main() -> int:
    """The command line we were started with; its exit code."""
    os.umask(PRIVATE_UMASK)
    _write_anything()
    hear_all()
    code = run(sys.argv[1:])
    hear_none()
    return code


def _write_anything() -> None:
    """What the terminal's alphabet does not have is written as an escape, and raises nothing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def run(arguments: list[str]) -> int:
    """Run a command line; the exit code. No exception leaves, no traceback reaches the user."""
    try:
        code = cli.main(arguments, prog_name="seatrial", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except click.exceptions.Abort:
        return _interrupted()
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except KeyboardInterrupt:
        return _interrupted()
    except BrokenPipeError:
        # Our reader (head, less) has left; what is still buffered has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:  # noqa: BLE001 - the last line of defence
        return _failed(error)


def _interrupted() -> int:
    err.print("interrupted")
    return INTERRUPTED


def _failed(error: Exception) -> int:
    expected = explained(error)
    if expected:
        for each in expected:
            say_error(each)
        return max(each.exit_code for each in expected)
    place = _keep_traceback(error)
    say_error(SeatrialError(f"internal error: {error!r}", remedy=f"please report it with {place}"))
    return 1


def _keep_traceback(error: Exception) -> Path:
    descriptor, name = tempfile.mkstemp(prefix="seatrial-error-", suffix=".txt")
    with os.fdopen(descriptor, "w") as file:
        file.write("".join(traceback.format_exception(error)))
    return Path(name)
