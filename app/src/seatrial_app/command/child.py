"""The server as a child process, and whatever it leaves behind (edge).

Does: start it in a session of its own; pass signals to its whole group; reap it and, as PID 1 or
subreaper, every orphan; end what is left at the end.
Does not: decide when.
Holds: after `clear_away` no process that began here is alive, except one of another user; if we are
killed, the kernel sends the child SIGTERM (Linux).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Callable

from seatrial_app.command.bounds import KILL_ROUNDS_MAX

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36


class Child:
    """One child process; its end is a future with its exit code (negative: the signal)."""

    def __init__(self, command: Sequence[str], environ: Mapping[str, str]) -> None:
        """Raises OSError where the command cannot be started."""
        loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[int] = loop.create_future()
        _become_subreaper()
        loop.add_signal_handler(signal.SIGCHLD, self._reap)
        self._process = subprocess.Popen(
            list(command), env=dict(environ), start_new_session=True, preexec_fn=_die_with_parent()
        )
        self.pid = self._process.pid
        self._reap()

    def tell(self, number: signal.Signals) -> None:
        """Send a signal to the child's group: to it and to its workers."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)

    def clear_away(self) -> None:
        """Kill what is left of the group, and the orphans that came to us."""
        self.tell(signal.SIGKILL)
        for _ in range(KILL_ROUNDS_MAX):
            for pid in _children():
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
            if not self._reap_killed():
                break
        asyncio.get_running_loop().remove_signal_handler(signal.SIGCHLD)

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            self._note(pid, status)

    def _reap_killed(self) -> bool:
        """Wait for those that were just killed; False: there was none."""
        killed = _children()
        for pid in killed:
            with contextlib.suppress(ChildProcessError):
                self._note(*os.waitpid(pid, 0))
        if not self.ended.done():
            with contextlib.suppress(ChildProcessError):
                self._note(*os.waitpid(self.pid, 0))
        return bool(killed)

    def _note(self, pid: int, status: int) -> None:
        if pid == self.pid and not self.ended.done():
            self._process.returncode = os.waitstatus_to_exitcode(status)
            self.ended.set_result(self._process.returncode)


def _children() -> list[int]:
    """Our direct children: the child, and orphans that the kernel gave us; none where unknown."""
    try:
        with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as listed:
            return [int(pid) for pid in listed.read().split()]
    except OSError:
        return []


def _become_subreaper() -> None:
    """Orphans of the child come to us, also where we are not PID 1."""
    libc = _libc()
    if libc is not None:
        libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _die_with_parent() -> Callable[[], None] | None:
    """What the child does before it becomes the server; nothing but one system call."""
    libc, parent = _libc(), os.getpid()
    if libc is None:
        return None

    def ask_kernel() -> None:
        libc.prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(128 + signal.SIGTERM)  # the parent died before the kernel was asked

    return ask_kernel


def _libc() -> Any:
    """The C library; None where there is no such call, or a Python built without ctypes."""
    if sys.platform != "linux":
        return None
    try:
        import ctypes
    except ImportError:
        return None
    return ctypes.CDLL(None)
