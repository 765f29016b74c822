"""Several worker processes over the same listeners, for servers without a parent that can wait.

Does: fork the workers, pass on what asks them to stop, replace one that ends by itself with 0, and
end with the first code that is not 0.
Does not: drain: each worker does so by itself, all at the same time.
Holds: a worker whose parent was killed drains and leaves; a worker that fails takes the others with
it, as a pod should be restarted as a whole. Orphans are reaped, as PID 1 has to.
Differs from place to place: without `os.fork` (Windows) there is one worker, in this process.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import threading
import traceback
from types import FrameType
from typing import Any, Callable

log = logging.getLogger("seatrial_app")

Serve = Callable[[], int]


def run_fleet(count: int, serve: Serve, *, parent_died: Callable[[], object]) -> int:
    """Run `serve` in `count` processes until they were asked to stop; the exit code.

    `parent_died` is called in a worker, on a thread of its own, when its parent has gone.
    """
    if count <= 1 or not hasattr(os, "fork"):
        return serve()
    return Fleet(count, serve, parent_died).run()


class Fleet:
    """The parent's side."""

    def __init__(self, count: int, serve: Serve, parent_died: Callable[[], object]) -> None:
        self._count = count
        self._serve = serve
        self._parent_died = parent_died
        self._pids: set[int] = set()
        self._is_stopping = False
        self._code = 0
        self._alive, self._held = os.pipe()  # closed by the kernel when this process ends

    def run(self) -> int:
        """Until the last worker has ended."""
        before = {number: signal.signal(number, self._pass_on) for number in _stop_signals()}
        try:
            self._fill()
            while self._pids:
                self._reap()
                self._fill()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
        return self._code

    def _fill(self) -> None:
        while len(self._pids) < self._count and not self._is_stopping:
            pid = os.fork()
            if pid == 0:
                self._be_worker()
            self._pids.add(pid)
        if self._is_stopping and self._code:
            self._kill(signal.SIGTERM)

    def _reap(self) -> None:
        pid, status = os.waitpid(-1, 0)
        if pid not in self._pids:
            return
        self._pids.remove(pid)
        code = _exit_code(status)
        if code:
            log.warning("worker %d ended with %d", pid, code)
            self._code = self._code or code
            self._is_stopping = True

    def _pass_on(self, _number: int, _frame: FrameType | None) -> None:
        self._is_stopping = True
        self._kill(signal.SIGTERM)

    def _kill(self, number: int) -> None:
        for pid in tuple(self._pids):
            with contextlib.suppress(ProcessLookupError):  # ended a moment ago; waitpid will say so
                os.kill(pid, number)

    def _be_worker(self) -> Any:
        """In the child: serve, and never return into the parent's program."""
        code = 1
        try:
            os.close(self._held)
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent passes Ctrl-C on, once
            signal.signal(signal.SIGTERM, _leave)  # until the server takes it
            threading.Thread(target=self._watch_parent, daemon=True).start()
            code = self._serve()
        except SystemExit as leaving:
            code = leaving.code if isinstance(leaving.code, int) else int(bool(leaving.code))
        except BaseException:  # noqa: BLE001 - the boundary of a process: shown, and its code says so
            traceback.print_exc()
        finally:
            os._exit(code)

    def _watch_parent(self) -> None:
        os.read(self._alive, 1)  # nobody writes: this returns at the parent's end
        self._parent_died()


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def _stop_signals() -> tuple[int, ...]:
    return (signal.SIGTERM, signal.SIGINT)


def _exit_code(status: int) -> int:
    if os.WIFSIGNALED(status):
        return 128 + os.WTERMSIG(status)
    return os.WEXITSTATUS(status)
