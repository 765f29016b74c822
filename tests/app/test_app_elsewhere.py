"""Where there is less than on Linux: everything imports, and says what it cannot do."""

import subprocess
import sys

import pytest

LESS = """
import asyncio, ctypes, http.client, os, select, selectors, signal, socket, ssl, subprocess, sys
import shutil, time
import logging.config, json, argparse, contextlib, threading, queue, random, shlex, pathlib
for module, names in {
    os: "fork register_at_fork killpg waitstatus_to_exitcode WNOHANG setsid getppid".split(),
    signal: "SIGCHLD SIGKILL SIGHUP SIGUSR1 SIGUSR2 SIGQUIT SIGTTIN SIGTTOU SIGWINCH".split(),
    socket: "AF_UNIX AF_NETLINK TCP_QUICKACK SO_REUSEPORT".split(),
    time: ["CLOCK_BOOTTIME", "clock_gettime"],
    select: ["epoll", "poll"],
}.items():
    for name in names:
        module.__dict__.pop(name, None)
sys.platform = PLATFORM
from seatrial_app import command, handshakes, identity, lease, listener, watch, watch_events
with socket.create_server(("127.0.0.1", 0)) as listening:
    client = socket.create_connection(listening.getsockname())
    kept = []
    print(listener.refuse_new(listening))
    print(listener.stop_accepting(listening, lambda made, _: kept.append(made)))
    client.close(); kept[0].close()
print(type(watch_events.open_events(pathlib.Path("."))).__name__)
print(lease.monotonic_s() > 0)
if PLATFORM == "win32":
    sys.exit(command.run(["--", "uvicorn", "m:app"]))
"""


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_everything_imports_and_degrades_by_design(platform: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"PLATFORM = {platform!r}\n{LESS}"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stdout.splitlines() == [
        "False",
        "Stopped(filtered=False, accepted=1, under_way=0)",
        "ClockEvents",
        "True",
    ], done.stderr
    if platform == "win32":
        assert done.returncode == 2
        assert "run needs process groups and SIGTERM, which Windows has not" in done.stderr
    else:
        assert (done.returncode, done.stderr) == (0, "")
