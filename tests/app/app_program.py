"""Small programs under test: run one, listen to what it says, send it signals."""

import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager

PRELUDE = """
import os, signal, sys, threading
import seatrial_app
from seatrial_app import Lifecycle

def say(*words):
    print(*words, flush=True)
"""


@contextmanager
def program(
    text: str, *, warnings: str = "error", **environ: str
) -> Iterator[subprocess.Popen[str]]:
    env = {key: value for key, value in os.environ.items() if not key.startswith("SEATRIAL")}
    env.pop("KUBERNETES_SERVICE_HOST", None)
    with subprocess.Popen(
        [sys.executable, "-W", warnings, "-c", PRELUDE + textwrap.dedent(text)],
        env={**env, **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def until(process: subprocess.Popen[str], word: str) -> list[str]:
    """The lines up to the one that is `word`."""
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line.rstrip())
        if lines[-1] == word:
            return lines
    raise AssertionError(f"{word!r} was not said: {lines}")


def rest(process: subprocess.Popen[str]) -> list[str]:
    assert process.stdout is not None
    return process.stdout.read().split("\n")[:-1]


def port_of(process: subprocess.Popen[str]) -> int:
    """The number after `port` in the line that says it."""
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("port "):
            return int(line.split()[1])
    raise AssertionError("the program ended without saying its port")
