"""Starts a control plane as a process of its own and hears from it when it is ready, or why not.

The two meet on a pipe: the control plane writes JSON lines, `{"stage": ...}` while it comes up,
then
one `{"ready": true, ...}` or `{"error": ..., "remedy": ..., "exit_code": ...}`. No line and a
closed
pipe mean that it died; its log then says why.
"""

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from seatrial.cluster.config import SOCKET_PATH_BYTES_MAX, ClusterConfig, Layout
from seatrial.cluster.interrupts import held_back
from seatrial.cluster.last_words import last_words
from seatrial.cluster.lifeline import RELEASE
from seatrial.cluster.processes import end, ours, wait_gone
from seatrial.cluster.state import ClusterState, claimed, is_locked, read_state
from seatrial.kit.errors import MachineError, SeatrialError
from seatrial.kit.files import private_directory

# The longest a stop may take: containers are killed at once, so this is for a machine under load.
STOP_LIMIT_S = 30.0

StageListener = Callable[[str], None]


class StartFailed(SeatrialError):
    """The control plane said why it cannot start."""

    def __init__(self, message: str, *, remedy: str, exit_code: int) -> None:
        super().__init__(message, remedy=remedy)
        self.exit_code = exit_code


@dataclass(frozen=True, slots=True)
class Running:
    """A cluster that is ready; `process` is its control plane."""

    process: subprocess.Popen[bytes]
    state: ClusterState
    layout: Layout

    @property
    def kubeconfig(self) -> Path:
        """An administrator's kubeconfig of its own."""
        return self.layout.data_dir / "kubeconfig"

    def release(self) -> None:
        """Let it live on without us."""
        _tell(self.process, RELEASE)
        assert self.process.stdin is not None
        self.process.stdin.close()


def runtime_directory(data_dir: Path) -> Path:
    """Where its sockets go: beside the data, or somewhere shorter when the path would not fit."""
    wanted = data_dir / "run"
    longest = Layout(data_dir, wanted).kubelet_socket("node-999")
    if len(os.fsencode(longest)) <= SOCKET_PATH_BYTES_MAX:
        return wanted
    return Path("/tmp") / f"seatrial-{os.geteuid()}-{_short_hash(data_dir)}"


def start(config: ClusterConfig, *, on_stage: StageListener) -> Running:
    """Start and wait until the API answers and the first node is Ready.

    The cluster ends with us, until `Running.release`. Raises UsageError when the data directory is
    in use, StartFailed with the control plane's own words.
    """
    layout = config.layout
    private_directory(layout.data_dir)
    if is_locked(layout.lock):  # the control plane looks too; this saves a start for nothing
        with claimed(layout):
            pass
    hears, tells = os.pipe()
    with layout.log.open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "seatrial.cluster.control_plane", layout.data_dir, str(tells)],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            pass_fds=(tells,),
            start_new_session=True,  # a Ctrl-C at our terminal is ours to handle
            cwd="/",
        )
    os.close(tells)
    try:
        _tell(process, config.to_json() + b"\n")
        _listen(hears, process, layout, on_stage)
    except BaseException:
        stop_process(process)
        raise
    state = read_state(layout.state)
    if state is None:
        raise SeatrialError(f"{layout.state} is gone", remedy="something else removes our files")
    return Running(process, state, layout)


def stop_process(process: subprocess.Popen[bytes]) -> None:
    """Stop a control plane that we started, and wait for all of it; one that has ended is no
    matter."""
    if process.poll() is not None:  # its pid may be another's by now
        return
    with held_back():  # a second Ctrl-C must not leave half of it behind
        family = [each.pid for each in ours(process.pid)]
        if process.stdin is not None:
            process.stdin.close()
        end(process.pid, limit_s=STOP_LIMIT_S)
        process.wait()
        for pid in family:
            wait_gone(pid, limit_s=STOP_LIMIT_S)


def stop_cluster(state: ClusterState) -> bool:
    """Stop a cluster by what its state file says; False when it had to be killed."""
    family = [each.pid for each in ours(state.pid)]
    gently = end(state.pid, limit_s=STOP_LIMIT_S)
    for pid in family:
        if not wait_gone(pid, limit_s=STOP_LIMIT_S):
            end(pid, limit_s=1.0)
    return gently


def _tell(process: subprocess.Popen[bytes], words: bytes) -> None:
    assert process.stdin is not None
    try:
        process.stdin.write(words)
        process.stdin.flush()
    except BrokenPipeError as error:
        raise SeatrialError(
            f"the control plane ended before it was told what to do (exit code {process.wait()})"
        ) from error


def _listen(
    hears: int, process: subprocess.Popen[bytes], layout: Layout, on_stage: StageListener
) -> None:
    with os.fdopen(hears, "rb") as lines:
        for line in lines:
            word: dict[str, Any] = orjson.loads(line)
            if "error" in word:
                raise StartFailed(word["error"], remedy=word["remedy"], exit_code=word["exit_code"])
            if word.get("ready"):
                return
            on_stage(str(word["stage"]))
    process.wait()
    raise MachineError(
        f"the control plane ended before it was ready (exit code {process.returncode})",
        remedy=last_words(layout.log),
    )


def _short_hash(path: Path) -> str:
    # Only to tell two data directories apart; nothing rests on its strength.
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
